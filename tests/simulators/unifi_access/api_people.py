"""Users, their credentials and user groups of the developer API."""

from typing import Any

from aiohttp import web

from .api import ABSENT, ApiError, Json, Route, any_body_of, body_of, paged, text, whole
from .site import Person, Policy, secret
from .system import System

STATUSES = ("ACTIVE", "PENDING", "DEACTIVATED")


class PeopleApi:
    """What the endpoints about users and about visitors share."""

    def __init__(self, sim: System) -> None:
        """Serve the people of a simulator."""
        self.sim = sim
        self.site = sim.site

    def find(self, request: web.Request, kind: str) -> Person:
        """Return the user or visitor in the path."""
        person = self.site.people.get(request.match_info["id"])
        if person is None or person.kind != kind:
            raise ApiError("USER_ACCOUNT_NOT_EXIST", 404)
        return person

    def credentials(self, kind: str, path: str, scope: str) -> list[Route]:
        """Return the endpoints for the credentials of users or visitors."""

        async def add_card(request: web.Request) -> object:
            return self._add_card(self.find(request, kind), await body_of(request))

        async def remove_card(request: web.Request) -> object:
            person = self.find(request, kind)
            token = text(await body_of(request), "token", required=True)
            if token not in person.cards:
                raise ApiError("CREDS_NFC_CARD_INVALID")
            person.cards.remove(token)
            return ABSENT

        async def set_pin(request: web.Request) -> object:
            person = self.find(request, kind)
            pin = text(await body_of(request), "pin_code", required=True)
            await self._set_pin(person, pin)
            return ABSENT

        async def remove_pin(request: web.Request) -> object:
            self.find(request, kind).pin = ""
            return ABSENT

        async def add_plates(request: web.Request) -> object:
            person = self.find(request, kind)
            plates = await any_body_of(request)
            if not isinstance(plates, list) or len(plates) > 20:
                raise ApiError("PARAMS_INVALID")
            person.plates = {
                self.site.uuid(f"plate {plate} {person.id}"): str(plate)
                for plate in plates
            }
            return None

        async def remove_plate(request: web.Request) -> object:
            person = self.find(request, kind)
            if person.plates.pop(request.match_info["plate"], None) is None:
                raise ApiError("NOT_EXISTS", 404)
            return None

        return [
            Route("PUT", f"{path}/nfc_cards", scope, add_card),
            Route("PUT", f"{path}/nfc_cards/delete", scope, remove_card),
            Route("PUT", f"{path}/pin_codes", scope, set_pin),
            Route("DELETE", f"{path}/pin_codes", scope, remove_pin),
            Route("PUT", f"{path}/license_plates", scope, add_plates, "3.3.10"),
            Route(
                "DELETE",
                f"{path}/license_plates/{{plate}}",
                scope,
                remove_plate,
                "3.3.10",
            ),
        ]

    def _add_card(self, person: Person, body: Json) -> object:
        """Give somebody a card; from somebody else only with `force_add`."""
        token = text(body, "token", required=True)
        if token not in self.site.cards:
            raise ApiError("CREDS_NFC_CARD_INVALID")
        holder = self.site.holder(token)
        if holder is not None and holder is not person:
            if body.get("force_add") is not True:
                raise ApiError("CREDS_NFC_HAS_BIND_USER")
            holder.cards.remove(token)
        if token not in person.cards:
            person.cards.append(token)
        return ABSENT

    async def _set_pin(self, person: Person, pin: str) -> None:
        """Give somebody a PIN that nobody else has."""
        if not pin.isdecimal() or not 4 <= len(pin) <= 8:
            raise ApiError("CREDS_PIN_CODE_CREDS_LENGTH_INVALID")
        others = (item for item in self.site.people.values() if item is not person)
        if any(item.pin == pin for item in others):
            raise ApiError("CREDS_PIN_CODE_CREDS_ALREADY_EXIST")
        person.pin = pin
        await self.sim.pin_changed(person.id)

    def credentials_json(self, person: Person) -> Json:
        """Return the credentials of somebody as the API does: no secrets."""
        cards = [self.site.cards[token] for token in person.cards]
        return {
            "license_plates": [
                {
                    "credential": plate,
                    "credential_status": "active",
                    "credential_type": "license",
                    "id": key,
                }
                for key, plate in person.plates.items()
            ],
            "nfc_cards": [
                {"id": card.display_id, "token": card.token, "type": "ua_card"}
                for card in cards
            ],
            "pin_code": {"token": secret(person.pin)} if person.pin else None,
        }

    def policies_json(self, person: Person) -> list[Json]:
        """Return the policies of somebody."""
        policies = (self.site.policies.get(key) for key in person.policy_ids)
        return [policy_json(policy) for policy in policies if policy is not None]


