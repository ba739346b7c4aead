"""Names what a runtime or registry said: message in, :class:`~bot.facts.failure.Symptom` or None out.

Three kinds of pattern look at a message in one pass. *Symptoms* say what went wrong. *Evidence* says that the
text is about pulling an image at all: "connection refused" alone may be anybody's. *Look-alikes* say that it
is about something else: a probe, a volume, a webhook. A symptom is claimed only where the evidence weighs
more than the look-alikes; among several the lowest rank wins, because ranks are ordered from the root of an
error outwards. Which pattern is which, and every rank and weight, is data (``playbooks/symptoms/``).

RE2 keeps this linear in the length of any input, and its Set tries all patterns at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import re2

from bot.diagnosis import wording
from bot.errors import PlaybookError
from bot.facts.failure import Symptom


# The Set's automaton is built as texts are seen; the default of 8 MiB makes it start over in mid-stream.
_AUTOMATON_BYTES = 64 << 20

# A reason outweighs any wording (those go to 10): the kubelet knows what it was doing.
_REASON_WEIGHT = 11
_FOREIGN_REASON_WEIGHT = 12
# Some waiting reasons are the raw error text, repeated as the message: only a failed pull does that.
_REPEATED_REASON_WEIGHT = 3


class Role(StrEnum):
    """What a rule's patterns are for."""

    SYMPTOM = "symptom"
    EVIDENCE = "evidence"
    LOOK_ALIKE = "look-alike"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One wording of one speaker.

    Attributes:
        regex: RE2 syntax, searched for anywhere in the message as :mod:`bot.diagnosis.wording` spells it.
        runtimes: whose wording it is: ``containerd``, ``cri-o``, ``dockerd``, ``kubelet``, ``registry``,
            ``go`` (the standard library that all of them are linked with).
        rank: among matching symptoms the lowest wins.
        unless: the wording does not count where this matches too; "" for always.
        weight: how strongly the wording itself says that the text is about a pull (for a look-alike: about
            something else). 0 says nothing.
        any_reason: the wording counts whatever the reason is; for what shows only after the pull.
        constants: fields that the wording implies: ``{"dns": "no-such-host"}``.
        extract: field -> regexes tried in order, whose first group is the value.
    """

    id: str
    regex: str
    runtimes: tuple[str, ...]
    rank: int
    unless: str = ""
    weight: int = 0
    any_reason: bool = False
    constants: Mapping[str, str] = field(default_factory=dict)
    extract: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class SymptomRule:
    """One file of ``playbooks/symptoms/``: a symptom, the evidence of a pull, or the look-alikes.

    Attributes:
        family: the group it is shown under: ``not found``, ``access``, ``network`` …
        says: what was said, in one line.
        reasons: the kubelet's reasons that say the same without words.
        without_patterns: why there are none; "" where there are some.
    """

    id: str
    family: str
    says: str
    patterns: tuple[Pattern, ...]
    role: Role = Role.SYMPTOM
    reasons: tuple[str, ...] = ()
    without_patterns: str = ""


class SignatureBook:
    """Every pattern, compiled once.

    Args:
        rules: the symptoms with the evidence and the look-alikes.

    Raises:
        PlaybookError: RE2 refuses a pattern; the message names it.
    """

    def __init__(self, rules: Iterable[SymptomRule]) -> None:
        self._rules = tuple(rules)
        self._entries = tuple((rule, pattern) for rule in self._rules for pattern in rule.patterns)
        self._names = tuple(f"{rule.id}/{pattern.id}" for rule, pattern in self._entries)
        self._places = {name: place for place, name in enumerate(self._names)}
        self._set = self._compiled_set()
        self._fields = tuple(self._compiled_fields(rule, pattern) for rule, pattern in self._entries)
        # Flat tables: the stream asks for these 20,000 times a second.
        self._roles = tuple(rule.role for rule, _ in self._entries)
        self._weights = tuple(pattern.weight for _, pattern in self._entries)
        self._turns = self._order()
        self._unless = tuple(
            _compiled(name, pattern.unless) if pattern.unless else None
            for (_, pattern), name in zip(self._entries, self._names, strict=True)
        )
        self._any_reason = tuple(pattern.any_reason for _, pattern in self._entries)
        self._evidence_reasons = self._reasons_of(Role.EVIDENCE)
        self._foreign_reasons = self._reasons_of(Role.LOOK_ALIKE)
        self._telling_reasons = {
            reason: rule.id for rule in self._rules if rule.role is Role.SYMPTOM for reason in rule.reasons
        }

    @property
    def rules(self) -> tuple[SymptomRule, ...]:
        """The rules as given."""
        return self._rules

    def recognize(self, message: str, reason: str = "") -> tuple[str, str] | None:
        """Symptom id and signature, without the fields: what a stream of messages asks for."""
        return self._named(self._plain(message), message, reason)

    def match(self, message: str, reason: str = "") -> Symptom | None:
        """The symptom of one message; None when it is not about pulling an image or says nothing known."""
        text = self._plain(message)
        named = self._named(text, message, reason)
        if named is None:
            return None
        symptom, signature = named
        return Symptom(symptom, signature, self._taken(signature, text))

    def _plain(self, message: str) -> bytes:
        return wording.plain(wording.own_rows(message, self._foreign_reasons))

    def _named(self, text: bytes, message: str, reason: str) -> tuple[str, str] | None:
        hits = self._set.Match(text)
        winner, pull, foreign, anyway = -1, 0, 0, -1
        turns, weights, roles = self._turns, self._weights, self._roles
        # Places come in no order that RE2 promises; the earliest turn decides.
        for place in hits or ():
            role, weight = roles[place], weights[place]
            if role is Role.LOOK_ALIKE:
                foreign = max(foreign, weight)
                continue
            pull = max(pull, weight)
            if role is Role.EVIDENCE:
                continue
            if winner < 0 or turns[place] < turns[winner]:
                unless = self._unless[place]
                if unless is None or not unless.search(text):
                    winner = place
            if self._any_reason[place] and (anyway < 0 or turns[place] < turns[anyway]):
                anyway = place
        if anyway >= 0 and weights[anyway] > foreign:
            return self._entries[anyway][0].id, self._names[anyway]
        pull, foreign = self._weighed(pull, foreign, message, reason)
        if pull <= foreign:
            return None
        if winner >= 0:
            return self._entries[winner][0].id, self._names[winner]
        told = self._telling_reasons.get(reason)
        return (told, f"{told}/{reason}") if told else None

    def _weighed(self, pull: int, foreign: int, message: str, reason: str) -> tuple[int, int]:
        if reason in self._evidence_reasons or reason in self._telling_reasons:
            pull = max(pull, _REASON_WEIGHT)
        elif reason in self._foreign_reasons:
            foreign = max(foreign, _FOREIGN_REASON_WEIGHT)
        elif reason and reason == message:
            pull = max(pull, _REPEATED_REASON_WEIGHT)
        return pull, foreign

    def _order(self) -> tuple[int, ...]:
        """Each place's turn: the lowest rank first, and among equals an order that holds however the rules were given."""
        nth = [each for rule in self._rules for each in range(len(rule.patterns))]
        in_turn = sorted(
            range(len(nth)), key=lambda at: (self._entries[at][1].rank, self._entries[at][0].id, nth[at])
        )
        turns = {place: turn for turn, place in enumerate(in_turn)}
        return tuple(turns[place] for place in range(len(nth)))

    def _reasons_of(self, role: Role) -> frozenset[str]:
        return frozenset(reason for rule in self._rules if rule.role is role for reason in rule.reasons)

    def _taken(self, signature: str, text: bytes) -> dict[str, str]:
        """The fields of the winning pattern, empty ones left out."""
        place = self._places.get(signature)
        if place is None:
            return {}
        taken: dict[str, str] = {}
        for name, regexes in self._fields[place]:
            for regex in regexes:
                found = regex.search(text)
                if found and found.group(1):
                    taken[name] = found.group(1).decode("utf-8", "replace")
                    break
        if "host" in taken:
            taken["host"] = taken["host"].lower()
        if "mirror" in taken:
            taken["mirror"] = "yes"
        return taken | dict(self._entries[place][1].constants)

    def _compiled_set(self) -> re2.Set:
        chosen = re2.Set.SearchSet(_options())
        for (_, pattern), name in zip(self._entries, self._names, strict=True):
            try:
                chosen.Add(pattern.regex.encode())
            except re2.error:
                raise _refused(name, pattern.regex) from None
        if self._entries:
            chosen.Compile()
        return chosen

    def _compiled_fields(
        self, rule: SymptomRule, pattern: Pattern
    ) -> tuple[tuple[str, tuple[re2._Regexp, ...]], ...]:
        return tuple(
            (name, tuple(_taking(f"{rule.id}/{pattern.id}/{name}", regex) for regex in regexes))
            for name, regexes in pattern.extract.items()
        )


def _options() -> re2.Options:
    options = re2.Options()
    # Bytes as they are: a broken character must neither fail nor hide the rest, and "." stays one step.
    options.encoding = re2.Options.Encoding.LATIN1
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = _AUTOMATON_BYTES
    return options


def _compiled(name: str, regex: str) -> re2._Regexp:
    try:
        return re2.compile(regex.encode(), _options())
    except re2.error:
        raise _refused(name, regex) from None


def _taking(name: str, regex: str) -> re2._Regexp:
    compiled = _compiled(name, regex)
    if compiled.groups < 1:
        raise PlaybookError(
            f"{name}: the extracting pattern {regex!r} has no group", "put ( ) around the value"
        )
    return compiled


def _refused(name: str, regex: str) -> PlaybookError:
    return PlaybookError(
        f"{name}: RE2 cannot read the pattern {regex!r}",
        "RE2 has no look-around and no back-references: https://github.com/google/re2/wiki/Syntax",
    )
