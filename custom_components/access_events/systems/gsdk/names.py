"""The names of the people in the devices' registers, since records tell ids only."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from ..base import AccessSystemError
from ..parsing import text
from .client import GatewayClient

_CHUNK = 500
_HEADER = 0x01
_NAME = 0x04
_PATIENCE = 20.0


class Names:
    """Names by user id; the register that is read last wins."""

    def __init__(self, client: GatewayClient) -> None:
        """Start with none."""
        self._client = client
        self._names: dict[str, str] = {}

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
            found = await self._client.call(
                "user.User/GetPartial",
                deviceID=device,
                userIDs=user_ids[start : start + _CHUNK],
                infoMask=_HEADER | _NAME,
            )
            for user in found.users:
                self.set(user.hdr.ID, text(user.name))
