"""Real servers of the vendors' protocols, for tests, the demo and benchmarks."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .common import Simulator

# vendor -> (module, class); a module is imported only when its vendor is asked for.
VENDORS: dict[str, tuple[str, str]] = {
    "basip": ("basip", "BasIpSimulator"),
    "clue": ("clue", "ClueSimulator"),
    "gsdk": ("gsdk", "GsdkSimulator"),
    "pdk": ("pdk", "PdkSimulator"),
    "unifi_access": ("unifi_access", "UnifiAccessSimulator"),
}


def simulator_class(vendor: str) -> type[Simulator]:
    """Return the simulator of a vendor. Raises LookupError if there is none."""
    module, name = VENDORS[vendor]
    found = getattr(import_module(f".{module}", __name__), name)
    return cast("type[Simulator]", found)
