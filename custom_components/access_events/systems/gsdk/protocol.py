"""Messages and calls of G-SDK, made from their descriptions when they are first needed.

Nothing generated is kept, so any protobuf that Home Assistant brings will do.
"""

from dataclasses import dataclass
import re
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from .schema import CALLS, MESSAGES

_PACKAGE = "gsdk"
_DEADLINE = 15.0
_MESSAGE = re.compile(r"(\w+) \{(.*)\}")
_FIELD = re.compile(r"(repeated )?(\w+) (\w+)=(\d+);")
_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _Field.TYPE_BOOL,
    "bytes": _Field.TYPE_BYTES,
    "int32": _Field.TYPE_INT32,
    "string": _Field.TYPE_STRING,
    "uint32": _Field.TYPE_UINT32,
    "uint64": _Field.TYPE_UINT64,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a gateway, with its deadline in seconds."""

    path: str
    request: type[Message]
    response: type[Message]
    deadline: float


def _build_messages() -> dict[str, type[Message]]:
    """Return the classes of all messages, in a pool of their own."""
    file = descriptor_pb2.FileDescriptorProto(
        name="access_events_gsdk.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, body in _MESSAGE.findall(MESSAGES):
        message = file.message_type.add(name=name)
        for repeated, kind, field_name, number in _FIELD.findall(body):
            field = message.field.add(
                name=field_name,
                number=int(number),
                label=_Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL,
            )
            if kind in _SCALARS:
                field.type = _SCALARS[kind]
            else:
                field.type = _Field.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        message.name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{_PACKAGE}.{message.name}")
        )
        for message in file.message_type
    }


_MESSAGES = _build_messages()


def _build_calls() -> dict[str, Call]:
    """Return all calls by service and method."""
    calls: dict[str, Call] = {}
    for line in CALLS.strip().splitlines():
        path, request, response, *deadline = line.split()
        calls[path] = Call(
            path,
            _MESSAGES[request],
            _MESSAGES[response],
            float(deadline[0]) if deadline else _DEADLINE,
        )
    return calls


_CALLS = _build_calls()


def message(kind: str, /, **fields: Any) -> Any:
    """Return a new message of a kind with some fields set."""
    return _MESSAGES[kind](**fields)


def parse(name: str, data: bytes) -> Any:
    """Return the message of a name that some bytes are; raises `DecodeError`."""
    return _MESSAGES[name].FromString(data)


def call(path: str) -> Call:
    """Return the call of a service and method (`event.Event/GetLog`)."""
    return _CALLS[path]
