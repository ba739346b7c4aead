"""Whether an image is there: who may say NO, and what the nearest is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.diagnosis.checks.claims import Case
from bot.facts.evidence import Answer
from bot.facts.image import Platform
from bot.facts.objects import Node
from bot.facts.testimony import Fault, Manifest, Step, Testimony
from tests import cases
from tests.cases import secret
from tests.fakes.cluster import NOW, FakeReader
from tests.fakes.registry import FakeProber, answered, failed, index, single, tagged, told
from tests.fakes.store import FakeStore


AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")
HUB = "docker.io/acme/web:1.4"
OPEN = answered(200, Step.BASE)
CLOSED = answered(401, Step.BASE)


def _case(answers: dict[str, Any], image: str = cases.IMAGE, *secrets: str, **changes: Any) -> Case:
    pod = cases.pod(image=image, pull_secrets=secrets, **changes)
    registry = "https://index.docker.io/v1/" if image.startswith("docker.io") else image.partition("/")[0]
    held = [secret(name, registry, entry={"fingerprint": name}) for name in secrets]
    reader = FakeReader(pods=[pod], secrets=held, nodes=[Node("node-a", AMD)])
    return cases.case(cases.failure("manifest-not-found", pod), reader, prober=FakeProber(answers))


TOKEN: dict[str, Any] = {"scheme": "Bearer", "challenged": True}


async def _both(about: Case) -> tuple[str, str]:
    return await cases.answer("repository-exists", about), await cases.answer("manifest-exists", about)


def _no_tag(**changes: Any) -> Testimony:
    return answered(404, code="MANIFEST_UNKNOWN", **changes)


def _no_name(step: Step = Step.TAGS, **changes: Any) -> Testimony:
    return answered(404, step, code="NAME_UNKNOWN", **changes)


async def test_image_that_somebody_gets_is_there() -> None:
    """The first identity that gets it settles both."""
    assert await _both(_case({"manifest": answered(200)})) == ("yes", "yes")


async def test_tag_is_missing_for_whoever_may_list_the_tags() -> None:
    """The list proves that the 404 was not a way to hide the repository."""
    assert await _both(_case({"manifest": _no_tag(), "tags": tagged("1.3")})) == ("yes", "no")


async def test_repository_without_tags_is_still_one() -> None:
    """All its tags were deleted."""
    assert await _both(_case({"manifest": _no_tag(), "tags": tagged()})) == ("yes", "no")


async def test_repository_is_missing_where_nobody_is_asked_for_credentials() -> None:
    """An open registry hides nothing."""
    assert await _both(_case({"base": OPEN, "manifest": _no_tag(), "tags": _no_name()})) == ("no", "no")


@pytest.mark.parametrize(
    "answers",
    [
        {"base": CLOSED, "manifest": _no_tag(), "tags": _no_name()},
        {"base": OPEN, "manifest": _no_tag(challenged=True), "tags": _no_name(challenged=True)},
        {"base": CLOSED, "manifest": answered(401), "tags": answered(401, Step.TAGS)},
        {"base": CLOSED, "manifest": answered(403, Step.TOKEN), "tags": answered(403, Step.TOKEN)},
        {"base": OPEN, "manifest": answered(404), "tags": answered(404, Step.TAGS), "x": None},
    ],
    ids=["404 at a closed registry", "404 after a token", "401", "token refused", "404 without a code"],
)
async def test_private_or_missing_is_not_decided(answers: dict[str, Any]) -> None:
    """A 404 for what is private and a 401 for what is missing are both in use."""
    repository, _ = await _both(_case(answers))
    assert repository == "unknown"


async def test_private_or_missing_says_so_and_what_would_help() -> None:
    """The reader learns why it stays open."""
    about = _case({"base": CLOSED, "manifest": answered(401), "tags": answered(401, Step.TAGS)}, HUB)
    evidence = await cases.ask("repository-exists", about)
    assert "alike" in evidence.why_unknown
    assert evidence.would_answer


async def test_repository_is_missing_for_a_credential_that_the_registry_knows() -> None:
    """Whoever is logged in is told the truth, where the registry does not hide."""
    known = _no_name(scheme="Basic", challenged=True)
    about = _case(
        {
            "manifest secret:shop/regcred": answered(
                404, code="NAME_UNKNOWN", scheme="Basic", challenged=True
            ),
            "manifest anonymous": answered(401),
            "tags secret:shop/regcred": known,
            "tags anonymous": answered(401, Step.TAGS),
        },
        cases.IMAGE,
        "regcred",
    )
    assert await _both(about) == ("no", "no")


async def test_registry_that_hides_is_not_believed_even_then() -> None:
    """GitHub answers 404 for what the asker may not see."""
    about = _case(
        {
            "manifest": answered(404, code="NAME_UNKNOWN", scheme="Bearer", challenged=True),
            "tags": _no_name(scheme="Bearer", challenged=True),
        },
        "ghcr.io/acme/web:1.4",
    )
    assert await _both(about) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("tags", "manifest"),
    [
        (answered(404, Step.TAGS, code="MANIFEST_UNKNOWN", **TOKEN), "unknown"),
        (answered(401, Step.TAGS), "no"),
    ],
)
async def test_404_for_the_tags_as_well_may_hide_the_whole_repository(tags: Any, manifest: str) -> None:
    """As GitHub does, and nobody knows who else; a list that is merely refused hides nothing."""
    secret_s = {"manifest secret:shop/regcred": _no_tag(**TOKEN), "tags secret:shop/regcred": tags}
    nobody_s = {"manifest anonymous": answered(401), "tags anonymous": answered(401, Step.TAGS)}
    about = _case({**secret_s, **nobody_s}, cases.IMAGE, "regcred")
    assert await _both(about) == ("unknown", manifest)


async def test_hub_answers_404_only_where_it_can_be_read() -> None:
    """A token that opens nothing ends in 401 there; only HEAD is asked, which has no code."""
    about = _case({"manifest": answered(404, scheme="Bearer", challenged=True), "tags": answered(401)}, HUB)
    assert await _both(about) == ("yes", "no")


async def test_refusal_where_nothing_is_private_means_missing() -> None:
    """Docker Hub's own images are public, every one."""
    refused = answered(401, scheme="Bearer", challenged=True)
    about = _case({"manifest": refused, "tags": refused}, "docker.io/library/ngnix:1")
    assert await _both(about) == ("no", "no")


