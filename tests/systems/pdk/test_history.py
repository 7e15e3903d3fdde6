"""Test how the PDK adapter fills what the stream did not tell."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
import json
from typing import Any

import pytest

from custom_components.access_events.models import EventKind
from custom_components.access_events.systems.pdk import history, live, stream, wire
from custom_components.access_events.systems.pdk.position import (
    REPORTS,
    Position,
    Quota,
)
from tests.systems.owner import Journal
from tests.wait import wait_for

from .follower import Follower
from .server import PdkServer, access, ms, row

PREVIEW, GENERATE = "POST /reports/events/preview", "POST /reports/events/generate"


@contextmanager
def quota_of(journal: Journal) -> Iterator[dict[str, Any]]:
    """Give what a cursor says of the day's reports, to read and to change."""
    held = json.loads(journal.cursor or "")
    yield held["quota"]
    journal.cursor = json.dumps(held)


async def test_short_gap(server: PdkServer) -> None:
    """A preview fills ten minutes; what the stream told is not told again."""
    journal = Journal()
    async with Follower(server.config, journal=journal) as owner:
        at = ms()
        await server.emit("device.request.allowed", access(at))
        await owner.has(count=1)
    server.rows = [row(at)]
    begin = ms()
    missed = [row(begin + number, "denied") for number in range(20)]
    server.rows += missed
    server.count.clear()
    async with Follower(server.config, journal=journal) as owner:
        events = owner.journal.of(EventKind.ACCESS_DENIED)
        assert len(events) == 20
        assert not any(map(owner.journal.is_live, events))
        assert len(journal.events) == 21
        assert server.count[PREVIEW] == 1
        assert not server.count[GENERATE]


async def test_days(server: PdkServer) -> None:
    """What 50 rows don't reach is read from a report, which is deleted then."""
    server.rows = [row(ms(minutes=10 * number) - 1) for number in range(3 * 24 * 6)]
    async with Follower(server.config, import_days=3) as owner:
        await owner.filled()
        wanted = len([at for at in server.rows if at["occurred"] >= ms(days=3) + 5000])
        assert len(owner.journal.events) >= wanted > 400
        assert not server.reports
        assert server.count[GENERATE] == 1
        assert not owner.gaps
        diagnostics = owner.system.diagnostics()
        assert diagnostics["reports_preview"] == "1 of 500"
        assert diagnostics["reports_generate"] == "1 of 150"


async def test_truncated(server: PdkServer) -> None:
    """A report that left rows out is made again for fewer days, until none are."""
    server.rows = [row(ms(minutes=15 * number) - 1) for number in range(4 * 24 * 4)]
    server.truncate_above = 250
    async with Follower(server.config, import_days=4) as owner:
        await owner.filled()
        assert len(owner.journal.events) >= 4 * 24 * 4 - 2
        assert not owner.gaps
        assert not server.reports


async def test_days_to_come_are_refused(server: PdkServer) -> None:
    """A cloud that reports on no day to come is asked up to today, and remembered."""
    server.rows = [row(ms(minutes=10 * number) - 1) for number in range(24 * 6)]
    server.fail[PREVIEW] = [(400, "stopDate must not be in the future", {})]
    async with Follower(server.config, import_days=1) as owner:
        await owner.filled()
        assert len(owner.journal.events) >= 24 * 6 - 2
        assert not owner.gaps
        asked = [
            body["filters"][0]["stopDate"]
            for _, path, body in server.requests
            if path.endswith(("preview", "generate"))
        ]
        today = datetime.now(UTC).date().isoformat()
        assert asked[0] > today
        assert set(asked[1:]) == {today}
        assert owner.system.diagnostics()["reports_preview"] == "2 of 500"


async def test_truncated_day(server: PdkServer) -> None:
    """A single day of which rows are left out is said to have a gap."""
    newest = ms(minutes=5)
    server.rows = [row(newest - number) for number in range(300)]
    server.truncate_above = 100
    async with Follower(server.config, import_days=1) as owner:
        await owner.filled()
        assert len(owner.journal.events) >= 100
        assert owner.gaps


