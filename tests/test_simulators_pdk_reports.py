"""The PDK simulator's holders and reports behave as the vendor's pages say."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from .pdk_client import Client, Json
from .simulators.pdk import PdkSimulator

ALLOWED = "device.request.allowed"
DAY_MS = 86_400_000


@pytest.fixture
async def sim() -> AsyncGenerator[PdkSimulator]:
    """Return a running cloud that is quick with reports."""
    async with PdkSimulator() as simulator:
        await simulator.set_modes(
            dwell_factor=0.01,
            report_pending=0.03,
            report_executing=0.03,
            systems_total=10_000,
            systems_writes=10_000,
        )
        yield simulator


@pytest.fixture
async def client(sim: PdkSimulator) -> AsyncGenerator[Client]:
    """Return a client with a system token."""
    async with aiohttp.ClientSession() as session:
        client = Client(sim, session)
        await client.log_in()
        yield client


def period(start: str, stop: str | None = None) -> Json:
    """Return the body that asks for some days."""
    occurred = {
        "type": "occurred",
        "period": "custom",
        "startDate": start,
        "stopDate": stop or start,
    }
    return {"filters": [occurred]}


def today(back: int = 0) -> str:
    """Return a day in UTC."""
    return (datetime.now(UTC) - timedelta(days=back)).date().isoformat()


async def preview(client: Client, body: Json) -> list[Json]:
    """Return a preview that goes well."""
    status, rows, _ = await client.ask("POST", "/reports/events/preview", json=body)
    assert status == 200, rows
    assert isinstance(rows, list)
    return rows


async def generate(client: Client, body: Json) -> Json:
    """Ask for a report as the sheet says, and return it when it is finished."""
    base = "/reports/events"
    status, answer, _ = await client.ask("POST", f"{base}/generate", json=body)
    assert (status, answer) == (204, "")
    newest: Json = (await client.get(f"{base}/requests"))[0]
    assert newest["filters"] == body["filters"]
    seen = [newest["status"]]
    async with asyncio.timeout(5):
        while not seen[-1].startswith("finished"):
            await asyncio.sleep(0.01)
            state = await client.get(f"{base}/requests/{newest['id']}")
            seen.append(state["status"])
    assert list(dict.fromkeys(seen))[:2] == ["pending", "executing"]
    return newest | {"status": seen[-1]}


async def rows_of(client: Client, report: Json, per_page: int = 100) -> list[Json]:
    """Return all rows of a report, page by page until a short one."""
    rows: list[Json] = []
    for page in range(1000):
        path = f"/reports/events/requests/{report['id']}/view"
        part = await client.get(path, page=page, per_page=per_page)
        rows += part
        if len(part) < per_page:
            break
    return rows


async def test_rows(sim: PdkSimulator, client: Client) -> None:
    """A row is what the sheet shows, without an id."""
    jane, door = sim.site.holders[0], sim.site.devices[0]
    made = await sim.tap(0, 0)
    unknown = await sim.unknown_card(0)
    rows = (await preview(client, period(today())))[::-1]
    assert rows[0] == {
        "occurred": made[0].at_ms,
        "event": "device.input.cardread",
        "result": ALLOWED,
        "details": {
            "holderId": jane.id,
            "holderName": "Jane Doe",
            "deviceId": door.id,
            "deviceName": "Main Entrance",
        },
    }
    assert rows[0] == made[0].row
    assert rows[1]["event"] == rows[1]["result"] == "device.input.relay.on"
    assert rows[2] == unknown.row
    assert set(rows[2]["details"]) == {"deviceId", "deviceName"}
    await sim.set_modes(empty_details="null", state_rows="null")
    row = (await sim.door_open(0))[0].row
    assert row is not None
    assert row["result"] is None
    assert row["details"]["holderName"] is None
    await sim.set_modes(state_rows="none")
    assert (await sim.door_close(0))[0].row is None
    assert (await sim.sync(0))[0].row is None


async def test_what_only_reports_have(sim: PdkSimulator, client: Client) -> None:
    """Duress and second holders are in reports and not in the stream."""
    made = [*await sim.duress(0, 2), *await sim.multi_allowed(0, 1)]
    hidden = [item for item in made if not item.frames]
    assert [item.topic for item in hidden] == [
        "device.request.duress",
        "device.request.multiallowed",
    ]
    results = [row["result"] for row in await preview(client, period(today()))]
    assert {item.topic for item in made} <= set(results)


async def test_days(sim: PdkSimulator, client: Client) -> None:
    """Days are whole, both ends in, in the zone of the reports."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = int(midnight.timestamp() * 1000) - 2 * DAY_MS
    moments = (start - 1, start, start + DAY_MS - 1, start + DAY_MS)
    for at_ms in moments:
        await sim.tap(0, 0, True, at_ms=at_ms, unlocks=False)

    async def found(first: int, last: int) -> list[int]:
        rows = await preview(client, period(today(first), today(last)))
        return sorted(moments.index(row["occurred"]) for row in rows)

    assert await found(2, 2) == [1, 2]
    assert await found(3, 2) == [0, 1, 2]
    assert await found(1, 0) == [3]
    await sim.set_modes(report_timezone="Asia/Tokyo")
    assert await found(2, 2) == [0, 1]


