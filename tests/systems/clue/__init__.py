"""Tests of the CLUe adapter."""
