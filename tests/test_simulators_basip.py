"""The BAS-IP simulator keeps its log as the vendor's pages say."""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncGenerator
import time
from typing import Any

import aiohttp
import pytest

from .basip_client import Client, Json
from .simulators.basip import BasIpSimulator
from .simulators.basip.keys import MULTI_REASONS, OTHER_KEYS, SEED_KEYS


@pytest.fixture
async def sim() -> AsyncGenerator[BasIpSimulator]:
    """Return a running panel."""
    async with BasIpSimulator() as simulator:
        yield simulator


@pytest.fixture
async def client(sim: BasIpSimulator) -> AsyncGenerator[Client]:
    """Return a client that is logged in as administrator."""
    async with aiohttp.ClientSession() as session:
        made = Client(sim, session)
        assert (await made.login()).status == 200
        yield made


async def test_info(sim: BasIpSimulator, client: Client) -> None:
    """What the panel is can be asked by everybody."""
    origin = f"http://127.0.0.1:{sim.port}"

    async def info() -> Json:
        async with client.session.get(f"{origin}/api/info") as response:
            found: Json = await response.json()
            return found

    android = await info()
    assert android["device_serial_number"] == sim.site.serial
    assert (android["device_type"], android["device_model"]) == ("panel", "AA-14FB")
    await sim.set_modes(family="camdroid", api_prefix="v0")
    camdroid = await info()
    assert camdroid["device_model"] == "AV-03BD"
    assert camdroid["firmware_version"] == "2.3.0"
    assert set(android) == set(camdroid)


async def test_login(sim: BasIpSimulator, client: Client) -> None:
    """The digest counts in any case, and every login is a row."""
    assert (await client.login()).body["account_type"] == "admin"
    assert (await client.login(digest=sim.digest.upper())).status == 200
    assert (await client.login("manager")).body["account_type"] == "manager"
    for name, digest in (("admin", sim.password), ("nobody", sim.digest)):
        assert (await client.login(name, digest)).status == 401
    keys = Counter(row["name"]["key"] for row in (await client.log())["list_items"])
    assert keys == {"successful_login_api_call": 4, "incorrect_login_api_call": 2}
    await sim.set_modes(refused_status=400)
    answer = await client.login(digest="0")
    assert (answer.status, answer.error) == (400, "Wrong username or password")


async def test_sessions(sim: BasIpSimulator, client: Client) -> None:
    """A token ends by its time, by logging out, by a reboot and by another login."""
    await client.log()
    await sim.expire_tokens()
    answer = await client.get("/log/items")
    assert (answer.status, answer.body) == (401, {"error": "Log In"})
    await sim.set_modes(token_seconds=0.5)
    await client.login()
    await client.log()
    await asyncio.sleep(0.55)
    assert (await client.get("/log/items")).status == 401
    await sim.set_modes(token_seconds=60, single_session=True)
    await client.login()
    first = dict(client.headers)
    await client.login()
    client.headers, second = first, client.headers
    assert (await client.get("/log/items")).status == 401
    client.headers = second
    assert (await client.get("/logout")).status == 200
    assert (await client.get("/log/items")).status == 401
    await client.login()
    await sim.reboot()
    assert (await client.get("/log/items")).status == 401
    await client.login()
    await sim.change_password("new one")
    assert (await client.get("/log/items")).status == 401
    assert sim.config()["password"] == "new one"
    client.headers = {}
    await sim.set_modes(basic_auth=True)
    basic = base64.b64encode(f"admin:{sim.digest}".encode()).decode()
    client.headers = {"Authorization": f"Basic {basic}"}
    await client.log()
    assert (await sim.sessions())["logins"] >= 6


async def test_ban(sim: BasIpSimulator, client: Client) -> None:
    """Refused logins in a row ban the address for everything."""
    await sim.set_modes(ban_after=3, ban_seconds=1.0)
    for _ in range(2):
        await client.login(digest="0")
    await client.login()
    for _ in range(3):
        await client.login(digest="0")
    assert (await client.login()).status == 403
    assert (await client.get("/log/items")).error == "Your IP address is blocked"
    await asyncio.sleep(1.05)
    assert (await client.login()).status == 200
    await sim.ban()
    await sim.set_modes(ban_style="drop")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.login()
    await sim.unban()
    assert (await client.login()).status == 200