async def test_range_of_history(sim: PdkSimulator, client: Client) -> None:
    """A gap can be filled with as many happenings as wished, for reports only."""
    noon = int(datetime.now(UTC).replace(hour=12).timestamp() * 1000) - 4 * DAY_MS
    made = await sim.seed_range(30, noon, noon + 3 * DAY_MS)
    assert (made[0].at_ms, made[10].at_ms) == (noon, noon + DAY_MS)
    assert not any(item.frames for item in made)
    rows = await preview(client, period(today(4), today(1)))
    assert rows == [item.row for item in reversed(made)]


async def test_bad_filters(sim: PdkSimulator, client: Client) -> None:
    """Filters that the sheet does not know are refused, and cost nothing."""
    good = period(today())
    bad: list[Json] = [
        {},
        {"filters": []},
        good | {"more": 1},
        {"filters": [good["filters"][0] | {"type": "result"}]},
        {"filters": [good["filters"][0] | {"startDate": "2025-1-1"}]},
        {"filters": [good["filters"][0] | {"stopDate": "2025-13-01"}]},
        period(today(0), today(1)),
    ]
    for body in bad:
        for what in ("preview", "generate"):
            path = f"/reports/events/{what}"
            assert (await client.ask("POST", path, json=body))[0] == 400, body
    assert (await sim.quotas())["preview"] == {"used": 0, "limit": 500}
    assert await client.get("/reports/events/requests") == []


async def test_generate(sim: PdkSimulator, client: Client) -> None:
    """A report goes its way, is read by pages, and is deleted."""
    await sim.seed_history(2, 120)
    expected = [item.row for item in sim.truth if item.row is not None]
    assert len(expected) > 100
    body = period(today(2), today(0))
    assert len(await preview(client, body)) == 50
    first = await generate(client, period(today(9), today(8)))
    report = await generate(client, body)
    assert report["status"] == "finished"
    rows = await rows_of(client, report)
    assert rows == sorted(expected, key=lambda row: row["occurred"], reverse=True)
    listed = [item["id"] for item in await client.get("/reports/events/requests")]
    assert listed == [report["id"], first["id"]]
    path = f"/reports/events/requests/{report['id']}"
    assert (await client.ask("DELETE", path))[0] == 204
    assert (await client.ask("GET", path))[0] == 404
    assert (await client.ask("GET", f"{path}/view"))[0] == 404
    assert await rows_of(client, first) == []


async def test_not_finished(sim: PdkSimulator, client: Client) -> None:
    """A report that is not finished cannot be read."""
    await sim.set_modes(report_executing=60.0)
    await client.ask("POST", "/reports/events/generate", json=period(today()))
    report = (await client.get("/reports/events/requests"))[0]
    path = f"/reports/events/requests/{report['id']}/view"
    assert (await client.ask("GET", path))[:2] == (409, "report is not finished")


