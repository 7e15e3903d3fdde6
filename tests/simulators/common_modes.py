"""Switches of a simulator: what differs between sites and versions."""

from dataclasses import fields
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


class ModeSet:
    """The base of a dataclass of switches, each with its default."""

    __slots__ = ()

    def set(self, values: dict[str, Any]) -> None:
        """Change some switches, or none if one is wrong.

        Raises:
            ValueError: A name or a value is unknown.
        """
        hints = get_type_hints(type(self))
        for name, value in values.items():
            if name not in hints:
                raise ValueError(f"no mode {name}")
            if not _fits(value, hints[name]):
                raise ValueError(f"{name} is {_words(hints[name])}")
        for name, value in values.items():
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    def as_dict(self) -> dict[str, Any]:
        """Return all switches by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}  # type: ignore[arg-type]


def _fits(value: object, hint: Any) -> bool:
    """Tell whether a value may be set where `hint` is the type."""
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, item) for item in get_args(hint))
    if origin is tuple:
        return isinstance(value, (list, tuple)) and all(
            _fits(item, get_args(hint)[0]) for item in value
        )
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _words(hint: Any) -> str:
    """Return what a type allows, for people."""
    if get_origin(hint) is Literal:
        return f"one of {get_args(hint)}"
    return getattr(hint, "__name__", str(hint))
