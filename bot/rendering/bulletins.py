"""Puts warnings into words: a Forewarning and the words of its kind in -> a Bulletin out, with a bounded number of names.

The words are the shipped ones, so they are rendered here. When they fail the title stands in: a warning waits for no template.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.errors import PlaybookError
from bot.facts.bulletin import Bulletin, Line, WarningWords
from bot.facts.cause import Severity
from bot.facts.forewarning import Ending, Forewarning, Item, Kind, User
from bot.facts.text import Span, shown
from bot.rendering import admission, commands, environment


_MOST_LINES = 20
_MOST_USERS = 5


class Announcer:
    """Has the words of every kind.

    Args:
        words: of the playbooks.
    """

    def __init__(self, words: Mapping[Kind, WarningWords]) -> None:
        self._words = words
        self._environment = environment.environment()

    @property
    def severities(self) -> Mapping[str, Severity]:
        """How bad each kind is."""
        return {kind.value: words.severity for kind, words in self._words.items()}

    def bulletin(self, warning: Forewarning, severity: str = "") -> Bulletin:
        """What there is to tell of a warning.

        Args:
            warning: with those items and users that may be told.
            severity: how bad it is, instead of our own words.
        """
        words = self._words[warning.kind]
        named = _named(warning)
        blocks = self._blocks(words, named)
        names = {name: value for name, value in named.items() if isinstance(value, str)}
        made = (commands.named(each, names) for each in words.commands)
        return Bulletin(
            id=warning.id,
            kind=warning.kind,
            cluster=shown(warning.cluster),
            title=words.title,
            severity=severity or words.severity.value,
            headline=environment.spans(blocks["headline"]) or (Span(words.title),),
            meaning=environment.paragraphs(blocks["meaning"]),
            evidence=environment.paragraphs(blocks["evidence"]),
            fix=environment.paragraphs(blocks["fix"]),
            commands=tuple(each for each in made if each),
            lines=tuple(map(_line, warning.items[:_MOST_LINES])),
            more=len(warning.items[_MOST_LINES:]) + warning.more,
            since=warning.since,
        )

    def over(self, bulletin: Bulletin, warning: Forewarning, moment: datetime) -> Bulletin:
        """The same bulletin when it is over, for its channel at least; where the rest goes on, nothing uses it here any more.

        Args:
            bulletin: as it was told last.
            warning: what it is about.
            moment: when it was over, unless the warning says so.
        """
        ending = self.last_word(warning.kind, warning.ending or Ending.UNUSED)
        return replace(bulletin, ended=warning.ended or moment, ending=ending)

    def last_word(self, kind: Kind, ending: Ending) -> str:
        """How a warning's end is told."""
        return self._words[kind].ends[ending]

    def rehearse(self, warning: Forewarning) -> str:
        """Why the words of a kind cannot be said of this; "" where they can."""
        words = self._words[warning.kind]
        try:
            environment.render(words.words, _named(warning), self._environment)
        except PlaybookError as error:
            return error.message
        return ""

    def _blocks(self, words: WarningWords, named: Mapping[str, object]) -> Mapping[str, str]:
        try:
            return environment.render(words.words, named, self._environment)
        except PlaybookError:
            return dict.fromkeys(admission.BLOCKS, "")


def _named(warning: Forewarning) -> dict[str, object]:
    """What the words may name: the details of the first item, and how much there is of everything."""
    users = {(each.namespace, each.workload): each.pods for item in warning.items for each in item.users}
    details = {name: value for name, value in warning.items[0].details.items() if value}
    return {
        **details,
        "cluster": warning.cluster,
        "thing": warning.thing,
        "items": len(warning.items) + warning.more,
        "workloads": sum(1 for pods in users.values() if pods),
        "pods": sum(users.values()),
        "namespaces": sorted({namespace for namespace, _ in users}),
    }


def _line(item: Item) -> Line:
    names = tuple(shown(_user(each)) for each in item.users)
    return Line(shown(item.name), names[:_MOST_USERS], len(names[_MOST_USERS:]))


def _user(user: User) -> str:
    return f"{user.namespace}: {user.workload}"
