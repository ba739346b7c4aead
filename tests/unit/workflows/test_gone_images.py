"""Running images that are gone: proven ones alone, the longest unasked first, and no registry asked in vain twice."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.facts.forewarning import Check, Kind
from bot.facts.image import ImageReference
from bot.facts.objects import PullSecret, SecretEntry, Unread
from bot.facts.registries import RegistryBook
from bot.facts.testimony import Asked, Fault, Identity, Step
from bot.workflows import gone_images
from bot.workflows.frugality import Frugal
from bot.workflows.gone_images import Ration
from bot.workflows.lookout import Part
from tests.fakes.cluster import NOW
from tests.fakes.registry import FakeProber, Given, answered, failed, single, tagged
from tests.fakes.stocktaking import StockedReader, use, world


DAY = timedelta(days=1)
WEB = "r.example/shop/web:1"
GONE: dict[str, Given] = {
    "manifest": answered(404, code="MANIFEST_UNKNOWN"),
    "tags": tagged("2"),
    "base": answered(step=Step.BASE),
}


async def round_of(
    answers: dict[str, Given], *images: str, known: dict[str, Check] | None = None, **changes: Any
) -> tuple[Part, FakeProber]:
    """One round over pods that run these images."""
    prober = FakeProber(answers)
    limits: dict[str, Any] = {"every": DAY, "most": 100}
    limits |= {name: changes.pop(name) for name in ("most", "enough") if name in changes}
    uses = [use(*(images or (WEB,)))]
    spent: list[Asked] = changes.pop("spent", [])
    seen = world(StockedReader(uses), prober, **changes)
    sparing = Frugal(prober, lambda: tuple(spent), 0.5)
    return await gone_images.find(seen, sparing, uses, known or {}, NOW, Ration(**limits)), prober


async def test_a_tag_that_is_gone_is_told() -> None:
    """By somebody who may list the repository's tags."""
    part, _ = await round_of(GONE)
    (finding,) = part.findings
    assert (finding.kind, finding.thing, finding.items[0].name) == (Kind.IMAGE, "r.example", WEB)
    assert part.checks == [Check(WEB, NOW, gone=True)]


async def test_many_gone_images_of_one_registry_are_one_thing() -> None:
    """One message for a registry that was cleaned up too well."""
    part, _ = await round_of(GONE, *(f"r.example/shop/web:{number}" for number in range(1, 30)))
    assert len(part.findings) == 1
    assert len(part.findings[0].items) == 29


async def test_an_image_that_is_there_is_fine_whatever_it_leads_to() -> None:
    """A tag that moved is not gone."""
    part, _ = await round_of({"manifest": single()})
    assert not part.findings
    assert part.fine == {(Kind.IMAGE, "r.example", WEB)}


@pytest.mark.parametrize(
    "answers",
    [
        {"manifest": answered(401, code="UNAUTHORIZED", challenged=True), "tags": answered(401)},
        {"manifest": answered(403, code="DENIED"), "tags": answered(403)},
        {"manifest": answered(404, challenged=True), "tags": answered(404, challenged=True)},
        {"manifest": answered(404), "tags": answered(404), "base": answered(401, step=Step.BASE)},
    ],
)
async def test_what_may_be_private_is_not_gone(answers: dict[str, Given]) -> None:
    """It is told as not checked, never as fine and never as gone."""
    part, _ = await round_of(answers)
    assert not part.findings
    assert not part.fine
    assert [each.what for each in part.unread] == ["images of r.example"]


@pytest.mark.parametrize(
    "answer", [failed(Fault.CONNECT_TIMEOUT), answered(429), answered(503), failed(Fault.DNS_NXDOMAIN)]
)
async def test_a_registry_that_does_not_answer_is_asked_once(answer: Given) -> None:
    """The rest of its images waits for the next round, which begins with those that were not asked."""
    images = [f"r.example/shop/web:{number}" for number in range(5)]
    part, prober = await round_of({"manifest": answer}, *images)
    assert prober.asked["manifest"] == 1
    assert len(part.checks) == 1
    assert part.due == 4
    assert not part.findings
    assert not part.fine
    known = {each.image: each for each in part.checks}
    again, _ = await round_of({"manifest": answer}, *images, known=known)
    assert {each.image for each in again.checks}.isdisjoint(known)


async def test_a_registry_that_may_not_be_asked_is_told_once() -> None:
    """Not checked, and the others have the whole ceiling."""
    refusal = Unread("registry r.example", "not asked", "--allow-registry r.example")
    answers: dict[str, Given] = {"manifest": refusal, "other.example/a:1 manifest": single()}
    part, _ = await round_of(answers, WEB, "r.example/shop/web:2", "other.example/a:1", most=1)
    assert [(each.what, each.why, each.remedy) for each in part.unread] == [
        ("images of r.example", "not asked", "--allow-registry r.example")
    ]
    assert [each.image for each in part.checks] == ["other.example/a:1"]


async def test_the_ceiling_leaves_out_nobody_for_ever() -> None:
    """Each round goes on where the one before ended, also in another process: only the answers are handed on."""
    images = [f"r.example/shop/web:{number}" for number in range(10)]
    known: dict[str, Check] = {}
    for _ in range(4):
        part, _ = await round_of({"manifest": single()}, *images, known=known, most=3)
        known |= {each.image: each for each in part.checks}
    assert set(known) == set(images)
    assert part.due == 0


async def test_a_known_answer_is_good_for_a_while() -> None:
    """What is gone is told again without asking; a clock that went back makes nothing good for ever."""
    asked = Check(WEB, NOW - DAY / 2, gone=True)
    part, prober = await round_of({"manifest": single()}, known={WEB: asked})
    assert not prober.asked
    assert len(part.findings) == 1
    ahead = Check(WEB, datetime.max.replace(tzinfo=NOW.tzinfo))
    part, prober = await round_of({"manifest": single()}, known={WEB: ahead})
    assert prober.asked["manifest"] == 1


