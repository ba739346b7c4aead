"""Running images that their registries no longer have: what runs and what was asked before in -> what to warn of out.

A gone image is one that the next node without a copy cannot pull. Only what a registry proves counts: a refusal, or a 404
that may hide what is private, leaves it open. Whose turn is longest ago is asked first, so that a ceiling leaves out nobody.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final

from bot.diagnosis import investigate
from bot.diagnosis.checks import hearing, manifests, table
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.checks.hearing import Hearing
from bot.diagnosis.checks.manifests import Existence
from bot.diagnosis.scene import Scene
from bot.facts import image as images
from bot.facts.evidence import Answer
from bot.facts.failure import PullFailure, Source, Symptom, Workload
from bot.facts.forewarning import Check, Finding, Item, Kind
from bot.facts.image import ImageReference
from bot.facts.objects import ContainerKind, Pod, Unread
from bot.facts.testimony import Fault
from bot.ports.stocktaking import Use
from bot.workflows import lookout
from bot.workflows.frugality import Frugal
from bot.workflows.lookout import Part
from bot.workflows.world import World


_NEVER_ASKED: Final = datetime.min.replace(tzinfo=UTC)
_BEHIND_A_MIRROR: Final = "mirror-has-image"
# Two namespaces may have two credentials; a third would know no more.
_MOST_ASKERS = 2
_REFUSED: Final = Unread(
    "", "it refuses, and pods run it: that says nothing of the image", "a pull secret that opens it"
)
# Of other images of the registry these say nothing.
_OF_ONE_IMAGE: Final = frozenset({Fault.UNSAFE_REDIRECT, Fault.UNSAFE_TOKEN_SERVICE, Fault.NOT_RECORDED})

# An image as it is spelled and taken apart, and who runs it.
_Wanted = tuple[str, ImageReference, Sequence[Use]]


@dataclass(frozen=True, slots=True)
class Ration:
    """How much may be asked.

    Attributes:
        every: how long an answer is good for.
        most: images in this round.
        enough: whether the time for it is over.
    """

    every: timedelta
    most: int
    enough: Callable[[], bool] = lambda: False


class _Found(Enum):
    """What became of the questions about an image."""

    THERE = auto()
    GONE = auto()
    OPEN = auto()  # the registry answered, and that proves nothing
    SILENT = auto()  # it was asked in vain
    UNASKED = auto()  # nobody may, or may any more


@dataclass(slots=True)
class _Round:
    """One round while it goes on."""

    world: World
    prober: Frugal
    now: datetime
    ration: Ration
    left: int
    under_way: int = 0
    turns: asyncio.Condition = field(default_factory=asyncio.Condition)
    part: Part = field(default_factory=Part)
    open: dict[tuple[str, str, str], int] = field(default_factory=dict)
    # Of these the registry said that they are there.
    there: set[str] = field(default_factory=set)

    async def ask_all(self, due: Sequence[_Wanted]) -> None:
        """Ask the registries side by side, each for one image after the other."""
        of: dict[str, list[_Wanted]] = {}
        for each in due:
            of.setdefault(each[1].registry, []).append(each)
        await asyncio.gather(*map(self._ask_one_registry, of.values()))

    async def _ask_one_registry(self, due: Sequence[_Wanted]) -> None:
        for image, reference, uses in due:
            if self.ration.enough() or not await self._has_room():
                return
            found, why = await self._asked(reference, uses)
            await self.world.stand_back()
            await self._give_back(counts=found is not _Found.UNASKED)
            if found is not _Found.UNASKED:
                self.part.checks.append(Check(image, self.now, found is _Found.GONE))
            if found is _Found.THERE:
                self.there.add(image)
            if why is not None:
                self._note(reference, why)
            if found in (_Found.UNASKED, _Found.SILENT):
                return

    async def _has_room(self) -> bool:
        """Take one of the images that may be asked for; where the last ones are under way, they may be given back."""
        async with self.turns:
            await self.turns.wait_for(lambda: not self.left or self.under_way < self.left)
            self.under_way += bool(self.left)
            return bool(self.left)

    async def _give_back(self, *, counts: bool) -> None:
        async with self.turns:
            self.under_way -= 1
            self.left -= counts
            self.turns.notify_all()

    async def _asked(self, reference: ImageReference, uses: Sequence[Use]) -> tuple[_Found, Unread | None]:
        """What is known when each was asked for whom it may be there: one who lacks it proves nothing against one who gets it."""
        lacking: Case | None = None
        why = Unread("", "not known")
        for use in _askers(uses):
            case = self._case(reference, use)
            heard = await hearing.manifests(case, reference)
            if heard.ok:
                return _Found.THERE, None
            if heard.unheard:
                return _unheard(heard), heard.unheard
            if silent := _silence(heard):
                return _Found.SILENT, silent
            known = await manifests.existence(case, reference)
            if _is_proof(known):
                lacking = case
            elif not lacking:
                why = known.why or _REFUSED
            if refusal := self.prober.refusal(reference):
                return _Found.UNASKED, refusal  # not to its end
        return await self._gone(lacking) if lacking else (_Found.OPEN, why)

    async def _gone(self, case: Case) -> tuple[_Found, Unread | None]:
        """It is not where its name says; where the nodes use a mirror, that may have it still."""
        if case.failure.registry not in case.mirrors:
            return _Found.GONE, None
        mirrored = await investigate.ask(table.checks()[_BEHIND_A_MIRROR], case)
        if mirrored.answer is Answer.NO:
            return _Found.GONE, None
        if mirrored.answer is Answer.YES:
            return _Found.THERE, None
        return _Found.OPEN, Unread("", mirrored.why_unknown, mirrored.would_answer)

    def _note(self, reference: ImageReference, why: Unread) -> None:
        place = reference.registry, why.why, why.remedy
        self.open[place] = self.open.get(place, 0) + 1

    def _case(self, reference: ImageReference, use: Use) -> Case:
        failure = PullFailure(
            pod=Pod(use.namespace, use.pod, pull_secrets=use.secrets, labels=use.labels),
            container="",
            kind=ContainerKind.MAIN,
            image=reference.spelled,
            reference=reference,
            reason="",
            message="",
            source=Source.SILENCE,
            symptom=Symptom("", ""),
        )
        kind, _, name = use.workload.partition("/")
        world = self.world
        scene = Scene(world.reader, world.registries, (), self.now)
        return Case(
            failure, Workload(kind, use.namespace, name), scene, self.prober, world.vantage, world.mirrors
        )


async def find(
    world: World,
    prober: Frugal,
    uses: Iterable[Use],
    known: Mapping[str, Check],
    now: datetime,
    ration: Ration,
) -> Part:
    """What is gone, by what registries say now and said before.

    Args:
        world: the cluster.
        prober: asks registries; within the round's own budget.
        uses: what runs.
        known: what was asked before, by image.
        now: the time.
        ration: how much may be asked.
    """
    running = lookout.by_image(uses)
    wanted = [(name, ref, of) for name, of in running.items() if (ref := images.parsed(name)) is not None]
    due = sorted(
        (each for each in wanted if _is_due(known.get(each[0]), now, ration.every)), key=_turn(known)
    )
    going = _Round(world, prober, now, ration, ration.most)
    await going.ask_all(due)
    part = going.part
    part.checks = [_kept(known.get(each.image), each, going) for each in part.checks]
    verdicts = {**known, **{each.image: each for each in part.checks}}
    part.due = len(due) - len(part.checks)
    part.unread += [_unread(place, number) for place, number in sorted(going.open.items())]
    _judge(wanted, verdicts, going.there, part)
    return part


def _judge(
    wanted: Sequence[_Wanted], verdicts: Mapping[str, Check], there: AbstractSet[str], part: Part
) -> None:
    found: dict[str, list[Item]] = {}
    for name, reference, of in wanted:
        key = (Kind.IMAGE, reference.registry, name)
        part.used.add(key)
        known = verdicts.get(name)
        if known is not None and known.gone:
            found.setdefault(reference.registry, []).append(
                Item(name, _details(reference), lookout.users(of))
            )
        elif name in there:
            part.fine.add(key)
    part.findings += [Finding(Kind.IMAGE, host, tuple(items)) for host, items in sorted(found.items())]


def _is_due(known: Check | None, now: datetime, every: timedelta) -> bool:
    """Whether its turn has come; of a time to come the clock knows nothing."""
    return known is None or not timedelta() <= now - known.asked < every


def _turn(
    known: Mapping[str, Check],
) -> Callable[[_Wanted], tuple[datetime, str]]:
    """In which order images are asked for: the longest ago first, and of those never asked for any."""

    def place(each: _Wanted) -> tuple[datetime, str]:
        before = known.get(each[0])
        return (before.asked if before else _NEVER_ASKED), hashlib.sha256(each[0].encode()).hexdigest()

    return place


def _askers(uses: Sequence[Use]) -> Sequence[Use]:
    """One for each set of credentials, those that have some first."""
    alike: dict[tuple[str, tuple[str, ...]], Use] = {}
    for each in sorted(uses, key=lambda use: (not use.secrets, use.namespace, use.pod)):
        alike.setdefault((each.namespace if each.secrets else "", each.secrets), each)
    return list(alike.values())[:_MOST_ASKERS]


def _is_proof(known: Existence) -> bool:
    """Whether it is gone. Pods run it, so a refusal speaks of who asks, or of who stands between: of what is there, nothing."""
    return known.manifest is Answer.NO and not (known.voice and known.voice.is_refused)


def _unheard(heard: Hearing) -> _Found:
    """Whether the registry's other images would fare no better; where it leads astray for one, they may."""
    told = [None if isinstance(each.heard, Unread) else each.heard.told.fault for each in heard.voices]
    return _Found.OPEN if any(each in _OF_ONE_IMAGE for each in told) else _Found.UNASKED


def _silence(heard: Hearing) -> Unread | None:
    """What kept the registry from answering anybody: then it answers nobody else either for now."""
    faults = [
        each for each in heard.voices if each.testimony is None or each.testimony.told.fault is not None
    ]
    busy = [
        each for each in heard.voices if each.testimony and each.testimony.told.status in (429, 500, 502, 503)
    ]
    told = busy or (faults if len(faults) == len(heard.voices) else [])
    return hearing.why_silent(told[0].heard) if told else None


def _details(reference: ImageReference) -> Mapping[str, str]:
    return {
        "image": reference.spelled,
        "registry": reference.registry,
        "repository": reference.repository,
        "what": reference.digest or reference.effective_tag or "",
        "digest": reference.digest or "",
    }


def _unread(place: tuple[str, str, str], number: int) -> Unread:
    registry, why, remedy = place
    return Unread(
        f"{number} of the images of {registry}" if number > 1 else f"images of {registry}", why, remedy
    )


def _kept(before: Check | None, now: Check, going: _Round) -> Check:
    """An answer that proves nothing does not undo what was proven."""
    proven = now.gone or now.image in going.there
    return now if proven or before is None else Check(now.image, now.asked, before.gone)
