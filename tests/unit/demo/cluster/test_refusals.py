"""Status bodies: one flaw, several, none of which a client could mistake."""

import json

from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.refusals import Refused, barred, invalid, nowhere, required, wrong


def test_one_flaw_is_told_bare_and_several_in_brackets() -> None:
    """As field.ErrorList prints them, each sentence once though every cause is kept."""
    one = invalid("Pod", "a", [required("spec.containers")])
    assert one.message == 'Pod "a" is invalid: spec.containers: Required value'
    several = invalid("Deployment.apps", "a", [required("x"), required("x"), barred("y", "no")])
    assert several.message == 'Deployment.apps "a" is invalid: [x: Required value, y: Forbidden: no]'
    assert several.details is not None
    assert len(several.details["causes"]) == 3
    assert several.details["group"] == "apps"


def test_a_patch_that_became_nothing_has_no_name() -> None:
    """The message begins with a space then, and the details hold the causes alone."""
    refused = invalid("", "", [wrong("patch", "x", "why")])
    assert refused.message == ' "" is invalid: patch: Invalid value: "x": why'
    assert list(refused.details or {}) == ["causes"]


def test_plain_text_is_sent_as_it_is() -> None:
    """An unknown path is answered without a Status."""
    assert nowhere().body() == b"404 page not found\n"


def test_a_status_leaves_out_what_it_has_not() -> None:
    """No reason, no details: no such keys."""
    told = json.loads(Refused(500, "broken").body())
    assert sorted(told) == ["apiVersion", "code", "kind", "message", "metadata", "status"]
    assert RESOURCES["pods"].kind == "Pod"
