"""The examples beside each kind of warning: what is given, and of what it warns.

A folder of ``playbooks/warnings`` in -> :class:`Foretold` values out; running one needs a whole round, so the caller hands
that in. What is given is written as in the examples of causes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.catalog import proof, schema
from bot.catalog.proof import Given
from bot.errors import BotError, PlaybookError
from bot.facts.forewarning import Kind, Outlook


@dataclass(frozen=True, slots=True)
class Foretold:
    """One file of ``warnings/<id>/examples``.

    Attributes:
        warns: the things that are warned of, of this kind; nothing else of it may be.
        near_miss: it looks like something to warn of, and is none.
    """

    kind: Kind
    name: str
    about: str
    given: Given
    warns: frozenset[str]
    near_miss: bool

    @property
    def where(self) -> str:
        """The file, as errors call it."""
        return f"warnings/{self.kind}/examples/{self.name}.yaml"


Forewarn = Callable[[Foretold], Outlook]


def examples(folder: Path, kind: Kind) -> tuple[Foretold, ...]:
    """The examples of one kind, by name.

    Raises:
        PlaybookError: one does not say what it must.
    """
    paths = sorted((folder / "warnings" / kind.value / "examples").glob("*.yaml"))
    return tuple(_read(path, kind) for path in paths)


def faults(folder: Path, forewarn: Forewarn, *, own: bool = False) -> Iterator[PlaybookError]:
    """What is wrong with the examples of all kinds.

    Args:
        folder: ``playbooks``.
        forewarn: looks at what is given.
        own: the folder is a user's, which has only the kinds that it says otherwise.
    """
    for kind in Kind:
        if own and not (folder / "warnings" / kind.value).is_dir():
            continue
        try:
            every = examples(folder, kind)
        except PlaybookError as fault:
            yield fault
            continue
        if not any(each.warns for each in every):
            yield PlaybookError(f"warnings/{kind}/examples: none warns", "add one that does")
        if not any(each.near_miss for each in every):
            yield PlaybookError(f"warnings/{kind}/examples: no near miss", "add one that only looks like it")
        for each in every:
            yield from _proven(each, forewarn)


def _proven(example: Foretold, forewarn: Forewarn) -> Iterator[PlaybookError]:
    try:
        found = forewarn(example)
    except BotError as error:
        yield PlaybookError(f"{example.where}: {error.message}", error.hint)
        return
    told = {each.thing for each in found.findings if each.kind is example.kind}
    for thing in sorted(told - example.warns):
        yield PlaybookError(f"{example.where}: it warns of {thing}")
    for thing in sorted(example.warns - told):
        yield PlaybookError(f"{example.where}: it does not warn of {thing}")


def _read(path: Path, kind: Kind) -> Foretold:
    where = f"warnings/{kind}/examples/{path.name}"
    whole = schema.Fields(schema.parse(path.read_text(encoding="utf-8"), where), where)
    given = proof.given(whole, where)
    expect = schema.Fields(whole.mapping("expect"), f"{where}: expect")
    warns, near_miss = expect.texts("warns"), expect.flag("near_miss", default=False)
    found = Foretold(kind, path.stem, whole.text("about"), given, frozenset(warns), near_miss)
    expect.close()
    whole.close()
    if near_miss and warns:
        raise PlaybookError(f"{where}: expect: a near miss warns of nothing")
    return found
