"""set-image: the image that was meant, or why nobody knows it well enough."""

import dataclasses
from typing import Any

import pytest

from bot.facts import image as images
from bot.facts.change import Pledge, Risk
from bot.facts.objects import Unread
from bot.remediation.actions.set_image import SetImage
from bot.remediation.drafting import Draft, Limits, Situation, Unfit
from tests.fakes import registry as replies
from tests.fakes.registry import FakeProber
from tests.imagery import AMD, ARM, DIGEST, REPOSITORY, Shop, node, runs, secret, there, wrong
from tests.situations import deployed, evidence


NAMED = f"{REPOSITORY}:1.4.2"
NEAR = f"{REPOSITORY}:1.4.1"


async def asked(*bodies: dict[str, Any], image: str = NAMED, **changes: Any) -> Situation:
    """A Deployment that names an image which is not there."""
    told = {"image": image, "reference": images.parsed(image)}
    login = changes.pop("login", ())
    return await wrong(*deployed(image=image, login=login), *bodies, failure=told, **changes)


async def drafted(*bodies: dict[str, Any], **changes: Any) -> Draft:
    """What it would do."""
    found = await SetImage().draft(await asked(*bodies, **changes))
    assert isinstance(found, Draft), found
    return found


async def refused(*bodies: dict[str, Any], **changes: Any) -> Unfit:
    """Why it does nothing."""
    found = await SetImage().draft(await asked(*bodies, **changes))
    assert isinstance(found, Unfit), found
    return found


async def test_the_nearest_tag_that_is_proven_is_set() -> None:
    """With what it names now, and which others are as near."""
    draft = await drafted(prober=Shop("1.4.1", "1.4.3", a=there(NEAR)))
    assert draft.pledge == Pledge(NEAR, DIGEST, "linux/amd64")
    assert draft.risk is Risk.MEDIUM
    assert draft.warnings == ("It is the nearest tag.", "As near are: 1.4.3.")
    assert NEAR in draft.writes[0].patch
    assert NAMED in draft.writes[0].back


async def test_a_tag_that_is_not_for_every_node_is_passed_over() -> None:
    """The next one is taken, where it is."""
    nodes = (node("a"), node("b", "arm64"))
    prober = Shop("1.4.1", "1.4.3", a=there(NEAR, AMD), b=there(f"{REPOSITORY}:1.4.3", AMD, ARM))
    draft = await drafted(*nodes, prober=prober)
    assert draft.pledge == Pledge(f"{REPOSITORY}:1.4.3", DIGEST, "linux/amd64,linux/arm64")
    found = await refused(*nodes, prober=Shop("1.4.1", a=there(NEAR, AMD)))
    assert "is not made for linux/arm64" in found.why


async def test_an_older_one_is_a_warning() -> None:
    """Older than what runs, than what nodes hold, than the failing one itself where that ran."""
    older = Shop("1.4.1", a=there(NEAR))
    told = "It is older than what ran here: 1.4.2."
    assert told in (await drafted(runs("web-0", NAMED), prober=older)).warnings
    assert told in (await drafted(node("a", "amd64", NAMED), prober=older)).warnings
    ran = evidence(image_ran_before={"where": "this-pod-ran"})
    assert told in (await drafted(prober=older, told=ran)).warnings
    newer = Shop("1.4.3", a=there(f"{REPOSITORY}:1.4.3"))
    assert told not in (await drafted(prober=newer, told=ran)).warnings


@pytest.mark.parametrize(
    ("image", "tag", "why"),
    [
        (NAMED, "1.4.2-rc1", "two letters"),
        (NAMED, "1.5.2", "another release line"),
        (f"{REPOSITORY}:pr-4711", "pr-4712", "another release line"),
    ],
)
async def test_a_guess_that_is_too_far_is_words(image: str, tag: str, why: str) -> None:
    """With the command for whoever knows better, though the tag is there and could be pulled."""
    there_it_is = there(f"{REPOSITORY}:{tag}")
    found = await refused(image=image, prober=Shop(tag, a=there_it_is))
    assert why in found.why
    assert found.commands[0].argv[-1] == f"app={REPOSITORY}:{tag}"


async def test_what_is_not_proven_is_words_with_what_would_prove_it() -> None:
    """Nobody was asked, the pod's secret cannot be read, nodes do not tell their platform."""
    unread = Unread("registry", "not asked", "--probe credentials")
    answers = {f"{NEAR} manifest": unread, "manifest": replies.answered(404), "tags": replies.tagged("1.4.1")}
    found = await refused(prober=FakeProber(answers))
    assert "(what would tell: --probe credentials)" in found.why
    reader = {"secrets": Unread("secrets", "forbidden", "get secrets")}
    found = await refused(prober=Shop("1.4.1", a=there(NEAR)), login=("login",), reader=reader)
    assert "(what would tell: get secrets)" in found.why
    reader = {"nodes": Unread("nodes", "forbidden", "list nodes")}
    found = await refused(prober=Shop("1.4.1", a=there(NEAR)), reader=reader)
    assert "(what would tell: list nodes)" in found.why


