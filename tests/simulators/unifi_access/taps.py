"""People at doors: badges, exit buttons, remote unlocks, bursts."""

import asyncio
import json
import sys
from typing import Any

from . import frames
from .log import Actor, Happening, Target
from .positions import Positions
from .site import Door, Person
from .world import DoorLike, PersonLike

# method -> (credential_provider, the word in the message)
METHODS = {
    "card": ("NFC", "NFC"),
    "pin": ("PIN_CODE", "PIN Code"),
    "mobile": ("MOBILE_TAP", "Mobile Tap"),
    "mobile_button": ("MOBILE_BUTTON", "Mobile Button"),
    "face": ("FACE", "Face"),
    "touch_pass": ("TOUCH_PASS", "Touch Pass"),
    "wallet_apple": ("WALLET_NFC_APPLE", "Apple Wallet"),
    "wallet_google": ("WALLET_NFC_GOOGLE", "Google Wallet"),
    "license_plate": ("LICENSEPLATE", "License Plate"),
    "qr": ("QR_CODE", "QR Code"),
    "finger": ("FINGERPRINT", "Fingerprint"),
    "wave": ("HAND_WAVE", "Hand Wave"),
    "call": ("CALL", "Call"),
    "remote": ("REMOTE_THROUGH_UAH", "Remote"),
}
UNKNOWN_CARD = "C0FFEE42"
UNLOCK_KEY = "dashboard.access.door.unlock.success"
DENIED_KEY = "access.door.unlock"
_DOORS = ("door_openings",)


