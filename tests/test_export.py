"""Tests of the export: where files may go, and what is in them."""

from contextlib import closing
import csv
from datetime import UTC, datetime
import io
from itertools import pairwise
import json
from pathlib import Path
import sqlite3
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events.export import (
    FIELDS,
    CsvRecords,
    csv_bytes,
    harmless,
)
from custom_components.access_events.models import Capability, Direction, Person
from custom_components.access_events.systems.base import ConnectError
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .actions import (
    FullToySystem,
    ask,
    door_device,
    exports_folder,
    install,
    recorded,
    records,
)
from .toy import START


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that actions need."""
    return install(monkeypatch)


@pytest.fixture(autouse=True)
async def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the folder of exports, in a config folder of this test's own."""
    return await exports_folder(hass, tmp_path)


# What is in a file


async def test_csv(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """The file holds the bus's fields and more, and is ours alone."""
    heard: list[dict[str, Any]] = []
    hass.bus.async_listen(
        "access_events_event", lambda event: heard.append(dict(event.data))
    )
    toy.happen(
        occurred_at=datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC),
        person=Person(id="p1", name='Zoë "Z" Müller, jr.'),
        direction=Direction.ENTRY,
        reason="two\r\nlines",
        credential="04A1B2C3D4E5F6",
        image_ref="https://pictures/1",
    )
    toy.happen(person=None, method=None, door_id=None)
    await recorded(toy_entry, 2)
    answer = await ask(hass, "export_logs", filename="all.csv", time_zone="UTC")
    path = folder / "all.csv"
    assert answer == {
        "path": str(path),
        "rows": 2,
        "first": "2026-01-01T12:00:00.250000+00:00",
        "last": "2026-01-01T12:00:01+00:00",
        "complete": True,
    }
    assert (*heard[0], "live") == FIELDS
    assert records(path) == [
        {name: "" if value is None else value for name, value in event.items()}
        | {"live": "true"}
        for event in heard
    ]
    text = path.read_bytes()
    assert text.startswith(b"key,occurred_at,kind,")
    assert text.endswith(b"\r\n")
    assert b'"Zo\xc3\xab ""Z"" M\xc3\xbcller, jr."' in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in folder.iterdir()] == ["all.csv"]


