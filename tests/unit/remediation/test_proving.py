"""Whether an image would be pulled as the kubelet pulls."""

from dataclasses import replace
from typing import Any

import pytest

from bot.facts import image as images
from bot.facts.change import Pledge
from bot.facts.image import Platform
from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Manifest, Step, Testimony
from bot.remediation import proving
from bot.remediation.proving import Doubt, Proof
from tests.fakes import registry as replies
from tests.fakes.registry import FakeProber
from tests.imagery import AMD, ARM, DIGEST, REPOSITORY, Shop, secret, there, wrong
from tests.situations import deployed


RIGHT = f"{REPOSITORY}:1.4.1"


async def proof(
    prober: FakeProber, *platforms: Platform, image: str = RIGHT, **changes: Any
) -> Proof | Doubt:
    """What came of it."""
    seen = await wrong(*deployed(login=changes.pop("login", ())), prober=prober, **changes)
    return await proving.proven(proving.case_of(seen), images.parse(image), platforms or (AMD,))


async def test_an_image_that_everybody_gets_is_proven_where_no_secret_is_for_it() -> None:
    """With what its tag names, for the plan to hold on to."""
    found = await proof(Shop(a=there(RIGHT)))
    assert isinstance(found, Proof)
    assert found.pledge == Pledge(RIGHT, DIGEST, "linux/amd64")


async def test_the_pods_own_credential_must_get_it() -> None:
    """That everybody gets it proves nothing: the kubelet asks with a secret where one matches."""
    own = {"login": ("login",), "secrets": (secret(),)}
    assert isinstance(await proof(Shop(a=there(RIGHT, who="secret:shop/login")), **own), Proof)
    refused = {f"{RIGHT} manifest secret:shop/login": replies.answered(401)}
    found = await proof(Shop(a=there(RIGHT), b=refused), **own)
    assert isinstance(found, Doubt)
    assert found.is_sure
    assert "do not open it" in found.why
    other = (secret(host="other.example"),)
    assert isinstance(await proof(Shop(a=there(RIGHT)), login=("login",), secrets=other), Proof)


async def test_a_secret_that_cannot_be_read_leaves_it_open() -> None:
    """With the right that would let it be read."""
    reader = {"secrets": Unread("secrets in shop", "forbidden", "get secrets in shop")}
    found = await proof(Shop(a=there(RIGHT)), login=("login",), reader=reader)
    assert found == Doubt("pull secret login of the pod cannot be read: forbidden", "get secrets in shop")
    assert "what would tell: get secrets" in str(found)


async def test_a_secret_that_fails_every_pull_is_told() -> None:
    """Another image would not be pulled either."""
    broken = secret(flaw="bad-base64", flaw_fails_pull=True)
    found = await proof(Shop(a=there(RIGHT)), login=("login",), secrets=(broken,))
    assert isinstance(found, Doubt)
    assert found.is_sure


@pytest.mark.parametrize(
    ("answer", "why", "is_sure"),
    [
        (replies.answered(404), "is not there", True),
        (replies.answered(401), "no pull secret of the pod is for it", True),
        (replies.answered(429), "was not told", False),
        (replies.answered(503), "was not told", False),
        (replies.failed(Fault.DNS_NXDOMAIN, Step.MANIFEST), "was not told", False),
        (Unread("registry", "not asked", "--probe credentials"), "was not told", False),
        (replies.answered(200), "only the headers", False),
        (
            replies.single(kind="application/vnd.cncf.helm.config.v1+json", is_image=False),
            "is no container image",
            True,
        ),
        (
            Testimony(replies.told(), manifest=Manifest(DIGEST, "application/json")),
            "only the headers",
            False,
        ),
        (
            Testimony(replies.told(), manifest=Manifest("", "application/json", is_image=True)),
            "only the headers",
            False,
        ),
    ],
)
async def test_what_is_no_proof_is_told_as_what_it_is(
    answer: Testimony | Unread, why: str, is_sure: bool
) -> None:
    """A definite no, or that nobody could tell."""
    found = await proof(FakeProber({"manifest": answer}))
    assert isinstance(found, Doubt)
    assert why in found.why
    assert found.is_sure is is_sure


async def test_a_registry_whose_nodes_have_credentials_of_their_own_is_not_told_by_ours() -> None:
    """They may well get it."""
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"
    found = await proof(FakeProber({"manifest": replies.answered(401)}), image=image)
    assert isinstance(found, Doubt)
    assert not found.is_sure


async def test_every_platform_must_be_there() -> None:
    """Of an index and of a single manifest."""
    both = Shop(a=there(RIGHT, AMD, ARM))
    assert isinstance(await proof(both, AMD, ARM), Proof)
    found = await proof(Shop(a=there(RIGHT, AMD)), AMD, ARM)
    assert found == Doubt(f"{RIGHT} is not made for linux/arm64", is_sure=True)
    other = Platform("linux", "s390x")
    assert await proof(both, other) == Doubt(f"{RIGHT} is not made for linux/s390x", is_sure=True)


async def test_an_index_is_not_believed_where_its_entry_is_not_told() -> None:
    """What it lists may be missing; and what it does not list may be there, where it holds more than it tells."""
    answers = there(RIGHT, AMD, ARM)
    answers[f"{RIGHT} config"] = replies.answered(404, Step.MANIFEST)
    found = await proof(FakeProber(answers))
    assert isinstance(found, Doubt)
    assert not found.is_sure
    told = answers[f"{RIGHT} manifest"]
    assert isinstance(told, Testimony)
    assert told.manifest
    partial = replace(told, manifest=replace(told.manifest, platforms=(ARM,), partial=True))
    found = await proof(FakeProber({f"{RIGHT} manifest": partial}))
    assert isinstance(found, Doubt)
    assert not found.is_sure


async def test_more_credentials_than_are_tried_leave_it_open() -> None:
    """The kubelet would try them all."""
    many = tuple(secret(f"login-{number}") for number in range(12))
    found = await proof(
        FakeProber({"manifest": replies.answered(401)}), login=[each.name for each in many], secrets=many
    )
    assert isinstance(found, Doubt)
    assert not found.is_sure
