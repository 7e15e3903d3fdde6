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
        self._asked: set[str] = set()
        """People whose names were asked for when they came."""

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
        """Return the people of records who were changed, or came and are not known yet.

        The latter are told once: many have no name, and a device may not answer.
        """
        found: dict[str, None] = {}
        for record in records:
            kind, user_id = record.eventCode >> 12, record.userID
            known = user_id in self._names or user_id in self._asked
            if user_id in NO_USER:
                continue
            if kind == _REGISTER:
                found[user_id] = None
            elif kind == _ACCESS and not known:
                self._asked.add(user_id)
                found[user_id] = None
        return list(found)

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
