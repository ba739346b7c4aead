"""The shape of the files in ``playbooks/``: parsed YAML in, values out, or an error that names the field.

Written by hand rather than with a schema library, because its readers are engineers at a deadline: an
unknown key is answered with the nearest known one, and YAML's habit of reading a bare ``no`` as false is
forgiven where an answer is expected.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import yaml
from rapidfuzz import process

from bot.errors import PlaybookError
from bot.facts.cause import Ask, Cause, Disposition, Expectation, Scope, Severity, Weight
from bot.facts.evidence import Answer
from bot.facts.playbook import Action, CheckWords, Command


Choice = TypeVar("Choice", bound=StrEnum)

_LONGEST_FILE = 256 * 1024
_NEAR = 60  # of 100: below that a suggestion confuses more than it helps


# libyaml reads ten times faster, and the playbooks are read at every start; not every build of PyYAML has it.
if TYPE_CHECKING:
    _Safe = yaml.SafeLoader
else:
    _Safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):
    """Safe YAML without doubled keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """Refuse a key that stands twice; everything else as usual."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                line = key.start_mark.line + 1 if key.start_mark else 0
                raise yaml.YAMLError(f"line {line}: {key.value!r} stands twice")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def parse(text: str, where: str) -> object:
    """YAML text as plain values.

    Raises:
        PlaybookError: it is not YAML, too long, or uses aliases.
    """
    if len(text) > _LONGEST_FILE:
        raise PlaybookError(f"{where}: longer than 256 KiB")
    try:
        for event in yaml.parse(text, Loader=_Safe):
            if isinstance(event, yaml.AliasEvent):  # aliases can grow a file a million times
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise PlaybookError(f"{where}, line {line}: aliases (*name) are not read")
        # The loader derives from SafeLoader: plain values only, no objects.
        return yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise PlaybookError(
            f"{where}, line {line}: {error.problem or 'this is not YAML'}",
            "check quotes and indentation there",
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PlaybookError(f"{where}: {error or 'nested too deep'}") from None


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the known word most like this one; "" when none is."""
    found = process.extractOne(word, sorted(known), score_cutoff=_NEAR)
    return f"did you mean {found[0]!r}?" if found else ""