async def test_truncated(sim: PdkSimulator, client: Client) -> None:
    """Too long a report loses rows and says so; a shorter one does not."""
    await sim.seed_history(2, 60)
    await sim.set_modes(report_rows=len(sim.reports.entries) - 1)
    body = period(today(2), today(1))
    report = await generate(client, body)
    assert report["status"] == "finishedTruncated"
    rows = await rows_of(client, report)
    assert len(rows) == len(sim.reports.entries) - 1
    oldest = sim.reports.entries[0][-1]
    assert oldest not in rows
    await sim.set_modes(report_order="oldest")
    assert (await preview(client, body))[0] == oldest
    assert oldest in await rows_of(client, await generate(client, body))
    half = await generate(client, period(today(1)))
    assert half["status"] == "finished"


async def test_quotas(sim: PdkSimulator, client: Client) -> None:
    """A day has so many previews and reports; then it is 429 or 403."""
    await sim.set_modes(preview_quota=2, generate_quota=1)
    body = period(today())

    async def ask(what: str) -> tuple[int, str]:
        path = f"/reports/events/{what}"
        status, _, headers = await client.ask("POST", path, json=body)
        assert int(headers["X-RateLimit-Reset"]) % 86_400 == 0
        return status, headers["X-RateLimit-Remaining"]

    assert [await ask("preview") for _ in range(3)] == [
        (200, "1"),
        (200, "0"),
        (429, "0"),
    ]
    await sim.set_modes(quota_status=403)
    assert [await ask("generate") for _ in range(2)] == [(204, "0"), (403, "0")]
    assert await sim.quotas() == {
        "preview": {"used": 2, "limit": 2},
        "generate": {"used": 1, "limit": 1},
    }
    await sim.turn_clock(86_400)
    assert (await ask("preview"))[0] == 200
    assert (await ask("preview"))[0] == 200
    assert (await ask("preview"))[0] == 403
    await sim.reset_quotas()
    assert (await ask("preview"))[0] == 200


async def test_reports_lag(sim: PdkSimulator, client: Client) -> None:
    """A happening can be in the stream before it is in reports."""
    await sim.set_modes(report_delay=0.1)
    await sim.tap(0, 0, unlocks=False)
    assert await preview(client, period(today())) == []
    await asyncio.sleep(0.15)
    assert len(await preview(client, period(today()))) == 1


async def test_same_row_twice(sim: PdkSimulator, client: Client) -> None:
    """Two happenings may have the same row: nothing in it tells them apart."""
    at_ms = sim.clock.ms()
    for _ in range(2):
        await sim.tap(0, 0, at_ms=at_ms, unlocks=False)
    rows = await preview(client, period(today()))
    assert len(rows) == 2
    assert rows[0] == rows[1]
    assert sim.truth[0].event_id != sim.truth[1].event_id


# Holders.


