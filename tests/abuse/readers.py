"""The readers of all vendors, as one: payloads in, keys of events out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC
from typing import Any, ClassVar, override

from google.protobuf.message import DecodeError
import orjson

from custom_components.access_events.models import AccessEvent
from custom_components.access_events.systems.basip.events import read_rows
from custom_components.access_events.systems.basip.push import PushReader
from custom_components.access_events.systems.clue.events import read_row as clue_row
from custom_components.access_events.systems.clue.position import Position
from custom_components.access_events.systems.gsdk.client import GatewayClient
from custom_components.access_events.systems.gsdk.protocol import parse
from custom_components.access_events.systems.gsdk.site import Site as GsdkSite
from custom_components.access_events.systems.parsing import digest, redact_shape
from custom_components.access_events.systems.pdk.events import (
    Happening,
    Text,
    read_message,
    read_row as pdk_row,
)
from custom_components.access_events.systems.unifi_access.events import (
    Interpreter,
    natural_key,
)
from custom_components.access_events.systems.unifi_access.frames import FrameReader
from custom_components.access_events.systems.unifi_access.records import View, from_hit
from tests.systems.unifi_access.rows import book

from . import samples
from .bend import Bender

type Json = Any


class Reader(ABC):
    """Reads one vendor's payloads."""

    vendor: ClassVar[str]

    def __init__(self) -> None:
        """Start with no payloads."""
        self.payloads: Sequence[Json] = ()

    @abstractmethod
    async def load(self) -> None:
        """Take real payloads from the vendor's simulated system."""

    def bend(self, bender: Bender, payload: Json) -> Json:
        """Return a payload bent."""
        return bender.bent(payload)

    @abstractmethod
    def read(self, page: Sequence[Json]) -> list[AccessEvent]:
        """Return what a page of payloads tells."""

    def keys(self, page: Sequence[Json]) -> list[str]:
        """Return the keys of what a page tells, and see that all of it is sound."""
        events = self.read(page)
        for event in events:
            check(event)
        return [event.key for event in events]


def check(event: AccessEvent) -> None:
    """See that an event can be kept, shown and sent on."""
    assert event.key
    assert event.occurred_at.tzinfo is UTC
    # Home Assistant sends what it shows with this library, which takes no half letters.
    told = orjson.dumps(asdict(event))
    assert len(told) < 50_000, "a text without end"


def refused(payload: Json) -> None:
    """Do with a payload what is done with those that nobody understands."""
    orjson.dumps(redact_shape(payload))
    assert len(digest(payload)) > 8


class UnifiRows(Reader):
    """Rows of a UniFi Access log."""

    vendor = "unifi_access"

    @override
    async def load(self) -> None:
        self.payloads, _ = await samples.unifi_access()

    @override
    def read(self, page: Sequence[Json]) -> list[AccessEvent]:
        interpreter = Interpreter(book())
        events: list[AccessEvent] = []
        for row in page:
            if (record := from_hit(row, View.ROW)) is None:
                refused(row)
                continue
            assert record.identity
            sighting = interpreter.sighting(record)
            events.append(replace(sighting.event, key=natural_key(sighting)))
        return events


class UnifiFrames(UnifiRows):
    """Notifications of a UniFi Access console."""

    @override
    async def load(self) -> None:
        _, self.payloads = await samples.unifi_access()

    @override
    def read(self, page: Sequence[Json]) -> list[AccessEvent]:
        known = book()
        reader = FrameReader(
            known, Interpreter(known), lambda at: 1_780_000_000_000, ("all",)
        )
        events: list[AccessEvent] = []
        for frame in page:
            effects = reader.read(frame, 1.0)
            orjson.dumps([repr(signal) for signal in effects.signals])
            events += [
                replace(sighting.event, key=natural_key(sighting))
                for sighting in effects.sightings
            ]
        return events


class ClueRows(Reader):
    """Rows of CLUe's log, and what their numbers tell is missing."""

    vendor = "clue"

    @override
    async def load(self) -> None:
        self.payloads = await samples.clue()

    @override
    def read(self, page: Sequence[Json]) -> list[AccessEvent]:
        position = Position(0, 0)
        events: list[AccessEvent] = []
        for payload in page:
            if (row := clue_row(payload, {})) is None:
                refused(payload)
                continue
            assert row.order
            position.count(row)
            events.append(row.event)
        assert Position.load(position.dump()).dump() == position.dump()
        return events


class BasIpRows(Reader):
    """Rows of a BAS-IP panel's log, and the same as they are pushed."""

    vendor = "basip"

    @override
    async def load(self) -> None:
        self.payloads = await samples.basip()

    @override
    def read(self, page: Sequence[Json]) -> list[AccessEvent]:
        rows, unreadable = read_rows(page)
        for payload in unreadable:
            refused(payload)
        pushed = PushReader()
        for _ in range(2):
            pushed.read({"events": page}, whole_seconds=False, read_from=0)
        return [row.event for row in rows]


class PdkRows(Reader):
    """Rows of PDK's reports."""

    vendor = "pdk"

    @override
    async def load(self) -> None:
        self.payloads, _ = await samples.pdk()

    @override
    def read(self, page: Sequence[Json]) -> list[AccessEvent]:
        found = [(payload, pdk_row(payload)) for payload in page]
        for payload, happening in found:
            if happening is None:
                refused(payload)
        return [happening.event for _, happening in found if happening is not None]


class PdkMessages(Reader):
    """Messages of PDK's stream, with their topics."""

    vendor = "pdk"

    @override
    async def load(self) -> None:
        _, self.payloads = await samples.pdk()

    @override
    def bend(self, bender: Bender, payload: Json) -> Json:
        topic, told = payload
        if bender.random.random() < 0.1:
            topic = str(bender.anything(topic))[:5000]
        return topic, bender.bent(told)

    @override
    def read(self, page: Sequence[Json]) -> list[AccessEvent]:
        events: list[AccessEvent] = []
        for topic, payload in page:
            told = read_message(topic, payload, 1_780_000_000_000, {"cn-1": "Main"})
            if isinstance(told, Text):
                told = told.own
            if isinstance(told, Happening):
                events.append(told.event)
            else:
                refused(payload)
        return events


class GsdkRecords(Reader):
    """Records of devices' logs, as bytes."""

    vendor = "gsdk"

    @override
    async def load(self) -> None:
        self.payloads = await samples.gsdk()

    @override
    def bend(self, bender: Bender, payload: Json) -> Json:
        if bender.random.random() < 0.5:
            return bender.bytes_of(payload)
        record = parse("EventLog", payload)
        bender.fields_of(record)
        return record.SerializeToString()

    @override
    def read(self, page: Sequence[Json]) -> list[AccessEvent]:
        site = GsdkSite(GatewayClient("localhost", 4000, b"", None))
        records: list[Any] = []
        for data in page:
            with suppress(DecodeError):
                records.append(parse("EventLog", data))
        events, unreadable = site.understand(records, 541530887, 0)
        assert not unreadable, "records that were parsed are told"
        return events


READERS: tuple[type[Reader], ...] = (
    UnifiRows,
    UnifiFrames,
    ClueRows,
    BasIpRows,
    PdkRows,
    PdkMessages,
    GsdkRecords,
)
