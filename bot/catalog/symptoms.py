"""Reads ``playbooks/symptoms/``: a folder of YAML files in, checked :class:`SymptomRule` values out.

A file that says something else than it must is refused with its name, the field and, for a misspelt key, the
nearest right one: a typing mistake in a pattern's weight would otherwise be a silent wrong diagnosis. Users
mount a folder of their own beside the shipped one; a file there replaces the shipped one of the same name.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from rapidfuzz import process

from bot.catalog import schema
from bot.diagnosis.signatures import Pattern, Role, SymptomRule
from bot.errors import PlaybookError


T = TypeVar("T")

_RUNTIMES = ("containerd", "cri-o", "dockerd", "kubelet", "registry", "go")
_RULE_KEYS = ("id", "family", "says", "role", "rank", "reasons", "extract", "patterns", "without_patterns")
_PATTERN_KEYS = (
    "id",
    "runtime",
    "match",
    "rank",
    "unless",
    "weight",
    "any_reason",
    "constants",
    "extract",
    "source",
    "examples",
    "counter_examples",
)
# What several symptoms take out of a message the same way; not a symptom itself.
_SHARED_FIELDS = "_fields.yaml"


def load(folder: Path, overrides: Path | None = None) -> tuple[SymptomRule, ...]:
    """Every rule of a folder, sorted by id, so that places and therefore answers never depend on the disk.

    Args:
        folder: the shipped ``playbooks/symptoms``.
        overrides: a user's folder; its files replace shipped ones of the same name and add others.

    Raises:
        PlaybookError: a file cannot be read or does not say what it must.
    """
    files = {path.name: path for path in _yaml_files(folder)}
    if overrides is not None:
        files |= {path.name: path for path in _yaml_files(overrides)}
    shared_path = files.pop(_SHARED_FIELDS, None)
    shared = _extracts(_Mapping.read(shared_path), "extract") if shared_path else {}
    rules = sorted(
        (_rule(_Mapping.read(path), path, shared) for path in files.values()), key=lambda rule: rule.id
    )
    if not rules:
        raise PlaybookError(
            f"{folder}: no symptoms there", "give the folder that holds manifest-not-found.yaml"
        )
    return tuple(rules)


def symptoms(rules: Iterable[SymptomRule]) -> tuple[SymptomRule, ...]:
    """Only the rules that name a symptom: without the evidence and the look-alikes."""
    return tuple(rule for rule in rules if rule.role is Role.SYMPTOM)


def _yaml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise PlaybookError(f"{folder}: not a folder")
    return sorted(folder.glob("*.yaml"))


class _Mapping:
    """One mapping of a file, which knows where it stands so that a complaint can say so."""

    def __init__(self, where: str, content: object, allowed: tuple[str, ...] = ()) -> None:
        if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
            raise PlaybookError(f"{where}: must be a mapping of names to values")
        self.where = where
        self._content: Mapping[str, object] = content
        if allowed:
            self.allow(allowed)

    @classmethod
    def read(cls, path: Path) -> "_Mapping":
        """The whole file."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PlaybookError(f"{path.name}: cannot be read: {type(error).__name__}") from None
        return cls(path.name, schema.parse(text, path.name))

    def allow(self, allowed: tuple[str, ...]) -> None:
        """Refuse a key that nobody reads."""
        for key in self._content:
            if key not in allowed:
                near = process.extractOne(key, allowed)
                raise PlaybookError(
                    f"{self.where}: unknown key {key!r}", f"the nearest known key is {near[0]!r}"
                )

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._content

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        return self._typed(key, str, "a text", default)

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number; required where there is no default."""
        return self._typed(key, int, "a whole number", default)

    def flag(self, key: str) -> bool:
        """True or false; false when absent."""
        return self._typed(key, bool, "true or false", default=False)

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts; empty when absent."""
        value = self._content.get(key, ())
        items = (value,) if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise PlaybookError(f"{self.where}: {key!r} must be a text or a list of texts")
        return tuple(items)

    def mappings(self, key: str) -> list["_Mapping"]:
        """A list of mappings; empty when absent."""
        value = self._content.get(key, [])
        if not isinstance(value, list):
            raise PlaybookError(f"{self.where}: {key!r} must be a list")
        return [_Mapping(f"{self.where}: {key}[{place}]", item) for place, item in enumerate(value)]

    def mapping(self, key: str) -> "_Mapping":
        """A mapping; empty when absent."""
        return _Mapping(f"{self.where}: {key}", self._content.get(key, {}))

    def keys(self) -> tuple[str, ...]:
        """Its keys, in the file's order."""
        return tuple(self._content)

    def _typed(self, key: str, kind: type[T], called: str, default: T | None) -> T:
        value = self._content.get(key, default)
        if value is None:
            raise PlaybookError(f"{self.where}: {key!r} is missing")
        # bool is an int to Python, not to a reader.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise PlaybookError(f"{self.where}: {key!r} must be {called}")
        return value


