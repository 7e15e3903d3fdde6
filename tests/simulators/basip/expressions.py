"""The filter and order expressions of Camdroid panels."""

from collections.abc import Callable
import operator
import re
from typing import Any

from .errors import ApiError
from .log import Row

type Test = Callable[[Row], bool]

FIELDS: dict[str, Callable[[Row], Any]] = {
    "timestamp": lambda row: row.at_ms,
    "category": lambda row: row.category,
    "priority": lambda row: row.priority,
    "name": lambda row: row.key,
}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "nq": operator.ne,
    "gt": operator.gt,
    "lt": operator.lt,
    "ge": operator.ge,
    "le": operator.le,
}
_TOKEN = re.compile(r"\s*('[^']*'|\(|\)|[^\s()']+)")


def parse_filter(text: str) -> Test:
    """Return the test that an expression describes. Raises ApiError."""
    tokens, position = [], 0
    text = text.rstrip()
    while position < len(text):
        if (match := _TOKEN.match(text, position)) is None:
            raise ApiError("Wrong filter format")
        tokens.append(match[1])
        position = match.end()
    parser = _Parser(tokens)
    test = parser.either()
    if parser.tokens:
        raise ApiError("Wrong filter format")
    return test


def parse_order(text: str) -> tuple[tuple[Callable[[Row], Any], ...], bool]:
    """Return the fields of an order, and whether it falls. Raises ApiError."""
    names, _, direction = text.strip().rpartition(" ")
    if direction not in ("asc", "desc"):
        names, direction = text, "asc"
    fields = [name.strip() for name in names.split(",")]
    if any(name not in FIELDS for name in fields):
        raise ApiError("Wrong sort field")
    return tuple(FIELDS[name] for name in fields), direction == "desc"


class _Parser:
    """A parser by descent: or, and, not, comparison or group."""

    def __init__(self, tokens: list[str]) -> None:
        """Parse these tokens."""
        self.tokens = tokens

    def _take(self) -> str:
        """Return the next token. Raises ApiError at the end."""
        if not self.tokens:
            raise ApiError("Wrong filter format")
        return self.tokens.pop(0)

    def either(self) -> Test:
        """Parse tests joined by `or`."""
        test = self._both()
        while self.tokens[:1] == ["or"]:
            self._take()
            test = _join(any, test, self._both())
        return test

    def _both(self) -> Test:
        """Parse tests joined by `and`."""
        test = self._one()
        while self.tokens[:1] == ["and"]:
            self._take()
            test = _join(all, test, self._one())
        return test

    def _one(self) -> Test:
        """Parse one comparison, its contrary, or a group."""
        token = self._take()
        if token == "not":
            inner = self._one()
            return lambda row: not inner(row)
        if token == "(":
            test = self.either()
            if self._take() != ")":
                raise ApiError("Wrong filter format")
            return test
        return self._comparison(token)

    def _comparison(self, name: str) -> Test:
        """Parse the rest of `name operator value`."""
        if name not in FIELDS:
            raise ApiError("Wrong filter field")
        field = FIELDS[name]
        if (compare := OPERATORS.get(self._take())) is None:
            raise ApiError("Wrong filter type")
        text = self._take()
        value: str | int = text.strip("'")
        if name == "timestamp":
            if not str(value).isdigit():
                raise ApiError("Wrong filter value")
            value = int(value)
        return lambda row: compare(field(row), value)


def _join(how: Callable[[Any], bool], one: Test, other: Test) -> Test:
    """Return two tests as one."""
    return lambda row: how((one(row), other(row)))