async def test_versions(sim: BasIpSimulator, client: Client) -> None:
    """There is one version of the API, and one path of the log."""
    origin = f"http://127.0.0.1:{sim.port}/api"
    await sim.set_modes(api_prefix="v0")
    await client.log()
    async with client.session.get(f"{origin}/v1/log/items") as response:
        assert response.status == 404
    await sim.set_modes(log_path="list")
    assert (await client.get("/log/items")).status == 404
    assert (await client.get("/log/list")).status == 200
    assert (await client.ask("POST", "/log/list")).status == 404
    assert (await client.get("/no/such/feature")).status == 404


async def test_live_sample(sim: BasIpSimulator, client: Client) -> None:
    """A card's row has the shape that live panels give."""
    await sim.use("Jane Doe", "card")
    (row,) = await client.rows()
    assert row == {
        "timestamp": sim.truth[-1].at_ms,
        "category": "access",
        "priority": "medium",
        "name": {
            "key": "access_granted_by_valid_identifier",
            "text": "Lock opened by identifier",
        },
        "info": {
            "model": {
                "number": "3090069",
                "type": "card",
                "owner": "Jane Doe",
                "apartment_address": "1-1-1-12",
                "lock": 0,
            },
            "text": "Valid identifier 3090069 was used, owner Jane Doe,"
            " lock 0 was opened",
        },
    }


async def test_all_keys(sim: BasIpSimulator, client: Client) -> None:
    """All 40 keys of the seed can be written, with their data, and others too."""
    assert len(SEED_KEYS) == 40
    await sim.clear_log()
    made = await sim.write_all()
    rows = (await client.log(limit=50))["list_items"]
    assert [row["name"]["key"] for row in rows] == list(SEED_KEYS)
    assert [row["timestamp"] for row in rows] == [item.at_ms for item in made]
    for row in rows:
        known = SEED_KEYS[row["name"]["key"]]
        assert row["info"]["model"] == known.model
        assert row["category"] == known.category
    assert Counter(row["category"] for row in rows) == {
        "access": 28,
        "info": 6,
        "system": 4,
        "emergency": 2,
    }
    denied = SEED_KEYS["multi_access_denied"].model
    assert len(denied["reject_reasons"]) == len(MULTI_REASONS) == 7
    await sim.clear_log()
    await sim.write_all(others=True)
    assert {row["name"]["key"] for row in await client.rows()} == set(OTHER_KEYS)


async def test_equal_rows(sim: BasIpSimulator, client: Client) -> None:
    """Rows have no ids, and two of one millisecond can be equal in all."""
    await sim.write("access_denied_by_unknown_card", {"card": "77"}, copies=2)
    one, other = await client.rows()
    assert one == other
    assert set(one) == {"timestamp", "category", "priority", "name", "info"}
    assert len(await sim.history(name="write")) == 2


async def test_pages(sim: BasIpSimulator, client: Client) -> None:
    """Pages have allowed sizes only, count from 1 and end."""
    await sim.clear_log()
    await sim.burst(45)
    body = await client.log(limit=20, page_number=3)
    assert body["list_option"]["pagination"] == {
        "total_pages": 3,
        "items_limit": 20,
        "total_items": 45,
        "current_page": 3,
    }
    assert len(body["list_items"]) == 5
    assert len((await client.log())["list_items"]) == 10
    assert (await client.log(page_number=9))["list_items"] == []
    for limit in (0, 25, 40, 51, 100, "x"):
        answer = await client.get("/log/items", limit=limit)
        assert (answer.status, answer.error) == (400, "Wrong pagination limit")
    for page in (0, "x"):
        answer = await client.get("/log/items", page_number=page)
        assert answer.error == "Wrong page number"
    await sim.set_modes(page_past_end="error", limits=[10, 25, 50])
    answer = await client.get("/log/items", limit=25, page_number=3)
    assert answer.error == "Wrong page number"


