"""Adapter for BAS-IP panels."""
