"""Adapter for Suprema CLUe."""
