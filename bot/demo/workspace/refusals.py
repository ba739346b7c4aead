"""How Slack says no: the name of an error and what it adds in -> the body of an answer out."""

from typing import Any


Object = dict[str, Any]
"""A JSON object as it goes over the wire."""


class Refused(Exception):
    """A call that Slack answers with ``ok: false``.

    Args:
        error: Slack's name of it, ``channel_not_found``.
        status: of HTTP; nearly always 200.
        headers: what comes with it, as ``Retry-After``.
        more: fields beside ``error``.
    """

    def __init__(self, error: str, *, status: int = 200, headers: Object | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers: dict[str, str] = dict(headers or {})
        self.more = more

    def body(self) -> Object:
        """As it is sent."""
        return {"ok": False, "error": self.error, **self.more}


def invalid(error: str, *messages: str) -> Refused:
    """A refusal that says in ``response_metadata`` where it is wrong."""
    return Refused(error, response_metadata={"messages": list(messages)})


def lacking(field: str) -> Refused:
    """An argument that has to be there."""
    return invalid("invalid_arguments", f"[ERROR] missing required field: {field}")
