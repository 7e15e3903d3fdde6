"""Tests of the Access Events integration."""
