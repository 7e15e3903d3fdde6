"""Binary sensor platform for the Access Events integration."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later

from .coordinator import AccessConfigEntry, AccessCoordinator
from .entity import (
    AccessDoorEntity,
    AccessSystemEntity,
    DoorEntityDescription,
    async_setup_doors,
)
from .models import Capability, Door, DoorFeature, DoorState, EventKind, StoredEvent
from .zone_binary_sensor import async_setup_zones

PARALLEL_UPDATES = 0

MOMENT = 5.0
"""How many seconds something that has no end is shown."""


@dataclass(frozen=True, kw_only=True)
class AccessBinarySensorDescription(
    BinarySensorEntityDescription, DoorEntityDescription
):
    """Describes a binary sensor of a door.

    Where the door's state does not tell `value_fn`, live events of the kinds `on` and
    `off` do. Without `off` it is momentary.
    """

    value_fn: Callable[[DoorState], bool | None]
    on: EventKind | None = None
    off: EventKind | None = None
    needs_controller: bool = True


BINARY_SENSORS = (
    AccessBinarySensorDescription(
        key="door",
        device_class=BinarySensorDeviceClass.DOOR,
        features=DoorFeature.POSITION,
        value_fn=lambda state: state.is_open,
        on=EventKind.DOOR_OPENED,
        off=EventKind.DOOR_CLOSED,
    ),
    AccessBinarySensorDescription(
        key="lock",
        device_class=BinarySensorDeviceClass.LOCK,
        features=DoorFeature.LOCK_STATE,
        unless=DoorFeature.HOLD,
        value_fn=lambda state: None if state.is_locked is None else not state.is_locked,
        on=EventKind.DOOR_UNLOCKED,
        off=EventKind.DOOR_LOCKED,
    ),
    AccessBinarySensorDescription(
        key="forced_open",
        translation_key="forced_open",
        device_class=BinarySensorDeviceClass.PROBLEM,
        features=DoorFeature.FORCED,
        value_fn=lambda state: state.forced_open,
        on=EventKind.DOOR_FORCED_OPEN,
        off=EventKind.DOOR_FORCED_OPEN_CLEARED,
    ),
    AccessBinarySensorDescription(
        key="held_open",
        translation_key="held_open",
        device_class=BinarySensorDeviceClass.PROBLEM,
        features=DoorFeature.HELD,
        value_fn=lambda state: state.held_open,
        on=EventKind.DOOR_HELD_OPEN,
        off=EventKind.DOOR_HELD_OPEN_CLEARED,
    ),
    AccessBinarySensorDescription(
        key="tamper",
        device_class=BinarySensorDeviceClass.TAMPER,
        features=DoorFeature.TAMPER,
        value_fn=lambda state: state.tamper,
        on=EventKind.TAMPER,
        off=EventKind.TAMPER_CLEARED,
    ),
    AccessBinarySensorDescription(
        key="exit_request",
        translation_key="exit_request",
        features=DoorFeature.EXIT_REQUEST,
        value_fn=lambda state: state.exit_request,
        on=EventKind.EXIT_REQUESTED,
    ),
    AccessBinarySensorDescription(
        key="do_not_disturb",
        translation_key="do_not_disturb",
        features=DoorFeature.DO_NOT_DISTURB,
        value_fn=lambda state: state.do_not_disturb,
    ),
    AccessBinarySensorDescription(
        key="hold_open",
        translation_key="hold_open",
        features=DoorFeature.HOLD_OPEN,
        value_fn=lambda state: state.hold_open,
        on=EventKind.HOLD_OPEN_STARTED,
        off=EventKind.HOLD_OPEN_ENDED,
    ),
    AccessBinarySensorDescription(
        key="auto_open",
        translation_key="auto_open",
        features=DoorFeature.AUTO_OPEN,
        value_fn=lambda state: state.auto_open,
        on=EventKind.AUTO_OPEN_STARTED,
        off=EventKind.AUTO_OPEN_ENDED,
    ),
    AccessBinarySensorDescription(
        key="connection",
        translation_key="connection",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        features=DoorFeature.CONNECTION,
        value_fn=lambda state: state.online,
        needs_controller=False,
    ),
)

CONNECTION = BinarySensorEntityDescription(
    key="connection",
    translation_key="connection",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of the system and of all doors."""
    coordinator = entry.runtime_data
    async_add_entities([AccessSystemConnection(coordinator, CONNECTION)])
    async_setup_doors(
        coordinator,
        async_add_entities,
        lambda door: [
            AccessBinarySensor(coordinator, door, description)
            for description in BINARY_SENSORS
            if description.suits(door)
        ],
    )
    if Capability.ZONES in coordinator.system.capabilities:
        async_setup_zones(coordinator, async_add_entities)


class AccessBinarySensor(AccessDoorEntity, BinarySensorEntity):
    """Something that is so at a door, or is not."""

    entity_description: AccessBinarySensorDescription
    _cancel_end: CALLBACK_TYPE | None = None

    def __init__(
        self,
        coordinator: AccessCoordinator,
        door: Door,
        description: AccessBinarySensorDescription,
    ) -> None:
        """Start with what the door's state tells."""
        super().__init__(coordinator, door, description)
        self._needs_controller = description.needs_controller
        self._momentary = description.on is not None and description.off is None
        self._seen: bool | None = False if self._momentary else None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the door's state tells, else what events did."""
        value = self.entity_description.value_fn(self.door.state)
        return self._seen if value is None else value

    @callback
    @override
    def _async_refresh(self) -> None:
        """Forget what events told when the end may have been missed."""
        super()._async_refresh()
        if not self._momentary and not self.available:
            self._seen = None

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of the events that begin and end it."""
        await super().async_added_to_hass()
        kinds = filter(None, (self.entity_description.on, self.entity_description.off))
        self.async_on_remove(
            self.coordinator.router.on_event(self.door.id, kinds, self._async_event)
        )
        self.async_on_remove(self._async_forget_end)

    @callback
    def _async_event(self, stored: StoredEvent, context: Context | None) -> None:
        """Show what an event began or ended."""
        self._seen = stored.event.kind is self.entity_description.on
        if self._momentary:
            self._async_forget_end()
            self._cancel_end = async_call_later(self.hass, MOMENT, self._async_end)
        self._async_show(context)

    @callback
    def _async_end(self, now: datetime) -> None:
        """Show that the moment is over."""
        self._cancel_end = None
        self._seen = False
        self._async_show()

    @callback
    def _async_forget_end(self) -> None:
        """Stop waiting for the end of a moment."""
        if self._cancel_end:
            self._cancel_end()
            self._cancel_end = None


class AccessSystemConnection(AccessSystemEntity, BinarySensorEntity):
    """Whether the system is reachable."""

    @property
    @override
    def available(self) -> bool:
        """Tell that this is known, above all while the system is away."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether the system is reachable."""
        return self.coordinator.available
