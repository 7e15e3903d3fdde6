"""Suprema CLUe simulator, written from the vendor's article on its API."""

from .simulator import ClueSimulator

__all__ = ["ClueSimulator"]
