"""Image platform for the Access Events integration."""

from datetime import datetime
import logging
from typing import override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .coordinator import AccessConfigEntry, AccessCoordinator
from .entity import AccessLatestEntity, async_setup_doors, is_newer
from .models import Door, DoorFeature, Image, StoredEvent
from .systems.base import AccessSystemError

PARALLEL_UPDATES = 0

SNAPSHOT = ImageEntityDescription(key="last_snapshot", translation_key="last_snapshot")

_LOGGER = logging.getLogger(__name__)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the pictures of all doors that have some."""
    coordinator = entry.runtime_data
    async_setup_doors(
        coordinator,
        async_add_entities,
        lambda door: (
            [AccessSnapshot(coordinator, door)]
            if door.features & DoorFeature.IMAGE
            else []
        ),
    )


class AccessSnapshot(AccessLatestEntity, ImageEntity):
    """The newest picture of a door, fetched when somebody looks."""

    _needs_controller = False
    _ref: str | None = None
    _fetched: tuple[str, Image] | None = None
    _failed: str | None = None

    def __init__(self, coordinator: AccessCoordinator, door: Door) -> None:
        """Start with the picture of the newest access, or with the door's own."""
        AccessLatestEntity.__init__(self, coordinator, door, SNAPSHOT)
        ImageEntity.__init__(self, coordinator.hass)
        self._state_ref = door.state.image_ref
        if self._state_ref:
            self._show(self._state_ref, dt_util.utcnow())
        self._take_latest()

    @callback
    @override
    def _async_refresh(self) -> None:
        """Take a picture that the door's state tells of, if it is another one."""
        super()._async_refresh()
        ref = self.door.state.image_ref
        if ref and ref != self._state_ref:
            self._state_ref = ref
            self._show(ref, dt_util.utcnow())

    @override
    def _clear(self) -> None:
        super()._clear()
        self._ref = self._fetched = self._attr_image_last_updated = None

    @override
    def _take(self, stored: StoredEvent) -> None:
        """Take the picture of an event unless a later one's is known."""
        if (ref := stored.event.image_ref) and is_newer(stored, self._stored):
            self._stored = stored
            self._show(ref, stored.event.occurred_at)

    def _show(self, ref: str, when: datetime) -> None:
        """Show a picture if it is another one."""
        if ref != self._ref:
            self._ref = ref
            self._attr_image_last_updated = when

    @override
    async def async_image(self) -> bytes | None:
        """Fetch the picture, once."""
        if not (ref := self._ref):
            return None
        if self._fetched is None or self._fetched[0] != ref:
            try:
                image = await self.coordinator.system.image(ref)
            except AccessSystemError as err:
                if self._failed != ref:
                    self._failed = ref
                    # Neither the reference nor the system's text: they may hold a token.
                    _LOGGER.warning("No picture for %s: %s", self.entity_id, err.key)
                return None
            self._fetched = (ref, image)
        self._attr_content_type = self._fetched[1].content_type
        return self._fetched[1].content
