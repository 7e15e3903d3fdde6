"""UniFi Access simulator, written from the vendor's documentation."""

from .simulator import UnifiAccessSimulator

__all__ = ["UnifiAccessSimulator"]
