"""One entry of a listed Secret becomes a Secret of a namespace that lacks it, and nobody's own is touched."""

import json
from typing import Any

import pytest

from bot.facts.change import Copying, ObjectKey, Risk, Verb
from bot.facts.objects import ContainerKind, PullSecret, Unread
from bot.ports.rehearsing import Declined, Reason
from bot.remediation.actions.copy_pull_secret import CopyPullSecret
from bot.remediation.drafting import Draft, Limits, SecretCopy, Situation, Unfit
from tests.cases import secret
from tests.fakes.registry import FakeProber, answered
from tests.situations import account, deployed, failing, situation


SOURCE = secret("login", "other.example", "registry.example", namespace="platform")
PAIR = SecretCopy("platform", "login", ("sh*",), ("registry.example",), ("@platform",))
OPENS = {"manifest secret:platform/login": answered(200)}


async def _given(
    *known: PullSecret,
    pairs: tuple[SecretCopy, ...] = (PAIR,),
    answers: dict[str, Any] | None = None,
    login: tuple[str, ...] = (),
    **more: Any,
) -> Situation:
    bodies = more.pop("bodies", [*deployed(login=login), account()])
    return await situation(
        *bodies,
        secrets=known or (SOURCE,),
        prober=FakeProber(OPENS if answers is None else answers),
        limits=Limits(copies=pairs),
        **more,
    )


async def test_copy_takes_one_entry_and_attaches_what_it_makes() -> None:
    """It is bound to the source as it is, and its owners approve it."""
    here = await _given()
    draft = await CopyPullSecret().draft(here)
    assert isinstance(draft, Draft)
    assert [(each.verb, str(each.key)) for each in draft.writes] == [
        (Verb.COPY, "Secret shop/login"),
        (Verb.PATCH, "ServiceAccount shop/default"),
        (Verb.DELETE, "Pod shop/web-1"),
    ]
    source = ObjectKey("Secret", "platform", "login")
    live = await here.rehearse.read(source)
    assert draft.writes[0].copying == Copying(
        source,
        "uid-platform-login",
        live.version,  # type: ignore[union-attr]  # it is there
        (".dockerconfigjson",),
        "registry.example",
    )
    assert json.loads(draft.writes[1].patch) == {"imagePullSecrets": [{"name": "login"}]}
    assert (draft.risk, draft.approvers) == (Risk.HIGH, ("@platform",))
    assert "a yes of @platform" in draft.warnings[0]
    assert (
        draft.headline == "Copy the entry for registry.example of Secret platform/login to Secret shop/login"
    )


async def test_copy_is_called_as_the_pods_name_it_where_that_is_missing() -> None:
    """Then nothing has to be attached, and new pods find it at once."""
    draft = await CopyPullSecret().draft(await _given(login=("regcred",)))
    assert isinstance(draft, Draft)
    assert [(each.verb, each.key.name) for each in draft.writes] == [
        (Verb.COPY, "regcred"),
        (Verb.DELETE, "web-1"),
    ]


async def test_copy_helps_even_a_bare_pod_that_names_it() -> None:
    """Without deleting it: the kubelet looks for the Secret at each try."""
    alone = failing("alone", kind="", spec={"imagePullSecrets": [{"name": "regcred"}]})
    draft = await CopyPullSecret().draft(await _given(bodies=[alone, account()]))
    assert isinstance(draft, Draft)
    assert [each.verb for each in draft.writes] == [Verb.COPY]
    assert "at its next try" in draft.warnings[-1]


async def test_copy_for_a_bare_pod_that_names_nothing_is_words() -> None:
    """It would have to be made anew."""
    found = await CopyPullSecret().draft(await _given(bodies=[failing("alone", kind=""), account()]))
    assert isinstance(found, Unfit)


async def test_copy_never_writes_over_a_secret_that_is_there() -> None:
    """It gets the registry's name behind its own; where that is taken, too, nothing is done."""
    taken = secret("login", "other.example")
    draft = await CopyPullSecret().draft(await _given(SOURCE, taken))
    assert isinstance(draft, Draft)
    assert str(draft.writes[0].key) == "Secret shop/login-registry-example"
    both = await _given(SOURCE, taken, secret("login-registry-example", "other.example"))
    found = await CopyPullSecret().draft(both)
    assert isinstance(found, Unfit)
    assert "none is written over" in found.why


