"""Weighs the answers: evidence in, Verdict out. Pure, so that anyone can compute a verdict again.

Candidates are the causes that list the symptom and that no answer rules out. A cause is *proven* when every
``must`` was answered as expected (or when its message cannot mean anything else). Order: proven first, then
the share of musts met, then the supports met, then the order of the table. An UNKNOWN can neither meet nor
break a must, so it never makes a verdict high and never excludes anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.facts.cause import Ask, Cause, Weight
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.verdict import Confidence, Remedy, RuledOut, Verdict


# More than this many candidates help nobody at three in the morning.
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """How one cause fares against the answers.

    Attributes:
        broken_by: the check that rules it out; "" while nothing does.
        musts: how many musts apply to this symptom; ``met`` of them are answered as expected.
    """

    cause: Cause
    musts: int
    met: int
    supports: int
    broken_by: str

    @property
    def proven(self) -> bool:
        """Every must met; a cause without one is proven by its message alone."""
        return self.met == self.musts and (self.musts > 0 or self.cause.message_proves)

    @property
    def rank(self) -> tuple[bool, float, int, int]:
        """Sorts the likeliest first."""
        share = self.met / self.musts if self.musts else float(self.cause.message_proves)
        return (not self.proven, -share, -self.supports, self.cause.order)


def judge(symptom: str, evidence: Sequence[Evidence], causes: Sequence[Cause]) -> Verdict:
    """Find the cause that the evidence proves, or the candidates it leaves.

    Args:
        symptom: id of the symptom; "" for a text that no pattern knows.
        evidence: the answers, at most one a check.
        causes: every cause the playbooks have, in any order.
    """
    answers = {item.check: item.answer for item in evidence}
    listed = [cause for cause in causes if symptom in cause.symptoms]
    standings = [stand(cause, symptom, answers) for cause in listed]
    ruled_out = tuple(RuledOut(each.cause.id, each.broken_by) for each in standings if each.broken_by)
    candidates = sorted((each for each in standings if not each.broken_by), key=lambda each: each.rank)
    if not candidates:
        return Verdict(None, Confidence.LOW, tuple(evidence), ruled_out)
    first, others = candidates[0], candidates[1:]
    confidence = _confidence(first, others)
    open_others = [] if confidence is Confidence.HIGH else _worth_naming(first, others)
    return Verdict(
        cause=first.cause.id,
        confidence=confidence,
        evidence=tuple(evidence),
        ruled_out=ruled_out,
        possible=tuple(each.cause.id for each in open_others),
        deciding_question=_deciding([first, *open_others], symptom, evidence)
        if open_others or not first.proven
        else "",
        remedies=tuple(Remedy(action) for action in first.cause.remedies),
    )


def stand(cause: Cause, symptom: str, answers: Mapping[str, Answer]) -> Standing:
    """Hold one cause against the answers."""
    musts = met = supports = 0
    broken = ""
    for ask in cause.evidence:
        if ask.when and symptom not in ask.when:
            continue
        by = _met(ask, answers)
        if ask.weight is Weight.MUST:
            musts += 1
            met += bool(by)
            broken = broken or ("" if by else _refuted(ask, answers))
        elif ask.weight is Weight.SUPPORTS:
            supports += bool(by)
        elif ask.weight is Weight.EXCLUDES:
            broken = broken or by
    return Standing(cause, musts, met, supports, broken)


def checks_for(symptom: str, causes: Sequence[Cause]) -> tuple[str, ...]:
    """The checks that a symptom calls for, each once, in the order the causes name them."""
    wanted: dict[str, None] = {}
    for cause in sorted(causes, key=lambda cause: cause.order):
        if symptom not in cause.symptoms:
            continue
        for ask in cause.evidence:
            if not ask.when or symptom in ask.when:
                wanted.update(dict.fromkeys(expectation.check for expectation in ask.any_of))
    return tuple(wanted)


def _worth_naming(first: Standing, others: Sequence[Standing]) -> list[Standing]:
    """Candidates that something speaks for, and those that the playbook itself calls look-alikes."""
    alike = [each for each in others if each.met or each.proven or each.cause.id in first.cause.look_alikes]
    return alike[:_SHOWN]


def _met(ask: Ask, answers: Mapping[str, Answer]) -> str:
    """The first check that answers as this line expects; "" while none does."""
    # A loop and no generator: in a storm this is done millions of times.
    for each in ask.any_of:
        if answers.get(each.check) is each.expect:
            return each.check
    return ""


def _refuted(ask: Ask, answers: Mapping[str, Answer]) -> str:
    """The check by which a must that is not met rules its cause out; "" while one of its answers may still come."""
    for each in ask.any_of:
        if answers.get(each.check, Answer.UNKNOWN) is Answer.UNKNOWN:
            return ""
    return ask.any_of[0].check


def _confidence(first: Standing, others: Sequence[Standing]) -> Confidence:
    if first.cause.message_proves and first.proven:
        return Confidence.HIGH
    if first.proven:
        return Confidence.MEDIUM if any(each.proven for each in others) else Confidence.HIGH
    return Confidence.MEDIUM if first.met else Confidence.LOW


def _deciding(standings: Sequence[Standing], symptom: str, evidence: Sequence[Evidence]) -> str:
    """The first unanswered must of the likeliest cause that has one: its answer would move the verdict.

    What the message did not tell it will not tell tomorrow; another witness may.
    """
    answers = {item.check: item.answer for item in evidence}
    mute = {item.check for item in evidence if item.source is Witness.MESSAGE}
    for standing in standings:
        for ask in standing.cause.evidence:
            if ask.weight is not Weight.MUST or (ask.when and symptom not in ask.when) or _met(ask, answers):
                continue
            missing = [
                each.check for each in ask.any_of if answers.get(each.check, Answer.UNKNOWN) is Answer.UNKNOWN
            ]
            if missing:
                return min(missing, key=lambda check: check in mute)
    return ""
