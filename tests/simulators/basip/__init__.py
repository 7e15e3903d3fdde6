"""BAS-IP panel simulator, written from the vendor's documentation."""

from .simulator import BasIpSimulator

__all__ = ["BasIpSimulator"]