@pytest.mark.parametrize(
    "fault", [Fault.CONNECT_TIMEOUT, Fault.NOT_RECORDED, Fault.GARBLED, Fault.LEFT_ALONE]
)
async def test_no_answer_is_never_no(fault: Fault) -> None:
    """Whatever went wrong on the way."""
    about = _case({"manifest": failed(fault), "tags": failed(fault, Step.TAGS)})
    assert await _both(about) == ("unknown", "unknown")


async def test_evidence_says_with_which_secret_it_was_asked() -> None:
    """An answer to a credential is not one to everybody."""
    answers = {"manifest secret:shop/regcred": answered(200), "manifest anonymous": answered(401)}
    evidence = await cases.ask("manifest-exists", _case(answers, cases.IMAGE, "regcred"))
    assert evidence.details["secret"] == "regcred"


async def test_nearest_tag_is_one_that_the_node_can_run() -> None:
    """Of two near ones the first that is there for its platform."""
    about = _case(
        {
            "tags": tagged("1.4.1", "1.40", "9"),
            "registry.example/shop/web:1.40 manifest": index(ARM),
            "registry.example/shop/web:1.4.1 manifest": index(AMD, ARM),
        }
    )
    evidence = await cases.ask("similar-tag-exists", about)
    assert evidence.answer == "yes"
    assert (evidence.details["nearest"], evidence.details["pullable"]) == ("1.4.1", "yes")


async def test_nearest_tag_for_other_platforms_alone_is_none() -> None:
    """What cannot run there is no way out."""
    about = _case({"tags": tagged("1.40"), "registry.example/shop/web:1.40 manifest": index(ARM)})
    assert await cases.answer("similar-tag-exists", about) == "no"