async def test_order_and_times(sim: BasIpSimulator, client: Client) -> None:
    """Oldest first unless told otherwise; `from` and `to` in ms, both in."""
    await sim.clear_log()
    start = sim.clock.ms() - 10_000
    for index in range(4):
        await sim.write("tamper_event", at_ms=start + index * 1000)

    async def times(**params: Any) -> list[int]:
        rows = (await client.log(**params))["list_items"]
        return [(row["timestamp"] - start) // 1000 for row in rows]

    assert await times() == [0, 1, 2, 3]
    assert await times(sort_type="desc") == [3, 2, 1, 0]
    assert await times(**{"from": start + 2000}) == [2, 3]
    assert await times(**{"from": start + 1000, "to": start + 2000}) == [1, 2]
    await sim.set_modes(default_sort="desc")
    assert await times() == [3, 2, 1, 0]
    assert await times(sort_type="asc") == [0, 1, 2, 3]
    for params, words in (
        ({"sort_type": "up"}, "Wrong sort type"),
        ({"from": "yesterday"}, "Wrong time format"),
        (
            {"from": start, "to": start},
            "Wrong time range: 'to' must be greater then 'from'",
        ),
    ):
        answer = await client.get("/log/items", **params)
        assert (answer.status, answer.error) == (400, words)


async def test_units(sim: BasIpSimulator, client: Client) -> None:
    """Times in seconds, numbers as numbers and locks as text are all seen."""
    await sim.use("Jane Doe", "card")
    made = sim.truth[-1]
    await sim.set_modes(timestamps="s", query_unit="s", numbers="number", locks="text")
    seconds = made.at_ms // 1000
    (row,) = await client.rows(**{"from": seconds})
    assert row["timestamp"] == seconds
    assert row["info"]["model"]["number"] == 3090069
    assert row["info"]["model"]["lock"] == "0"
    assert await client.rows(**{"from": seconds + 1}) == []


async def test_android_filter(sim: BasIpSimulator, client: Client) -> None:
    """One field at a time, equal only, and values that are listed."""
    await sim.write_all()

    async def filtered(field: str, value: str) -> Json:
        return await client.log(
            limit=50, filter_field=field, filter_type="equal", filter_value=value
        )

    body = await filtered("category", "emergency")
    assert {row["category"] for row in body["list_items"]} == {"emergency"}
    assert body["list_option"]["filter"]["is_filtered"] is True
    body = await filtered("name", "tamper_event")
    assert [row["name"]["key"] for row in body["list_items"]] == ["tamper_event"]
    body = await filtered("priority", "critical")
    assert len(body["list_items"]) == 3
    values = body["list_option"]["filter"]["available_values"]
    assert {item["key"] for item in values["name"]} >= set(SEED_KEYS)
    right = {
        "filter_field": "category",
        "filter_type": "equal",
        "filter_value": "access",
    }
    for change, words in (
        ({"filter_field": "text"}, "Wrong filter field"),
        ({"filter_type": "like"}, "Wrong filter type"),
        ({"filter_value": "doors"}, "Wrong filter value"),
        ({"filter": "category eq 'access'"}, "Wrong filter format"),
    ):
        answer = await client.get("/log/items", **(right | change))
        assert (answer.status, answer.error) == (400, words)


async def test_camdroid(sim: BasIpSimulator, client: Client) -> None:
    """Camdroid needs limit and page, and speaks in expressions."""
    await sim.write_all()
    middle = sim.truth[-20].at_ms
    await sim.set_modes(family="camdroid")
    assert (await client.get("/log/items")).error == {
        "code": "not_valid",
        "message": "Wrong pagination limit",
    }
    assert (await client.get("/log/items", limit=10)).status == 400

    async def keys(**params: Any) -> list[str]:
        rows = (await client.log(**params))["list_items"]
        return [row["name"]["key"] for row in rows]

    assert await keys(filter="name eq 'tamper_event'") == ["tamper_event"]
    found = await client.log(
        filter=f"(category eq 'info' or category eq 'system') and timestamp ge {middle}",
        order_by="timestamp desc",
    )
    times = [row["timestamp"] for row in found["list_items"]]
    assert times == sorted(times, reverse=True)
    assert min(times) >= middle
    assert {row["category"] for row in found["list_items"]} <= {"info", "system"}
    assert len(await keys(filter="not category eq 'access'")) == 13
    assert (await keys(order_by="name asc"))[0].startswith("access_denied_by_not")
    for params, words in (
        ({"filter": "colour eq 'red'"}, "Wrong filter field"),
        ({"filter": "name like 'x'"}, "Wrong filter type"),
        ({"filter": "(name eq 'x'"}, "Wrong filter format"),
        ({"filter": "name eq 'x' y"}, "Wrong filter format"),
        ({"filter": "name eq 'x"}, "Wrong filter format"),
        ({"filter": "timestamp gt 'x'"}, "Wrong filter value"),
        ({"order_by": "colour"}, "Wrong sort field"),
    ):
        answer = await client.get("/log/items", limit=10, page_number=1, **params)
        assert (answer.status, answer.error["message"]) == (400, words)
    await sim.set_modes(sort_field=True)
    old = await client.log(sort_field="timestamp", sort_type="desc")
    assert old["list_items"][0]["timestamp"] >= old["list_items"][-1]["timestamp"]


async def test_envelope_and_locale(sim: BasIpSimulator, client: Client) -> None:
    """The options have two names, and the texts come in the panel's languages."""
    await sim.tamper()
    body = await client.log(locale="da", sort_type="desc")
    assert body["list_option"]["locale"]["locale"] == "da"
    row = body["list_items"][0]
    assert row["name"] == {"key": "tamper_event", "text": "[da] Tamper triggered"}
    await sim.set_modes(envelope="options", locales=["en", "ru", "uk"])
    body = await client.log(locale="da")
    assert "list_option" not in body
    assert body["options"]["locale"]["locale"] == "en"
    assert body["options"]["locale"]["available_locales"] == ["en", "ru", "uk"]


async def test_own_clock(sim: BasIpSimulator, client: Client) -> None:
    """The panel's time is its own, in its rows and where it is asked."""
    await sim.turn_clock(-86_400)
    await sim.use("John Roe")
    timestamp = (await client.log())["list_items"][0]["timestamp"]
    assert abs(timestamp / 1000 - (time.time() - 86_400)) < 10
    answer = await client.get("/device/time")
    assert abs(answer.body["timestamp"] - (time.time() - 86_400)) < 10


async def test_truth(sim: BasIpSimulator, client: Client) -> None:
    """Each happening is one row, however many have the same millisecond."""
    await sim.clear_log()
    made = await sim.burst(2000)
    read: list[Json] = []
    for page in range(1, 41):
        read += (await client.log(limit=50, page_number=page))["list_items"]
    assert len(read) == 2000
    assert Counter((row["timestamp"], row["name"]["key"]) for row in read) == Counter(
        (item.at_ms, item.key) for item in made
    )
    assert max(Counter(item.at_ms for item in made).values()) > 1
    assert {item.kind for item in made} == {"access_granted", "access_denied"}
    assert made[0].person_name == "Jane Doe"


async def test_large_log(sim: BasIpSimulator, client: Client) -> None:
    """A hundred thousand rows are paged through without a wait."""
    await sim.burst(100_000)
    start = time.monotonic()
    for page in (1, 1000, 2000):
        body = await client.log(limit=50, page_number=page, sort_type="desc")
        assert len(body["list_items"]) == 50
    assert time.monotonic() - start < 5


async def test_retention(sim: BasIpSimulator, client: Client) -> None:
    """A panel that keeps few rows loses the oldest."""
    await sim.set_modes(log_limit=10)
    made = await sim.burst(25)
    body = await client.log(limit=20)
    assert body["list_option"]["pagination"]["total_items"] == 10
    assert body["list_items"][-1]["timestamp"] == made[-1].at_ms


async def test_history(client: Client) -> None:
    """The seeded days are in the log, in order."""
    async with BasIpSimulator(history_days=8) as sim:
        other = Client(sim, client.session)
        await other.login()
        total = (await other.log())["list_option"]["pagination"]["total_items"]
        truth = await sim.history()
        assert total == len(truth) > 200
        assert [row.at_ms for row in sim.log.rows] == sorted(
            item.at_ms for item in truth
        )


async def test_unplugged_and_kept(tmp_path: Any, client: Client) -> None:
    """The log outlives the power and the process; the address stays."""
    async with BasIpSimulator(state=tmp_path) as first:
        other = Client(first, client.session)
        await first.pause()
        with pytest.raises(aiohttp.ClientConnectionError):
            await other.login()
        await first.use("Jane Doe")
        await first.resume()
        await other.login()
        assert len(await other.rows()) == 1
        serial = first.site.serial
    async with BasIpSimulator(state=tmp_path, seed=5) as second:
        assert second.site.serial == serial
        other = Client(second, client.session)
        await other.login()
        assert len(await other.rows()) == 1


async def test_tls(sim: BasIpSimulator, client: Client) -> None:
    """It serves HTTPS when told so."""
    await sim.set_modes(tls=True)
    assert sim.config()["ssl"] is True
    assert sim.base_url.startswith("https://")
    assert (await client.login()).status == 200


async def test_day(client: Client) -> None:
    """The scripted day plays people, calls, the door and refusals."""
    async with BasIpSimulator(speed=1000) as sim:
        await sim.day()
        keys = {item.key for item in await sim.history()}
        assert keys >= {
            "access_granted_by_valid_identifier",
            "access_granted_by_valid_face_identifier",
            "access_denied_by_unknown_card",
            "outgoing_call",
            "outgoing_call_missed",
            "access_granted_by_call_host",
            "lock_was_opened_by_exit_btn",
            "door_sensor_was_opened",
            "multi_access_denied",
            "tamper_event",
        }
        assert keys <= set(SEED_KEYS)
