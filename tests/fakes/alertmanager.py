"""An Alertmanager: alerts posted in, those that are active out; by its OpenAPI and its rules for labels.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml: POST /api/v2/alerts takes a list, answers 200, and 400
where one of them is no alert: it needs labels, their names are ``[a-zA-Z_][a-zA-Z0-9_]*``, and it does not end before it starts.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from aiohttp import web


_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
# https://www.rfc-editor.org/rfc/rfc3339#section-5.6
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_KNOWN = {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """An alert as it was told last."""

    labels: dict[str, str]
    annotations: dict[str, str]
    starts: datetime
    ends: datetime


class Refused(Exception):
    """It is no alert."""


class FakeAlertmanager:
    """Listens on loopback.

    Attributes:
        statuses: what the next requests are answered whatever they say.
        held: by labels.
        authorizations: the header of each request.
    """

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.held: dict[Labels, Held] = {}
        self.authorizations: list[str] = []
        self.requests = 0
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def active(self, moment: datetime) -> list[Held]:
        """The alerts that fire then."""
        return [each for each in self.held.values() if each.ends > moment]

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.requests += 1
        self.authorizations.append(request.headers.get("Authorization", ""))
        if (request.method, request.path) != ("POST", "/api/v2/alerts"):
            return web.json_response("not found", status=404)
        if request.content_type != "application/json":
            return web.json_response("unsupported media type", status=415)
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        try:
            for labels, each in [checked(each) for each in _listed(json.loads(await request.read()))]:
                self.held[labels] = each
        except (Refused, ValueError) as error:
            return web.json_response(str(error), status=400)
        return web.Response()


def _listed(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise Refused("alerts in body must be of type array")
    return body


def checked(alert: Any) -> tuple[Labels, Held]:
    """An alert, if it is one.

    Raises:
        Refused: it is none.
    """
    if not isinstance(alert, dict) or set(alert) - _KNOWN:
        raise Refused("no postableAlert")
    labels, annotations = alert.get("labels"), alert.get("annotations", {})
    for each in (labels, annotations):
        if not isinstance(each, dict) or not all(isinstance(value, str) for value in each.values()):
            raise Refused("no labelSet")
        if not all(_NAME.fullmatch(name) for name in each):
            raise Refused("invalid label name")
    whole = {name: value for name, value in labels.items() if value}
    if not whole:
        raise Refused("at least one label pair required")
    starts, ends = _moment(alert["startsAt"]), _moment(alert["endsAt"])
    if ends < starts:
        raise Refused("start time must be before end time")
    return tuple(sorted(whole.items())), Held(whole, annotations, starts, ends)


def _moment(text: Any) -> datetime:
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise Refused("no date-time")
    return datetime.fromisoformat(text) + timedelta()
