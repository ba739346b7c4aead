"""Questions with their answers, in the order of asking: what was said in -> what answers the same again out.

Both ports are noted alike: the name of the question, its arguments as plain values, and the answer, which is a fact,
a reason why it could not be read, or a refusal. The same answer to the same question is noted once, with its number.
"""

import json
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from bot.errors import ClusterUnreadable, UsageError
from bot.facts.objects import Unread
from bot.transcript.striking import Striker


T = TypeVar("T")

UNNOTED: Final = "not in the transcript"
REMEDY: Final = "ask what the transcript is about, or look at the cluster again"
MOST: Final = 1_000_000


class Refusal(msgspec.Struct, frozen=True):
    """A question that ended all asking: the error's line and hint."""

    message: str
    hint: str = ""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question as it stands in a transcript: exactly one of answer, unread and refused is there.

    Attributes:
        asked: its name.
        given: its arguments.
        times: how often in a row it was answered so.
    """

    asked: str
    given: list[Any] = []
    answer: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    unread: Unread | None = None
    refused: Refusal | None = None
    times: int = 1


@dataclass(slots=True)
class _Line:
    asked: str
    given: list[Any]
    outcome: Any  # a fact, an Unread or a Refusal
    heard: Any = None  # as it came
    times: int = 1

    def written(self, outcome: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"asked": self.asked}
        if self.given:
            told["given"] = self.given
        name = "unread" if isinstance(outcome, Unread) else "answer"
        told["refused" if isinstance(outcome, Refusal) else name] = msgspec.to_builtins(outcome)
        if self.times > 1:
            told["times"] = self.times
        return told


@dataclass(slots=True)
class Notebook:
    """Takes notes.

    Attributes:
        striker: rids what is noted of secrets.
    """

    striker: Striker = field(default_factory=Striker)
    _lines: list[_Line | None] = field(default_factory=list)
    _last: dict[str, _Line] = field(default_factory=dict)

    async def noted(self, asked: str, given: Iterable[Any], answer: Awaitable[T]) -> T:
        """Wait for an answer, note it, and hand on what was noted: nobody then knows more than the transcript.

        Args:
            asked: the question's name.
            given: its arguments.
            answer: what is to come.

        Raises:
            ClusterUnreadable: as the one who was asked does.
        """
        key, plain = _key(asked, given)
        place = len(self._lines)
        self._lines.append(None)  # in the order of asking: answers may overtake each other
        try:
            heard: Any = await answer
        except ClusterUnreadable as error:
            heard = Refusal(error.message, error.hint)
        last = self._last.get(key)
        if last is not None and last.heard == heard:  # readers keep their answers, so this is cheap
            last.times += 1
        else:
            last = self._last[key] = self._lines[place] = _Line(asked, plain, self._struck(heard), heard)
        if isinstance(last.outcome, Refusal):
            raise ClusterUnreadable(last.outcome.message, last.outcome.hint)
        found: T = last.outcome
        return found

    def _struck(self, heard: Any) -> Any:
        if isinstance(heard, Refusal):
            return Refusal(self.striker.fact(heard.message), self.striker.fact(heard.hint))
        return self.striker.fact(heard)

    def heard(self, kind: type[T]) -> Iterator[T]:
        """The answers of one kind, in the order of asking."""
        yield from (line.outcome for line in self._lines if line and isinstance(line.outcome, kind))

    def written(self) -> list[dict[str, Any]]:
        """Everything so far, as plain values; without what was found out to be a secret only after it was noted."""
        return [line.written(self._struck(line.outcome)) for line in self._lines if line is not None]


class Told:
    """Answers what was noted: each question's answers in order, and the last one stays.

    Args:
        entries: of a transcript.
        kinds: question -> the type of its answers.

    Raises:
        UsageError: an answer is not of its type; the message says which.
    """

    def __init__(self, entries: Iterable[Entry], kinds: Mapping[str, Any]) -> None:
        self._answers: dict[str, list[tuple[Any, int]]] = defaultdict(list)
        self._given: dict[str, int] = defaultdict(int)
        for position, entry in enumerate(entries):
            try:
                key, _ = _key(entry.asked, entry.given)
                self._answers[key].append((_outcome(entry, kinds), entry.times))
            except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
                why = (str(error).splitlines() or [type(error).__name__])[0][:160]
                raise UsageError(
                    f"question {position + 1} of the transcript is not understood: {why}",
                    "make it again: imagepull why TARGET --prove > transcript.json",
                ) from None

    def answer(self, asked: str, given: Iterable[Any]) -> Any:
        """The answer that is due.

        Raises:
            KeyError: it was never put.
            ClusterUnreadable: it was refused when it was put.
        """
        key, _ = _key(asked, given)
        if key not in self._answers:
            raise KeyError(asked)
        answers = self._answers[key]
        if len(answers) > 1 and self._given[key] >= answers[0][1]:
            answers.pop(0)
            self._given[key] = 0
        self._given[key] += 1
        outcome = answers[0][0]
        if isinstance(outcome, Refusal):
            raise ClusterUnreadable(outcome.message, outcome.hint)
        return outcome


def _outcome(entry: Entry, kinds: Mapping[str, Any]) -> Any:
    if entry.asked not in kinds:
        raise ValueError("nobody asks such a question")
    if (entry.answer is not msgspec.UNSET) + (entry.unread is not None) + (entry.refused is not None) != 1:
        raise ValueError("it has to have one of answer, unread and refused")
    if not 0 < entry.times <= MOST:
        raise ValueError("it cannot have been answered so many times")
    if isinstance(entry.answer, msgspec.Raw):
        return msgspec.json.decode(entry.answer, type=kinds[entry.asked])
    return entry.unread or entry.refused


def _key(asked: str, given: Iterable[Any]) -> tuple[str, list[Any]]:
    plain = msgspec.to_builtins(list(given))
    return json.dumps([asked, plain], sort_keys=True), plain
