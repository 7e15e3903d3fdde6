"""Tests of the adapter of Suprema G-SDK."""
