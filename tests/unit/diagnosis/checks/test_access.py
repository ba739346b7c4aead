"""Who is let in, as whom, and what a refusal proves."""

from typing import Any

import pytest

from bot.diagnosis.checks.claims import Case
from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Step
from tests import cases
from tests.cases import secret
from tests.fakes.cluster import FakeReader
from tests.fakes.registry import FakeProber, answered, failed, tagged


GHCR = "ghcr.io/acme/web:1.4"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1.4"
HUB = "docker.io/acme/web:1.4"


def _case(
    answers: dict[str, Any], *named: str, image: str = cases.IMAGE, loose: tuple[str, ...] = ()
) -> Case:
    key = "https://index.docker.io/v1/" if image == HUB else image.partition("/")[0]
    pod = cases.pod(image=image, pull_secrets=named)
    held = [secret(name, key, entry={"fingerprint": name}) for name in (*named, *loose)]
    reader = FakeReader(pods=[pod], secrets=held)
    return cases.case(cases.failure("unauthorized", pod), reader, prober=FakeProber(answers))


@pytest.mark.parametrize(
    ("manifest", "answer"),
    [
        (answered(200), "yes"),
        (answered(401), "no"),
        (answered(403, Step.TOKEN), "no"),
        (answered(404), "unknown"),
        (answered(503), "unknown"),
        (failed(Fault.CONNECT_TIMEOUT), "unknown"),
        (Unread("registry r", "not asked", "--allow-registry r"), "unknown"),
    ],
)
async def test_anonymous_pull_works_or_is_refused(manifest: Any, answer: str) -> None:
    """A missing image is neither."""
    about = _case({"manifest anonymous": manifest, "manifest": answered(401)}, "regcred")
    assert await cases.answer("anonymous-pull-works", about) == answer


BEARER: dict[str, Any] = {"scheme": "Bearer", "challenged": True}
BASIC: dict[str, Any] = {"scheme": "Basic", "challenged": True}


@pytest.mark.parametrize(
    ("manifest", "login", "answer"),
    [
        (answered(200, **BASIC), None, "yes"),
        (answered(404, **BASIC), None, "yes"),
        (failed(Fault.GARBLED, Step.MANIFEST, **BASIC), answered(200, Step.BASE, **BASIC), "unknown"),
        (failed(Fault.TOO_LARGE, Step.MANIFEST, **BASIC), answered(200, Step.BASE, **BASIC), "unknown"),
        (answered(418, **BASIC), answered(418, Step.BASE, **BASIC), "unknown"),
        (answered(418, **BASIC), answered(200, Step.BASE, **BASIC), "yes"),
        (answered(401, **BASIC), None, "no"),
        (answered(403, **BASIC), answered(200, Step.BASE, **BASIC), "yes"),
        (answered(403, **BASIC), answered(403, Step.BASE, **BASIC), "no"),
        (answered(403, **BASIC), None, "unknown"),
        (answered(200, **BEARER), None, "yes"),
        (answered(401, **BEARER), None, "yes"),
        (answered(401, Step.TOKEN, challenged=True), None, "no"),
        (answered(403, Step.TOKEN, challenged=True), answered(200, Step.TOKEN, **BEARER), "yes"),
        (answered(403, Step.TOKEN, challenged=True), answered(401, Step.TOKEN, **BASIC), "no"),
        (answered(403, Step.TOKEN, challenged=True), None, "unknown"),
        (answered(200), answered(200, Step.BASE), "unknown"),
        (answered(503, **BASIC), answered(503, Step.BASE, **BASIC), "unknown"),
        (answered(429, **BASIC), answered(429, Step.BASE, **BASIC), "unknown"),
        (
            failed(Fault.UNSAFE_TOKEN_SERVICE, Step.TOKEN),
            failed(Fault.UNSAFE_TOKEN_SERVICE, Step.TOKEN),
            "unknown",
        ),
        (Unread("registry r", "not asked", "--probe credentials"), None, "unknown"),
    ],
)
async def test_credential_is_known_or_refused(manifest: Any, login: Any, answer: str) -> None:
    """A 403 alone may mean the password or the right; a bare login tells which."""
    answers = {"manifest": manifest, **({"login": login} if login else {})}
    assert await cases.answer("credential-accepted", _case(answers, "regcred")) == answer


async def test_one_accepted_credential_is_enough() -> None:
    """The kubelet tries each in turn."""
    answers = {
        "manifest secret:shop/stale": answered(401, **BASIC),
        "manifest secret:shop/good": answered(200, **BASIC),
    }
    evidence = await cases.ask("credential-accepted", _case(answers, "stale", "good"))
    assert (evidence.answer, evidence.details["secret"]) == ("yes", "good")


async def test_every_refused_secret_is_named() -> None:
    """All of them have to be mended."""
    evidence = await cases.ask("credential-accepted", _case({"manifest": answered(401, **BASIC)}, "a", "b"))
    assert (evidence.answer, evidence.details["secret"]) == ("no", "a, b")


async def test_unasked_credential_names_the_flag() -> None:
    """It may be right or wrong; the flag would tell."""
    unasked = Unread("registry r", "not asked with credentials", "--probe credentials")
    evidence = await cases.ask("credential-accepted", _case({"manifest": unasked}, "a"))
    assert (evidence.answer, evidence.would_answer) == ("unknown", "--probe credentials")


