"""The UniFi Access simulator keeps users, credentials and visitors."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from .probe import Probe, probing
from .simulators.unifi_access import UnifiAccessSimulator


@pytest.fixture
async def sim() -> AsyncGenerator[UnifiAccessSimulator]:
    """Return a running site."""
    async with UnifiAccessSimulator() as simulator:
        yield simulator


@pytest.fixture
async def probe(sim: UnifiAccessSimulator) -> AsyncGenerator[Probe]:
    """Return a client with all permissions."""
    async with probing(sim) as client:
        yield client


async def test_register_and_open(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A new user with a new card, a PIN and a policy can open a door."""
    made = await probe.ask("POST", "/users", {"first_name": "Nora", "last_name": "Näf"})
    user = made.data["id"]
    device = next(item.id for item in sim.site.devices.values() if not item.is_hub)
    cards = "/credentials/nfc_cards"
    session = (await probe.ask("POST", f"{cards}/sessions", {"device_id": device})).data
    poll = f"{cards}/sessions/{session['session_id']}"
    assert (await probe.get(poll)).code == "CODE_CREDS_NFC_READ_POLL_TOKEN_EMPTY"
    await sim.hold_card("04DEADBEEF1234")
    token = (await probe.get(poll)).data["token"]
    path = f"/users/{user}"
    gave = await probe.ask("PUT", f"{path}/nfc_cards", {"token": token})
    assert gave.body == {"code": "SUCCESS", "msg": "success"}
    pin = (await probe.ask("POST", "/credentials/pin_codes")).data
    assert (
        await probe.ask("PUT", f"{path}/pin_codes", {"pin_code": pin})
    ).status == 200
    await probe.ask("PUT", f"{path}/license_plates", ["abcd5"])
    policy = (await probe.get("/access_policies")).data[0]["id"]
    await probe.ask("PUT", f"{path}/access_policies", {"access_policy_ids": [policy]})
    found = (await probe.get(path)).data
    assert found["full_name"] == "Nora Näf"
    assert found["nfc_cards"][0]["token"] == token
    assert found["license_plates"][0]["credential"] == "abcd5"
    assert [item["id"] for item in found["access_policies"]] == [policy]
    assert pin not in str(found)
    await sim.tap("Front Door", "Nora Näf")
    (hit,) = await probe.hits()
    assert hit["_source"]["actor"]["id"] == user
    assert hit["_source"]["authentication"]["issuer"] == "04DEADBEEF1234"


async def test_lists_and_search(probe: Probe) -> None:
    """Users come in pages, with policies only where asked for, and are found."""
    answer = await probe.get("/users?page_num=2&page_size=3")
    assert answer.body["pagination"] == {"page_num": 2, "page_size": 3, "total": 8}
    assert len(answer.data) == 3
    assert "access_policies" not in answer.data[0]
    expanded = await probe.get("/users?expand[]=access_policy")
    assert "access_policies" in expanded.data[0]
    assert "pagination" not in expanded.body
    (found,) = (await probe.get("/users/search?keyword=żak")).data
    assert found["full_name"] == "Łukasz Żak"
    gone = (await probe.get("/users/search?status=DEACTIVATED")).data
    assert [user["last_name"] for user in gone] == ["Employee"]


