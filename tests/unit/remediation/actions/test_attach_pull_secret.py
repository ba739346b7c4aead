"""A pull secret that is there is named where the pods get theirs from."""

import json

import pytest

from bot.facts.change import Risk, Verb
from bot.facts.objects import Unread
from bot.remediation.actions.attach_pull_secret import AttachPullSecret
from bot.remediation.drafting import Draft, Unfit
from tests.cases import secret
from tests.fakes.registry import FakeProber, answered
from tests.situations import account, deployed, failing, situation, workload


OPENS = {"manifest secret:shop/regcred": answered(200)}
BODIES = [*deployed(), account()]


async def test_attach_names_the_secret_on_the_account_and_replaces_the_pods() -> None:
    """With nothing to warn of where the registry lets its credential in."""
    here = await situation(*BODIES, secrets=[secret()], prober=FakeProber(OPENS))
    draft = await AttachPullSecret().draft(here)
    assert isinstance(draft, Draft)
    assert draft.headline == "Attach pull secret regcred to ServiceAccount shop/default"
    assert [each.verb for each in draft.writes] == [Verb.PATCH, Verb.DELETE]
    assert json.loads(draft.writes[0].patch) == {"imagePullSecrets": [{"name": "regcred"}]}
    assert (draft.risk, draft.warnings) == (Risk.MEDIUM, ())


async def test_attach_keeps_what_is_attached() -> None:
    """In its order."""
    here = await situation(
        *deployed(login=["old"]), account(), secrets=[secret(), secret("old", "x.example")]
    )
    draft = await AttachPullSecret().draft(here)
    assert isinstance(draft, Draft)
    assert draft.headline == "Attach pull secret regcred to the template of Deployment shop/web"
    spec = json.loads(draft.writes[0].patch)["spec"]["template"]["spec"]
    assert spec == {"imagePullSecrets": [{"name": "old"}, {"name": "regcred"}]}


async def test_attach_says_that_nobody_tried_the_credential() -> None:
    """And which setting would let it be asked."""
    draft = await AttachPullSecret().draft(await situation(*BODIES, secrets=[secret()]))
    assert isinstance(draft, Draft)
    assert "is not known: not asked (--allow-registry registry.example)" in draft.warnings[0]


async def test_attach_never_hands_on_what_is_refused() -> None:
    """However well its name fits."""
    refused = FakeProber({"manifest": answered(401)})
    found = await AttachPullSecret().draft(await situation(*BODIES, secrets=[secret()], prober=refused))
    assert isinstance(found, Unfit)
    assert found.why == "registry.example refuses the credential of regcred, so it is not attached"


async def test_attach_makes_new_pods_where_it_was_attached_after_them() -> None:
    """A pod gets its secrets when it is made."""
    bodies = [*deployed(), account("default", "regcred")]
    draft = await AttachPullSecret().draft(await situation(*bodies, secrets=[secret()]))
    assert isinstance(draft, Draft)
    assert [each.verb for each in draft.writes] == [Verb.DELETE]
    assert draft.headline.startswith("ServiceAccount shop/default names pull secret regcred by now")


@pytest.mark.parametrize(
    ("key", "why"),
    [("other.example", "has no pull secret"), ("registry.example.org", "has no pull secret")],
)
async def test_attach_takes_only_what_the_kubelet_would_use(key: str, why: str) -> None:
    """By its own rules for hosts, ports, paths and wildcards."""
    found = await AttachPullSecret().draft(await situation(*BODIES, secrets=[secret("regcred", key)]))
    assert isinstance(found, Unfit)
    assert why in found.why


async def test_attach_says_what_cannot_be_seen() -> None:
    """Not seen is not absent."""
    hidden = Unread("secrets in shop", "forbidden", "list on secrets")
    found = await AttachPullSecret().draft(await situation(*BODIES, reader={"secrets": hidden}))
    assert isinstance(found, Unfit)
    assert "cannot be seen: forbidden (list on secrets)" in found.why


async def test_attach_says_that_the_pod_names_one_already() -> None:
    """Then it is not that which is missing."""
    here = await situation(*deployed(login=["regcred"]), account(), secrets=[secret()])
    found = await AttachPullSecret().draft(here)
    assert isinstance(found, Unfit)
    assert found.why == "the pod names regcred for registry.example already"


async def test_attach_does_not_help_beside_a_secret_that_fails_every_pull() -> None:
    """That has to go first."""
    broken = secret("broken", flaw="bad-base64", flaw_fails_pull=True)
    here = await situation(*deployed(login=["broken"]), account(), secrets=[secret(), broken])
    found = await AttachPullSecret().draft(here)
    assert isinstance(found, Unfit)
    assert "broken is malformed" in found.why


async def test_attach_leaves_bare_pods_and_unreadable_names_alone() -> None:
    """Neither would be helped."""
    assert isinstance(
        await AttachPullSecret().draft(await situation(failing("alone", kind=""), account())), Unfit
    )
    here = await situation(*BODIES, secrets=[secret()], failure={"reference": None})
    assert isinstance(await AttachPullSecret().draft(here), Unfit)


async def test_attach_to_what_is_shared_by_many_goes_into_the_template() -> None:
    """With what the account gave so far."""
    others = [workload("Deployment", f"other-{number}") for number in range(5)]
    bodies = [
        *deployed(failing(spec={"imagePullSecrets": [{"name": "all"}]})),
        account("default", "all"),
        *others,
    ]
    here = await situation(*bodies, secrets=[secret(), secret("all", "x.example")], prober=FakeProber(OPENS))
    draft = await AttachPullSecret().draft(here)
    assert isinstance(draft, Draft)
    spec = json.loads(draft.writes[0].patch)["spec"]["template"]["spec"]
    assert spec == {"imagePullSecrets": [{"name": "all"}, {"name": "regcred"}]}
    assert "do not reach it any more" in draft.warnings[0]