async def test_an_answer_that_proves_nothing_undoes_nothing() -> None:
    """What was gone yesterday and is hidden today is not back."""
    old = {WEB: Check(WEB, NOW - 2 * DAY, gone=True)}
    part, _ = await round_of({"manifest": answered(401), "tags": answered(401)}, known=old)
    assert len(part.findings) == 1
    assert part.checks == [Check(WEB, NOW, gone=True)]
    part, _ = await round_of({"manifest": single()}, known=old)
    assert not part.findings
    assert part.checks == [Check(WEB, NOW, gone=False)]


async def test_a_mirror_that_may_have_it_leaves_it_open() -> None:
    """The nodes ask the mirror first."""
    part, _ = await round_of(GONE, mirrors={"r.example": "mirror.example"})
    assert len(part.findings) == 1  # the mirror was asked, and does not have it either
    with_it = {**GONE, "mirror.example/shop/web:1 manifest": single()}
    part, _ = await round_of(with_it, mirrors={"r.example": "mirror.example"})
    assert not part.findings


async def test_it_ends_in_time() -> None:
    """What was found until then counts."""
    ends = iter([False, False, True, True])
    images = [f"r.example/shop/web:{number}" for number in range(5)]
    part, _ = await round_of({"manifest": single()}, *images, enough=lambda: next(ends))
    assert len(part.checks) == 2
    assert part.due == 3


async def test_a_second_credential_is_tried() -> None:
    """Another namespace may see what the first may not."""
    uses = [use(WEB), use(WEB, namespace="pay", secrets=("regcred",))]
    prober = FakeProber({"manifest": answered(401), "tags": answered(401)})
    sparing = Frugal(prober, tuple, 1)
    await gone_images.find(world(StockedReader(uses), prober), sparing, uses, {}, NOW, Ration(DAY, 9))
    assert prober.asked["manifest"] >= 2


async def test_one_who_lacks_it_proves_nothing_against_one_who_gets_it() -> None:
    """A credential of another namespace is told 404 for what it may not see; the pods that run it pull with theirs."""

    class _Hiding(FakeProber):
        """A registry that shows a repository to those alone who may pull from it."""

        async def manifest(self, image: ImageReference, identity: Identity, *, whole: bool = False) -> Given:
            """There for one."""
            await super().manifest(image, identity, whole=whole)
            there = identity.namespace == "shop"
            return single() if there else answered(404, challenged=True, scheme="Bearer")

    keys = SecretEntry("r.example", has_username=True, has_password=True)
    secrets = [
        PullSecret(name, "regcred", entries=(replace(keys, fingerprint=name),)) for name in ("pay", "shop")
    ]
    uses = [use(WEB, namespace=name, secrets=("regcred",)) for name in ("pay", "shop")]
    prober = _Hiding({"tags": answered(404, code="NAME_UNKNOWN", scheme="Bearer")})
    seen = world(StockedReader(uses, secrets=secrets), prober)
    part = await gone_images.find(seen, Frugal(prober, tuple, 1), uses, {}, NOW, Ration(DAY, 9))
    assert not part.findings
    assert part.fine
    part = await gone_images.find(seen, Frugal(prober, tuple, 1), uses[:1], {}, NOW, Ration(DAY, 9))
    assert part.findings


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_is_no_proof_where_nothing_is_private(status: int) -> None:
    """A proxy that blocks the registry, a token service that is down: the pods run it all the same."""
    book = RegistryBook(never_private=("r.example",))
    answers: dict[str, Given] = {"manifest": answered(status), "tags": answered(status)}
    part, _ = await round_of(answers, registries=book)
    assert not part.findings
    assert not part.fine
    assert [each.what for each in part.unread] == ["images of r.example"]


@pytest.mark.parametrize("fault", [Fault.UNSAFE_REDIRECT, Fault.UNSAFE_TOKEN_SERVICE, Fault.NOT_RECORDED])
async def test_what_is_told_of_one_image_keeps_nobody_from_the_others(fault: Fault) -> None:
    """Else the first of a registry would be asked for in each round, and the others never."""
    images = [f"r.example/shop/web:{number}" for number in range(3)]
    astray = {f"{images[1]} manifest": failed(fault)}
    part, _ = await round_of({**astray, "manifest": single()}, *images)
    assert {each.image for each in part.checks} == set(images)
    assert len(part.fine) == 2
    assert len(part.unread) == 1


class _Spending(FakeProber):
    """A registry whose budget is spent by the first question."""

    def __init__(self, spent: list[Asked]) -> None:
        super().__init__({"manifest": answered(404), "tags": answered(404)})
        self._spent = spent

    async def manifest(self, image: ImageReference, identity: Identity, *, whole: bool = False) -> Given:
        """Answer, and have nothing left."""
        self._spent.append(Asked("r.example", 60, 60, "60/h"))
        return await super().manifest(image, identity, whole=whole)


async def test_an_image_that_was_not_asked_to_its_end_is_asked_again() -> None:
    """The share ran out in the middle: that is no answer, and it is due still."""
    spent: list[Asked] = []
    prober, uses = _Spending(spent), [use(WEB, "r.example/shop/web:2")]
    sparing = Frugal(prober, lambda: tuple(spent), 0.5)
    part = await gone_images.find(world(StockedReader(uses), prober), sparing, uses, {}, NOW, Ration(DAY, 9))
    assert (part.checks, part.due) == ([], 2)
    assert prober.asked["manifest"] == 1
    assert ["warnings have 30 of 60/h" in each.why for each in part.unread] == [True]
