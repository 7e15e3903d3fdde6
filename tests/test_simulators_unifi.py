"""The UniFi Access simulator behaves as the vendor's documentation says."""

import asyncio
from collections.abc import AsyncGenerator
import csv
from datetime import UTC, datetime
import io
import json
from typing import Any

from PIL import Image
import pytest

from .probe import Json, Probe, probing
from .simulators.unifi_access import UnifiAccessSimulator

# The vendor's own sample of a log row.
SAMPLE: Json = {
    "@timestamp": "2023-07-11T12:11:27Z",
    "_id": "",
    "_source": {
        "actor": {
            "alternate_id": "",
            "alternate_name": "",
            "display_name": "N/A",
            "id": "",
            "type": "user",
        },
        "authentication": {"credential_provider": "NFC", "issuer": "6FC02554"},
        "event": {
            "display_message": "Access Denied / Unknown (NFC)",
            "published": 1689077487000,
            "reason": "",
            "result": "BLOCKED",
            "type": "access.door.unlock",
        },
        "target": [
            {
                "alternate_id": "",
                "alternate_name": "",
                "display_name": "UA-HUB-3855",
                "id": "7483c2773855",
                "type": "UAH",
            }
        ],
    },
    "tag": "access",
}


@pytest.fixture
async def sim() -> AsyncGenerator[UnifiAccessSimulator]:
    """Return a running site whose doors do not wait long."""
    async with UnifiAccessSimulator() as simulator:
        await simulator.set_modes(relock_seconds=0.05, pass_seconds=0.05)
        yield simulator


@pytest.fixture
async def probe(sim: UnifiAccessSimulator) -> AsyncGenerator[Probe]:
    """Return a client with all permissions."""
    async with probing(sim) as client:
        yield client


def event_of(hit: Json) -> Json:
    """Return the event of a row."""
    event: Json = hit["_source"]["event"]
    return event


def target_of(hit: Json, kind: str) -> Json | None:
    """Return the first target of a type."""
    targets: list[Json] = hit["_source"]["target"]
    return next((item for item in targets if item["type"] == kind), None)


def shape(value: Any) -> Any:
    """Return a value's keys and types."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value)


# Tokens, verbs, versions.


@pytest.mark.parametrize("status", [401, 403])
async def test_missing_permission_key(sim: UnifiAccessSimulator, status: int) -> None:
    """A token without one key can do all but what needs it."""
    await sim.set_modes(scope_status=status)
    async with probing(sim, sim.tokens["no view:system_log"]) as probe:
        refused = await probe.ask("POST", "/system/logs", {"topic": "door_openings"})
        assert (refused.status, refused.code) == (status, "CODE_UNAUTHORIZED")
        assert (await probe.get("/doors")).status == 200


@pytest.mark.parametrize("name", ["expired", "protect", "network"])
async def test_useless_tokens(sim: UnifiAccessSimulator, name: str) -> None:
    """An expired token and other applications' keys are refused."""
    async with probing(sim, sim.tokens[name]) as probe:
        refused = await probe.get("/doors")
        assert (refused.status, refused.code) == (401, "CODE_ACCESS_TOKEN_INVALID")
        with pytest.raises(Exception, match="401"):
            await probe.frames()


async def test_rotated_and_narrowed_token(
    sim: UnifiAccessSimulator, probe: Probe
) -> None:
    """A replaced token is refused; a key taken away is missed at once."""
    await sim.revoke("view:device")
    assert (await probe.get("/devices")).code == "CODE_UNAUTHORIZED"
    await sim.grant("view:device")
    assert (await probe.get("/devices")).status == 200
    new = (await sim.rotate_token())["token"]
    assert (await probe.get("/doors")).status == 401
    async with probing(sim, new) as other:
        assert (await other.get("/doors")).status == 200