async def test_what_the_pods_secret_does_not_open_is_no_candidate() -> None:
    """Though everybody else gets it."""
    denied = {f"{NEAR} manifest secret:shop/login": replies.answered(403)}
    prober = Shop("1.4.1", a=there(NEAR), b=denied)
    found = await refused(prober=prober, login=("login",), secrets=(secret(),))
    assert "do not open it" in found.why


async def test_another_repository_must_have_run_here_or_be_listed() -> None:
    """A name that somebody wrote once is not enough."""
    image, meant = "registry.example/shop/webre:1.4", "registry.example/shop/weber:1.4"
    prober = Shop(a=there(meant))
    draft = await drafted(runs("other-1", "registry.example/shop/weber:1.3"), image=image, prober=prober)
    assert draft.risk is Risk.HIGH
    assert draft.pledge
    assert draft.pledge.image == meant
    assert "It comes from another repository: registry.example/shop/weber." in draft.warnings
    elsewhere = runs("other-1", "registry.example/shop/weber:1.3", namespace="own")
    found = await refused(elsewhere, image=image, prober=prober)
    assert "are not listed to us" in found.why
    held = node("a", "amd64", "registry.example/shop/weber:1.3")
    found = await refused(held, image=image, prober=prober)
    assert "no rule lists it" in found.why
    listed = Limits(repositories=("registry.example/shop/*",))
    draft = await drafted(held, image=image, prober=prober, limits=listed)
    assert draft.pledge
    assert draft.pledge.image == meant


async def test_a_retired_registrys_new_home_must_be_known_here_too() -> None:
    """Its old name is known where it ran; the settings may list the new one."""
    old, new = "k8s.gcr.io/pause:3.2", "registry.k8s.io/pause:3.2"
    prober = Shop(a=there(new), b=there(old))
    found = await refused(image=old, prober=prober)
    assert "no rule lists it" in found.why
    listed = Limits(repositories=("registry.k8s.io/*",))
    for draft in (
        await drafted(image=old, prober=prober, limits=listed),
        await drafted(runs("pause-1", "k8s.gcr.io/pause:3.1"), image=old, prober=prober),
    ):
        assert draft.pledge
        assert draft.pledge.image == new
        assert draft.warnings[0] == "It is where k8s.gcr.io has moved to."


async def test_an_invalid_reference_is_corrected_where_it_can_only_mean_one_thing() -> None:
    """The corrected image is proven like any other."""
    image = "registry.example/Shop/web:1.4.1"
    draft = await drafted(image=image, prober=Shop(a=there(NEAR)), symptom="invalid-reference")
    assert draft.pledge
    assert draft.pledge.image == NEAR
    found = await refused(image=image, prober=Shop(), symptom="invalid-reference")
    assert "is not there" in found.why
    found = await refused(image="registry.example/web:${TAG}", prober=Shop())
    assert "no correction" in found.why


async def test_a_digest_is_replaced_by_what_its_tag_names_now() -> None:
    """Pinned as it was, and said to be other content."""
    gone = f"{NEAR}@sha256:{'9' * 64}"
    now = f"{NEAR}@{DIGEST}"
    draft = await drafted(image=gone, prober=Shop(a=there(NEAR), b=there(now)))
    assert draft.pledge
    assert draft.pledge.image == now
    assert "other content" in draft.warnings[0]


async def test_an_image_for_other_machines_gets_a_tag_for_these() -> None:
    """Its own tag is there, and no use."""
    nodes = (node("a", "arm64"),)
    prober = Shop("1.4.2", "1.4.3", a=there(NAMED, AMD), b=there(f"{REPOSITORY}:1.4.3", ARM))
    draft = await drafted(*nodes, prober=prober, symptom="platform-mismatch")
    assert draft.pledge == Pledge(f"{REPOSITORY}:1.4.3", DIGEST, "linux/arm64")


async def test_an_image_that_can_be_pulled_by_now_is_left_alone() -> None:
    """It was pushed meanwhile: nothing is to be changed."""
    found = await refused(prober=Shop("1.4.1", "1.4.2", a=there(NEAR), b=there(NAMED)))
    assert "as it is by now" in found.why


async def test_only_a_few_are_asked_for() -> None:
    """A registry with a hundred near tags is not asked for all of them."""
    prober = Shop(*(f"1.4.{number}" for number in range(3, 60)))
    found = await refused(prober=prober)
    assert "no image is certain enough" in found.why
    assert prober.asked["manifest"] < 30


async def test_nothing_that_can_be_edited_is_told() -> None:
    """As the template says it."""
    seen = await asked(prober=Shop("1.4.1", a=there(NEAR)))
    other = dataclasses.replace(seen.diagnosis.failure, image=f"{REPOSITORY}:7")
    moved = dataclasses.replace(seen, diagnosis=dataclasses.replace(seen.diagnosis, failure=other))
    found = await SetImage().draft(moved)
    assert isinstance(found, Unfit)
    assert "somebody changed it" in found.why
