"""Suprema G-SDK gateway simulator, written from the vendor's documentation."""

from .simulator import GsdkSimulator

__all__ = ["GsdkSimulator"]
