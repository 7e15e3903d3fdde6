"""Access policies and credentials in store of the developer API."""

import csv
import io
from typing import Any

from aiohttp import BodyPartReader, web

from .api import ApiError, Json, Route, body_of, paged, text
from .api_people import PeopleApi, policy_json
from .site import Card, Policy


class PolicyApi(PeopleApi):
    """The endpoints about policies, schedules and holidays."""

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        view, edit = "view:policy", "edit:policy"
        return [
            Route("GET", "/access_policies", view, self.policies),
            Route("POST", "/access_policies", edit, self.add),
            Route("GET", "/access_policies/schedules", view, self.schedules),
            Route("GET", "/access_policies/schedules/{id}", view, self.schedule),
            Route("GET", "/access_policies/holiday_groups", view, self.holidays),
            Route("GET", "/access_policies/{id}", view, self.policy),
            Route("PUT", "/access_policies/{id}", edit, self.change),
            Route("DELETE", "/access_policies/{id}", edit, self.remove),
        ]

    def _policy(self, request: web.Request) -> Policy:
        """Return the policy in the path."""
        policy = self.site.policies.get(request.match_info["id"])
        if policy is None:
            raise ApiError("NOT_EXISTS", 404)
        return policy

    async def policies(self, _: web.Request) -> object:
        """List the policies."""
        return [policy_json(item) for item in self.site.policies.values()]

    async def policy(self, request: web.Request) -> object:
        """Return one policy."""
        return policy_json(self._policy(request))

    def _resources(self, body: Json) -> list[dict[str, str]]:
        """Return the doors and groups: `resource` when asked, `resources` answered."""
        given = body.get("resource", [])
        known = {*self.site.doors, *self.site.groups, self.site.building_id}
        if not isinstance(given, list):
            raise ApiError("PARAMS_INVALID")
        for item in given:
            if not isinstance(item, dict) or item.get("id") not in known:
                raise ApiError("PARAMS_INVALID")
        return [{"id": item["id"], "type": item["type"]} for item in given]

    def _schedule(self, body: Json) -> str:
        """Return the schedule in the body."""
        key = text(body, "schedule_id")
        if key and key not in self.site.schedules:
            raise ApiError("ACCESS_POLICY_SCHEDULE_NOT_FOUND")
        return key

    async def add(self, request: web.Request) -> object:
        """Add a policy."""
        body = await body_of(request)
        name = text(body, "name", required=True)
        key = self.site.uuid(f"policy {name} {len(self.site.policies)}")
        policy = Policy(key, name, self._resources(body), self._schedule(body))
        self.site.policies[key] = policy
        return policy_json(policy)

    async def change(self, request: web.Request) -> object:
        """Change a policy."""
        policy, body = self._policy(request), await body_of(request)
        policy.name = text(body, "name") or policy.name
        policy.schedule_id = self._schedule(body) or policy.schedule_id
        if "resource" in body:
            policy.resources = self._resources(body)
        return policy_json(policy)

    async def remove(self, request: web.Request) -> object:
        """Remove a policy; people lose it."""
        policy = self._policy(request)
        del self.site.policies[policy.id]
        for person in self.site.people.values():
            person.policy_ids = [key for key in person.policy_ids if key != policy.id]
        return "success"

    async def schedules(self, _: web.Request) -> object:
        """List the schedules, without their hours."""
        short = [
            {key: value for key, value in item.items() if key != "weekly"}
            for item in self.site.schedules.values()
        ]
        # The vendor's sample of this one endpoint says SUCCEED.
        code = self.sim.modes.schedules_code
        return web.json_response({"code": code, "data": short, "msg": "success"})

    async def schedule(self, request: web.Request) -> object:
        """Return one schedule."""
        schedule = self.site.schedules.get(request.match_info["id"])
        if schedule is None:
            raise ApiError("ACCESS_POLICY_SCHEDULE_NOT_FOUND", 404)
        return schedule

    async def holidays(self, _: web.Request) -> object:
        """List the holiday groups."""
        return [
            {
                "count": 0,
                "description": "",
                "id": self.site.uuid("holidays"),
                "is_default": True,
                "name": "No Holidays",
            }
        ]