@pytest.mark.parametrize(("image", "says"), [(ECR, "node's own"), (cases.IMAGE, "no pull secret")])
async def test_nothing_to_try_says_why(image: str, says: str) -> None:
    """A node's identity cannot be borrowed."""
    evidence = await cases.ask("credential-accepted", _case({"manifest": answered(401)}, image=image))
    assert evidence.answer == "unknown"
    assert says in evidence.why_unknown


async def test_unreadable_secret_is_what_keeps_it_open() -> None:
    """The right to read it would tell."""
    pod = cases.pod(pull_secrets=("a",))
    reader = FakeReader(pods=[pod], secrets=Unread("secret a in shop", "forbidden", "get secrets (2a)"))
    about = cases.case(cases.failure("unauthorized", pod), reader, prober=FakeProber())
    assert (await cases.ask("credential-accepted", about)).would_answer == "get secrets (2a)"


@pytest.mark.parametrize(
    ("manifest", "image", "extra", "answer"),
    [
        (answered(200, **BASIC), cases.IMAGE, {}, "yes"),
        (answered(404, **BASIC), cases.IMAGE, {}, "yes"),
        (answered(403, **BASIC), cases.IMAGE, {"login": answered(200, Step.BASE, **BASIC)}, "no"),
        (answered(401, **BEARER), HUB, {}, "unknown"),
        (answered(401, **BEARER), HUB, {"tags": tagged("1")}, "no"),
        (answered(401, **BASIC), cases.IMAGE, {}, "unknown"),
        (answered(404, **BEARER), GHCR, {}, "unknown"),
        (answered(500, **BASIC), cases.IMAGE, {"login": answered(200, Step.BASE, **BASIC)}, "unknown"),
    ],
)
async def test_permission_is_missing_only_for_a_known_credential(
    manifest: Any, image: str, extra: dict[str, Any], answer: str
) -> None:
    """Where a missing repository is refused alike, somebody else must have seen it."""
    about = _case({"manifest": manifest, **extra}, "regcred", image=image)
    assert await cases.answer("repository-permitted", about) == answer


@pytest.mark.parametrize(
    ("answers", "answer"),
    [
        ({"manifest secret:shop/loose": answered(200, **BASIC)}, "yes"),
        ({"manifest secret:shop/loose": answered(401, **BASIC)}, "no"),
        ({}, "unknown"),
    ],
)
async def test_unattached_secret_is_tried_before_it_is_attached(answers: dict[str, Any], answer: str) -> None:
    """The remedy is proven, or proven to be none."""
    assert await cases.answer("unattached-secret-works", _case(answers, loose=("loose",))) == answer


async def test_attached_secrets_are_not_tried_again_as_loose_ones() -> None:
    """They have their own check."""
    about = _case({"manifest": answered(200)}, "regcred")
    assert await cases.answer("unattached-secret-works", about) == "unknown"


@pytest.mark.parametrize(
    "check",
    ["anonymous-pull-works", "credential-accepted", "repository-permitted", "unattached-secret-works"],
)
async def test_image_that_does_not_parse_is_unknown(check: str) -> None:
    """There is nothing to ask for."""
    about = cases.case(cases.failure("invalid-reference", image="Not Valid"), prober=FakeProber())
    assert await cases.answer(check, about) == "unknown"


@pytest.mark.parametrize(
    "second", [answered(429, **BASIC), failed(Fault.RESPONSE_TIMEOUT), failed(Fault.LEFT_ALONE)]
)
async def test_permission_stays_open_while_one_credential_was_not_heard(second: Any) -> None:
    """The kubelet would try it too, and it may be the one that opens the repository."""
    answers = {
        "manifest secret:shop/a": answered(403, **BASIC),
        "login": answered(200, Step.BASE, **BASIC),
        "manifest secret:shop/b": second,
        "login secret:shop/b": second,
    }
    assert await cases.answer("repository-permitted", _case(answers, "a", "b")) == "unknown"


MANY = tuple(f"s{number}" for number in range(9))


@pytest.mark.parametrize(
    ("check", "manifest"),
    [
        ("credential-accepted", answered(401, **BASIC)),
        ("repository-permitted", answered(403, **BASIC)),
    ],
)
async def test_refusal_of_the_first_credentials_proves_nothing_of_the_rest(check: str, manifest: Any) -> None:
    """More match than are tried: one of the others may be good."""
    answers = {"manifest": manifest, "login": answered(200, Step.BASE, **BASIC)}
    evidence = await cases.ask(check, _case(answers, *MANY))
    assert evidence.answer == "unknown"
    assert "1 more credentials match" in evidence.why_unknown
    assert await cases.answer(check, _case(answers, *MANY[:8])) == "no"


async def test_refusal_of_the_first_loose_secrets_proves_nothing_of_the_rest() -> None:
    """Three are tried, and the fourth may be the right one."""
    refused = {"manifest": answered(401, **BASIC)}
    assert await cases.answer("unattached-secret-works", _case(refused, loose=("a", "b", "c"))) == "no"
    assert (
        await cases.answer("unattached-secret-works", _case(refused, loose=("a", "b", "c", "d"))) == "unknown"
    )
