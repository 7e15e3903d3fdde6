"""Refusals of the panel."""

_CODES = {
    401: "invalid_authentication",
    403: "permission_denied",
    500: "system_error",
}


class ApiError(Exception):
    """A refusal with a message, and an HTTP status."""

    def __init__(self, message: str, status: int = 400, code: str = "") -> None:
        """Refuse; `code` is for panels that answer with objects."""
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code or _CODES.get(status, "not_valid")

    def body(self, *, as_object: bool) -> dict[str, object]:
        """Return the body of the answer."""
        if as_object:
            return {"error": {"code": self.code, "message": self.message}}
        return {"error": self.message}