async def test_wrong_verb_and_unknown_path(probe: Probe) -> None:
    """A wrong verb is 404 as an unknown path is."""
    assert (await probe.ask("POST", "/doors")).status == 404
    assert (await probe.ask("PATCH", "/devices")).status == 404
    assert (await probe.get("/no/such/thing")).code == "CODE_NOT_EXISTS"


async def test_older_version_and_identity(
    sim: UnifiAccessSimulator, probe: Probe
) -> None:
    """An old application lacks newer endpoints; an upgraded one has none."""
    door = next(iter(sim.site.doors))
    await sim.set_modes(version="1.22.16")
    assert (await probe.get(f"/doors/{door}/lock_rule")).status == 404
    assert (await probe.get("/doors")).status == 200
    await sim.set_modes(version="4.2.16", identity_enterprise=True, errors_as_200=True)
    refused = await probe.get("/doors")
    assert refused.status == 200
    assert refused.code == "CODE_OTHERS_UID_ADOPTED_NOT_SUPPORTED"


# The log.


async def test_row_as_in_the_sample(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """In the document's style a row has the shape of the vendor's sample."""
    await sim.set_modes(row_style="doc", id_style="empty")
    await sim.tap("Front Door")
    answer = await probe.ask("POST", "/system/logs", {"topic": "door_openings"})
    assert set(answer.body) == {"code", "data"}
    assert set(answer.data) == {"hits", "page", "total"}
    (hit,) = answer.data["hits"]
    assert shape(hit) == shape(SAMPLE)
    assert hit["_source"]["actor"] == SAMPLE["_source"]["actor"]
    assert event_of(hit)["display_message"] == "Access Denied / Unknown (NFC)"


async def test_paging_newest_first(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Pages tile the log, newest first, and the page after the last is empty."""
    made = await sim.burst(25)
    seen: list[str] = []
    for page in range(1, 5):
        data = await probe.logs(query=f"?page_num={page}&page_size=10")
        assert data["total"] == 25
        assert data["page"] == page
        seen += [hit["_id"] for hit in data["hits"]]
    assert seen == [str(item.row) for item in sorted(made, key=_when, reverse=True)]


def _when(item: Any) -> tuple[int, int]:
    """Return the order of the log."""
    return item.at_ms, item.row


async def test_time_range_and_actor(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """`since` and `until` are whole seconds, and one actor can be asked for."""
    base = 1_760_000_000
    for offset in range(5):
        await sim.tap("Front Door", "Jane Doe", at_ms=(base + offset) * 1000 + 700)
    assert len(await probe.hits(since=base + 1, until=base + 3)) == 3
    await sim.set_modes(until_inclusive=False)
    assert len(await probe.hits(since=base + 1, until=base + 3)) == 2
    assert len(await probe.hits(actor_id=sim.site.person("John Roe").id)) == 0
    assert len(await probe.hits(actor_id=sim.site.person("Jane Doe").id)) == 5


@pytest.mark.parametrize("style", ["list", "inner_pagination"])
async def test_page_shapes(sim: UnifiAccessSimulator, probe: Probe, style: str) -> None:
    """The counts stand elsewhere or nowhere."""
    await sim.burst(3)
    await sim.set_modes(page_shape=style)
    data = await probe.logs(query="?page_num=1&page_size=2")
    if style == "list":
        assert [hit["_id"] for hit in data] == ["73003", "73002"]
    else:
        assert data["pagination"] == {"page_num": 1, "page_size": 2, "total": 3}


async def test_ignored_paging(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A site that ignores paging gives everything for each page."""
    await sim.burst(7)
    await sim.set_modes(ignores_paging=True)
    pages = [await probe.logs(query=f"?page_num={n}&page_size=2") for n in (1, 2, 9)]
    assert [len(page["hits"]) for page in pages] == [7, 7, 7]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("ms", 1689077487123),
        ("seconds", 1689077487),
        ("rfc3339", "2023-07-11T12:11:27.123Z"),
        ("ms_text", "1689077487123"),
    ],
)
async def test_published_styles(
    sim: UnifiAccessSimulator, probe: Probe, style: str, expected: object
) -> None:
    """The time of a row comes in several styles."""
    await sim.set_modes(published_style=style)
    await sim.tap("Front Door", "Jane Doe", at_ms=1689077487123)
    (hit,) = await probe.hits()
    assert event_of(hit)["published"] == expected
    assert hit["@timestamp"] == "2023-07-11T12:11:27Z"


