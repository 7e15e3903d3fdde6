"""Test each topic of PDK's stream, in the words of its own documentation."""

from typing import Any

import pytest

from custom_components.access_events.models import EventKind
from tests.wait import wait_for

from .follower import Follower
from .server import PdkServer, access, ms

NODE = {"id": "cn-1", "serialNumber": "1234ABC", "name": "Main building"}


def device(topic: str, at: int) -> dict[str, Any]:
    """Return a message about a device; its two ids disagree, as in the samples."""
    return {
        "id": "eb3accb3-f66c-4d62-aa68-2291bdd77b39",
        "topic": topic,
        "body": {
            "deviceId": "27e9674c-dd41-4404-b030-cc697c6f599d",
            "device": {"id": "front", "name": "Front door", "connection": "con-1"},
        },
        "cloudNode": NODE,
        "occurred": at,
    }


@pytest.mark.parametrize(
    ("topic", "kind", "field", "value"),
    [
        ("device.alarm.forced", EventKind.DOOR_FORCED_OPEN, "forced_open", True),
        (
            "device.alarm.forced.cleared",
            EventKind.DOOR_FORCED_OPEN_CLEARED,
            "forced_open",
            False,
        ),
        ("device.alarm.propped.on", EventKind.DOOR_HELD_OPEN, "held_open", True),
        (
            "device.alarm.propped.off",
            EventKind.DOOR_HELD_OPEN_CLEARED,
            "held_open",
            False,
        ),
        ("device.autoopen.on", EventKind.AUTO_OPEN_STARTED, "auto_open", True),
        ("device.autoopen.on", EventKind.AUTO_OPEN_STARTED, "mode", "scheduled"),
        ("device.autoopen.off", EventKind.AUTO_OPEN_ENDED, "auto_open", False),
        ("device.forceclose.on", EventKind.LOCKDOWN_STARTED, "do_not_disturb", True),
        ("device.forceclose.on", EventKind.LOCKDOWN_STARTED, "mode", "locked_down"),
        ("device.forceclose.off", EventKind.LOCKDOWN_ENDED, "do_not_disturb", False),
        ("device.forceopen.on", EventKind.HOLD_OPEN_STARTED, "hold_open", True),
        ("device.forceopen.on", EventKind.HOLD_OPEN_STARTED, "mode", "unlocked"),
        ("device.forceopen.off", EventKind.HOLD_OPEN_ENDED, "hold_open", False),
        ("device.forceopen.off", EventKind.HOLD_OPEN_ENDED, "mode", "normal"),
        ("device.input.dps.closed", EventKind.DOOR_CLOSED, "is_open", False),
        ("device.input.dps.opened", EventKind.DOOR_OPENED, "is_open", True),
        ("device.input.relay.off", EventKind.DOOR_LOCKED, "is_locked", True),
        ("device.input.relay.off", EventKind.DOOR_LOCKED, "mode", "normal"),
        ("device.input.relay.on", EventKind.DOOR_UNLOCKED, "is_locked", False),
        ("device.input.rex.on", EventKind.EXIT_REQUESTED, "exit_request", True),
        ("device.input.rex.off", EventKind.OTHER, "exit_request", False),
    ],
)
async def test_door(
    server: PdkServer, topic: str, kind: EventKind, field: str, value: object
) -> None:
    """What happens at a door is an event at it, and its state."""
    async with Follower(server.config) as owner:
        await server.emit(topic, device(topic, ms()))
        [event] = await owner.has(kind)
        assert (event.door_id, event.door_name) == ("front", "Front door")
        assert event.vendor_code == topic
        await wait_for(lambda: getattr(owner.doors["front"].state, field) == value)
        assert owner.journal.is_live(event)


async def test_denied_and_unknown(server: PdkServer) -> None:
    """Who is refused is told with the reason that is known; a stranger has no name."""
    async with Follower(server.config) as owner:
        denied = access(ms(), "denied")
        denied["body"]["holder"]["enabled"] = False
        await server.emit("device.request.denied", denied)
        await server.emit("device.request.unknown", access(ms(), "unknown", None))
        [event] = await owner.has(EventKind.ACCESS_DENIED)
        assert event.reason == "The holder is disabled"
        [event] = await owner.has(EventKind.UNKNOWN_CREDENTIAL)
        assert event.person is None
        assert event.credential == "77-26858"


