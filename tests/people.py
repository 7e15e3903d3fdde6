"""What tests of several users share."""

from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .actions import door_device


def shut_in(
    hass: HomeAssistant, user: MockUser, entry: MockConfigEntry, door: str
) -> None:
    """Let a user read only one entity, of one door."""
    registry = er.async_get(hass)
    entity = er.async_entries_for_device(registry, door_device(hass, entry, door))[0]
    user.groups = []
    user.mock_policy({"entities": {"entity_ids": {entity.entity_id: {"read": True}}}})
    assert not user.is_admin
