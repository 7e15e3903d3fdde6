"""Adapter for ProdataKey PDK."""
