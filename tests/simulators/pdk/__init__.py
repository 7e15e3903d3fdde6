"""ProdataKey PDK simulator, written from the vendor's pages on API and stream."""

from .simulator import PdkSimulator

__all__ = ["PdkSimulator"]
