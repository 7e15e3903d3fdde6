"""The messages and services of the G-SDK, read from the .proto files beside this.

They are built at run time in a pool of their own, so that they never meet another
copy of the same names, and so that a gateway of an old version can number its
fields as it did.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
import re
from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

type Version = tuple[int, int, int]

_FOLDER = Path(__file__).parent / "proto"
_TOKEN = re.compile(r"[\w.]+|[{}();=]")
_SCALARS = {
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "string": FieldDescriptorProto.TYPE_STRING,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
}

ZONE_SERVICES = {
    "apb": ("gsdk.apb_zone", "APBZone"),
    "timed_apb": ("gsdk.timed_apb_zone", "TimedAPBZone"),
    "fire": ("gsdk.fire_zone", "FireAlarmZone"),
    "lock": ("gsdk.lock_zone", "LockZone"),
    "intrusion": ("gsdk.intrusion_zone", "IntrusionAlarmZone"),
    "interlock": ("gsdk.interlock_zone", "InterlockZone"),
    "lift": ("gsdk.lift_zone", "LiftZone"),
}

# What older gateways number otherwise; a field left out they do not have.
_USER_1_6 = {
    "gsdk.user.UserHdr": {
        "ID": 1,
        "numOfCard": 2,
        "numOfFinger": 3,
        "numOfFace": 4,
        "authGroupID": 5,
        "updateMask": 6,
    },
    "gsdk.face.FaceData": {
        "index": 1,
        "flag": 2,
        "templates": 3,
        "imageData": 5,
        "irTemplates": 7,
        "irImageData": 9,
    },
}
_CAPABILITY_1_7 = {
    "gsdk.device.CapabilityInfo": {
        "type": 1,
        "maxNumOfUser": 2,
        "PINSupported": 3,
        "cardSupported": 4,
        "card1xSupported": 5,
        "SEOSSupported": 6,
        "fingerSupported": 7,
        "faceSupported": 8,
        "userNameSupported": 10,
        "userPhotoSupported": 11,
        "userPhraseSupported": 12,
        "alphanumericIDSupported": 13,
        "WLANSupported": 20,
        "imageLogSupported": 21,
        "VOIPSupported": 22,
        "TNASupported": 30,
        "jobCodeSupported": 31,
        "wiegandSupported": 40,
        "DSTSupported": 43,
        "DNSSupported": 44,
        "OSDPKeySupported": 50,
        "RS485ExtSupported": 51,
        "QRSupported": 60,
    }
}
_NO_TIMER = {
    "gsdk.door.LockRequest": {"deviceID": 1, "doorIDs": 2, "doorFlag": 3},
    "gsdk.door.UnlockRequest": {"deviceID": 1, "doorIDs": 2, "doorFlag": 3},
}


class Rpc(NamedTuple):
    """One call of a service."""

    service: str
    name: str
    request: Any
    response: Any
    stream: bool


class Schema:
    """All messages and calls as one version of the gateway has them."""

    def __init__(self, numbers: dict[str, dict[str, int]]) -> None:
        """Build the messages, with other field numbers for some of them."""
        self._numbers = numbers
        self._pool = DescriptorPool()
        self._kinds: dict[str, int] = {}
        files = [_File(text) for text in _texts()]
        for file in files:
            for name in file.enums:
                self._kinds[name] = FieldDescriptorProto.TYPE_ENUM
            for name in file.messages:
                self._kinds[name] = FieldDescriptorProto.TYPE_MESSAGE
        waiting = {file.package: file for file in files}
        while waiting:
            package = next(
                name for name, file in waiting.items() if not file.needs(waiting)
            )
            self._add(waiting.pop(package))
        self.rpcs = {
            f"/{package}.{service}/{name}": Rpc(
                f"{package}.{service}",
                name,
                self.message(request),
                self.message(response),
                stream,
            )
            for file in files
            for package, service, name, request, response, stream in file.rpcs
        }

    def _add(self, file: _File) -> None:
        """Add a file to the pool, after those it needs."""
        made = FileDescriptorProto(
            name=f"{file.package}.proto", package=file.package, syntax="proto3"
        )
        made.dependency.extend(
            sorted(f"{name}.proto" for name in file.packages_used(self._kinds))
        )
        for name, values in file.enums.items():
            enum = made.enum_type.add(name=name.rpartition(".")[2])
            for value, number in values.items():
                enum.value.add(name=value, number=number)
        for name, fields in file.messages.items():
            self._message(made.message_type.add(), name, fields)
        self._pool.Add(made)

    def _message(self, made: DescriptorProto, name: str, fields: list[_Field]) -> None:
        """Fill in a message."""
        made.name = name.rpartition(".")[2]
        numbers = self._numbers.get(name)
        for field in fields:
            if numbers is not None and field.name not in numbers:
                continue
            item = made.field.add(
                name=field.name,
                number=field.number if numbers is None else numbers[field.name],
                label=(
                    FieldDescriptorProto.LABEL_REPEATED
                    if field.repeated
                    else FieldDescriptorProto.LABEL_OPTIONAL
                ),
            )
            if field.oneof:
                if not made.oneof_decl:
                    made.oneof_decl.add(name=field.oneof)
                item.oneof_index = 0
            if (scalar := _SCALARS.get(field.type)) is not None:
                item.type = scalar
            else:
                item.type = self._kinds[field.type]  # type: ignore[assignment]
                item.type_name = f".{field.type}"

    def message(self, name: str) -> Any:
        """Return the class of a message by its full name."""
        found = self._pool.FindMessageTypeByName(name)
        return GetMessageClass(found)


class _Field(NamedTuple):
    """One field of a message."""

    name: str
    number: int
    type: str
    repeated: bool
    oneof: str


class _File:
    """One .proto file: the part of the language that ours use."""

    def __init__(self, text: str) -> None:
        """Read the text."""
        self.package = ""
        self.enums: dict[str, dict[str, int]] = {}
        self.messages: dict[str, list[_Field]] = {}
        self.rpcs: list[tuple[str, str, str, str, str, bool]] = []
        text = re.sub(r'//[^\n]*|syntax\s*=\s*"proto3";', "", text)
        self._tokens = iter(_TOKEN.findall(text))
        for word in self._tokens:
            name = next(self._tokens)
            if word == "package":
                self.package = name
                self._skip(";")
                continue
            self._skip("{")
            if word == "enum":
                self._enum(name)
            elif word == "message":
                self.messages[f"{self.package}.{name}"] = list(self._fields())
            else:
                self._service(name)
        names = {*self.enums, *self.messages}
        for message, fields in self.messages.items():
            self.messages[message] = [
                field._replace(type=self._full(field.type, names)) for field in fields
            ]

    def needs(self, packages: dict[str, _File]) -> bool:
        """Tell whether a message here has a field from another of the packages."""
        return any(
            field.type.rpartition(".")[0] in packages
            and field.type.rpartition(".")[0] != self.package
            for fields in self.messages.values()
            for field in fields
        )

    def packages_used(self, kinds: dict[str, int]) -> set[str]:
        """Return the other packages that messages here have fields from."""
        used = {
            field.type.rpartition(".")[0]
            for fields in self.messages.values()
            for field in fields
            if field.type in kinds
        }
        return used - {self.package}

    def _full(self, name: str, names: set[str]) -> str:
        """Return a type's full name."""
        own = f"{self.package}.{name}"
        return own if own in names else name

    def _skip(self, *expected: str) -> None:
        """Pass over tokens. Raises ValueError for others."""
        for wanted in expected:
            if (found := next(self._tokens)) != wanted:
                raise ValueError(f"{self.package}: {found!r} where {wanted!r} belongs")

    def _enum(self, name: str) -> None:
        """Read an enum's values."""
        values = self.enums[f"{self.package}.{name}"] = {}
        for word in self._tokens:
            if word == "}":
                return
            self._skip("=")
            values[word] = int(next(self._tokens), 0)
            self._skip(";")

    def _fields(self, oneof: str = "") -> Iterator[_Field]:
        """Read a message's fields."""
        for word in self._tokens:
            if word == "}":
                return
            if word == "oneof":
                inner = next(self._tokens)
                self._skip("{")
                yield from self._fields(inner)
                continue
            repeated = word == "repeated"
            kind = next(self._tokens) if repeated else word
            name = next(self._tokens)
            self._skip("=")
            yield _Field(name, int(next(self._tokens)), kind, repeated, oneof)
            self._skip(";")

    def _service(self, service: str) -> None:
        """Read a service's calls."""
        for word in self._tokens:
            if word == "}":
                return
            name = next(self._tokens)
            self._skip("(")
            request = next(self._tokens)
            self._skip(")", "returns", "(")
            response = next(self._tokens)
            if stream := response == "stream":
                response = next(self._tokens)
            self._skip(")", ";")
            self.rpcs.append(
                (
                    self.package,
                    service,
                    name,
                    f"{self.package}.{request}",
                    response if "." in response else f"{self.package}.{response}",
                    stream,
                )
            )


def _texts() -> list[str]:
    """Return the text of all files, that of the zones once for each kind."""
    texts = []
    for path in sorted(_FOLDER.glob("*.proto")):
        text = path.read_text()
        if path.stem == "zone_service":
            texts += [
                text.replace("PACKAGE", package).replace("SERVICE", service)
                for package, service in ZONE_SERVICES.values()
            ]
        else:
            texts.append(text)
    return texts


def schema_for(version: Version) -> Schema:
    """Return the messages as a gateway of that version has them."""
    return _schema(version < (1, 7, 0), version < (1, 8, 0), version < (1, 9, 0))


@cache
def _schema(old_user: bool, old_capability: bool, no_timer: bool) -> Schema:
    """Return the messages with the numbers of that time."""
    return Schema(
        (_USER_1_6 if old_user else {})
        | (_CAPABILITY_1_7 if old_capability else {})
        | (_NO_TIMER if no_timer else {})
    )


NEWEST = schema_for((99, 0, 0))