async def test_quota_outlives_restarts(server: PdkServer) -> None:
    """What is used of the day's reports is counted on, and nothing asked beyond it."""
    journal = Journal()
    server.rows = [row(ms(minutes=number)) for number in range(200)]
    for expected in (1, 2):
        async with Follower(server.config, journal=journal, import_days=1) as owner:
            await owner.filled()
            told = owner.system.diagnostics()["reports_preview"]
            assert told == f"{expected} of 500"
    with quota_of(journal) as quota:
        assert (quota["preview"], quota["generate"]) == (2, 1)
        quota |= {"preview": 500, "generate": 150}
    server.count.clear()
    async with Follower(server.config, journal=journal) as owner:
        assert not server.count[PREVIEW]
        assert not server.count[GENERATE]
        assert owner.system.diagnostics()["holes_open"] == 1
        await server.emit("device.request.denied", access(ms(), "denied"))
        await owner.has(EventKind.ACCESS_DENIED)


@pytest.mark.parametrize("used", [{"preview": 120}, {"generate": 30}])
async def test_spacing_outlives_restarts(
    server: PdkServer, monkeypatch: pytest.MonkeyPatch, used: dict[str, int]
) -> None:
    """Who starts over and over waits as if it had not, and is told all in the end."""
    monkeypatch.setattr(live, "_HOLES_AFTER", 0.1)
    monkeypatch.setattr(live, "_HOLES_AGAIN", 0.1)
    journal = Journal()
    async with Follower(server.config, journal=journal):
        pass
    with quota_of(journal) as quota:
        quota |= used
    server.count.clear()
    for number in range(3):
        server.rows.append(row(ms()))
        async with Follower(server.config, journal=journal) as owner:
            assert owner.system.diagnostics()["holes_open"] == 1
            assert len(journal.events) == 0, number
    assert not server.count[PREVIEW]
    with quota_of(journal) as quota:
        quota["asked"] -= 86_400_000
    async with Follower(server.config, journal=journal) as owner:
        await owner.has(count=3)
        assert server.count[PREVIEW] == 1


def test_rations() -> None:
    """A part of a day's reports comes at once, and the rest lasts until midnight."""
    day = 86_400_000
    midnight = now = 20_000 * day
    quota, times = Quota(), []
    while now < midnight + day:
        quota.use(REPORTS, now)
        times.append(now - midnight)
        now += quota.pause(now)
    assert times[29] == 0
    assert len(times) in (149, 150)
    assert times[-1] > day * 0.9
    assert quota.pause(now) == 0


async def test_used_up_by_others(server: PdkServer) -> None:
    """A limit that lasts for long is kept; the stream goes on, the hole stays."""
    server.fail[PREVIEW] = [(429, "daily limit", {"Retry-After": "36000"})]
    server.fail[GENERATE] = [(429, "daily limit", {"Retry-After": "36000"})]
    async with Follower(server.config, import_days=1) as owner:
        diagnostics = owner.system.diagnostics()
        assert diagnostics["reports_preview"] == "500 of 500"
        assert diagnostics["holes_open"] == 1
        await server.emit("device.request.allowed", access(ms()))
        await owner.has(EventKind.ACCESS_GRANTED)


async def test_reports_not_allowed(server: PdkServer) -> None:
    """A role without reports is named, and what was missed is said to be lost."""
    server.fail[PREVIEW] = [(403, "reporter role needed", {})] * 2
    journal = Journal()
    async with Follower(server.config, journal=journal, import_days=1) as owner:
        assert [problem.code for problem in owner.problems] == ["missing_permission"]
        assert "reporter role needed" in str(owner.problems[0].placeholders)
        assert not owner.gaps
    async with Follower(server.config, journal=journal) as owner:
        assert owner.gaps


async def test_reports_refused_by_401(server: PdkServer) -> None:
    """A token that is good for all but the reports is no reason to ask for another."""
    server.fail[PREVIEW] = [(401, "", {})] * 2
    async with Follower(server.config, import_days=1) as owner:
        assert [problem.code for problem in owner.problems] == ["missing_permission"]
        await server.emit("device.request.allowed", access(ms()))
        await owner.has(EventKind.ACCESS_GRANTED)
        assert not owner.errors


