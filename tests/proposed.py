"""Proposals and entries of the record: what the tests of a ledger stand on."""

from datetime import datetime
from typing import Any

from bot.facts.audit import Entry, Event
from bot.facts.change import (
    Copying,
    Dependency,
    Difference,
    ObjectKey,
    Plan,
    Pledge,
    Premise,
    Risk,
    Verb,
    Write,
    spelled,
)
from bot.facts.proposal import Proposal, Stage
from bot.ports.keeping import Kind, Letter
from tests.fakes.cluster import NOW
from tests.lives import HOUR


CHANNEL = "#shop"
PATCH = '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"r.example/shop/web:1.2"}]}}}}'


def plan(name: str = "p1", **changes: Any) -> Plan:
    """A change with everything that one can have."""
    web = ObjectKey("Deployment", "shop", "web")
    copying = Copying(ObjectKey("Secret", "shared", "pull"), "u2", "7", (".dockerconfigjson",), "r.example")
    told: dict[str, Any] = {
        "cluster": "eu",
        "writes": (
            Write(
                Verb.PATCH,
                web,
                "u1",
                PATCH,
                back=PATCH,
                depends=(Dependency(("metadata", "generation"), spelled(3), "no newer rollout"),),
            ),
            Write(Verb.COPY, ObjectKey("Secret", "shop", "pull"), copying=copying),
        ),
        "premise": Premise("shop", "Deployment/web", "web", "r.example/shop/web:1.3", "tag-missing"),
        "made": NOW,
        "pledge": Pledge("r.example/shop/web:1.2", "sha256:ab", "linux/amd64"),
    }
    told |= {"expires": told["made"] + HOUR, **changes}
    return Plan(
        name,
        "set-image",
        Risk.LOW,
        headline="Set the image of web",
        differences=(Difference("Deployment shop/web: image", "1.3", "1.2"),),
        warnings=("older than what ran",),
        **told,
    )


def proposal(name: str = "p1", **changes: Any) -> Proposal:
    """A plan that waits for its approval; what belongs to a plan changes there."""
    parts = {key: changes.pop(key) for key in ("cluster", "made") if key in changes}
    told = {"stage": Stage.WAITING, "channel": CHANNEL, **changes}
    return Proposal(plan(name, **parts), requester="T1/U1", requester_name="Dana", **told)


def entry(event: Event = Event.REQUESTED, at: datetime = NOW, **changes: Any) -> Entry:
    """Something that happened."""
    told = {"plan": "p1", "cluster": "eu", "namespace": "shop", "details": {"rule": "shop may"}, **changes}
    return Entry(at, event, "T1/U1", **told)


def card(body: str = "card", name: str = "p1", under: str = "", channel: str = CHANNEL) -> Letter:
    """The message of a plan."""
    return Letter(name, channel, Kind.MESSAGE, body, under)


def below(body: str, name: str = "p1", under: str = "") -> Letter:
    """A reply about a plan."""
    return Letter(name, CHANNEL, Kind.REPLY, body, under)