class UserApi(PeopleApi):
    """The endpoints about users and user groups."""

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        view, edit = "view:user", "edit:user"
        return [
            Route("GET", "/users", view, self.users),
            Route("POST", "/users", edit, self.add),
            Route("GET", "/users/search", view, self.search, "3.1.30"),
            Route("GET", "/users/{id}", view, self.user),
            Route("PUT", "/users/{id}", edit, self.change),
            Route("DELETE", "/users/{id}", edit, self.remove, "3.1.30"),
            Route("GET", "/users/{id}/access_policies", view, self.policies),
            Route("PUT", "/users/{id}/access_policies", edit, self.set_policies),
            *self.credentials("user", "/users/{id}", edit),
            Route("GET", "/user_groups", view, self.groups, "2.2.6"),
            Route("GET", "/user_groups/{id}", view, self.group, "2.2.6"),
            Route("GET", "/user_groups/{id}/users", view, self.members, "2.2.6"),
            Route("POST", "/user_groups/{id}/users", edit, self.join, "2.2.6"),
            Route("POST", "/user_groups/{id}/users/delete", edit, self.leave, "2.2.6"),
        ]

    def _users(self) -> list[Person]:
        """Return the users."""
        return [item for item in self.site.people.values() if item.kind == "user"]

    def _json(self, person: Person, *, expand: bool) -> Json:
        """Return a user as the API does."""
        answer: Json = {
            "access_policy_ids": person.policy_ids,
            "alias": "",
            "avatar_relative_path": f"/avatar/{person.id}",
            "email": "",
            "email_status": "UNVERIFIED",
            "employee_number": person.employee_number,
            "first_name": person.first_name,
            "full_name": person.name,
            "id": person.id,
            "last_name": person.last_name,
            "onboard_time": person.onboard_time,
            "phone": person.phone,
            "status": person.status,
            "user_email": person.user_email,
            "username": "",
        }
        if expand:
            answer["access_policies"] = self.policies_json(person)
        return answer | self.credentials_json(person)

    async def users(self, request: web.Request) -> object:
        """List the users; policies come with `expand[]=access_policy`."""
        expand = "access_policy" in request.query.getall("expand[]", [])
        return paged(
            request, [self._json(item, expand=expand) for item in self._users()]
        )

    async def search(self, request: web.Request) -> object:
        """Return the users that match."""
        keyword = request.query.get("keyword", "").casefold()
        status = request.query.get("status", "")
        key = request.query.get("user_id", "")
        return [
            self._json(item, expand=False)
            for item in self._users()
            if keyword in f"{item.name} {item.user_email}".casefold()
            and status in ("", item.status)
            and key in ("", item.id)
        ]

    async def user(self, request: web.Request) -> object:
        """Return one user."""
        return self._json(self.find(request, "user"), expand=True)

    async def add(self, request: web.Request) -> object:
        """Add a user."""
        body = await body_of(request)
        first = text(body, "first_name", required=True)
        last = text(body, "last_name", required=True)
        key = self.site.uuid(f"user {first} {last} {len(self.site.people)}")
        person = Person(key, first, last)
        self._fill(person, body)
        self.site.people[key] = person
        await self.sim.user_changed(person, "created")
        return {
            "first_name": first,
            "last_name": last,
            "id": key,
            "user_email": person.user_email,
        }

    def _fill(self, person: Person, body: Json) -> None:
        """Set the fields in the body. Refuses those of another type first."""
        email, number = text(body, "user_email"), text(body, "employee_number")
        onboard, status = whole(body, "onboard_time"), text(body, "status")
        if email and "@" not in email:
            raise ApiError("USER_EMAIL_ERROR")
        if status and status not in STATUSES:
            raise ApiError("PARAMS_INVALID")
        person.first_name = text(body, "first_name") or person.first_name
        person.last_name = text(body, "last_name") or person.last_name
        person.user_email = email or person.user_email
        person.employee_number = number or person.employee_number
        person.onboard_time = onboard or person.onboard_time
        person.status = status or person.status

    async def change(self, request: web.Request) -> object:
        """Change a user."""
        person = self.find(request, "user")
        self._fill(person, await body_of(request))
        await self.sim.user_changed(person, "updated")
        return None

    async def remove(self, request: web.Request) -> object:
        """Remove a user who is deactivated."""
        person = self.find(request, "user")
        if person.status != "DEACTIVATED":
            raise ApiError("OPERATION_FORBIDDEN")
        del self.site.people[person.id]
        await self.sim.user_changed(person, "deleted")
        return ABSENT

    async def policies(self, request: web.Request) -> object:
        """List the policies of a user."""
        return self.policies_json(self.find(request, "user"))

    async def set_policies(self, request: web.Request) -> object:
        """Replace the policies of a user."""
        person = self.find(request, "user")
        ids = (await body_of(request)).get("access_policy_ids")
        if not isinstance(ids, list) or not set(ids) <= set(self.site.policies):
            raise ApiError("PARAMS_INVALID")
        person.policy_ids = ids
        return ABSENT

    # Groups.

    def _members(self, request: web.Request) -> list[str]:
        """Return the ids in the group in the path."""
        key = request.match_info["id"]
        if key not in self.site.user_groups:
            raise ApiError("NOT_EXISTS", 404)
        return self.site.group_members.setdefault(key, [])

    async def groups(self, _: web.Request) -> object:
        """List the user groups."""
        return [_group_json(item) for item in self.site.user_groups.values()]

    async def group(self, request: web.Request) -> object:
        """Return one user group."""
        self._members(request)
        return _group_json(self.site.user_groups[request.match_info["id"]])

    async def members(self, request: web.Request) -> object:
        """List the users in a group."""
        people = (self.site.people.get(key) for key in self._members(request))
        return [self._json(item, expand=False) for item in people if item]

    async def join(self, request: web.Request) -> object:
        """Put users into a group."""
        members = self._members(request)
        ids = await any_body_of(request)
        if not isinstance(ids, list) or not set(ids) <= set(self.site.people):
            raise ApiError("PARAMS_INVALID")
        members.extend(key for key in ids if key not in members)
        return ABSENT

    async def leave(self, request: web.Request) -> object:
        """Take users out of a group."""
        members = self._members(request)
        ids: Any = await any_body_of(request)
        members[:] = [key for key in members if key not in ids]
        return ABSENT


def _group_json(group: Json) -> Json:
    """Return a user group as the API does."""
    return {
        "full_name": group["name"],
        "id": group["id"],
        "name": group["name"],
        "up_id": group["up_id"],
        "up_ids": [group["up_id"]],
    }


def policy_json(policy: Policy) -> Json:
    """Return a policy as the API does."""
    return {
        "id": policy.id,
        "name": policy.name,
        "resources": policy.resources,
        "schedule_id": policy.schedule_id,
    }
