"""Asks the checks that a symptom calls for: Case in, Evidence out. Never raises for what a witness does.

Questions go out in waves, the cheapest first: what is already known, then the cluster, then the registry.
Within a wave they run side by side. Where the answers so far prove a cause, the registry is asked only what that
cause itself wants to know: which platforms, whose limit, until when. Where its answers unseat that cause, the rest is asked too.
"""

import asyncio
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.diagnosis import judge
from bot.diagnosis.checks.claims import Case, Check, unknown, unread
from bot.errors import BotError
from bot.facts.cause import Cause
from bot.facts.evidence import Evidence, Witness
from bot.facts.objects import Unread
from bot.facts.verdict import Confidence, Verdict


# Asked for every failure: where to make the change is part of every answer.
ALWAYS = ("owner-is-gitops",)
# One slow witness must not hold up a diagnosis; readers have their own limits for each request.
_MOST_SECONDS = 30.0


async def investigate(case: Case, causes: Sequence[Cause], table: Mapping[str, Check]) -> Verdict:
    """Ask what must be asked about one failure, and judge it.

    Args:
        case: the failure and its surroundings.
        causes: the playbooks' causes.
        table: every check there is, by id.
    """
    return await Inquiry(causes, table).verdict(case)


class Inquiry:
    """What must be asked, put in order once for every failure with the same symptom.

    Args:
        causes: the playbooks' causes.
        table: every check there is, by id.
    """

    def __init__(self, causes: Sequence[Cause], table: Mapping[str, Check]) -> None:
        self._causes, self._table = causes, table
        self._plans: dict[str, _Plan] = {}
        self._bare: dict[Hashable, Evidence] = {}

    async def verdict(self, case: Case, *, side_by_side: bool = True) -> Verdict:
        """Ask what must be asked about one failure, and judge it.

        Args:
            case: the failure and its surroundings.
            side_by_side: ask the cluster everything at once; one after the other is cheaper where others asked before.
        """
        symptom = case.failure.symptom.id
        plan = self._plans.get(symptom)
        if plan is None:
            plan = self._plans[symptom] = _plan(symptom, self._causes, self._table)
        # What asks nobody never waits, and needs neither a task nor a limit of its own.
        evidence = self._kept([await _answer(each, case) for each in plan.known])
        if side_by_side:
            evidence += self._kept(await _together(plan.cluster, case))
        else:
            evidence += self._kept(await _in_turn(plan.cluster, case))
        verdict = judge.judge(symptom, evidence, plan.causes)
        if not plan.registry:
            return verdict
        asked = plan.registry
        if _settled(verdict):
            own = judge.checks_for(symptom, [each for each in plan.causes if each.id == verdict.cause])
            asked = [each for each in asked if each.id in own]
        before = verdict.cause
        evidence += self._kept(await _together(asked, case))
        verdict = judge.judge(symptom, evidence, plan.causes)
        rest = [each for each in plan.registry if each not in asked]
        if rest and (verdict.cause != before or not _settled(verdict)):
            evidence += self._kept(await _together(rest, case))
            verdict = judge.judge(symptom, evidence, plan.causes)
        return verdict

    def _kept(self, found: Iterable[Evidence]) -> list[Evidence]:
        """The same evidence; what names nothing in particular is kept once for all: in a storm that is most of it."""
        return [
            each
            if each.details
            else self._bare.setdefault(
                (each.check, each.answer, each.source, each.why_unknown, each.would_answer, each.what), each
            )
            for each in found
        ]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a symptom calls for: the causes that list it, and the waves of checks."""

    causes: Sequence[Cause]
    known: Sequence[Check]
    cluster: Sequence[Check]
    registry: Sequence[Check]


def _plan(symptom: str, causes: Sequence[Cause], table: Mapping[str, Check]) -> _Plan:
    listed = [each for each in causes if symptom in each.symptoms]
    wanted = [table[each] for each in (*judge.checks_for(symptom, listed), *ALWAYS) if each in table]
    here = [each for each in wanted if each.witness is not Witness.REGISTRY]
    return _Plan(
        listed,
        known=[each for each in here if each.requests == 0],
        cluster=[each for each in here if each.requests > 0],
        registry=[each for each in wanted if each.witness is Witness.REGISTRY],
    )


def _settled(verdict: Verdict) -> bool:
    return verdict.cause is not None and verdict.confidence is Confidence.HIGH


async def _together(checks: Sequence[Check], case: Case) -> Sequence[Evidence]:
    return await asyncio.gather(*(ask(each, case) for each in checks))


async def _in_turn(checks: Sequence[Check], case: Case) -> Sequence[Evidence]:
    found: list[Evidence] = []
    for each in checks:
        found.append(await ask(each, case))
        # Hundreds wait for the same answer, and with it would go on to their ends before anybody else is heard.
        await asyncio.sleep(0)
    return found


async def ask(check: Check, case: Case) -> Evidence:
    """What one check answers; UNKNOWN when its witness takes too long or fails."""
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            return await _answer(check, case)
    except TimeoutError:
        # Whose answer was waited for is not known here; where it was looked for is.
        failure = case.failure
        of_registry = check.witness is Witness.REGISTRY and failure.registry
        place = (
            f"registry {failure.registry}" if of_registry else f"some of namespace {failure.pod.namespace}"
        )
        return unread(check.id, Unread(place, "timed out"), check.witness)


async def _answer(check: Check, case: Case) -> Evidence:
    try:
        return await check.ask(case)
    except BotError as problem:
        return unknown(check.id, problem.message, check.witness, problem.hint)
