"""The names of the people in the devices' registers, since records tell ids only."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from ..base import AccessSystemError, NotSupported
from ..parsing import text
from .client import GatewayClient

_CHUNK = 500
NO_USER = ("", "0", "4294967295")
"""What stands in a record for nobody."""
_HEADER = 0x01
_NAME = 0x04
_ACCESS, _REGISTER = 1, 2
_WHOLE = 20
"""How many people are read at once with all their faces, fingers and pictures."""
_PATIENCE = 20.0


async def read_people(
    client: GatewayClient, device: int, user_ids: Sequence[str], wanted: int
) -> list[Any]:
    """Return some people of a device's register; raises `AccessSystemError`.

    `wanted` says which parts of them; a gateway that knows no parts tells all.
    """
    try:
        found = await client.call(
            "user.User/GetPartial", deviceID=device, userIDs=user_ids, infoMask=wanted
        )
        return list(found.users)
    except NotSupported:
        people: list[Any] = []
        for start in range(0, len(user_ids), _WHOLE):
            some = user_ids[start : start + _WHOLE]
            found = await client.call("user.User/Get", deviceID=device, userIDs=some)
            people += found.users
        return people


class Names:
    """Names by user id; the register that is read last wins."""

    def __init__(self, client: GatewayClient) -> None:
        """Start with none."""
        self._client = client
        self._names: dict[str, str] = {}
        self._nameless: set[str] = set()
        """People who were asked for, and who have no name."""

    def __len__(self) -> int:
        """Return how many names are known."""
        return len(self._names)

    def get(self, user_id: str | None) -> str | None:
        """Return a person's name, None if it is not known."""
        return self._names.get(user_id) if user_id else None

    def set(self, user_id: str, name: str | None) -> None:
        """Know a person by a name, or by none any more."""
        if name:
            self._names[user_id] = name
        else:
            self._names.pop(user_id, None)

    def to_read(self, records: Iterable[Any]) -> list[str]:
        """Return the people of records who were changed, or are not known yet."""
        found = (
            record.userID
            for record in records
            if record.userID not in NO_USER
            and (
                record.eventCode >> 12 == _REGISTER
                or (
                    record.eventCode >> 12 == _ACCESS
                    and record.userID not in self._names
                    and record.userID not in self._nameless
                )
            )
        )
        return list(dict.fromkeys(found))

    async def load(self, devices: Iterable[int]) -> None:
        """Read the names in some devices' registers, as far as they tell them soon.

        An event without a name is better than one that waits.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                for device in devices:
                    with suppress(AccessSystemError):
                        listed = await self._client.call(
                            "user.User/GetList", deviceID=device
                        )
                        await self.learn(
                            device,
                            [header.ID for header in listed.hdrs if header.ID],
                        )

    async def learn(self, device: int, user_ids: list[str]) -> None:
        """Read the names of some people; raises `AccessSystemError`."""
        for start in range(0, len(user_ids), _CHUNK):
            some = user_ids[start : start + _CHUNK]
            for user in await read_people(self._client, device, some, _HEADER | _NAME):
                self.set(user.hdr.ID, text(user.name))
            self._nameless.update(set(some) - self._names.keys())
