"""Which failure is meant, and what may be done about it: a question in, one diagnosis with its words out, or a choice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.facts import text
from bot.facts.cause import Disposition
from bot.facts.change import LOOKING
from bot.facts.document import Document, RemedyLine
from bot.facts.episode import Episode, Stage
from bot.facts.people import View
from bot.facts.verdict import Confidence, Diagnosis, Report
from bot.ports.answering import Choice, Nothing, Question, Several
from bot.workflows.fixing import Words
from bot.workflows.reach import MOST_CHOICES, Reach


_SURENESS = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class Failing:
    """One failing container of one workload, with its words.

    Attributes:
        beside: the other diagnoses of the same look.
    """

    diagnosis: Diagnosis
    document: Document
    beside: tuple[Diagnosis, ...] = ()

    def remedy(self, action: str) -> RemedyLine | None:
        """An action among those that help; None where it does not."""
        return next((each for each in self.document.remedies if each.action == action), None)

    def unready(self, action: str) -> str:
        """Why nobody is asked to approve this action for it, in words without a full stop; "" where one may be."""
        remedy, verdict = self.remedy(action), self.diagnosis.verdict
        if remedy is None:
            return f"{action} does not help here: {self.document.title}{self._better}"
        unsure = verdict.cause is None or verdict.confidence is Confidence.LOW
        # What changes nothing but what is known is for guesses.
        if unsure and action not in LOOKING:
            return "the cause is no more than a guess, and nothing is changed for a guess"
        if not self.document.stable:
            return "what is known of this cause is experimental: a person decides and does it"
        if remedy.disposition is Disposition.MANUAL:
            return "a person has to do it"
        return ""

    @property
    def _better(self) -> str:
        """What may be asked for instead, as the end of a sentence."""
        wanted = Disposition.NEEDS_APPROVAL
        named = [each.action for each in self.document.remedies if each.disposition is wanted]
        return f"; what may: {', '.join(named)}" if named else ""


async def of_report(
    report: Report, words: Words, question: Question
) -> tuple[Failing, ...] | Several | Nothing:
    """The failing containers of the one workload that is meant, the surest first.

    Args:
        report: what was found where the question points.
        words: makes documents.
        question: with the cluster.
    """
    if not report.diagnoses:
        meant = " ".join(question.words)
        return Nothing(f"nothing of {meant} fails to get its image now", "`why` tells more about it")
    found = {(each.workload.namespace, str(each.workload)): each for each in report.diagnoses}
    if len(found) > 1:
        return which([(report.cluster, *each) for each in found])
    unlike: dict[tuple[str, str, str | None], Diagnosis] = {}
    for each in report.diagnoses:
        unlike.setdefault((each.failure.container, each.failure.image, each.verdict.cause), each)
    failing = [await _worded(each, report, words) for each in unlike.values()]
    return tuple(sorted(failing, key=lambda each: _SURENESS.index(each.diagnosis.verdict.confidence)))


def of_incident(
    episode: Episode | None, name: str, view: View, reach: Reach
) -> tuple[Question, ...] | Nothing:
    """What fails by an incident, as far as somebody may see it: a question for each workload."""
    seen = _seen(episode, view, reach) if episode and episode.stage is not Stage.HELD else ()
    if episode is None or not (seen or _was_seen(episode, view)):
        return Nothing(f"there is no incident {name[:20]!r}", "`list` shows those that are open")
    if episode.stage is not Stage.OPEN or not seen:
        return Nothing(f"incident {episode.id} is over", "`list` shows those that are open")
    return tuple(Question((workload,), namespace, cluster) for cluster, namespace, workload in seen)


def which(found: Sequence[tuple[str, str, str]]) -> Several:
    """The choice between workloads.

    Args:
        found: cluster, namespace and ``Kind/name`` of each.
    """
    choices = (
        Choice(Question((workload,), namespace, cluster), f"{namespace}/{workload}")
        for cluster, namespace, workload in found[:MOST_CHOICES]
    )
    return Several("Which of them?", tuple(choices))


def title(remedy: RemedyLine) -> str:
    """A remedy in words."""
    return text.plain(remedy.summary)


async def _worded(diagnosis: Diagnosis, report: Report, words: Words) -> Failing:
    alone = replace(report, diagnoses=(diagnosis,), incidents=())
    document = (await words(alone, False))[0]
    return Failing(diagnosis, document, tuple(each for each in report.diagnoses if each is not diagnosis))


def _seen(episode: Episode, view: View, reach: Reach) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (part.cluster, each.namespace, each.workload)
        for part in episode.parts
        if part.cluster in reach.rules.places
        for each in part.members
        if reach.shows(view, part.cluster, each.namespace)
    )


def _was_seen(episode: Episode, view: View) -> bool:
    """Whether somebody may know that an incident which breaks nothing any more was there."""
    place, told = episode.fingerprint.place, episode.told
    if episode.stage.is_live or told is None or not told.clusters:
        return False
    if not place.namespace:
        return all(view.shows_all(each) for each in told.clusters)
    return all(view.shows(each, place.namespace) for each in told.clusters)