async def test_copy_is_attached_where_the_pods_named_it_and_new_ones_would_not() -> None:
    """The account has lost its name since."""
    named = deployed(failing(spec={"imagePullSecrets": [{"name": "regcred"}]}))
    draft = await CopyPullSecret().draft(await _given(bodies=[*named, account()]))
    assert isinstance(draft, Draft)
    assert [each.verb for each in draft.writes] == [Verb.COPY, Verb.PATCH, Verb.DELETE]


@pytest.mark.parametrize(
    "pair",
    [
        SecretCopy("platform", "login", ("other",), ("registry.example",), ("@platform",)),
        SecretCopy("platform", "login", ("*",), ("x.example",), ("@platform",)),
        SecretCopy("platform", "login", ("*",), ("registry.example",), ()),
        SecretCopy("shop", "login", ("*",), ("registry.example",), ("@platform",)),
    ],
)
async def test_copy_needs_a_pair_of_the_settings(pair: SecretCopy) -> None:
    """For this namespace and registry, from another namespace, with somebody who approves it."""
    found = await CopyPullSecret().draft(await _given(pairs=(pair,)))
    assert isinstance(found, Unfit)
    assert "the settings list no pull secret" in found.why


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (secret("login", "*.example", namespace="platform"), "is for more registries than registry.example"),
        (secret("login", "x.example", namespace="platform"), "has no entry that the kubelet would use"),
        (secret("login", namespace="platform", type="Opaque"), "has no entry that the kubelet would use"),
        (secret("another", namespace="platform"), "Secret platform/login is not there"),
    ],
)
async def test_copy_takes_the_failing_registrys_entry_alone(source: PullSecret, why: str) -> None:
    """Never one that opens more."""
    found = await CopyPullSecret().draft(await _given(source))
    assert isinstance(found, Unfit)
    assert why in found.why


async def test_copy_hands_on_nothing_that_is_refused() -> None:
    """Of several pairs the one that opens the image is taken."""
    refused = {"manifest secret:platform/login": answered(401)}
    found = await CopyPullSecret().draft(await _given(answers=refused))
    assert isinstance(found, Unfit)
    assert found.why == "registry.example refuses the credential of platform/login"
    second = SecretCopy("vault", "key", ("*",), ("registry.example",), ("@vault",))
    answers = refused | {"manifest secret:vault/key": answered(200)}
    known = (SOURCE, secret("key", namespace="vault"))
    draft = await CopyPullSecret().draft(await _given(*known, pairs=(PAIR, second), answers=answers))
    assert isinstance(draft, Draft)
    assert draft.approvers == ("@vault",)


async def test_copy_says_that_nobody_tried_the_credential() -> None:
    """Where the registry may not be asked."""
    draft = await CopyPullSecret().draft(await _given(answers={}))
    assert isinstance(draft, Draft)
    assert any("is not known: not asked" in each for each in draft.warnings)


async def test_copy_tells_what_may_not_be_read() -> None:
    """The source by the one that looks, and both Secrets by the one that plans."""
    hidden = Unread("secret login in platform", "forbidden", "get on secrets")
    found = await CopyPullSecret().draft(await _given(reader={"secrets": hidden}))
    assert found == Unfit("Secret platform/login cannot be read: forbidden (get on secrets)")
    for key in (ObjectKey("Secret", "platform", "login"), ObjectKey("Secret", "shop", "login")):
        refusals = {key: Declined(Reason.FORBIDDEN, "no")}
        assert await CopyPullSecret().draft(await _given(refusals=refusals)) == Unfit(
            f"{key} cannot be read: no"
        )


@pytest.mark.parametrize(
    "changes",
    [{"reference": None}, {"kind": ContainerKind.EPHEMERAL}],
)
async def test_copy_is_no_help_for_names_and_debug_containers(changes: dict[str, Any]) -> None:
    """No secret mends a name, and a debug container goes with its pod."""
    assert isinstance(await CopyPullSecret().draft(await _given(failure=changes)), Unfit)


async def test_copy_is_no_help_for_a_static_pod() -> None:
    """It names no object of the API."""
    mirror = {"annotations": {"kubernetes.io/config.mirror": "x"}}
    found = await CopyPullSecret().draft(
        await _given(bodies=[failing("kube-1", kind="", metadata=mirror), account()])
    )
    assert isinstance(found, Unfit)
    assert "static" in found.why
