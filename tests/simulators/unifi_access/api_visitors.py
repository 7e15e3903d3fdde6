"""Visitors of the developer API."""

from aiohttp import web

from .api import ApiError, Json, Route, body_of, paged, text, whole
from .api_people import PeopleApi
from .site import Person

STATUSES = ("UPCOMING", "VISITED", "VISITING", "CANCELLED", "NO_VISIT", "ACTIVE")
_TEXTS = ("remarks", "mobile_phone", "email", "visitor_company", "visit_reason")


class VisitorApi(PeopleApi):
    """The endpoints about visitors."""

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        view, edit = "view:visitor", "edit:visitor"
        return [
            Route("GET", "/visitors", view, self.visitors),
            Route("POST", "/visitors", edit, self.add),
            Route("GET", "/visitors/{id}", view, self.visitor),
            Route("PUT", "/visitors/{id}", edit, self.change),
            Route("DELETE", "/visitors/{id}", edit, self.remove),
            *self.credentials("visitor", "/visitors/{id}", edit),
        ]

    def _json(self, person: Person) -> Json:
        """Return a visitor as the API does."""
        status: str | int = person.status
        if self.sim.modes.visitor_status == "number":
            status = STATUSES.index(person.status) + 1
        return {
            "first_name": person.first_name,
            "id": person.id,
            "last_name": person.last_name,
            "resources": [],
            "schedule_id": "",
            **person.visit,
            **self.credentials_json(person),
            "status": status,
        }

    async def visitors(self, request: web.Request) -> object:
        """List the visitors that match."""
        keyword = request.query.get("keyword", "").casefold()
        status = request.query.get("status", "")
        found = [
            self._json(item)
            for item in self.site.people.values()
            if item.kind == "visitor"
            and keyword in item.name.casefold()
            and status in ("", str(STATUSES.index(item.status) + 1))
        ]
        if self.sim.modes.visitor_list == "hits":
            return {"hits": found}
        return paged(request, found)

    async def visitor(self, request: web.Request) -> object:
        """Return one visitor."""
        return self._json(self.find(request, "visitor"))

    async def add(self, request: web.Request) -> object:
        """Add a visitor."""
        body = await body_of(request)
        first = text(body, "first_name", required=True)
        last = text(body, "last_name", required=True)
        start = whole(body, "start_time", required=True) or 0
        end = whole(body, "end_time", required=True) or 0
        text(body, "visit_reason", required=True)
        if end <= start:
            raise ApiError("PARAMS_INVALID")
        visitor = await self.sim.create_visitor(first, last)
        visitor.visit = {"start_time": start, "end_time": end}
        self._fill(visitor, body)
        return self._json(visitor)

    def _fill(self, visitor: Person, body: Json) -> None:
        """Set the fields in the body."""
        visitor.first_name = text(body, "first_name") or visitor.first_name
        visitor.last_name = text(body, "last_name") or visitor.last_name
        for name in _TEXTS:
            if name in body:
                visitor.visit[name] = text(body, name)
        for name in ("start_time", "end_time"):
            if (value := whole(body, name)) is not None:
                visitor.visit[name] = value
        if "resources" in body:
            visitor.visit["resources"] = self._resources(body["resources"])

    def _resources(self, given: object) -> list[Json]:
        """Return doors and door groups with their names."""
        if not isinstance(given, list):
            raise ApiError("PARAMS_INVALID")
        names = {key: door.name for key, door in self.site.doors.items()}
        names |= {key: group.name for key, group in self.site.groups.items()}
        names[self.site.building_id] = self.site.building
        try:
            return [
                {"id": item["id"], "name": names[item["id"]], "type": item["type"]}
                for item in given
            ]
        except (KeyError, TypeError) as error:
            raise ApiError("PARAMS_INVALID") from error

    async def change(self, request: web.Request) -> object:
        """Change a visitor."""
        visitor = self.find(request, "visitor")
        self._fill(visitor, await body_of(request))
        return self._json(visitor)

    async def remove(self, request: web.Request) -> object:
        """Cancel a visit, or erase it with `is_force`; credentials are gone."""
        visitor = self.find(request, "visitor")
        visitor.status = "CANCELLED"
        visitor.cards.clear()
        visitor.plates.clear()
        visitor.pin = ""
        if request.query.get("is_force") == "true":
            del self.site.people[visitor.id]
        return None