async def test_requests_that_tell_no_days(server: PdkServer) -> None:
    """A report that does not say for which days it is, is ours if it is the new one."""
    server.tells_filters = False
    server.rows = [row(ms(minutes=number) - 1) for number in range(200)]
    journal = Journal()
    async with Follower(server.config, journal=journal, import_days=1) as owner:
        await owner.filled()
        assert len(journal.events) == 200
        assert server.count[GENERATE] == 1


async def test_reports_that_are_refused(server: PdkServer) -> None:
    """What PDK says no to once and for all is a gap; the stream goes on."""
    server.fail[PREVIEW] = [(422, "No reports for this system", {})] * 4
    server.fail[GENERATE] = [(422, "No reports for this system", {})] * 4
    journal = Journal()
    async with Follower(server.config, journal=journal, import_days=1) as owner:
        assert owner.system.diagnostics()["holes_open"] == 0
        await server.emit("device.request.allowed", access(ms()))
        await owner.has(EventKind.ACCESS_GRANTED)


async def test_reports_that_are_allowed_again(server: PdkServer) -> None:
    """Who got the role that was missing is told no more that it is."""
    server.fail[PREVIEW] = [(403, "reporter role needed", {})]
    async with Follower(server.config, import_days=1) as owner:
        assert [problem.active for problem in owner.problems] == [True]
        await server.drop()
        await wait_for(lambda: len(owner.problems) == 2, timeout=30)
        assert owner.problems[1].active is False
        assert owner.problems[1].key == owner.problems[0].key


async def test_a_report_that_fails(server: PdkServer) -> None:
    """A report that PDK can't make is asked for again at the next start."""
    server.rows = [row(ms(minutes=10 * number + 1)) for number in range(3 * 24 * 6)]
    server.fails = 1
    journal = Journal()
    async with Follower(server.config, journal=journal, import_days=3) as owner:
        await wait_for(lambda: not server.fails and not server.reports)
        assert owner.system.diagnostics()["holes_open"] == 1
    async with Follower(server.config, journal=journal) as owner:
        await owner.filled()
        assert len(journal.events) > 400


