"""What the services have in common."""

from collections.abc import Callable, Iterable

from .happenings import Happenings
from .rpc import Fields, RpcError, error_list, multi_error
from .site import Device


class Api:
    """One service of the gateway.

    A call's method has its name in lower case with underscores, takes the request
    and returns the fields of the answer.
    """

    service = ""

    def __init__(self, world: Happenings) -> None:
        """Serve a world."""
        self.world = world

    def for_all(
        self, numbers: Iterable[int], work: Callable[[Device], object]
    ) -> Fields | None:
        """Do something with devices; those that fail do not stop the rest.

        Raises:
            RpcError: It failed with some; the trailer tells with which.
        """
        errors: dict[int, RpcError] = {}
        for number in numbers:
            try:
                work(self.world.reach(number))
            except RpcError as error:
                errors[number] = error
        if not errors:
            return None
        if self.world.modes.multi_errors == "response":
            return {"deviceErrors": error_list(errors)}
        new = self.world.modes.number >= (1, 5, 0)
        raise multi_error(errors, prefix="gsdk." if new else "")
