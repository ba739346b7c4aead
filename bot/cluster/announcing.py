"""Writes Events about workloads: a verdict in, an Event on a live cluster out, and nothing else ever.

Two identities: the reader's finds the workload's uid, the teller's writes. An Event's name comes from what it says, so what is
said again after a crash is found there and brought up to date instead of standing twice.
https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from bot.cluster.client import ApiClient, Refusal
from bot.cluster.resources import PLURALS, Resource
from bot.cluster.sending import Reply, Request, Unheard
from bot.errors import ClusterUnreadable
from bot.ports.announcing import Announcement, Answer, Told


REASON: Final = "ImagePullDiagnosed"
COMPONENT: Final = "imagepull"
# "must be less than 1024 characters": k8s.io/kubernetes/pkg/apis/core/validation/events.go, NoteLengthLimit
LONGEST: Final = 1024
_MANAGER: Final[Mapping[str, str]] = {"fieldManager": COMPONENT}
_KINDS: Final = {**PLURALS, "Pod": "pods"}
_GROUPS: Final = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "v1", "ReplicationController": "v1"}
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_LATER: Final = frozenset({408, 409, 429})


class _Metadata(msgspec.Struct):
    uid: str = ""
    name: str = ""


class _Object(msgspec.Struct):
    metadata: _Metadata


class ApiAnnouncer:
    """Implements ``Announcer`` on one live cluster.

    Args:
        reader: finds workloads.
        teller: writes Events, as somebody else.
    """

    def __init__(self, reader: ApiClient, teller: ApiClient) -> None:
        self._reader, self._teller = reader, teller

    async def announce(self, announcement: Announcement) -> Answer:
        """Make the Event, or bring the one that is there up to date."""
        place = _place(announcement)
        if place is None:
            return Answer(Told.GONE, "that is no workload that Events are about")
        try:
            uid = await self._uid(place)
            if uid is None:
                return Answer(Told.GONE)
            reply = await self._send(
                "POST", Resource("events", announcement.namespace), _event(announcement, uid)
            )
            if reply.status == 409:
                event = Resource("events", announcement.namespace, name_of(announcement))
                reply = await self._send("PATCH", event, _again(announcement))
        except (Unheard, ClusterUnreadable) as error:
            return Answer(Told.LATER, getattr(error, "why", "") or "no way in")
        return _answer(reply, name_of(announcement))

    async def _uid(self, place: Resource) -> str | None:
        """Of the workload; "" where it may not be read, None where it is gone."""
        try:
            answer = await self._reader.get(place)
            return msgspec.json.decode(answer.body, type=_Object).metadata.uid
        except Refusal as refusal:
            return None if refusal.object_missing else ""
        except msgspec.MsgspecError:
            return ""

    async def _send(self, method: str, place: Resource, body: Mapping[str, Any]) -> Reply:
        kind = "application/json" if method == "POST" else "application/merge-patch+json"
        return await self._teller.send(Request(method, place.path, _MANAGER, kind, json.dumps(body).encode()))


def name_of(announcement: Announcement) -> str:
    """The Event's name: the same for the same verdict about the same workload."""
    return f"imagepull.{hashlib.sha256(announcement.key.encode()).hexdigest()[:24]}"


def _place(announcement: Announcement) -> Resource | None:
    names = announcement.namespace, announcement.name
    if announcement.kind not in _KINDS or not all(map(_NAME.fullmatch, names)):
        return None
    return Resource(_KINDS[announcement.kind], *names)


def _event(announcement: Announcement, uid: str) -> dict[str, Any]:
    about = {
        "apiVersion": _GROUPS.get(announcement.kind, "apps/v1"),
        "kind": announcement.kind,
        "namespace": announcement.namespace,
        "name": announcement.name,
    }
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name_of(announcement), "namespace": announcement.namespace},
        "involvedObject": about | ({"uid": uid} if uid else {}),
        "reason": REASON,
        "type": "Warning",
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "firstTimestamp": _spelled(announcement.first),
        **_again(announcement),
    }


def _again(announcement: Announcement) -> dict[str, Any]:
    return {
        "message": announcement.message.encode()[: LONGEST - 1].decode(errors="ignore"),
        "lastTimestamp": _spelled(announcement.last),
        "count": announcement.count,
    }


def _spelled(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _answer(reply: Reply, name: str) -> Answer:
    why = f"answered {reply.status}"
    if reply.status in (200, 201):
        # A portal in between says yes to anything.
        return (
            Answer(Told.DONE) if _named(reply.body) == name else Answer(Told.LATER, "no API server's answer")
        )
    if reply.status in _LATER or reply.status >= 500:
        return Answer(Told.LATER, why)
    return Answer(Told.REFUSED, why)


def _named(body: bytes | None) -> str:
    try:
        return msgspec.json.decode(body or b"", type=_Object).metadata.name
    except msgspec.MsgspecError:
        return ""
