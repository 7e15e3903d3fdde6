"""The tokens of the simulated cloud: id_tokens and system tokens."""

import base64
from dataclasses import dataclass, field
import hashlib
import json
import time
from typing import Any, Literal

type TokenKind = Literal["id", "system"]


@dataclass(slots=True)
class Tokens:
    """All tokens issued, each with the moment of its end."""

    issued: list[str] = field(default_factory=list)
    _ends: dict[TokenKind, dict[str, float]] = field(
        default_factory=lambda: {"id": {}, "system": {}}
    )

    def issue(
        self, kind: TokenKind, seconds: float, claims: dict[str, Any] | None
    ) -> str:
        """Return a new token; without claims it is not a JWT.

        Its true life does not depend on any clock that can be turned.
        """
        number = len(self.issued) + 1
        seed = f"{kind} {number} {time.monotonic_ns()}"
        if claims is None:
            value = hashlib.sha256(seed.encode()).hexdigest()
        else:
            head = _part({"alg": "RS256", "typ": "JWT", "kid": "sim"})
            body = _part(claims | {"jti": str(number)})
            sign = hashlib.sha512(f"{seed} {head}.{body}".encode()).digest()
            value = f"{head}.{body}.{_base64(sign)}"
        self.issued.append(value)
        self._ends[kind][value] = time.monotonic() + seconds
        return value

    def valid(self, kind: TokenKind, value: str) -> bool:
        """Tell whether a token was issued and lives."""
        return self._ends[kind].get(value, 0.0) > time.monotonic()

    def expire(self, kind: TokenKind) -> int:
        """Let all tokens of a kind end now; return how many there were."""
        count = len(self._ends[kind])
        self._ends[kind].clear()
        return count


def _part(value: dict[str, Any]) -> str:
    """Return a part of a JWT."""
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    """Return Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