async def test_refusals(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """What the controller refuses, it refuses with its own code."""
    jane, john = sim.site.person("Jane Doe"), sim.site.person("John Roe")
    path = f"/users/{jane.id}"
    short = await probe.ask("PUT", f"{path}/pin_codes", {"pin_code": "12"})
    assert short.code == "CODE_CREDS_PIN_CODE_CREDS_LENGTH_INVALID"
    same = await probe.ask("PUT", f"{path}/pin_codes", {"pin_code": john.pin})
    assert same.code == "CODE_CREDS_PIN_CODE_CREDS_ALREADY_EXIST"
    token = john.cards[0]
    held = await probe.ask("PUT", f"{path}/nfc_cards", {"token": token})
    assert held.code == "CODE_CREDS_NFC_HAS_BIND_USER"
    forced = {"token": token, "force_add": True}
    assert (await probe.ask("PUT", f"{path}/nfc_cards", forced)).code == "SUCCESS"
    assert john.cards == []
    missing = await probe.ask("POST", "/users", {"first_name": "No"})
    assert missing.code == "CODE_PARAMS_INVALID"
    active = await probe.ask("DELETE", path)
    assert active.code == "CODE_OPERATION_FORBIDDEN"
    await probe.ask("PUT", path, {"status": "DEACTIVATED"})
    assert (await probe.ask("DELETE", path)).code == "SUCCESS"
    assert (await probe.get(path)).status == 404


async def test_imported_cards(probe: Probe) -> None:
    """Cards come from CSV; a bad row gets no token."""
    form = aiohttp.FormData()
    rows = "068E2838, spare\n068e, lower\n068E2840, spare\n"
    form.add_field("file", rows, filename="cards.csv", content_type="text/csv")
    url = f"{probe.base}/credentials/nfc_cards/import"
    async with probe.session.post(url, data=form) as response:
        answer = (await response.json())["data"]
    assert [bool(row["token"]) for row in answer] == [True, False, False]
    token = answer[0]["token"]
    card = (await probe.get(f"/credentials/nfc_cards/tokens/{token}")).data
    assert (card["alias"], card["status"]) == ("spare", "pending")


async def test_policies(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Policies are asked with `resource` and answered with `resources`."""
    door = sim.site.door("Storage").id
    schedules = await probe.get("/access_policies/schedules")
    assert [item["name"] for item in schedules.data] == [
        "Always Access",
        "Office Hours",
    ]
    body = {
        "name": "Storage only",
        "resource": [{"id": door, "type": "door"}],
        "schedule_id": schedules.data[0]["id"],
    }
    made = (await probe.ask("POST", "/access_policies", body)).data
    assert made["resources"] == body["resource"]
    wrong = {"name": "x", "schedule_id": "none"}
    refused = await probe.ask("POST", "/access_policies", wrong)
    assert refused.code == "CODE_ACCESS_POLICY_SCHEDULE_NOT_FOUND"
    assert (await probe.ask("DELETE", f"/access_policies/{made['id']}")).status == 200
    await sim.set_modes(schedules_code="SUCCEED")
    assert (await probe.get("/access_policies/schedules")).code == "SUCCEED"


async def test_visitors(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A visitor is invited for a time and for doors; it ends with the visit."""
    body = {
        "first_name": "Vera",
        "last_name": "Visit",
        "start_time": 1_800_000_000,
        "end_time": 1_800_003_600,
        "visit_reason": "Business",
        "resources": [{"id": sim.site.door("Front Door").id, "type": "door"}],
    }
    made = (await probe.ask("POST", "/visitors", body)).data
    assert made["resources"][0]["name"] == "Front Door"
    assert made["status"] == "ACTIVE"
    path = f"/visitors/{made['id']}"
    await probe.ask("PUT", f"{path}/pin_codes", {"pin_code": "778899"})
    assert (await probe.get(path)).data["pin_code"]["token"]
    await sim.set_modes(visitor_status="number", visitor_list="hits")
    listed = (await probe.get("/visitors?keyword=vera")).data["hits"]
    assert [visitor["status"] for visitor in listed] == [6]
    assert (await probe.ask("DELETE", path)).body["data"] is None
    gone = (await probe.get(path)).data
    assert (gone["status"], gone["pin_code"]) == (4, None)
    refused = await probe.ask("POST", "/visitors", body | {"end_time": 5})
    assert refused.code == "CODE_PARAMS_INVALID"
    rows = await probe.hits("visitor")
    assert [hit["_source"]["event"]["type"] for hit in rows] == [
        "access.visitor.create"
    ]


async def test_groups(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Users join and leave groups."""
    (group,) = (await probe.get("/user_groups")).data
    jane = sim.site.person("Jane Doe").id
    path = f"/user_groups/{group['id']}/users"
    await probe.ask("POST", path, [jane])
    assert [user["id"] for user in (await probe.get(path)).data] == [jane]
    await probe.ask("POST", f"{path}/delete", [jane])
    assert (await probe.get(path)).data == []
