"""A pull secret that gets in the way is taken off, where the image opens without it."""

import json
from typing import Any

import pytest

from bot.facts.change import Risk, Verb
from bot.facts.objects import PullSecret, Unread
from bot.facts.testimony import Fault
from bot.remediation.actions.detach_pull_secret import DetachPullSecret
from bot.remediation.drafting import Draft, Situation, Unfit
from tests.cases import secret
from tests.fakes.registry import FakeProber, answered, failed
from tests.fakes.rehearsing import applied, undone
from tests.situations import IMAGE, account, deployed, evidence, failing, situation, workload


STALE = {"manifest secret:shop/stale": answered(401), "manifest anonymous": answered(200)}
NAMING = {"imagePullSecrets": [{"name": "stale"}]}


async def _given(
    answers: dict[str, Any], *known: PullSecret, login: tuple[str, ...] = ("stale",), **more: Any
) -> Situation:
    secrets = known or (secret("stale"),)
    bodies = [*deployed(login=login), account()]
    return await situation(*bodies, secrets=secrets, prober=FakeProber(answers), **more)


async def test_detach_takes_the_refused_secret_off_the_template() -> None:
    """The rollout makes the new pods; the way back names it again."""
    here = await _given(STALE, secret("stale"), secret("good", "x.example"), login=("stale", "good"))
    draft = await DetachPullSecret().draft(here)
    assert isinstance(draft, Draft)
    assert draft.headline == "Take pull secret stale off the template of Deployment shop/web"
    (write,) = draft.writes
    assert json.loads(write.patch)["spec"]["template"]["spec"] == {"imagePullSecrets": [{"name": "good"}]}
    live = await here.rehearse.read(write.key)
    assert live is not None
    body = dict(live.body)  # type: ignore[union-attr]  # it was not declined
    assert undone(write, applied(write, body)) == body
    assert draft.risk is Risk.MEDIUM


async def test_detach_from_an_account_replaces_the_pods_and_names_the_others() -> None:
    """What others lose makes it risky."""
    bodies = [*deployed(failing(spec=NAMING)), account("default", "stale"), workload("Deployment", "other")]
    here = await situation(*bodies, secrets=[secret("stale")], prober=FakeProber(STALE))
    draft = await DetachPullSecret().draft(here)
    assert isinstance(draft, Draft)
    assert [each.verb for each in draft.writes] == [Verb.PATCH, Verb.DELETE]
    assert json.loads(draft.writes[0].patch) == {"imagePullSecrets": None}
    assert draft.risk is Risk.HIGH
    assert draft.warnings[0].startswith("1 other workload uses ServiceAccount shop/default")


async def test_detach_replaces_pods_where_it_was_taken_off_since() -> None:
    """They carry what they were made with."""
    bodies = [*deployed(failing(spec=NAMING)), account()]
    here = await situation(*bodies, secrets=[secret("stale")], prober=FakeProber(STALE))
    draft = await DetachPullSecret().draft(here)
    assert isinstance(draft, Draft)
    assert [each.verb for each in draft.writes] == [Verb.DELETE]
    assert "names stale no more" in draft.headline


async def test_detach_takes_off_what_fails_every_pull() -> None:
    """A malformed secret closes even what nobody needs a credential for."""
    broken = secret("stale", flaw="bad-base64", flaw_fails_pull=True)
    draft = await DetachPullSecret().draft(await _given({"manifest anonymous": answered(200)}, broken))
    assert isinstance(draft, Draft)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({**STALE, "manifest anonymous": answered(401)}, "needs a right credential"),
        ({"manifest": answered(200)}, "no pull secret of the pod is known to be refused"),
        ({"manifest": failed(Fault.CONNECT_TIMEOUT)}, "is not known"),
    ],
)
async def test_detach_does_nothing_that_would_not_help(answers: dict[str, Any], why: str) -> None:
    """Each time a person is told why."""
    found = await DetachPullSecret().draft(await _given(answers))
    assert isinstance(found, Unfit)
    assert why in found.why


async def test_detach_believes_the_failed_pull_where_nobody_may_ask() -> None:
    """And says that this is all that is known."""
    draft = await DetachPullSecret().draft(await _given({}, told=evidence(credentials_were_refused=True)))
    assert isinstance(draft, Draft)
    assert "known from the failed pull alone" in draft.warnings[0]
    assert "to the anonymous is not known" in draft.warnings[1]


async def test_detach_keeps_a_secret_beside_it_that_opens_the_image() -> None:
    """Then nobody has to be let in anonymously; but then the pull is not held up by the stale one either."""
    answers = {**STALE, "manifest anonymous": answered(401), "manifest secret:shop/good": answered(200)}
    here = await _given(answers, secret("stale"), secret("good"), login=("stale", "good"))
    assert isinstance(await DetachPullSecret().draft(here), Draft)


async def test_detach_takes_nothing_that_another_container_needs() -> None:
    """Its image would fail instead."""
    both = {"containers": [{"name": "app", "image": IMAGE}, {"name": "log", "image": "x.example/log:1"}]}
    bodies = [*deployed(failing(spec={**NAMING, **both}), login=["stale"]), account()]
    known = secret("stale", "registry.example", "x.example")
    found = await DetachPullSecret().draft(
        await situation(*bodies, secrets=[known], prober=FakeProber(STALE))
    )
    assert isinstance(found, Unfit)
    assert found.why == "container log of the same pod needs stale for its image"


async def test_detach_does_not_touch_what_it_cannot_see() -> None:
    """A secret that may not be read may be the one that matters."""
    hidden = Unread("secret stale in shop", "forbidden")
    found = await DetachPullSecret().draft(await _given(STALE, reader={"secrets": hidden}))
    assert found == Unfit("pull secret stale cannot be read: forbidden")


async def test_detach_leaves_bare_pods_and_unreadable_names_alone() -> None:
    """Neither would be helped."""
    assert isinstance(
        await DetachPullSecret().draft(await situation(failing("alone", kind=""), account())), Unfit
    )
    assert isinstance(await DetachPullSecret().draft(await _given(STALE, failure={"reference": None})), Unfit)