class CredentialApi(PeopleApi):
    """The endpoints about cards and PINs that nobody holds yet."""

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        view, edit = "view:credential", "edit:credential"
        cards = "/credentials/nfc_cards"
        return [
            Route("POST", "/credentials/pin_codes", edit, self.make_pin),
            Route("POST", f"{cards}/sessions", edit, self.enrol),
            Route("GET", f"{cards}/sessions/{{id}}", view, self.enrolled),
            Route("DELETE", f"{cards}/sessions/{{id}}", edit, self.end_enrolment),
            Route("GET", f"{cards}/tokens", view, self.cards, "1.22.16"),
            Route("GET", f"{cards}/tokens/{{token}}", view, self.card, "1.22.16"),
            Route("PUT", f"{cards}/tokens/{{token}}", edit, self.rename, "3.1.30"),
            Route("DELETE", f"{cards}/tokens/{{token}}", edit, self.delete, "1.22.16"),
            Route("POST", f"{cards}/import", edit, self.load, "3.3.10"),
        ]

    async def make_pin(self, _: web.Request) -> object:
        """Return a PIN that nobody has."""
        taken = {person.pin for person in self.site.people.values()}
        while (pin := f"{self.sim.random.randrange(10**8):08}") in taken:
            pass
        return pin

    async def enrol(self, request: web.Request) -> object:
        """Let a reader wait for a card."""
        body = await body_of(request)
        device = text(body, "device_id", required=True)
        if device not in self.site.devices:
            raise ApiError("DEVICE_DEVICE_NOT_FOUND", 404)
        key = self.site.uuid(f"enrolment {len(self.sim.enrolments)}")
        self.sim.enrolments[key] = None
        return {"session_id": key}

    async def enrolled(self, request: web.Request) -> object:
        """Return the card that was held to the reader."""
        key = request.match_info["id"]
        if key not in self.sim.enrolments:
            raise ApiError("CREDS_NFC_READ_SESSION_NOT_FOUND", 404)
        if (uid := self.sim.enrolments[key]) is None:
            raise ApiError("CREDS_NFC_READ_POLL_TOKEN_EMPTY")
        card = self._card_of(uid) or self.site.add_card(uid)
        return {"card_id": card.uid, "token": card.token}

    async def end_enrolment(self, request: web.Request) -> object:
        """Let the reader wait no longer."""
        if request.match_info["id"] not in self.sim.enrolments:
            raise ApiError("CREDS_NFC_READ_SESSION_NOT_FOUND", 404)
        del self.sim.enrolments[request.match_info["id"]]
        return "success"

    def _card_of(self, uid: str) -> Card | None:
        """Return the card that reads so."""
        return next((c for c in self.site.cards.values() if c.uid == uid), None)

    def _json(self, card: Card) -> Json:
        """Return a card as the API does."""
        holder = self.site.holder(card.token)
        answer: Json = {
            "alias": card.alias,
            "card_type": "ua_card",
            "display_id": card.display_id,
            "note": card.display_id,
            "status": "assigned" if holder else "pending",
            "token": card.token,
            "user_id": holder.id if holder else "",
            "user_type": holder.kind.upper() if holder else "",
        }
        if holder is not None:
            answer["user"] = {
                "avatar": "",
                "first_name": holder.first_name,
                "id": holder.id,
                "last_name": holder.last_name,
                "name": holder.name,
            }
        return answer

    def _card(self, request: web.Request) -> Card:
        """Return the card in the path."""
        card = self.site.cards.get(request.match_info["token"])
        if card is None:
            raise ApiError("CREDS_NFC_CARD_INVALID", 404)
        return card

    async def cards(self, request: web.Request) -> object:
        """List the cards."""
        return paged(request, [self._json(item) for item in self.site.cards.values()])

    async def card(self, request: web.Request) -> object:
        """Return one card."""
        return self._json(self._card(request))

    async def rename(self, request: web.Request) -> object:
        """Give a card another alias."""
        self._card(request).alias = text(await body_of(request), "alias")
        return "success"

    async def delete(self, request: web.Request) -> object:
        """Delete a card that nobody holds."""
        card = self._card(request)
        if self.site.holder(card.token):
            raise ApiError("CREDS_NFC_CARD_CANNOT_BE_DELETE")
        del self.site.cards[card.token]
        return "success"

    async def load(self, request: web.Request) -> object:
        """Import cards from CSV: `068E2836, alias`; a bad row gets no token."""
        if not request.content_type.startswith("multipart/"):
            raise ApiError("PARAMS_INVALID")
        raw = ""
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader):
                raw = (await part.read(decode=True)).decode("utf-8-sig")
        answer: list[Any] = []
        for line in csv.reader(io.StringIO(raw)):
            uid, alias = [*(cell.strip() for cell in line), "", ""][:2]
            if uid:
                answer.append({"alias": alias, "nfc_id": uid, "token": ""})
                if token := self._load(uid, alias):
                    answer[-1]["token"] = token
        return answer

    def _load(self, uid: str, alias: str) -> str:
        """Return the token of an imported card, or nothing if it is refused."""
        hexadecimal = set(uid) <= set("0123456789ABCDEF")
        aliases = {card.alias for card in self.site.cards.values() if card.uid != uid}
        if not hexadecimal or len(uid) % 2 or (alias and alias in aliases):
            return ""
        card = self._card_of(uid) or self.site.add_card(uid, alias)
        card.alias = alias or card.alias
        return card.token
