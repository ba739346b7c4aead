"""Policies: what they see of a write, and how their no sounds."""

import pytest

from bot.demo.cluster.faults import Fault, Faults
from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.policies import Deed, Gate, Policy
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.store import Store


SECRET = {"kind": "Secret", "metadata": {"namespace": "a", "name": "s"}, "type": "Opaque"}
PATCH = Asked("patch", "secrets", "a", "s", user="dana")


def _seen(asked: Asked, *there: dict[str, object]) -> list[Deed]:
    seen: list[Deed] = []

    def look(deed: Deed) -> str:
        seen.append(deed)
        return ""

    gate = Gate(Store(there), [Policy("p", look)], Faults())
    gate.admit(RESOURCES["secrets"], asked, SECRET, False)
    return seen


def test_policy_sees_who_changes_what() -> None:
    """The object before and after; nothing where there is none."""
    (changed,) = _seen(PATCH, SECRET)
    assert (changed.user, changed.plural) == ("dana", "secrets")
    assert changed.old is not None
    assert changed.new is SECRET
    (made,) = _seen(Asked("create", "secrets", "a"))
    assert made.old is None
    (deleted,) = _seen(Asked("delete", "secrets", "a", "s"), SECRET)
    assert deleted.new is None


def test_policy_is_not_asked_about_parts() -> None:
    """A status is another resource."""
    assert _seen(Asked("patch", "secrets", "a", "s", part="status"), SECRET) == []


def test_denial_is_a_422_that_says_forbidden() -> None:
    """And comes before faults are met."""
    faults = Faults()
    fault = faults.add(fault=Fault.WEBHOOK_DOWN)
    gate = Gate(Store([SECRET]), [Policy("only-ours", lambda _: "not yours")], faults)
    with pytest.raises(Refused) as refused:
        gate.admit(RESOURCES["secrets"], PATCH, SECRET, False)
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    said = "ValidatingAdmissionPolicy 'only-ours' with binding 'only-ours' denied request: not yours"
    assert refused.value.message == f'secrets "s" is forbidden: {said}'
    assert fault.hits == 0
