"""The systems host: holders, their credentials and groups."""

from typing import Any

from aiohttp import web

from tests.simulators.common import Json

from .api import Api, ApiError, answer, body_of, done, only
from .site import Credential, Group, Holder, moment_ms

_HOLDER_FIELDS = (
    "firstName",
    "lastName",
    "email",
    "pin",
    "duressPin",
    "enabled",
    "activeDate",
    "expireDate",
    "partition",
    "groups",
    "customFields",
)
_CREDENTIAL_FIELDS = ("types", "credentialNumber", "facilityCode", "description")
_TYPES = ("card", "touch", "token")
_NAME_LENGTH = 35
_GROUP_LENGTH = 70


class HoldersApi:
    """People and what they may present."""

    def __init__(self, api: Api) -> None:
        """Serve a simulator."""
        self.sim = api.sim
        self._api = api

    def routes(self, app: web.Application) -> None:
        """Add the routes."""
        handler, add = self._api.systems, app.router
        base = "/{system}/holders"
        one = f"{base}/{{holder}}"
        add.add_get(base, handler(self._holders))
        add.add_post(base, handler(self._create))
        add.add_get(one, handler(self._get))
        add.add_patch(one, handler(self._patch))
        add.add_delete(one, handler(self._delete))
        add.add_get(f"{one}/credentials", handler(self._credentials))
        add.add_post(f"{one}/credentials", handler(self._add_credential))
        add.add_get(f"{one}/credentials/{{credential}}", handler(self._get_credential))
        add.add_delete(
            f"{one}/credentials/{{credential}}", handler(self._delete_credential)
        )
        add.add_get(f"{one}/groups", handler(self._groups_of))
        add.add_put(f"{one}/groups/{{group}}", handler(self._join))
        add.add_delete(f"{one}/groups/{{group}}", handler(self._leave))
        add.add_get("/{system}/groups", handler(self._groups))
        add.add_post("/{system}/groups", handler(self._create_group))

    # Holders.

    async def _holders(self, request: web.Request) -> web.Response:
        """Return the holders that match a search."""
        wanted = request.query.get("search", "").casefold()
        fields = request.query.get("search_fields", "firstName,lastName,email")
        rows = []
        for holder in self.sim.site.holders:
            texts = [str(holder.data.get(name) or "") for name in fields.split(",")]
            if "search_fields" not in request.query:
                texts.append(holder.name)
            if any(wanted in text.casefold() for text in texts):
                rows.append(holder_row(holder))
        return self._api.page(request, rows)

    async def _create(self, request: web.Request) -> web.Response:
        """Add a holder."""
        body = await self._checked(request)
        for name in ("firstName", "lastName"):
            if name not in body:
                raise ApiError(400, f'"{name}" is required')
        groups = body.pop("groups", [])
        holder = self.sim.site.add_holder(**_named(body))
        holder.groups.extend(groups)
        return self._created(holder_row(holder))

    async def _get(self, request: web.Request) -> web.Response:
        """Return one holder."""
        return answer(holder_row(self._holder(request)))

    async def _patch(self, request: web.Request) -> web.Response:
        """Change a holder."""
        holder = self._holder(request)
        body = await self._checked(request, holder)
        if "groups" in body:
            holder.groups = body.pop("groups")
        holder.data.update(body)
        if self.sim.modes.patch_status == 204:
            return done()
        return answer(holder_row(holder))

    async def _delete(self, request: web.Request) -> web.Response:
        """Remove a holder."""
        self.sim.site.holders.remove(self._holder(request))
        return done()

    async def _checked(self, request: web.Request, own: Holder | None = None) -> Json:
        """Return a body whose fields are right. Raises ApiError 400, 409."""
        body = await body_of(request)
        only(body, _HOLDER_FIELDS, strict=self.sim.modes.strict_fields)
        body = {name: body[name] for name in _HOLDER_FIELDS if name in body}
        for name in ("firstName", "lastName"):
            if name in body and not _is_name(body[name], _NAME_LENGTH):
                raise ApiError(400, f'"{name}" must be 1 to {_NAME_LENGTH} characters')
        if not isinstance(body.get("enabled", True), bool):
            raise ApiError(400, '"enabled" must be a boolean')
        for name in ("activeDate", "expireDate"):
            try:
                moment_ms(body.get(name))
            except ValueError:
                raise ApiError(400, f'"{name}" must be a date') from None
        for name in ("pin", "duressPin"):
            self._check_pin(name, body.get(name), own)
        known = {group.id for group in self.sim.site.groups}
        groups = body.get("groups", [])
        if not isinstance(groups, list) or not known.issuperset(groups):
            raise ApiError(400, '"groups" must be ids of groups')
        return body

    def _check_pin(self, name: str, value: Any, own: Holder | None) -> None:
        """Refuse a PIN that is none or is taken. Raises ApiError 400, 409."""
        if value is None:
            return
        if not isinstance(value, str) or not value.isascii() or not value.isdigit():
            raise ApiError(400, f'"{name}" must be digits')
        for holder in self.sim.site.holders:
            taken = (holder.data["pin"], holder.data["duressPin"])
            if holder is not own and value in taken:
                raise ApiError(409, f'"{name}" is already in use')

    def _holder(self, request: web.Request) -> Holder:
        """Return the holder of a path. Raises ApiError 404."""
        for holder in self.sim.site.holders:
            if holder.id == request.match_info["holder"]:
                return holder
        raise ApiError(404, "holder not found")

    def _created(self, row: Json) -> web.Response:
        """Return what was made."""
        modes = self.sim.modes
        shown = row if modes.created_body == "object" else {"id": row["id"]}
        return answer(shown, modes.created_status)

    # Credentials.

    async def _credentials(self, request: web.Request) -> web.Response:
        """Return a holder's credentials."""
        holder = self._holder(request)
        rows = [credential_row(item, holder) for item in holder.credentials]
        return self._api.page(request, rows)

    async def _add_credential(self, request: web.Request) -> web.Response:
        """Give a holder a credential."""
        holder = self._holder(request)
        body = await body_of(request)
        only(body, _CREDENTIAL_FIELDS, strict=self.sim.modes.strict_fields)
        types = body.get("types")
        if not isinstance(types, list) or not types or not set(types) <= set(_TYPES):
            raise ApiError(400, '"types" must be of card, touch and token')
        card, facility = body.get("credentialNumber"), body.get("facilityCode")
        for name, value in (("credentialNumber", card), ("facilityCode", facility)):
            if value is not None and (type(value) is not int or value < 0):
                raise ApiError(400, f'"{name}" must be a number')
        if "card" in types and card is None:
            raise ApiError(400, '"credentialNumber" is required')
        for other in self.sim.site.holders:
            for item in other.credentials:
                if card is not None and (item.number, item.facility) == (
                    card,
                    facility,
                ):
                    raise ApiError(409, "credential is already in use")
        made = Credential(
            self.sim.site.new_id(), types, card, facility, body.get("description", "")
        )
        holder.credentials.append(made)
        return self._created(credential_row(made, holder))

    async def _get_credential(self, request: web.Request) -> web.Response:
        """Return one credential."""
        holder = self._holder(request)
        return answer(credential_row(_credential(request, holder), holder))

    async def _delete_credential(self, request: web.Request) -> web.Response:
        """Take a credential from a holder."""
        holder = self._holder(request)
        holder.credentials.remove(_credential(request, holder))
        return done()

    # Groups.

    async def _groups(self, request: web.Request) -> web.Response:
        """Return the groups that match a search."""
        wanted = request.query.get("search", "").casefold()
        rows = [
            group_row(group)
            for group in self.sim.site.groups
            if wanted in group.name.casefold()
        ]
        return self._api.page(request, rows)

    async def _create_group(self, request: web.Request) -> web.Response:
        """Add a group."""
        body = await body_of(request)
        only(body, ("name", "partition"), strict=self.sim.modes.strict_fields)
        if not _is_name(body.get("name"), _GROUP_LENGTH):
            raise ApiError(400, f'"name" must be 1 to {_GROUP_LENGTH} characters')
        group = Group(self.sim.site.new_id(), body["name"])
        self.sim.site.groups.append(group)
        return self._created(group_row(group))

    async def _groups_of(self, request: web.Request) -> web.Response:
        """Return the groups of a holder."""
        holder = self._holder(request)
        rows = [
            group_row(group)
            for group in self.sim.site.groups
            if group.id in holder.groups
        ]
        return self._api.page(request, rows)

    async def _join(self, request: web.Request) -> web.Response:
        """Put a holder into a group, where the holder may be already."""
        holder, group = self._holder(request), self._group(request)
        if group.id not in holder.groups:
            holder.groups.append(group.id)
        return done()

    async def _leave(self, request: web.Request) -> web.Response:
        """Take a holder out of a group."""
        holder, group = self._holder(request), self._group(request)
        if group.id not in holder.groups:
            raise ApiError(404, "holder is not in the group")
        holder.groups.remove(group.id)
        return done()

    def _group(self, request: web.Request) -> Group:
        """Return the group of a path. Raises ApiError 404."""
        for group in self.sim.site.groups:
            if group.id == request.match_info["group"]:
                return group
        raise ApiError(404, "group not found")


def holder_row(holder: Holder) -> Json:
    """Return a holder as the API gives it."""
    return {"id": holder.id, **holder.data, "groups": list(holder.groups)}


def credential_row(item: Credential, holder: Holder) -> Json:
    """Return a credential as the API gives it."""
    return {
        "id": item.id,
        "holderId": holder.id,
        "types": list(item.types),
        "credentialNumber": item.number,
        "facilityCode": item.facility,
        "description": item.description,
    }


def group_row(group: Group) -> Json:
    """Return a group as the API gives it."""
    return {"id": group.id, "name": group.name, "partition": None}


def _named(body: Json) -> Json:
    """Return the fields with the names as arguments."""
    rest = dict(body)
    return {"first": rest.pop("firstName"), "last": rest.pop("lastName"), **rest}


def _is_name(value: object, length: int) -> bool:
    """Tell whether a value is a name that is not too long."""
    return isinstance(value, str) and 0 < len(value) <= length


def _credential(request: web.Request, holder: Holder) -> Credential:
    """Return the credential of a path. Raises ApiError 404."""
    for item in holder.credentials:
        if item.id == request.match_info["credential"]:
            return item
    raise ApiError(404, "credential not found")