async def test_cloud_node(server: PdkServer) -> None:
    """A cloud node takes its doors with it; times come in two forms."""
    async with Follower(server.config) as owner:
        assert owner.doors["front"].state.online is True
        gone = {"serialNumber": "1234ABC", "timestamp": ms(seconds=60)}
        await server.emit("cloudnode.disconnected", gone)
        [event] = await owner.has(EventKind.DEVICE_OFFLINE)
        assert event.reader_name == "Main building"
        await wait_for(lambda: owner.doors["gate"].state.online is False)
        back = {"serialNumber": "1234ABC", "timestamp": "2025-01-06T15:57:16Z"}
        await server.emit("cloudnode.connected", back)
        [event] = await owner.has(EventKind.DEVICE_ONLINE)
        assert event.occurred_at.isoformat() == "2025-01-06T15:57:16+00:00"
        await wait_for(lambda: owner.doors["gate"].state.online is True)


@pytest.mark.parametrize("what", ["created", "deleted", "registered", "unregistered"])
async def test_cloud_node_entity(server: PdkServer, what: str) -> None:
    """What somebody does to a cloud node is told with who did it."""
    async with Follower(server.config) as owner:
        topic = f"cloudnode.{what}"
        payload = {
            "id": "138ddd00-0a56-4122-8760-d1b17565e1c4",
            "systemId": "sys",
            "topic": f"system.sys.entity.{topic}",
            "body": {"id": "cn-9", "name": "Shed", "serialNumber": "9"},
            "metadata": {"userId": "u-1", "userName": "Ad Min", "occurred": ms()},
        }
        await server.emit(topic, payload)
        [event] = await owner.has(EventKind.ADMIN)
        assert event.vendor_code == topic
        assert event.reader_name == "Shed"
        assert event.person is not None
        assert event.person.name == "Ad Min"


@pytest.mark.parametrize(
    "topic",
    [
        "endpoint.sync.started",
        "endpoint.sync.finished",
        "endpoint.sync.finished.all",
        "sync.synced",
        "sync.not_synced",
    ],
)
async def test_sync(server: PdkServer, topic: str) -> None:
    """Syncs are events of the cloud node."""
    async with Follower(server.config) as owner:
        payload: dict[str, Any] = (
            {"systemId": "s", "panelSn": "1234ABC", "details": {"timestamp": ms()}}
            if topic.startswith("sync")
            else {
                "id": "0942d921-09ff-48e2-9092-cb3de0a96c42",
                "topic": topic,
                "body": {"connectionId": "con-1", "address": "", "type": "ao_rules"},
                "cloudNode": NODE,
                "occurred": ms(),
            }
        )
        await server.emit(topic, payload)
        [event] = await owner.has(EventKind.SYNC)
        assert event.vendor_code == topic
        assert event.reader_name == "Main building"


def words(topic: str, at: int) -> dict[str, Any]:
    """Return what a liveEvent tells of somebody at the front door."""
    return {
        "topic": topic,
        "info": 'Person "%s" has requested access to the device "%s".',
        "placeholders": [
            {"text": "Jo Doe", "id": "h-1", "type": "holder"},
            {"text": "Front door", "id": "front", "type": "device"},
        ],
        "cloudNode": NODE,
        "occurred": at,
    }


@pytest.mark.parametrize("first", ["words", "event"])
async def test_words_are_no_second_event(server: PdkServer, first: str) -> None:
    """Before or after its event, and some ms apart: it only adds its words."""
    async with Follower(server.config) as owner:
        at, topic = ms(), "device.request.allowed"
        both = [(topic, access(at)), ("liveEvent", words(topic, at + 40))]
        for name, payload in both if first == "event" else reversed(both):
            await server.emit(name, payload)
        await wait_for(
            lambda: any(event.message for event in owner.journal.events.values())
        )
        [event] = owner.journal.events.values()
        assert event.message == (
            'Person "Jo Doe" has requested access to the device "Front door".'
        )


