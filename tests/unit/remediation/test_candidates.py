"""Which image may have been meant."""

import dataclasses
from typing import Any

import pytest

from bot.facts import image as images
from bot.facts.objects import Unread
from bot.remediation import candidates, proving
from bot.remediation.candidates import Guesses
from tests.cases import failure
from tests.fakes import registry as replies
from tests.fakes.registry import FakeProber
from tests.imagery import DIGEST, REPOSITORY, Shop, runs, there, wrong
from tests.situations import deployed


async def guessed(*bodies: Any, image: str = f"{REPOSITORY}:1.4.2", **changes: Any) -> Guesses:
    """What may be meant instead of an image."""
    told = failure(image=image)
    change = {"image": image, "reference": told.reference}
    seen = await wrong(*deployed(), *bodies, failure=change, **changes)
    return await candidates.guesses(proving.case_of(seen))


def spelled(found: Guesses) -> list[str]:
    """The candidates' images."""
    return [each.image.spelled for each in found.candidates]


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        ("v1.5.0", "1.5.0"),
        ("1.4.2", "1.4.3"),
        ("1.4.2-alpin", "1.4.2-alpine"),
        ("latst", "latest"),
        ("LATEST", "latest"),
        ("1.4", "1.4.2"),
        ("7", "7.2"),
        ("release-1.4.2", "release-1.4.1"),
        ("3f2a9c1d", "3f2a9c1e"),
    ],
)
def test_too_far_lets_near_tags_of_the_same_line_pass(wanted: str, tag: str) -> None:
    """Two edits, and major and minor of the version."""
    assert candidates.too_far(wanted, tag) == ""


@pytest.mark.parametrize(
    ("wanted", "tag", "why"),
    [
        ("1.4.2", "1.4.2-rc1", "two letters"),
        ("1.4", "1.4.12", "two letters"),
        ("stable", "latest", "two letters"),
        ("1.4.2", "1.5.2", "release line"),
        ("1.4.2", "2.4.2", "release line"),
        ("1.41", "1.4.1", "release line"),
        ("2026.9", "2025.9", "release line"),
        ("pr-4711", "pr-4712", "release line"),
        ("build123x", "build124x", "release line"),
        ("20260101", "20260102", "release line"),
        ("3f2a9c1", "3f2a9c2", "release line"),
        ("a1.2", "b1.2", "release line"),
        ("1", "v", "release line"),
        ("7", "8", "release line"),
    ],
)
def test_too_far_says_why_a_tag_is_only_words(wanted: str, tag: str, why: str) -> None:
    """Three edits, another release, another build."""
    assert why in candidates.too_far(wanted, tag)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("registry.example/Shop/Web:1.4", "registry.example/shop/web:1.4"),
        ("registry.example:5000/Web:RC1", "registry.example:5000/web:RC1"),
        ("Nginx", "nginx"),
        ("https://registry.example/web:1", "registry.example/web:1"),
        ("docker://https://registry.example/web:1", "registry.example/web:1"),
        (" registry.example/web:1\n", "registry.example/web:1"),
        (f"registry.example/Web@sha256:{'a' * 64}", f"registry.example/web@sha256:{'a' * 64}"),
        ("registry.example/web:${TAG}", ""),
        ("registry.example/web:1:2", ""),
        ("registry.example/web:", ""),
        ("registry.example//web:1", ""),
        ("registry.example/we b:1", ""),
        ("", ""),
        ("registry.example/web:1", ""),
    ],
)
def test_corrected_is_only_what_cannot_mean_anything_else(text: str, right: str) -> None:
    """What is fine needs none, and what is left open has none."""
    assert candidates.corrected(text) == right


async def test_guesses_are_the_near_tags_the_fitting_ones_first() -> None:
    """Those that are too far stand at the end, with why; all in the workload's own repository."""
    found = await guessed(prober=Shop("1.5.2", "1.4.1", "1.4.3", "9.9"))
    assert spelled(found) == [f"{REPOSITORY}:1.4.1", f"{REPOSITORY}:1.4.3", f"{REPOSITORY}:1.5.2"]
    assert [bool(each.far) for each in found.candidates] == [False, False, True]
    assert found.candidates[0].also == ("1.4.3",)
    assert all(each.is_own for each in found.candidates)