async def test_nearest_tag_whose_platform_is_not_known_is_named_without_promise() -> None:
    """It exists; whether it runs there was not learned."""
    evidence = await cases.ask("similar-tag-exists", _case({"tags": tagged("1.40")}))
    assert (evidence.details["nearest"], evidence.details["pullable"]) == ("1.40", "")


async def test_single_manifest_is_pullable_by_its_config() -> None:
    """Its platform stands nowhere else."""
    about = _case(
        {
            "tags": tagged("1.40"),
            "registry.example/shop/web:1.40 manifest": single(),
            "config": Testimony(told(Step.CONFIG), platform=AMD),
        }
    )
    assert (await cases.ask("similar-tag-exists", about)).details["pullable"] == "yes"


async def test_no_similar_tag_needs_the_whole_list() -> None:
    """A list that was cut proves no absence."""
    assert await cases.answer("similar-tag-exists", _case({"tags": tagged("9", "10")})) == "no"
    assert await cases.answer("similar-tag-exists", _case({"tags": tagged("9", complete=False)})) == "unknown"
    assert await cases.answer("similar-tag-exists", _case({"tags": answered(401, Step.TAGS)})) == "unknown"


async def test_digest_of_a_tag_is_compared_with_what_the_tag_has_now() -> None:
    """The digest was overwritten: its tag names the present one."""
    gone, now = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    there = Testimony(told(), manifest=Manifest(now, "application/vnd.oci.image.manifest.v1+json"))
    about = _case({"registry.example/shop/web:1.4 manifest": there}, f"registry.example/shop/web:1.4@{gone}")
    evidence = await cases.ask("similar-tag-exists", about)
    assert evidence.details["nearest"] == now
    assert (
        await cases.answer("similar-tag-exists", _case({}, f"registry.example/shop/web@{gone}")) == "unknown"
    )


def _rollout(age: timedelta, *tags: str) -> Case:
    revision = cases.revision(1, "registry.example/shop/web:1.5", created=NOW - age)
    pod = cases.pod(image="registry.example/shop/web:1.5", owners=cases.of_revision(1), created=NOW - age)
    reader = FakeReader(pods=[pod], owners=[revision])
    prober = FakeProber({"tags": tagged(*tags)})
    return cases.case(cases.failure("manifest-not-found", pod), reader, prober=prober)


@pytest.mark.parametrize(
    ("age", "tags", "answer"),
    [
        (timedelta(minutes=5), ("1.3", "1.4"), "yes"),
        (timedelta(minutes=5), ("1.3",), "unknown"),
        (timedelta(hours=5), ("1.4",), "unknown"),
    ],
)
async def test_tag_that_follows_the_newest_in_a_young_rollout(
    age: timedelta, tags: tuple[str, ...], answer: str
) -> None:
    """A pipeline that pushes after it deploys is done within half an hour."""
    assert await cases.answer("tag-follows-newest", _rollout(age, *tags)) == answer


async def test_near_repository_that_has_the_tag_is_named() -> None:
    """What was most likely meant, and that it is there."""
    pod = cases.pod(image="registry.example/shop/webb:1.4")
    meant = cases.pod("ok", "registry.example/shop/webfront:1.4", runs=NOW)
    near = cases.pod("near", "registry.example/shopp/webb:1.3", runs=NOW)
    prober = FakeProber({"registry.example/shopp/webb:1.4 manifest": index(AMD)})
    reader = FakeReader(pods=[pod, meant, near], nodes=[Node("node-a", AMD)])
    evidence = await cases.ask(
        "near-repository-has-tag", cases.case(cases.failure("manifest-not-found", pod), reader, prober=prober)
    )
    if evidence.answer == "yes":
        assert evidence.details["image"] == "registry.example/shopp/webb:1.4"
    else:
        assert evidence.why_unknown


