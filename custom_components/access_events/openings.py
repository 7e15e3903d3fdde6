"""Doors that must be released whatever happens, kept on disk for each system."""

from functools import partial
import logging
from pathlib import Path
from typing import override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.json import load_json_array

from .const import DOMAIN
from .systems.base import RequestRejected
from .systems.openings import Openings

_LOGGER = logging.getLogger(__name__)


class StoredOpenings(Openings):
    """The openings of one system, in a file that outlives the process."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Keep where they are kept; nothing is read."""
        super().__init__()
        self._hass = hass
        self._path = Path(
            hass.config.path(STORAGE_DIR, f"{DOMAIN}.openings.{entry_id}")
        )

    async def load(self) -> None:
        """Take over what an earlier process left."""
        try:
            kept = await self._hass.async_add_executor_job(
                load_json_array, str(self._path)
            )
        except HomeAssistantError as err:
            _LOGGER.error("Doors may be left unlocked: %s", err)
            return
        self.doors = frozenset(map(str, kept))

    @override
    async def save(self, doors: frozenset[str]) -> None:
        try:
            await self._hass.async_add_executor_job(self._write, sorted(doors))
        except (HomeAssistantError, OSError) as err:
            raise RequestRejected("openings_not_kept", error=str(err)) from err

    def _write(self, doors: list[str]) -> None:
        """Write the file, all of it or nothing."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        save_json(str(self._path), doors, private=True, atomic_writes=True)

    async def forget(self) -> None:
        """Remove the file."""
        await self._hass.async_add_executor_job(
            partial(self._path.unlink, missing_ok=True)
        )