async def test_issuers(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A card number of digits only may be a number."""
    await sim.tap("Front Door", "Jane Doe")
    await sim.tap("Front Door", "John Roe")
    issuers = [hit["_source"]["authentication"]["issuer"] for hit in await probe.hits()]
    assert issuers == ["6FC02554", 36184452]


async def test_index_delay(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A row can be found some time after it happened, at its place."""
    await sim.set_modes(index_delay=0.3)
    late = await sim.tap("Front Door", "Jane Doe")
    await sim.set_modes(index_delay=0)
    early = await sim.tap("Front Door", "John Roe")
    assert [hit["_id"] for hit in await probe.hits()] == [str(early.row)]
    await asyncio.sleep(0.35)
    found = [hit["_id"] for hit in await probe.hits()]
    assert found == [str(late.row), str(early.row)]


async def test_topics(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """One row may be in several topics; `all` has each once, or is refused."""
    hub = sim.site.door("Front Door").hub
    assert hub is not None
    await sim.device_offline(hub.id)
    await sim.device_online(hub.id)
    await sim.create_visitor("Vera", "Visit")
    await sim.admin_change()
    topics = ("critical", "device_events", "visitor", "admin_activity", "all")
    found = {topic: [hit["_id"] for hit in await probe.hits(topic)] for topic in topics}
    assert found == {
        "critical": ["73001"],
        "device_events": ["73001", "73002"],
        "visitor": ["73003"],
        "admin_activity": ["73003", "73004"],
        "all": ["73001", "73002", "73003", "73004"],
    }
    await sim.set_modes(topic_all=False)
    refused = await probe.ask("POST", "/system/logs", {"topic": "all"})
    assert refused.code == "CODE_PARAMS_INVALID"


async def test_odd_doors(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Rows name doors by UUID, by their hub's MAC, or not at all."""
    for name in ("Front Door", "Side Door", "Café"):
        await sim.tap(name, "Jane Doe")
    front, side, cafe = [target_of(hit, "door") for hit in await probe.hits()]
    devices = [item for group in (await probe.get("/devices")).data for item in group]
    hubs = {item["id"]: item["location_id"] for item in devices}
    doors = {item["name"]: item["id"] for item in (await probe.get("/doors")).data}
    assert front is not None
    assert side is not None
    assert cafe is not None
    assert front["id"] == doors["Front Door"]
    assert hubs[side["id"]] == doors["Side Door"]
    assert hubs[cafe["id"]] == ""
    assert cafe["display_name"] == "Cafe\u0301 "
    await sim.set_modes(door_id="absent")
    await sim.tap("Front Door", "Jane Doe")
    assert target_of((await probe.hits())[-1], "door") is None


async def test_calls_have_the_type_of_unlocks(
    sim: UnifiAccessSimulator, probe: Probe
) -> None:
    """Missed calls look like unlocks but for their key; answered ones are unlocks."""
    await sim.ring("Front Door")
    await sim.miss("Front Door")
    await sim.ring("Front Door")
    await sim.answer("Front Door", "Jane Doe")
    rows = [
        (
            event_of(hit)["type"],
            event_of(hit)["log_key"],
            event_of(hit)["result"],
            hit["_source"]["authentication"]["credential_provider"],
        )
        for hit in await probe.hits()
    ]
    rang = "access.doorbell.visitor.rang.remotecall"
    ring = ("access.remotecall.request", rang, "INCOMPLETE", "BUTTON_DOOR_BELL")
    assert rows == [
        ring,
        (
            "access.door.unlock",
            "access.doorbell.from_door.missed",
            "INCOMPLETE",
            "BUTTON_DOOR_BELL",
        ),
        ring,
        (
            "access.door.unlock",
            "dashboard.access.door.unlock.success",
            "ACCESS",
            "CALL",
        ),
    ]


async def test_export(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A month can be exported as CSV, more is refused."""
    await sim.tap("Front Door", "Zoë Müller-Lüdenscheidt", at_ms=1689077487000)
    body = {
        "topic": "door_openings",
        "since": 1689000000,
        "until": 1689100000,
        "timezone": "America/New_York",
    }
    answer = await probe.ask("POST", "/system/logs/export", body)
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert rows[0]["Time"] == "2023-07-11 08:11:27"
    assert rows[0]["Actor"] == "Zoë Müller-Lüdenscheidt"
    for wrong in ({"until": 1699000000}, {"timezone": "Mars/Base"}, {"topic": "x"}):
        refused = await probe.ask("POST", "/system/logs/export", body | wrong)
        assert refused.code == "CODE_PARAMS_INVALID"


async def test_pictures(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A row's resource leads to a real picture, for those who may see logs."""
    await sim.tap("Front Door", "Jane Doe", picture=True)
    target = target_of((await probe.hits())[-1], "activities_resource")
    assert target is not None
    found = (await probe.get(f"/system/logs/resource/{target['id']}")).data
    path = f"/system/static{found['video_record_thumbnail']}"
    answer = await probe.get(path)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.body)).size == (320, 180)
    async with probing(sim, sim.tokens["no view:system_log"]) as other:
        assert (await other.get(path)).status == 401
    assert (await probe.get("/system/static/avatar/nobody")).status == 404
    door = (await probe.get("/doors")).data[0]
    thumbnail = await probe.get(f"/system/static{door['extras']['door_thumbnail']}")
    assert thumbnail.body.startswith(b"\xff\xd8")


async def test_truth_and_log_agree(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Each happening that the log can tell is in it exactly once."""
    await sim.burst(120)
    await sim.rex("Side Door", opens=True)
    await sim.ring("Front Door")
    await sim.miss("Front Door")
    await sim.force_open("Front Door")
    await asyncio.sleep(0.1)
    expected = sorted(str(item.row) for item in await sim.history() if item.row)
    assert sorted(hit["_id"] for hit in await probe.hits("all")) == expected
    kinds = {item.kind for item in await sim.history()}
    assert kinds >= {
        "access_granted",
        "access_denied",
        "unknown_credential",
        "exit_requested",
        "ring",
        "call_missed",
        "door_opened",
        "door_closed",
    }


async def test_seeded_week_is_the_same_again(sim: UnifiAccessSimulator) -> None:
    """The same seed gives the same week, none of it in the future."""
    async with UnifiAccessSimulator(history_days=7) as other:
        await sim.seed_history(7)
        times = [row.published for row in sim.log.rows]
        assert len(times) > 200
        assert max(times) < datetime.now(UTC).timestamp() * 1000
        hour = [row.published // 3_600_000 for row in other.log.rows][-1]
        same = [row.published for row in other.log.rows]
        if hour == times[-1] // 3_600_000:
            assert same == times
        assert [row.message for row in other.log.rows[:50]] == [
            row.message for row in sim.log.rows[:50]
        ]


async def test_a_whole_day(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """The scripted day shows all that this site can tell."""
    sim.speed = 200.0
    await sim.day()
    names = {item.name for item in await sim.history()}
    assert names >= {
        "tap",
        "ring",
        "call_missed",
        "call_answered",
        "remote_unlock",
        "rex",
        "held_open",
        "forced_open",
        "device_offline",
        "device_online",
        "admin_change",
        "schedule_activate",
        "schedule_deactivate",
    }
    assert json.dumps(await probe.hits("all"))