async def test_last_moments(server: PdkServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a report has late of the moments before the stream is found, and replayed."""
    monkeypatch.setattr(live, "CONFIRM_AFTER", 0.2)
    journal = Journal()
    async with Follower(server.config, journal=journal, import_days=1) as owner:
        server.rows = [row(ms(seconds=3))]
        [event] = await owner.has(EventKind.ACCESS_GRANTED)
        assert not owner.journal.is_live(event)


async def test_a_flood_that_does_not_fit(
    server: PdkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the stream brought too fast is read from the reports, each event once."""
    monkeypatch.setattr(live, "_FRAMES_AT_ONCE", 2)
    monkeypatch.setattr(live, "_HOLES_AFTER", 0.1)
    monkeypatch.setattr(stream, "_BUFFER", 5)
    monkeypatch.setattr(history.History, "may_ask", True)
    async with Follower(server.config) as owner:
        base = ms()
        server.rows = [row(base + number) for number in range(30)]
        await asyncio.gather(
            *(
                server.emit("device.request.allowed", access(base + number))
                for number in range(30)
            )
        )
        events = await owner.has(EventKind.ACCESS_GRANTED, count=30, timeout=30)
        assert len(events) == 30
        assert owner.rounds == 1


async def test_the_cursor_moves_while_nothing_happens(
    server: PdkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quiet hour leaves nothing to read again at the next start."""
    monkeypatch.setattr(live, "_CHECKPOINT", 0.05)
    monkeypatch.setattr(live, "_REST", 0.05)
    monkeypatch.setattr(live, "ALIVE", 0)
    async with Follower(server.config) as owner:
        before = owner.journal.cursor
        await wait_for(lambda: owner.journal.cursor != before)
        assert not owner.journal.events


def test_damaged_positions() -> None:
    """A cursor that can't be read begins a day back; holes stay few, and cover all."""
    now = 1_800_000_000_000
    for cursor in ("", "[]", '{"at":"x"}', '{"at":-1}'):
        position = Position.load(cursor, now)
        assert (position.at, position.floor) == (now - 86_400_000,) * 2
    for number in range(100):
        position.add(now + number * 10_000_000, now + number * 10_000_000 + 1000)
    assert len(position.holes) < 100
    assert position.holes[0].start == now
    assert position.holes[-1].end == now + 990_001_000


async def test_what_is_in_reports_only(
    server: PdkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Duress can't be streamed: a look at the reports finds it, and is no gap."""
    for name in ("CONFIRM_AFTER", "LOOK_AGAIN", "_HOLES_AFTER"):
        monkeypatch.setattr(live, name, 0.1)
    async with Follower(server.config) as owner:
        at = ms()
        await server.emit("device.request.allowed", access(at))
        await owner.has(EventKind.ACCESS_GRANTED)
        server.rows = [row(at), row(at + 2, "duress")]
        [event] = await owner.has(EventKind.DURESS)
        assert not owner.journal.is_live(event)
        # One that is not allowed to look has lost nothing that it had.
        looked = server.count[PREVIEW]
        server.fail[PREVIEW] = [(403, "reporter role needed", {})] * 100
        await wait_for(lambda: server.count[PREVIEW] >= looked + 3)
        assert not owner.gaps
        assert not owner.problems
        assert len(owner.journal.events) == 2


async def test_states_from_reports(server: PdkServer) -> None:
    """The rows of a report tell how a door is now, whatever their order."""
    front = {"deviceId": "front", "deviceName": "Front door"}
    server.rows = [
        {
            "occurred": ms(hours=ago),
            "event": f"device.input.dps.{state}",
            "result": None,
            "details": front,
        }
        for ago, state in ((3, "opened"), (1, "opened"), (2, "closed"))
    ]
    journal = Journal()
    async with Follower(server.config, journal=journal, import_days=1) as owner:
        assert owner.doors["front"].state.is_open is True
        assert len(owner.states) == 1
    async with Follower(server.config, journal=journal) as owner:
        await wait_for(lambda: owner.doors["front"].state.is_open is True)


@pytest.mark.parametrize("large", [False, True])
async def test_large_answers(
    server: PdkServer, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """A report is read in smaller pages; a row too large for any is unreadable."""
    monkeypatch.setattr(wire, "LARGEST", 8192)
    server.rows = [row(ms(minutes=number) - 1) for number in range(300)]
    if large:
        server.rows[150]["details"]["holderName"] = "x" * 20_000
    async with Follower(server.config, import_days=1) as owner:
        await owner.filled()
        assert bool(owner.unreadable) is large
        assert len(owner.journal.events) == 300 - large
        assert owner.system.diagnostics()["reports_generate"] == "1 of 150"


async def test_a_slow_report(server: PdkServer) -> None:
    """While a report of the past is made, what happens is live; a restart loses none."""
    server.rows = [row(ms(minutes=number) - 1) for number in range(200)]
    server.hold_reports = True
    journal = Journal()
    async with Follower(server.config, journal=journal, import_days=1) as owner:
        await wait_for(lambda: server.reports)
        await server.emit("device.request.denied", access(ms(), "denied"))
        [event] = await owner.has(EventKind.ACCESS_DENIED)
        assert owner.journal.is_live(event)
        assert len(journal.events) == 1
    server.hold_reports = False
    async with Follower(server.config, journal=journal) as owner:
        await owner.filled()
        granted = journal.of(EventKind.ACCESS_GRANTED)
        assert len(granted) == 200
        assert not any(map(owner.journal.is_live, granted))


@pytest.mark.parametrize("answer", [(500, "broken", {}), (200, "<html></html>", {})])
async def test_broken_reports(
    server: PdkServer, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str, Any]
) -> None:
    """Reports that fail leave the stream alone, and are read once they don't."""
    monkeypatch.setattr(live, "_HOLES_AFTER", 0.1)
    monkeypatch.setattr(live, "_HOLES_AGAIN", 0.1)
    monkeypatch.setattr(live, "CONFIRM_AFTER", 0.1)
    server.rows = [row(ms(minutes=number) - 1) for number in range(1, 4)]
    server.fail[PREVIEW] = [answer] * 3
    async with Follower(server.config, import_days=1) as owner:
        await server.emit("device.request.denied", access(ms(), "denied"))
        await owner.has(EventKind.ACCESS_DENIED)
        await owner.has(EventKind.ACCESS_GRANTED, count=3)
        await owner.filled()
        assert owner.rounds == 1
        assert not owner.gaps