def _extracts(mapping: _Mapping, key: str) -> dict[str, tuple[str, ...]]:
    inner = mapping.mapping(key)
    return {name: inner.texts(name) for name in inner.keys()}  # noqa: SIM118 - not a dict: keys() is its own


def _rule(top: _Mapping, path: Path, shared: Mapping[str, tuple[str, ...]]) -> SymptomRule:
    top.allow(_RULE_KEYS)
    rule_id = top.text("id")
    if path.stem.removeprefix("_") != rule_id:
        raise PlaybookError(f"{path.name}: its id is {rule_id!r}", "file and id have one name")
    role = _role(top)
    extract = (dict(shared) | _extracts(top, "extract")) if role is Role.SYMPTOM else {}
    patterns = tuple(_pattern(item, top, extract) for item in top.mappings("patterns"))
    why = top.text("without_patterns", "")
    if bool(patterns) == bool(why):
        raise PlaybookError(
            f"{path.name}: give either patterns or, in 'without_patterns', why there are none"
        )
    _refuse_twins(path.name, patterns)
    return SymptomRule(
        rule_id, top.text("family"), top.text("says"), patterns, role, top.texts("reasons"), why
    )


def _role(top: _Mapping) -> Role:
    return _one_of(top, "role", Role, top.text("role", Role.SYMPTOM))


def _one_of(mapping: _Mapping, key: str, kind: Callable[[str], T], value: str) -> T:
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(role.value for role in Role)
        raise PlaybookError(f"{mapping.where}: {key!r} is {value!r}", f"it is one of {choices}") from None


def _pattern(item: _Mapping, top: _Mapping, extract: Mapping[str, tuple[str, ...]]) -> Pattern:
    item.allow(_PATTERN_KEYS)
    constants = item.mapping("constants")
    return Pattern(
        id=item.text("id"),
        regex=item.text("match"),
        runtimes=_runtimes(item),
        rank=item.number("rank", top.number("rank", 0)),
        unless=item.text("unless", ""),
        weight=item.number("weight", 0),
        any_reason=item.flag("any_reason"),
        constants={name: constants.text(name) for name in constants.keys()},  # noqa: SIM118 - not a dict
        extract=dict(extract) | _extracts(item, "extract"),
        examples=item.texts("examples"),
        counter_examples=item.texts("counter_examples"),
        source=item.text("source", ""),
    )


def _runtimes(item: _Mapping) -> tuple[str, ...]:
    runtimes = item.texts("runtime")
    if not runtimes:
        raise PlaybookError(f"{item.where}: 'runtime' is missing")
    for runtime in runtimes:
        if runtime not in _RUNTIMES:
            near = process.extractOne(runtime, _RUNTIMES)
            raise PlaybookError(
                f"{item.where}: unknown runtime {runtime!r}", f"the nearest known one is {near[0]!r}"
            )
    return runtimes


def _refuse_twins(name: str, patterns: tuple[Pattern, ...]) -> None:
    seen: set[str] = set()
    for pattern in patterns:
        if pattern.id in seen:
            raise PlaybookError(f"{name}: two patterns are called {pattern.id!r}")
        seen.add(pattern.id)
