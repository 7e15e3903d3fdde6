"""The log's list, in the dialects of both families."""

from collections.abc import Callable
import copy
from typing import Any

from aiohttp import web

from tests.simulators.common import Json

from .api import Result, Route
from .errors import ApiError
from .expressions import OPERATORS, parse_filter, parse_order
from .keys import ALL_KEYS, CATEGORIES, PRIORITIES
from .log import Row
from .modes import Modes
from .world import World

type Test = Callable[[Row], bool]

_ANDROID_FIELDS = ("priority", "category", "name")
_NUMBERS = ("number", "identifier_number")


class LogApi:
    """`/log/items` and its older name."""

    def __init__(self, sim: World) -> None:
        """Serve a simulator."""
        self.sim = sim

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("GET", "/log/items", self._items),
            Route("GET", "/log/list", self._list),
        ]

    async def _items(self, request: web.Request) -> Result:
        """Answer the log's usual path."""
        return self._answer(request, "items")

    async def _list(self, request: web.Request) -> Result:
        """Answer the log's older path."""
        return self._answer(request, "list")

    def _answer(self, request: web.Request, path: str) -> Result:
        """Return a page of the log."""
        modes, query = self.sim.modes, request.query
        if modes.log_path not in (path, "both"):
            return web.Response(status=404, text="Not found")
        limit, page = self._paging(query)
        since, until = self._times(query)
        key: object
        if not modes.filters and any("filter" in name for name in query):
            raise ApiError("Wrong filter field")
        if modes.family == "camdroid":
            key = query.get("filter", "")
            test = parse_filter(str(key)) if key else None
        else:
            key, test = _android_filter(query)
        found = self.sim.log.find(since, until, (modes.family, key), test)
        found, falling = self._order(found, query)
        pages = max(1, -(-len(found) // limit))
        if page > pages and modes.page_past_end == "error":
            raise ApiError("Wrong page number")
        first = (page - 1) * limit
        chosen = (
            found[::-1][first : first + limit]
            if falling
            else found[first : first + limit]
        )
        locale = query.get("locale", "en")
        if locale not in modes.locales:
            locale = "en"
        options = self._options(
            {
                "total_pages": pages,
                "items_limit": limit,
                "total_items": len(
                    found if modes.totals == "found" else self.sim.log.rows
                ),
                "current_page": page,
            },
            locale,
            asc=not falling,
            filtered=test is not None,
        )
        items = [render(row, modes, locale) for row in chosen]
        return {modes.envelope: options, "list_items": items}

    def _paging(self, query: Any) -> tuple[int, int]:
        """Return limit and page. Raises ApiError."""
        camdroid = self.sim.modes.family == "camdroid"
        limit = query.get("limit", "" if camdroid else "10")
        if not limit.isdigit() or int(limit) not in self.sim.modes.limits:
            raise ApiError("Wrong pagination limit")
        page = query.get("page_number", "" if camdroid else "1")
        if not page.isdigit() or int(page) < 1:
            raise ApiError("Wrong page number")
        return int(limit), int(page)

    def _times(self, query: Any) -> tuple[int | None, int | None]:
        """Return the time range in ms. Raises ApiError."""
        times: list[int | None] = []
        for name in ("from", "to"):
            text = query.get(name)
            if text is not None and not (text.isascii() and text.isdigit()):
                raise ApiError("Wrong time format")
            times.append(None if text is None else int(text))
        since, until = times
        if since is not None and until is None:
            if self.sim.modes.from_alone == "refused":
                raise ApiError("Wrong time range: 'to' must be greater then 'from'")
            if self.sim.modes.from_alone == "ignored":
                since = None
        if since is not None and until is not None and until <= since:
            raise ApiError("Wrong time range: 'to' must be greater then 'from'")
        if self.sim.modes.query_unit == "s":
            since = None if since is None else since * 1000
            until = None if until is None else until * 1000 + 999
        return since, until

    def _order(self, found: list[Row], query: Any) -> tuple[list[Row], bool]:
        """Return rows in the order asked for, and whether it falls."""
        modes = self.sim.modes
        falling = modes.default_sort == "desc"
        if modes.family == "camdroid" and not modes.sort_field:
            if not (text := query.get("order_by")):
                return found, falling
            fields, falling = parse_order(text)
            return sorted(found, key=lambda row: [field(row) for field in fields]), (
                falling
            )
        if modes.family == "camdroid" and query.get("sort_field") not in (
            None,
            "timestamp",
        ):
            raise ApiError("Wrong sort field")
        if (direction := query.get("sort_type")) is None:
            return found, falling
        if direction not in ("asc", "desc"):
            raise ApiError("Wrong sort type")
        return found, direction == "desc"

    def _options(
        self, pagination: Json, locale: str, *, asc: bool, filtered: bool
    ) -> Json:
        """Return what the log offers, as the vendor's second example has it."""
        expressions = self.sim.modes.family == "camdroid"
        fields: list[Json] = [
            {"available_types": ["equal"], "filter_field": name}
            for name in _ANDROID_FIELDS
        ]
        if expressions:
            fields = [
                {"field_name": name, "compare_operators": list(OPERATORS)}
                for name in (*_ANDROID_FIELDS, "timestamp")
            ]
        return {
            "pagination": pagination,
            "filter": {
                "available_filtering": True,
                "is_filtered": filtered,
                "available_fields": fields,
                "available_values": {
                    "category": list(CATEGORIES),
                    "priority": list(PRIORITIES),
                    "name": [
                        {"text": _text(item.text, locale), "key": item.key}
                        for item in ALL_KEYS.values()
                    ],
                },
            },
            "locale": {
                "available_locales": list(self.sim.modes.locales),
                "locale": locale,
            },
            "sort": {"asc": asc, "available_values": ["asc", "desc"]},
        }


def render(row: Row, modes: Modes, locale: str = "en") -> Json:
    """Return a row as the panel gives it."""
    return {
        "timestamp": row.at_ms if modes.timestamps == "ms" else row.at_ms // 1000,
        "category": row.category,
        "priority": row.priority,
        "name": {"key": row.key, "text": _text(row.name_text, locale)},
        "info": {
            "model": typed(row.model, modes),
            "text": _text(row.info_text, locale),
        },
    }


def typed(value: Any, modes: Modes, name: str = "") -> Any:
    """Return data with numbers written as this panel does."""
    if isinstance(value, dict):
        return {key: typed(item, modes, key) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item, modes, name) for item in value]
    if name in _NUMBERS and modes.numbers == "number":
        return int(value) if isinstance(value, str) and value.isdigit() else value
    if name in ("lock", "lock_number") and modes.locks == "text":
        return str(value)
    return copy.copy(value)


def _text(text: str, locale: str) -> str:
    """Return a text that differs between languages."""
    return text if locale == "en" else f"[{locale}] {text}"


def _android_filter(query: Any) -> tuple[object, Test | None]:
    """Return the one filter that Android panels have. Raises ApiError."""
    if "filter" in query:
        raise ApiError("Wrong filter format")
    field, kind, value = (
        query.get(f"filter_{name}") for name in ("field", "type", "value")
    )
    if field is None and kind is None and value is None:
        return None, None
    if field not in _ANDROID_FIELDS:
        raise ApiError("Wrong filter field")
    if kind != "equal":
        raise ApiError("Wrong filter type")
    allowed = {"category": CATEGORIES, "priority": PRIORITIES, "name": ALL_KEYS}[field]
    if value not in allowed:
        raise ApiError("Wrong filter value")
    tests: dict[str, Test] = {
        "category": lambda row: row.category == value,
        "priority": lambda row: row.priority == value,
        "name": lambda row: row.key == value,
    }
    return (field, value), tests[field]
