"""What a change is before it is made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.facts import change
from bot.facts.change import (
    Copying,
    Dependency,
    Difference,
    ObjectKey,
    Plan,
    Pledge,
    Premise,
    Risk,
    Style,
    Verb,
    Write,
)


_NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
_WEB = ObjectKey("Deployment", "shop", "web")
_DEPENDS = Dependency(("metadata", "generation"), "4", "no newer rollout")
_WRITE = Write(Verb.PATCH, _WEB, "u1", '{"spec":{}}', Style.STRATEGIC, depends=(_DEPENDS,))
_COPY = Write(
    Verb.COPY,
    ObjectKey("Secret", "shop", "regcred"),
    copying=Copying(
        ObjectKey("Secret", "platform", "regcred"), "u2", "7", (".dockerconfigjson",), "a.example"
    ),
)
_PREMISE = Premise("shop", "Deployment/web", "web", "a.example/web:1", "wrong-tag")
_PLEDGE = Pledge("a.example/web:2", "sha256:" + "a" * 64, "linux/amd64")
_PLAN = Plan(
    id="p1",
    action="set-image",
    risk=Risk.MEDIUM,
    cluster="prod",
    writes=(_WRITE, _COPY),
    premise=_PREMISE,
    headline="Set it",
    made=_NOW,
    expires=_NOW + timedelta(minutes=30),
    pledge=_PLEDGE,
)


@pytest.mark.parametrize(
    "other",
    [
        replace(_PLAN, id="p2"),
        replace(_PLAN, action="roll-back"),
        replace(_PLAN, cluster="staging"),
        replace(_PLAN, undoes="p0"),
        replace(_PLAN, pledge=None),
        replace(_PLAN, pledge=replace(_PLEDGE, digest="sha256:" + "b" * 64)),
        replace(_PLAN, premise=replace(_PREMISE, cause="image-removed")),
        replace(_PLAN, premise=replace(_PREMISE, image="a.example/web:3")),
        replace(_PLAN, writes=(_COPY, _WRITE)),
        replace(_PLAN, writes=(_WRITE,)),
        replace(_PLAN, writes=(replace(_WRITE, patch='{"spec":{"x":1}}'), _COPY)),
        replace(_PLAN, writes=(replace(_WRITE, uid="u9"), _COPY)),
        replace(_PLAN, writes=(replace(_WRITE, verb=Verb.DELETE), _COPY)),
        replace(_PLAN, writes=(replace(_WRITE, style=Style.MERGE), _COPY)),
        replace(_PLAN, writes=(replace(_WRITE, key=replace(_WEB, name="api")), _COPY)),
        replace(_PLAN, writes=(replace(_WRITE, depends=()), _COPY)),
        replace(_PLAN, writes=(replace(_WRITE, depends=(replace(_DEPENDS, value="5"),)), _COPY)),
        replace(_PLAN, writes=(_WRITE, replace(_COPY, copying=None))),
    ],
)
def test_a_digest_changes_with_all_that_is_approved(other: Plan) -> None:
    """Cluster, object, patch, precondition, premise: whoever approved one approved no other."""
    assert other.digest != _PLAN.digest


def test_a_digest_stays_while_words_change() -> None:
    """How it is told, and until when it may be approved, is no part of what is done."""
    told = replace(_PLAN, headline="Other words", differences=(Difference("x", "1", "2"),), warnings=("w",))
    assert told.digest == replace(told, expires=_NOW, risk=Risk.LOW).digest == _PLAN.digest


def test_values_are_spelled_alike_whatever_the_order_of_their_keys() -> None:
    """Two readings of one object compare equal."""
    assert (
        change.spelled({"b": 1, "a": [None]}) == change.spelled({"a": [None], "b": 1}) == '{"a":[null],"b":1}'
    )


def test_an_object_is_called_by_kind_and_place() -> None:
    """As people say it; what has no namespace has none in front."""
    assert str(_WEB) == "Deployment shop/web"
    assert str(ObjectKey("Node", "", "n1")) == "Node n1"


def test_a_plan_belongs_to_the_namespace_of_what_is_wrong() -> None:
    """There the rules say who may ask and approve."""
    assert _PLAN.namespace == "shop"