async def test_words_alone(server: PdkServer) -> None:
    """Of what can't be streamed otherwise, as duress, the words are the event."""
    async with Follower(server.config) as owner:
        await server.emit("liveEvent", words("device.request.duress", ms()))
        [event] = await owner.has(EventKind.DURESS)
        assert event.person is not None
        assert event.person.id == "h-1"


async def shows(owner: Follower, **fields: object) -> None:
    """Wait until the front door is in a state."""

    def is_so() -> bool:
        state = owner.doors["front"].state
        return all(getattr(state, name) == value for name, value in fields.items())

    await wait_for(is_so)


async def test_a_lock_falls(server: PdkServer) -> None:
    """What is told of a door stays as it is told; its mode follows what came last."""
    async with Follower(server.config) as owner:
        at = ms()
        for topic, locked, mode in (
            ("device.input.relay.on", False, None),
            ("device.forceopen.on", False, "unlocked"),
            ("device.input.relay.off", True, "normal"),
            ("device.forceopen.on", True, "unlocked"),
        ):
            await server.emit(topic, device(topic, at))
            await shows(owner, is_locked=locked, mode=mode)
        assert owner.doors["front"].state.hold_open is True
        # What ended in a break is not told, but a lock that falls tells it.
        await server.drop()
        await wait_for(lambda: owner.rounds == 2)
        topic = "device.input.relay.off"
        await server.emit(topic, device(topic, ms()))
        await shows(owner, hold_open=False)


@pytest.mark.parametrize("ago", [2, 7200])
async def test_a_clock_is_turned_back(server: PdkServer, ago: int) -> None:
    """What is a little older came late; what is much older tells of another clock."""
    async with Follower(server.config) as owner:
        opened, closed = "device.input.dps.opened", "device.input.dps.closed"
        await server.emit(opened, device(opened, ms()))
        await owner.has(EventKind.DOOR_OPENED)
        await server.emit(closed, device(closed, ms(seconds=ago)))
        await owner.has(EventKind.DOOR_CLOSED)
        await server.emit("sync.synced", {"panelSn": "1", "details": {}})
        await owner.has(EventKind.SYNC)
        await shows(owner, is_open=ago < 60)


async def test_twins(server: PdkServer) -> None:
    """Two messages of one moment are two happenings, one message told twice is one."""
    async with Follower(server.config) as owner:
        at, topic = ms(), "device.request.allowed"
        first, second = access(at), access(at)
        for message in (first, first, second, first, second):
            await server.emit(topic, message)
        await server.emit("device.request.denied", access(at, "denied"))
        await owner.has(EventKind.ACCESS_DENIED)
        assert len(owner.journal.of(EventKind.ACCESS_GRANTED)) == 2


async def test_a_device_that_is_new(server: PdkServer) -> None:
    """What happens at a device that nobody knows has the lists read again, once."""
    async with Follower(server.config) as owner:
        lists = "GET /devices"
        read = server.count[lists]
        server.devices.append({**server.devices[0], "id": "new", "name": "New door"})
        for device_id in ("new", "never"):
            message = access(ms())
            message["body"] |= {"device": {"id": device_id}, "deviceId": device_id}
            await server.emit("device.request.allowed", message)
        await wait_for(lambda: "new" in owner.doors, 15)
        await server.emit("device.request.allowed", message)
        await server.emit("sync.synced", {"panelSn": "1", "details": {}})
        await owner.has(EventKind.SYNC)
        assert "never" not in owner.doors
        assert server.count[lists] == 2 * read


async def test_rubbish(server: PdkServer) -> None:
    """What nobody understands is counted, and stops nothing."""
    async with Follower(server.config) as owner:
        rubbish: tuple[Any, ...] = (None, 7, "text", [], {}, [[]], {"info": 5})
        for payload in rubbish:
            await server.emit("liveEvent", payload)
            await server.emit("device.request.allowed", payload)
        await server.emit("device.request.allowed", access(ms()))
        await wait_for(
            lambda: any(
                event.door_id == "front" for event in owner.journal.events.values()
            )
        )
        assert len(owner.unreadable) >= 10
        assert owner.rounds == 1
