"""A wire whose answers are written down: a question in -> the reply that a test wants, and a note of the question, out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Identity
from bot.ports.credentials import Credential
from bot.registry.wire import Ask, Failed, Reply


Ended = Reply | Failed


@dataclass
class ScriptedWire:
    """Answers as told; what nobody wrote down is ``not-recorded``.

    Attributes:
        answers: ``GET https://host/path``, followed by the scheme of the Authorization where there is one -> what
            comes back; of a list one after the other, and the last one stays.
        asks: the questions, in order.
    """

    answers: Mapping[str, Ended | Sequence[Ended]] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)

    async def send(self, ask: Ask) -> Ended:
        """The next answer."""
        self.asks.append(ask)
        given = self.answers.get(_spelled(ask))
        if given is None:
            return Failed(Fault.NOT_RECORDED)
        if isinstance(given, Reply | Failed):
            return given
        before = sum(_spelled(each) == _spelled(ask) for each in self.asks[:-1])
        return given[min(before, len(given) - 1)]

    @property
    def lines(self) -> list[str]:
        """The questions as they are written down in ``answers``."""
        return [_spelled(ask) for ask in self.asks]


@dataclass
class FakeLender:
    """Lends what it is given, and notes who asked.

    Attributes:
        lent: one credential for everybody, or why there is none.
        asked: the identities, in order.
    """

    lent: Credential | Unread
    asked: list[Identity] = field(default_factory=list)

    async def lend(self, identity: Identity) -> Credential | Unread:
        """As given."""
        self.asked.append(identity)
        return self.lent


def _spelled(ask: Ask) -> str:
    return f"{ask.method} {ask.url} {ask.scheme}".rstrip()