class Fields:
    """One mapping of a file, read key by key; :meth:`close` refuses what nobody asked for."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise PlaybookError(f"{where}: a mapping of keys to values is expected")
        self._value = value
        self._asked: set[str] = set()
        self.where = where

    def has(self, key: str) -> bool:
        """Whether the key stands there; counts as asking for it."""
        self._asked.add(key)
        return self._value.get(key) is not None

    def listed(self, key: str) -> bool:
        """Whether a list stands there, an empty one included; counts as asking for it."""
        return self.has(key) or key in self._value

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        if not self.has(key) and default is not None:
            return default
        value = self._value.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "a text is expected")
        return value.strip()

    def whole(self, key: str) -> int:
        """A whole number."""
        self._asked.add(key)
        value = self._value.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "a whole number is expected")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value.get(key, default)
        self._asked.add(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false is expected")
        return value

    def values(self, key: str) -> list[object]:
        """A list; empty when the key is missing."""
        self._asked.add(key)
        value = self._value.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, "a list is expected")
        return value

    def mapping(self, key: str) -> object:
        """The value under a key as it stands."""
        self._asked.add(key)
        return self._value.get(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when the key is missing."""
        found = self.values(key)
        if not all(isinstance(each, str) and each for each in found):
            raise self.wrong(key, "a list of texts is expected")
        return tuple(str(each) for each in found)

    def rows(self, key: str) -> list["Fields"]:
        """A list of mappings; empty when the key is missing."""
        return [Fields(each, f"{self.where}: {key}[{index}]") for index, each in enumerate(self.values(key))]

    def choice(self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """One of the words of a vocabulary."""
        if not self.has(key) and default is not None:
            return default
        return self._chosen(key, self._value.get(key), kind)

    def choices(self, key: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """Several words of a vocabulary."""
        return tuple(self._chosen(key, each, kind) for each in self.values(key))

    def answer(self, key: str) -> Answer:
        """Yes or no, also as the booleans that YAML makes of the bare words; yes when it is missing."""
        self._asked.add(key)
        value = self._value.get(key, True)
        if value in (True, "yes"):
            return Answer.YES
        if value in (False, "no"):
            return Answer.NO
        raise self.wrong(key, "yes or no is expected")

    def close(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._value:
            if key not in self._asked:
                raise PlaybookError(
                    f"{self.where}: unknown key {key!r}",
                    nearest(str(key), self._asked) or f"known: {', '.join(sorted(self._asked))}",
                )

    def wrong(self, key: str, why: str, hint: str = "") -> PlaybookError:
        """The error to raise about one key."""
        return PlaybookError(f"{self.where}: {key}: {why}", hint)

    def _chosen(self, key: str, value: object, kind: type[Choice]) -> Choice:
        words = [str(each) for each in kind]
        if value not in words:
            raise self.wrong(key, f"{value!r} is not one of {', '.join(words)}", nearest(str(value), words))
        return kind(str(value))


class _Status(StrEnum):
    STABLE = "stable"
    EXPERIMENTAL = "experimental"


def cause(fields: Fields) -> tuple[Cause, tuple[Command, ...], tuple[str, ...]]:
    """The decisions of one ``cause.yaml``, its commands and its references.

    Raises:
        PlaybookError: naming the field.
    """
    decided = Cause(
        id=fields.text("id"),
        title=fields.text("title"),
        order=fields.whole("order"),
        scopes=fields.choices("scopes", Scope),
        severity=fields.choice("severity", Severity),
        symptoms=fields.texts("symptoms"),
        evidence=tuple(_ask(row) for row in fields.rows("evidence")),
        remedies=fields.texts("remedies"),
        look_alikes=fields.texts("look_alikes"),
        message_proves=fields.flag("message_proves", default=False),
        stable=fields.choice("status", _Status, _Status.STABLE) is _Status.STABLE,
    )
    commands = tuple(_command(row) for row in fields.rows("commands"))
    references = fields.texts("references")
    fields.close()
    for key in ("scopes", "symptoms", "remedies"):
        if not getattr(decided, key):
            raise fields.wrong(key, "at least one is needed")
    for ask in decided.evidence:
        for symptom in ask.when:
            if symptom not in decided.symptoms:
                raise fields.wrong("evidence", f"when: {symptom!r} is not among the symptoms of this cause")
    if not decided.message_proves and not any(ask.weight is Weight.MUST for ask in decided.evidence):
        raise fields.wrong(
            "evidence", "at least one line of weight must is needed", "or message_proves: true"
        )
    return decided, commands, references


def action(fields: Fields) -> Action:
    """One row of ``actions.yaml``."""
    unless = tuple(_expectation(row) for row in fields.rows("unless"))
    disposition = fields.choice("disposition", Disposition)
    kinds, not_for = fields.texts("kinds"), fields.texts("not_for")
    told = fields.text("id"), disposition, fields.text("summary")
    while_open = fields.flag("while_open", default=False)
    found = Action(*told, kinds, unless, not_for, while_open)
    fields.close()
    return found


def check_words(fields: Fields) -> CheckWords:
    """One row of ``checks.yaml``."""
    found = CheckWords(
        fields.text("id"), fields.text("claim"), fields.text("yes"), fields.text("no"), fields.text("unknown")
    )
    fields.close()
    return found


def worded(value: object) -> object:
    """The same with the keys ``yes`` and ``no``, which YAML reads as booleans, as words again."""
    if isinstance(value, Mapping):
        names = {True: "yes", False: "no"}
        return {names[key] if isinstance(key, bool) else key: worded(each) for key, each in value.items()}
    return [worded(each) for each in value] if isinstance(value, list) else value


def _ask(fields: Fields) -> Ask:
    weight = fields.choice("weight", Weight)
    expectations = [_expectation(row) for row in fields.rows("any")] if fields.has("any") else []
    if expectations and fields.has("ask"):
        raise fields.wrong("any", "a line has either ask or any")
    if not expectations:
        expectations = [Expectation(fields.text("ask"), fields.answer("expect"))]
    found = Ask(tuple(expectations), weight, fields.texts("when"))
    fields.close()
    return found


def _expectation(fields: Fields) -> Expectation:
    found = Expectation(fields.text("ask"), fields.answer("expect"))
    fields.close()
    return found


def _command(fields: Fields) -> Command:
    when = tuple(_expectation(row) for row in fields.rows("when"))
    found = Command(fields.text("why"), fields.texts("run"), fields.texts("kinds"), when)
    fields.close()
    if not found.run:
        raise fields.wrong("run", "a list of arguments is expected")
    return found