class Taps(Positions):
    """Happenings that people cause at doors."""

    async def tap(
        self,
        door: DoorLike,
        person: PersonLike | None = None,
        method: str = "card",
        granted: bool | None = None,
        direction: str = "entry",
        reason: str = "",
        opens: bool = False,
        at_ms: int | None = None,
        picture: bool = False,
        states: bool = True,
        push: bool = True,
    ) -> Happening:
        """Let somebody show a credential.

        Args:
            door: The door's id, name or position.
            person: Their id, name or position; None is a credential unknown.
            method: A key of `METHODS`.
            granted: Whether the door opens; None lets the site decide.
            direction: `entry`, `exit`, or empty.
            reason: Why it was denied, as the message says it.
            opens: Whether the person goes through, so that the sensor moves.
            at_ms: When it happened, in ms since the epoch; None is now.
            picture: Whether a camera took a picture.
            states: Whether the door's relay moves, with its frames.
            push: Whether the log frames are pushed.
        """
        where = self.site.door(door)
        who = None if person is None else self.site.person(person)
        if granted is None:
            granted, reason = self._decide(where, who, reason)
        happening = self.happening(
            "tap",
            _kind(who, granted),
            door=where,
            person=who,
            at_ms=at_ms,
            method=method,
            granted=granted,
            direction=direction or None,
            reason=reason or None,
        )
        if states and granted and at_ms is None:
            self.unlock(where)
        self._record_access(happening, where, who, picture=picture, push=push)
        if opens and granted and at_ms is None:
            self.pass_through(where)
        return happening

    def _decide(
        self, door: Door, person: Person | None, reason: str
    ) -> tuple[bool, str]:
        """Return whether a credential is good at a door now, or why not."""
        if person is None:
            return False, reason or "Unknown"
        if self.refused(door):
            return False, reason or "Lockdown"
        if person.status == "DEACTIVATED":
            return False, reason or "Deactivated"
        return True, ""

    def _record_access(
        self,
        happening: Happening,
        door: Door,
        person: Person | None,
        *,
        actor: Actor | None = None,
        extra: tuple[Target, ...] = (),
        picture: bool = False,
        push: bool = True,
    ) -> Happening:
        """Write the row of an access granted or denied."""
        provider, word = METHODS[happening.method or "card"]
        if happening.granted:
            message, result, key = f"Access Granted ({word})", "ACCESS", UNLOCK_KEY
        else:
            why = happening.reason or ("Unknown" if person is None else "Denied")
            message, result = f"Access Denied / {why} ({word})", "BLOCKED"
            key = DENIED_KEY
            extra += (Target("reason_code", "0", "0"),)
        reader = door.reader
        if happening.direction == "exit" and door.exit_reader is not None:
            reader = door.exit_reader
        issuer = self._issuer(person, happening.method or "card")
        extra = self._shared((*extra, *_about(person, provider, issuer)))
        if picture:
            extra += (self._picture(door, happening),)
        return self.record(
            happening,
            type="access.door.unlock",
            message=sys.intern(message),
            result=result,
            topics=_DOORS,
            log_key=key,
            category="Unlocks",
            actor=actor or self.actor(person),
            provider=provider,
            issuer=issuer,
            places=self.places(door, reader, happening.direction or ""),
            extra=extra,
            push=push,
        )

    def _issuer(self, person: Person | None, method: str) -> str:
        """Return what the row says about the credential itself."""
        match method:
            case "card":
                return self.site.card_uid(person) if person else UNKNOWN_CARD
            case "license_plate":
                plates = list(person.plates.values()) if person else []
                return plates[0] if plates else "XX 000"
        return ""

    def _picture(self, door: Door, happening: Happening) -> Target:
        """Return the target under which a picture of the happening is found."""
        device = (door.reader or door.hub or next(iter(self.site.devices.values()))).id
        key = f"{device}-{self.site.uuid(f'picture {happening.number}')}"
        self.pictures[key] = (door.name, happening.at_ms)
        door.thumbnail_at = happening.at_ms // 1000
        door.thumbnail = f"/preview/{device}_{door.id}_{door.thumbnail_at}.jpg"
        return Target("activities_resource", key, "Resource")

    async def rex(
        self, door: DoorLike, opens: bool = False, at_ms: int | None = None
    ) -> Happening:
        """Let somebody press the exit button: no person is known."""
        where = self.site.door(door)
        happening = self.happening(
            "rex",
            "exit_requested",
            door=where,
            method="button",
            granted=True,
            at_ms=at_ms,
        )
        if at_ms is None:
            self.unlock(where)
        self.record(
            happening,
            type="access.door.unlock",
            message="Access Granted (REX)",
            result="ACCESS",
            topics=_DOORS,
            log_key=UNLOCK_KEY,
            category="Unlocks",
            provider="REX",
            places=self.places(where, None, "exit"),
            push=at_ms is None,
        )
        if opens and at_ms is None:
            self.pass_through(where)
        return happening

    async def remote_unlock(
        self, door: DoorLike, person: PersonLike | None = 0, opens: bool = False
    ) -> Happening:
        """Let somebody unlock a door from the app or the web page."""
        where = self.site.door(door)
        who = None if person is None else self.site.person(person)
        happening = self.happening(
            "remote_unlock",
            "access_granted",
            door=where,
            person=who,
            method="remote",
            granted=True,
        )
        self._open_remotely(where)
        actor = self.actor(who) if who else Actor("admin", "", "Administrator")
        self._record_access(happening, where, who, actor=actor)
        if opens:
            self.pass_through(where)
        return happening

    def _open_remotely(self, door: Door) -> None:
        """Unlock a door and tell that it was done from afar."""
        self.unlock(door)
        self.stream.push(frames.remote_unlock(door))

    async def api_unlock(
        self,
        door: DoorLike,
        token: str,
        actor_id: str = "",
        actor_name: str = "",
        extra: Any = None,
    ) -> Happening:
        """Unlock a door as the API does for the holder of a token."""
        where = self.site.door(door)
        name = actor_name or self.token_name(token)
        happening = self.happening(
            "api_unlock",
            "access_granted",
            door=where,
            method="remote",
            granted=True,
        )
        happening.person_id, happening.person_name = actor_id or None, name
        self._open_remotely(where)
        told = {"actor_id": actor_id, "actor_name": actor_name, "extra": extra}
        said = "open_api:" + json.dumps(told, separators=(",", ":"))
        parts = {"id": "", "display_name": "", "alternate_name": ""}
        parts[self.modes.unlock_source_field] = said
        actor = Actor("open_api", actor_id or self.site.uuid(f"token {token}"), name)
        return self._record_access(
            happening,
            where,
            None,
            actor=actor,
            extra=(Target("unlock_source", **parts),),
        )

    def token_name(self, token: str) -> str:
        """Return the name that the user gave to a token."""
        names = {value: key for key, value in self.tokens.items()}
        name = names.get(token, "")
        return "Home Assistant" if name == "full" else name

    async def burst(
        self,
        n: int = 100,
        rate: float = 0.0,
        doors: list[DoorLike] | None = None,
        states: bool = False,
    ) -> list[Happening]:
        """Let `n` people show their cards, `rate` a second (0: at once).

        Doors and people take turns; each fourteenth credential is unknown, each
        ninth denied. Returns what happened.
        """
        places = [self.site.door(item) for item in doors or []] or [
            door for door in self.site.doors.values() if door.hub
        ]
        people = [
            person
            for person in self.site.people.values()
            if person.cards and person.status == "ACTIVE"
        ]
        loop = asyncio.get_running_loop()
        start, made = loop.time(), []
        for index in range(n):
            if rate:
                await asyncio.sleep(max(0.0, start + index / rate - loop.time()))
            elif index % 200 == 199:
                await asyncio.sleep(0)
            door = places[index % len(places)]
            unknown, denied = index % 14 == 13, index % 9 == 8
            person = None if unknown else people[index % len(people)]
            made.append(
                await self.tap(
                    door,
                    person,
                    granted=not (unknown or denied),
                    reason="Unknown" if unknown else "Schedule" if denied else "",
                    states=states,
                )
            )
        return made

    async def start_burst(self, n: int = 100, rate: float = 50.0) -> dict[str, int]:
        """Start a burst and return at once; `history` with `after` tells it."""
        after = len(self.truth)
        self.spawn(self.burst(n, rate))
        return {"after": after}


def _about(person: Person | None, provider: str, issuer: str) -> list[Target]:
    """Return the targets that tell of the credential and its holder."""
    made = [Target("nfc_id", issuer, issuer)] if provider == "NFC" else []
    if person is not None:
        made.append(Target("user_status", person.status, person.status))
    return made


def _kind(person: Person | None, granted: bool) -> str:
    """Return this project's word for a tap."""
    if granted:
        return "access_granted"
    return "access_denied" if person else "unknown_credential"