async def test_holder(sim: PdkSimulator, client: Client) -> None:
    """A holder is added, found, changed, let in, and removed."""
    status, made, _ = await client.ask(
        "POST",
        "/holders",
        json={"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"},
    )
    assert (status, made["enabled"], made["groups"]) == (201, True, [])
    path = f"/holders/{made['id']}"
    assert await client.get(path) == made
    assert [row["id"] for row in await client.get("/holders", search="LOVE")] == [
        made["id"]
    ]
    by_mail = await client.get("/holders", search="ada@", search_fields="email")
    assert len(by_mail) == 1
    assert (await sim.tap(0, "Ada Lovelace"))[0].granted is False
    group = (await client.get("/groups", search="visit"))[0]
    for _ in range(2):
        assert (await client.ask("PUT", f"{path}/groups/{group['id']}"))[0] == 204
    assert await client.get(f"{path}/groups") == [group]
    assert (await sim.tap(0, "Ada Lovelace"))[0].granted is True
    change = {"pin": "4711", "expireDate": "2020-01-01T00:00:00Z"}
    status, changed, _ = await client.ask("PATCH", path, json=change)
    assert (status, changed["pin"], changed["groups"]) == (200, "4711", [group["id"]])
    assert (await sim.tap(0, "Ada Lovelace"))[0].granted is False
    await sim.set_modes(patch_status=204, created_body="id", created_status=200)
    assert (await client.ask("PATCH", path, json={"pin": None}))[:2] == (204, "")
    assert (await client.ask("DELETE", f"{path}/groups/{group['id']}"))[0] == 204
    assert (await client.ask("DELETE", f"{path}/groups/{group['id']}"))[0] == 404
    assert (await client.ask("DELETE", path))[0] == 204
    assert (await client.ask("DELETE", path))[0] == 404
    names = {"firstName": "A", "lastName": "B"}
    status, made, _ = await client.ask("POST", "/holders", json=names)
    assert (status, list(made)) == (200, ["id"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"lastName": "B"}, 400),
        ({"firstName": "x" * 36, "lastName": "B"}, 400),
        ({"firstName": "", "lastName": "B"}, 400),
        ({"firstName": "A", "lastName": "B", "pin": 1234}, 400),
        ({"firstName": "A", "lastName": "B", "pin": "57301"}, 409),
        ({"firstName": "A", "lastName": "B", "duressPin": "57301"}, 409),
        ({"firstName": "A", "lastName": "B", "enabled": "yes"}, 400),
        ({"firstName": "A", "lastName": "B", "expireDate": "soon"}, 400),
        ({"firstName": "A", "lastName": "B", "groups": ["none"]}, 400),
        ({"firstName": "A", "lastName": "B", "surname": "C"}, 400),
        ([], 400),
    ],
)
async def test_wrong_holder(
    sim: PdkSimulator, client: Client, body: Any, status: int
) -> None:
    """Wrong fields are refused in words, and nothing is made of them."""
    before = len(sim.site.holders)
    answer = await client.ask("POST", "/holders", json=body)
    assert answer[0] == status
    assert answer[1]
    assert len(sim.site.holders) == before


async def test_credentials(sim: PdkSimulator, client: Client) -> None:
    """Credentials are given and taken; no two holders have the same card."""
    jane, john = sim.site.holders[:2]
    path = f"/holders/{jane.id}/credentials"
    card = {"types": ["card"], "credentialNumber": 4242, "facilityCode": None}
    status, made, _ = await client.ask("POST", path, json=card)
    assert status == 201
    assert (made["holderId"], made["credentialNumber"]) == (jane.id, 4242)
    assert len(await client.get(path)) == 2
    assert await client.get(f"{path}/{made['id']}") == made
    other = f"/holders/{john.id}/credentials"
    assert (await client.ask("POST", other, json=card))[0] == 409
    differs = card | {"facilityCode": 12}
    assert (await client.ask("POST", other, json=differs))[0] == 201
    for wrong in (
        {"types": [], "credentialNumber": 1},
        {"types": ["face"], "credentialNumber": 1},
        {"types": ["card"]},
        {"types": ["card"], "credentialNumber": "17"},
        {"types": ["card"], "credentialNumber": True},
        {"types": ["card"], "credentialNumber": 17, "number": 17},
    ):
        assert (await client.ask("POST", path, json=wrong))[0] == 400
    assert (await client.ask("POST", path, json={"types": ["token"]}))[0] == 201
    assert (await client.ask("DELETE", f"{path}/{made['id']}"))[0] == 204
    assert (await client.ask("DELETE", f"{path}/{made['id']}"))[0] == 404
    assert (await client.ask("POST", other, json=card))[0] == 201


async def test_groups(client: Client) -> None:
    """Groups are listed and added."""
    status, made, _ = await client.ask("POST", "/groups", json={"name": "Night"})
    assert status == 201
    assert [group["name"] for group in await client.get("/groups")] == [
        "Employees",
        "Visitors",
        "Night",
    ]
    assert (await client.ask("POST", "/groups", json={"name": "x" * 71}))[0] == 400
    jane = (await client.get("/holders"))[0]
    path = f"/holders/{jane['id']}/groups"
    assert (await client.ask("PUT", f"{path}/{made['id']}"))[0] == 204
    assert (await client.ask("PUT", f"{path}/none"))[0] == 404
