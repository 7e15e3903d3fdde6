"""Showing how far a long export of the Access Events integration has come."""

from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from homeassistant.components import persistent_notification
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.ulid import ulid_now

from .const import DOMAIN

_EVERY = timedelta(seconds=5)


class ExportProgress:
    """A notification that appears when an export takes long.

    It tells what is done, and in the end that it is done; it goes away when the export
    fails or is cancelled.
    """

    def __init__(self, hass: HomeAssistant, filename: str) -> None:
        """Show nothing yet."""
        self.reading = ""
        self.rows = 0
        self._hass = hass
        self._filename = filename
        self._id = f"{DOMAIN}_export_{ulid_now()}"
        self._words: dict[str, str] = {}
        self._stop: CALLBACK_TYPE | None = None
        self._shown = False

    async def __aenter__(self) -> Self:
        """Begin to watch the time."""
        self._words = await async_get_translations(
            self._hass, self._hass.config.language, "common", {DOMAIN}
        )
        self._stop = async_track_time_interval(self._hass, self._async_show, _EVERY)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell that it is done, if anything was shown at all."""
        if self._stop is not None:
            self._stop()
        if not self._shown:
            return
        if kind is None:
            self._async_tell("export_done")
        else:
            persistent_notification.async_dismiss(self._hass, self._id)

    def read(self, system: str) -> None:
        """Note that a system is asked for what is missing."""
        self.reading = system

    def write(self, rows: int) -> None:
        """Note how many rows are written."""
        self.reading = ""
        self.rows = rows

    @callback
    def _async_show(self, _: datetime) -> None:
        """Show how far it has come."""
        self._shown = True
        self._async_tell("export_reading" if self.reading else "export_writing")

    @callback
    def _async_tell(self, key: str) -> None:
        """Show words."""
        persistent_notification.async_create(
            self._hass,
            self._word(key).format(
                filename=self._filename, rows=self.rows, name=self.reading
            ),
            self._word("export_title"),
            self._id,
        )

    def _word(self, key: str) -> str:
        """Return the words for something."""
        return self._words.get(f"component.{DOMAIN}.common.{key}", "{filename}")