async def test_times_are_in_the_wished_zone(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """Times carry the offset that holds at that time in that zone."""
    for month in (1, 7):
        toy.happen(occurred_at=datetime(2026, month, 1, 23, 59, 59, tzinfo=UTC))
    # A zone of old, with seconds in its offset.
    toy.happen(occurred_at=datetime(1971, 1, 1, tzinfo=UTC))
    await recorded(toy_entry, 3)

    async def times(**data: Any) -> list[str]:
        answer = await ask(hass, "export_logs", filename="zone.csv", **data)
        found = [row["occurred_at"] for row in records(folder / "zone.csv")]
        assert [found[0], found[-1]] == [answer["first"], answer["last"]]
        return found

    assert (await times(time_zone="Europe/Berlin"))[1:] == [
        "2026-01-02T00:59:59+01:00",
        "2026-07-02T01:59:59+02:00",
    ]
    assert (await times(time_zone="Africa/Monrovia"))[
        0
    ] == "1970-12-31T23:15:30-00:44:30"
    await hass.config.async_set_time_zone("Asia/Kathmandu")
    assert (await times())[2] == "2026-07-02T05:44:59+05:45"
    with pytest.raises(ServiceValidationError, match="no time zone Mars/Base"):
        await times(time_zone="Mars/Base")


async def test_clocks_at_the_end_of_time(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """A device with a wild clock does not stop an export."""
    wild = datetime(9999, 12, 31, 23, tzinfo=UTC)
    toy.happen(occurred_at=wild)
    toy.happen(occurred_at=datetime(1, 1, 1, tzinfo=UTC))
    await recorded(toy_entry, 2)
    for form, zone in (("csv", "Asia/Tokyo"), ("jsonl", "America/Lima")):
        answer = await ask(
            hass,
            "export_logs",
            filename="wild",
            format=form,
            time_zone=zone,
            end=wild.isoformat(),
        )
        assert answer["rows"] == 1
        answer = await ask(
            hass, "export_logs", filename="wild", format=form, time_zone=zone
        )
        assert answer["rows"] == 2
        assert datetime.fromisoformat(answer["last"]) == wild


async def test_a_damaged_journal_is_told(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """What can't be read ends an export in words, and leaves no file."""
    toy.happen()
    await recorded(toy_entry, 1)
    path = folder.parents[1] / "access_events.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE access_events SET occurred = 'noon'")
    for form in ("csv", "jsonl"):
        with pytest.raises(HomeAssistantError, match="log of access events"):
            await ask(hass, "export_logs", filename="x", format=form)
    assert not list(folder.iterdir())


async def test_json_lines(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """Each line is an event as on the bus, nothing neutralised."""
    toy.happen(message="=1+1\n")
    toy.happen(person=None)
    await recorded(toy_entry, 2)
    answer = await ask(
        hass, "export_logs", filename="all", format="jsonl", time_zone="UTC"
    )
    assert answer["path"] == str(folder / "all.jsonl")
    lines = (folder / "all.jsonl").read_text().splitlines()
    logs = (await ask(hass, "get_logs", order="asc"))["events"]
    assert [json.loads(line) for line in lines] == logs
    assert logs[0]["message"] == "=1+1\n"


async def test_filter_and_order(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """The filter is that of get_logs; the order is oldest first, or as asked."""
    events = [
        toy.happen(pushed=False, door_id="back" if number % 2 else "front")
        for number in range(5000)
    ]
    await toy_entry.runtime_data.journal.record(
        toy_entry.entry_id, events, None, live=False
    )
    answer = await ask(
        hass,
        "export_logs",
        filename="some.csv",
        doors=door_device(hass, toy_entry, "back"),
        end="2026-01-02T00:00:00+00:00",
        order="desc",
        start="2026-01-01T12:00:10+00:00",
        time_zone="UTC",
    )
    keys = [row["key"] for row in records(folder / "some.csv")]
    assert keys == [f"k{number}" for number in range(4999, 10, -2)]
    assert answer["rows"] == len(keys)
    assert answer["first"] == "2026-01-01T12:00:11+00:00"
    assert answer["last"] == "2026-01-01T13:23:19+00:00"


async def test_nothing_to_export(
    hass: HomeAssistant, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """An empty log makes a file with a header, with a mark where one is wished."""
    answer = await ask(hass, "export_logs", filename="none.csv", bom=True)
    assert (answer["rows"], answer["first"], answer["last"]) == (0, None, None)
    assert (folder / "none.csv").read_bytes() == (
        b"\xef\xbb\xbf" + ",".join(FIELDS).encode() + b"\r\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\tx",
        "\rx",
        "\nx",
        "  =1",
        "\u00a0=1",
        '"=1',
        ' "" =1',
        "\ufeff=1",
        "\u200b\u202e=1",
        "＝1",
        "＋1",
        "a;=1",
        "a; =1",
        "a\n=1",
        "a\r\n\r\n@x",
        "a\t-1",
    ],
)
async def test_formulas_are_neutralised(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    folder: Path,
    text: str,
) -> None:
    """No cell is a formula, not even for a spreadsheet that splits otherwise."""
    toy.happen(
        key=f"k{text}",
        vendor_code=text,
        door_name=text,
        reader_id=text,
        reader_name=text,
        person=Person(id=text, name=text),
        credential=text,
        reason=text,
        message=text,
        image_ref=text,
    )
    await recorded(toy_entry, 1)
    await ask(hass, "export_logs", filename="evil.csv")
    (row,) = records(folder / "evil.csv")
    assert row["person"].replace("'", "") == text
    lines = (folder / "evil.csv").read_text(encoding="utf-8").splitlines()
    for separators in (",", ",;", ",\t", ",;\t\r\n"):
        for cell in (
            "\x00".join(lines[1:])
            .translate(dict.fromkeys(map(ord, separators), "\x00"))
            .split("\x00")
        ):
            begin = cell.lstrip('"\t\r\n \u00a0\ufeff\u200b\u202e')[:1]
            assert begin not in set("=+@＝＋－＠"), (separators, cell)
            assert begin != "-", (separators, cell)


def test_harmless_texts_stay() -> None:
    """What is no formula is not touched."""
    for text in (
        "Jane Doe",
        "a-b",
        "1 + 1 = 2",
        "Zoë; Max",
        "x@y",
        "",
        "'quoted'",
        "5 - 3",
    ):
        assert harmless(text) == text


# The system's own export


async def test_vendor_export(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """The system's file comes in pieces, is counted by its records, and is harmless."""
    text = '\ufeffTime,Who\r\n1,"Jane\r\nDoe, ""J"""\r\n\r\n2,=cmd()\r\n3,Zoë'
    data = text.encode()
    toy.pieces = [data[number : number + 3] for number in range(0, len(data), 3)]
    answer = await ask(
        hass,
        "export_logs",
        config_entry_id=toy_entry.entry_id,
        format="vendor",
        filename="own",
        start=START.isoformat(),
        end="2026-01-02T00:00:00+00:00",
        time_zone="Europe/Berlin",
    )
    assert answer == {
        "path": str(folder / "own.csv"),
        "rows": 3,
        "first": None,
        "last": None,
        "complete": True,
    }
    assert (folder / "own.csv").read_bytes().decode() == (
        'Time,Who\r\n1,"Jane\r\nDoe, ""J"""\r\n2,\'=cmd()\r\n3,Zoë\r\n'
    )
    assert toy.commands == [
        ("export", START, datetime(2026, 1, 2, tzinfo=UTC), "Europe/Berlin")
    ]


async def test_vendor_export_refuses_in_words(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it needs, what it has no use for, and what it has not, is named."""
    good = {
        "config_entry_id": toy_entry.entry_id,
        "format": "vendor",
        "filename": "own.csv",
        "start": START.isoformat(),
    }
    for change, words in (
        ({"start": None}, "needs the field start"),
        ({"config_entry_id": None}, "needs the field config_entry_id"),
        ({"person": "Jane"}, "no use for the field person"),
        ({"kinds": ["ring"]}, "no use for the field kinds"),
        ({"format": "jsonl", "bom": True}, "no use for the field bom"),
    ):
        data = {key: value for key, value in (good | change).items() if value}
        with pytest.raises(ServiceValidationError, match=words):
            await ask(hass, "export_logs", **data)
    toy.pieces = [b"Time\r\n", ConnectError("connection_lost")]
    with pytest.raises(HomeAssistantError, match="connection to the system broke"):
        await ask(hass, "export_logs", **good)
    monkeypatch.setattr(toy, "capabilities", Capability(0))
    with pytest.raises(ServiceValidationError, match="Toy has no export of its own"):
        await ask(hass, "export_logs", **good)
    assert not list(folder.iterdir())


@given(
    rows=st.lists(st.lists(st.text(max_size=5), min_size=2, max_size=3), max_size=5),
    cuts=st.lists(st.integers(0, 200), max_size=5),
)
@settings(max_examples=50)
def test_records_survive_any_cut(rows: list[list[str]], cuts: list[int]) -> None:
    """Wherever pieces end, the records are those that were written."""
    wanted = [[harmless(cell) for cell in row] for row in rows]
    data = csv_bytes(rows)
    ends = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader = CsvRecords()
    found = []
    for start, end in pairwise(ends):
        found += reader.feed(data[start:end])
    found += reader.feed(None)
    assert found == [row for row in wanted if row != [""]]
    assert list(csv.reader(io.StringIO(data.decode(), newline=""))) == found


def test_a_quote_that_never_ends() -> None:
    """What is no CSV is kept line by line, and not held in memory for ever."""
    reader = CsvRecords()
    found = reader.feed(b'a,b\r\n1,"x\r\n')
    for _ in range(20):
        found += reader.feed(b"y" * 9000 + b",z\r\n")
    found += reader.feed(None)
    assert found[0] == ["a", "b"]
    assert sum(len(cell) for row in found for cell in row) >= 20 * 9000