@pytest.mark.parametrize(
    ("message", "layers", "answer"),
    [
        ("blob sha256:" + "c" * 64, Testimony(told(Step.LAYER, 404), missing=("sha256:" + "c" * 64,)), "no"),
        ("blob sha256:" + "c" * 64, answered(200, Step.LAYER), "yes"),
        ("blob sha256:" + "c" * 64, failed(Fault.DNS_NXDOMAIN, Step.LAYER), "unknown"),
        ("blob unknown", answered(200, Step.LAYER), "unknown"),
    ],
)
async def test_layers_are_those_that_the_message_names(message: str, layers: Testimony, answer: str) -> None:
    """No others are asked for."""
    prober = FakeProber({"layers": layers})
    about = cases.case(cases.failure("blob-missing", message=message), prober=prober)
    assert await cases.answer("layers-present", about) == answer
    assert set(prober.digests) <= {"sha256:" + "c" * 64}


@pytest.mark.parametrize(
    "check",
    [
        "repository-exists",
        "manifest-exists",
        "similar-tag-exists",
        "layers-present",
        "near-repository-has-tag",
        "tag-appeared-late-before",
        "tag-follows-newest",
    ],
)
async def test_image_that_does_not_parse_is_unknown(check: str) -> None:
    """There is nothing to ask for."""
    about = cases.case(cases.failure("invalid-reference", image="Not Valid"), prober=FakeProber())
    assert await cases.answer(check, about) == "unknown"


@pytest.mark.parametrize(
    ("layers", "answer"),
    [
        (answered(200, Step.LAYER, redirected=True, host="cdn.example"), "yes"),
        (answered(503, Step.LAYER, redirected=True, host="cdn.example"), "no"),
        (failed(Fault.DNS_NXDOMAIN, Step.LAYER, redirected=True, host="cdn.example"), "no"),
        (failed(Fault.UNSAFE_REDIRECT, Step.LAYER, redirected=True, host="cdn.example"), "unknown"),
        (answered(200, Step.LAYER), "unknown"),
        (None, "unknown"),
    ],
)
async def test_download_host_is_where_a_layer_redirects_to(layers: Testimony | None, answer: str) -> None:
    """Not the registry's own host, and not one where we would not go."""
    answers: dict[str, Any] = {"manifest": single(layers=("sha256:" + "d" * 64,))}
    about = _case(answers | ({"layers": layers} if layers else {}))
    assert await cases.answer("download-host-answers", about) == answer


async def test_download_host_of_no_known_layer_is_unknown() -> None:
    """Nothing can be followed."""
    assert await cases.answer("download-host-answers", _case({"manifest": single()})) == "unknown"
    assert await cases.answer("download-host-answers", _case({"manifest": answered(404)})) == "unknown"


async def test_unattached_secret_tells_that_the_repository_exists_and_no_more() -> None:
    """It opens the image; whether the pod would get it is another question."""
    pod = cases.pod()
    reader = FakeReader(pods=[pod], secrets=[secret("loose")])
    answers = {
        "base": CLOSED,
        "manifest": answered(401),
        "tags": answered(401, Step.TAGS),
        "manifest secret:shop/loose": answered(200, scheme="Basic"),
    }
    about = cases.case(cases.failure("denied-or-missing", pod), reader, prober=FakeProber(answers))
    assert await _both(about) == ("yes", "unknown")
    assert (await cases.ask("repository-exists", about)).details["secret"] == "loose"


async def test_tag_that_came_late_is_remembered() -> None:
    """By a bot that watched: another tag of the same repository that was missed first and there later. Never NO."""
    memory, check = FakeStore(), "tag-appeared-late-before"
    about = replace(cases.case(cases.failure()), recollection=memory)
    assert await cases.answer(check, cases.case(cases.failure())) == "unknown"
    assert await cases.answer(check, about) == "unknown"
    repository = "registry.example/shop/web"
    for tag, there in (("1.4", False), ("1.3", False), ("1.4", True)):
        await memory.note_tag(repository, tag, NOW, there=there)
    # Neither itself, nor one that never came.
    assert await cases.answer(check, about) == "unknown"
    await memory.note_tag(repository, "1.3", NOW + 6 * cases.MINUTE, there=True)
    evidence = await cases.ask(check, about)
    assert evidence.answer is Answer.YES
    assert dict(evidence.details) == {"tag": "1.3", "minutes": "6"}