async def test_guesses_keep_the_spelling_of_the_rest() -> None:
    """A short name stays short."""
    found = await guessed(image="nginx:1.27.1", prober=Shop("1.27.0"))
    assert spelled(found) == ["nginx:1.27.0"]
    assert spelled(await guessed(image="nginx", prober=Shop("lates"))) == ["nginx:lates"]


async def test_guesses_say_why_there_are_none() -> None:
    """No near tag, a list that nobody may read, a question that was not asked."""
    assert "has no tag that is near" in (await guessed(prober=Shop("9.9"))).why
    unread = Unread("registry", "not asked", "--probe anonymous")
    found = await guessed(prober=FakeProber({"manifest": unread, "tags": unread}))
    assert "(--probe anonymous)" in found.why
    found = await guessed(
        prober=FakeProber({"manifest": replies.answered(404), "tags": replies.answered(403)})
    )
    assert "are not listed to us" in found.why


async def test_a_hostile_tag_is_no_candidate() -> None:
    """A registry may list anything."""
    found = await guessed(prober=Shop("1.4.2\n", "1.4.2@x", "1.4/2"))
    assert spelled(found) == []


async def test_a_retired_registry_has_a_new_home() -> None:
    """Or none any more; the same tag is meant."""
    found = await guessed(image="k8s.gcr.io/pause:3.2", prober=Shop())
    assert spelled(found) == ["registry.k8s.io/pause:3.2"]
    assert found.candidates[0].was == "k8s.gcr.io/pause"
    seen = await wrong(prober=Shop())
    case = proving.case_of(seen)
    closed = dataclasses.replace(case.scene.registries.retired[0], prefix="registry.example", moved_to="")
    case.scene.registries = dataclasses.replace(case.scene.registries, retired=(closed,))
    assert (
        await candidates.guesses(case)
    ).why == "registry.example is closed, and its images are nowhere else"


async def test_a_digest_means_what_its_tag_names_now() -> None:
    """Where there is a tag, and where it is another one."""
    gone = f"{REPOSITORY}:1.4@sha256:{'9' * 64}"
    found = await guessed(image=gone, prober=Shop(a=there(f"{REPOSITORY}:1.4")))
    assert spelled(found) == [f"{REPOSITORY}:1.4@{DIGEST}"]
    assert "other content" in found.candidates[0].said
    still = f"{REPOSITORY}:1.4@{DIGEST}"
    assert "still names" in (await guessed(image=still, prober=Shop(a=there(f"{REPOSITORY}:1.4")))).why
    assert "was not told" in (await guessed(image=gone, prober=Shop())).why
    alone = f"{REPOSITORY}@sha256:{'9' * 64}"
    assert "a digest alone" in (await guessed(image=alone, prober=Shop())).why


async def test_a_repository_that_is_not_there_may_be_one_that_is_in_use() -> None:
    """Nearly of the same name, or of the same name in another registry."""
    shop = {
        "other": runs("other-1", f"{REPOSITORY}er:1"),
        "moved": runs("moved-1", "hub.example/a/shop/wbe:1"),
    }
    wrong_name = "registry.example/shop/webre:1"
    found = await guessed(shop["other"], image=wrong_name, prober=Shop())
    assert spelled(found) == ["registry.example/shop/weber:1"]
    found = await guessed(shop["moved"], image="registry.example/shop/wbe:2", prober=Shop())
    assert spelled(found) == ["hub.example/a/shop/wbe:2"]
    assert not found.candidates[0].is_own


async def test_an_invalid_reference_has_one_correction_or_none() -> None:
    """And nothing else is looked for."""
    found = await guessed(image="registry.example/Web:1", prober=Shop())
    assert spelled(found) == ["registry.example/web:1"]
    assert "no correction" in (await guessed(image="registry.example/web:${TAG}", prober=Shop())).why


def test_named_keeps_tag_and_digest() -> None:
    """In another repository; what is none then is not."""
    reference = images.parse(f"{REPOSITORY}:1@{DIGEST}")
    assert candidates.named(reference, "other.example/web") == images.parse(f"other.example/web:1@{DIGEST}")
    assert candidates.named(reference, "other.example/We b") is None
