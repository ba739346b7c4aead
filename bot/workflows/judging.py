"""Whether a verdict was right, as people say: who says what in, a voice that is kept or why it is none out.

A button's value may have been edited, so it only points: what is kept is what the incident's own message shows, and who may
not see the incident is told that there is none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import BotError
from bot.facts.document import Document
from bot.facts.episode import Episode, Stage
from bot.facts.opinion import SOMETHING_ELSE, Judgement, Opinion, Shown
from bot.facts.people import Asker
from bot.ports.answering import Nothing
from bot.ports.judging import Opinions, Said
from bot.ports.keeping import Keeper
from bot.ports.telling import Scribe
from bot.workflows.reach import Reach
from bot.workflows.register import Register


_LONGEST_REMARK = 300
_CHANGED = Nothing(
    "that message says something else by now, or is gone", "look at it again, and press what fits"
)


@dataclass(frozen=True, slots=True)
class Files:
    """What is known of what was shown, and what was said of it.

    Attributes:
        keeper: has the messages.
        opinions: keeps what is said.
        scribe: reads messages.
    """

    keeper: Keeper
    opinions: Opinions
    scribe: Scribe


class Bench:
    """Implements ``Jury``.

    Args:
        reach: the clusters as people may see them.
        register: gives the incidents as people may see them; they follow the settings, so it is asked each time.
        files: what was shown, and what is said of it.
        now: the time.
        heard: is told of each new voice.
    """

    def __init__(
        self,
        reach: Reach,
        register: Callable[[], Register],
        files: Files,
        now: Callable[[], datetime],
        heard: Callable[[Opinion], object],
    ) -> None:
        self._reach, self._register, self._files = reach, register, files
        self._now, self._heard = now, heard

    async def judge(self, asker: Asker, said: Said) -> Opinion | Nothing:
        """Take what somebody says of a verdict that they may see, and that a message shows."""
        try:
            listed = await self._register().known(self._reach.view(asker), said.incident)
            if isinstance(listed, Nothing):
                return listed
            shown = await self._shown(listed.id, said.cause)
            if shown is None:
                return _CHANGED
            opinion = self._opinion(shown, asker, said)
            if await self._files.opinions.note(opinion):
                self._heard(opinion)
        except BotError as error:
            return Nothing(error.message, error.hint, failed=True)
        return opinion

    async def incidents(self, documents: Sequence[Document]) -> tuple[str, ...]:
        """Which incidents answers are about: those that go on and are told with the same cause; "" for none."""
        now = self._now()
        try:
            clusters = {each.where.cluster for each in documents}
            live = {name: await self._files.keeper.episodes(name, now) for name in clusters}
            return tuple([await self._incident(each, live[each.where.cluster]) for each in documents])
        except BotError:
            # Without them the answer is as good; nobody is asked about it.
            return ("",) * len(documents)

    async def _incident(self, told: Document, live: Iterable[Episode]) -> str:
        for each in live:
            if told.cause and _breaks(each, told) and await self._shown(each.id, told.cause):
                return each.id
        return ""

    def causes(self) -> Mapping[str, str]:
        """What it may have been instead: ids with their titles, by title."""
        titles = {each.id: each.title for each in self._register().catalog.causes}
        return dict(sorted(titles.items(), key=lambda each: (each[1].lower(), each[0])))

    async def _shown(self, incident: str, cause: str) -> Shown | None:
        """What a message of the incident says, where it says that cause."""
        for message in await self._files.keeper.messages(incident):
            notice = self._files.scribe.notice(message.body)
            first = notice.shares[0] if notice and notice.shares else None
            if first is not None and first.document.cause == cause:
                told = first.document
                return Shown(incident, cause, told.confidence, told.symptom, first.cluster)
        return None

    def _opinion(self, shown: Shown, asker: Asker, said: Said) -> Opinion:
        person, at = asker.person.key, self._now()
        if said.judgement is Judgement.RIGHT:
            return Opinion(shown, person, said.judgement, at)
        may_be = {*self.causes(), SOMETHING_ELSE} - {shown.cause}
        instead = said.instead if said.instead in may_be else ""
        remark = " ".join(said.remark.split())[:_LONGEST_REMARK]
        return Opinion(shown, person, said.judgement, at, instead, remark)


def _breaks(episode: Episode, told: Document) -> bool:
    """Whether an incident that goes on names the workload that a diagnosis is about, for the same cause."""
    part = episode.part(told.where.cluster)
    if part is None or episode.stage is not Stage.OPEN or episode.fingerprint.cause != told.cause:
        return False
    return (told.where.namespace, told.where.workload) in {each.name for each in part.members}
