"""Tests of the PDK adapter."""
