"""Tests of the systems' adapters."""
