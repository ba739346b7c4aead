"""Asks the checks that a symptom calls for: Case in, Evidence out. Never raises for what a witness does.

Questions go out in waves, the cheapest first: what is already known, then the cluster, then the registry.
Within a wave they run side by side. Where the answers so far prove a cause, the registry is asked only what that
cause itself wants to know: which platforms, whose limit, until when. Where its answers unseat that cause, the rest is asked too.
"""

import asyncio
from collections.abc import Mapping, Sequence

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
    symptom = case.failure.symptom.id
    wanted = [table[each] for each in (*judge.checks_for(symptom, causes), *ALWAYS) if each in table]
    evidence: list[Evidence] = []
    verdict = judge.judge(symptom, evidence, causes)
    for wave in _waves(wanted):
        asked = wave
        if wave[0].witness is Witness.REGISTRY and _settled(verdict):
            own = judge.checks_for(symptom, [each for each in causes if each.id == verdict.cause])
            asked = [each for each in wave if each.id in own]
        before = verdict.cause
        evidence.extend(await asyncio.gather(*(ask(each, case) for each in asked)))
        verdict = judge.judge(symptom, evidence, causes)
        rest = [each for each in wave if each not in asked]
        if rest and (verdict.cause != before or not _settled(verdict)):
            evidence.extend(await asyncio.gather(*(ask(each, case) for each in rest)))
            verdict = judge.judge(symptom, evidence, causes)
    return verdict


def _settled(verdict: Verdict) -> bool:
    return verdict.cause is not None and verdict.confidence is Confidence.HIGH


def _waves(wanted: Sequence[Check]) -> list[list[Check]]:
    known = [each for each in wanted if each.witness is not Witness.REGISTRY and each.requests == 0]
    cluster = [each for each in wanted if each.witness is not Witness.REGISTRY and each.requests > 0]
    registry = [each for each in wanted if each.witness is Witness.REGISTRY]
    return [wave for wave in (known, cluster, registry) if wave]


async def ask(check: Check, case: Case) -> Evidence:
    """What one check answers; UNKNOWN when its witness takes too long or fails."""
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            return await check.ask(case)
    except TimeoutError:
        # Whose answer was waited for is not known here; where it was looked for is.
        failure = case.failure
        of_registry = check.witness is Witness.REGISTRY and failure.registry
        place = (
            f"registry {failure.registry}" if of_registry else f"some of namespace {failure.pod.namespace}"
        )
        return unread(check.id, Unread(place, "timed out"), check.witness)
    except BotError as problem:
        return unknown(check.id, problem.message, check.witness, problem.hint)
