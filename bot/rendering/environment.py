"""The strict, sandboxed Jinja environment: template and attributes in, text with marked values out.

Everything that is put out passes :func:`_marked`: a value from outside is made visible and set between two
private-use characters that it cannot contain itself, and :func:`spans` turns those into
:class:`~bot.facts.text.Span` values afterwards. Attributes are looked up in plain mappings only, so no
template ever reaches a Python object.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.errors import PlaybookError
from bot.facts.text import Paragraph, Span, Text, shown
from bot.rendering import admission


_OPEN, _CLOSE = "\ue000", "\ue001"
_LONGEST_BLOCK = 20_000
_SHORT_DIGEST = 12  # hex digits, as docker images shows them
_SHORT_TEXT = 60
_MOST_ITEMS = 8
# A line of nothing but tags: it leaves no empty line behind, so an `if` does not part a paragraph.
_TAG_LINE = re.compile(r"^[ \t]*((?:\{%(?:(?!%\}).)*%\}[ \t]*)+)\n", re.MULTILINE)
_MARKS = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")


class Missing(StrictUndefined):
    """Something that is not there: may be asked for under ``if`` (and equals nothing), never put out."""

    def __bool__(self) -> bool:  # type: ignore[override]  # Jinja types it as never returning
        return False

    def __eq__(self, other: object) -> bool:  # type: ignore[override]  # likewise
        return False

    def __ne__(self, other: object) -> bool:  # type: ignore[override]  # likewise
        return True

    def __hash__(self) -> int:  # type: ignore[override]  # likewise
        return id(type(self))


class _Spoken(str):
    """Text that a filter has made and marked itself."""

    __slots__ = ()


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox, narrowed: attributes only of mappings, no calls, no globals, the listed filters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._kept: dict[str, Template] = {}

    def compiled(self, source: str) -> Template:
        """The template of a source, made once."""
        if source not in self._kept:
            self._kept[source] = self.from_string(_TAG_LINE.sub(r"\1", source))
        return self._kept[source]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A value of a mapping, or :class:`Missing`."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Likewise: subscripts say nothing that attributes do not."""
        return self.getattr(obj, str(argument))

    def call(self, *_args: Any, **_kwargs: Any) -> Any:
        """Nothing can be called."""
        raise TemplateError("nothing can be called")


def environment() -> Environment:
    """A fresh environment: no loader, no globals, four filters."""
    made = Environment(undefined=Missing, finalize=_marked, autoescape=False, loader=None)
    made.globals.clear()
    made.filters.clear()
    made.tests = {"defined": made.tests["defined"]}
    made.filters.update({"count": _count, "list_and": _list_and, "ago": _ago, "short": _short})
    return made


def render(source: str, named: Mapping[str, object], made: Environment) -> dict[str, str]:
    """The four blocks of a message, each as text with marked values.

    Raises:
        PlaybookError: the words could not be said, with Jinja's reason.
    """
    try:
        template = made.compiled(source)
        return {name: _block(template, name, named) for name in admission.BLOCKS}
    except (TemplateError, TypeError, ValueError, RecursionError) as error:
        raise PlaybookError(f"the words cannot be said: {shown(str(error))}") from None


def sentence(source: str, named: Mapping[str, object], made: Environment) -> str:
    """One sentence as text with marked values.

    Raises:
        PlaybookError: likewise.
    """
    try:
        template = made.compiled(source)
        return _cut(template.root_render_func(template.new_context(dict(named))))
    except (TemplateError, TypeError, ValueError, RecursionError) as error:
        raise PlaybookError(f"the words cannot be said: {shown(str(error))}") from None


def spans(marked: str) -> Text:
    """Marked text as words and values, white space made one; every mark is gone."""
    found: list[Span] = []
    position = 0
    for match in _MARKS.finditer(marked):
        found.append(Span(_words(marked[position : match.start()])))
        found.append(Span(match[1], value=True))
        position = match.end()
    found.append(Span(_words(marked[position:])))
    return _trimmed(found)


def paragraphs(marked: str) -> tuple[Paragraph, ...]:
    """A block as paragraphs: an empty line parts them, ``- `` at a line's start begins an item of a list."""
    found: list[Paragraph] = []
    for part in re.split(r"\n[ \t]*\n", marked):
        for index, piece in enumerate(re.split(r"(?:^|\n)[ \t]*- ", part)):
            text = spans(piece)
            if text:
                found.append(Paragraph(text, bullet=index > 0))
    return tuple(found)


def _block(template: Template, name: str, named: Mapping[str, object]) -> str:
    context = template.new_context(dict(named))
    return _cut(template.blocks[name](context))


def _cut(pieces: Iterator[str]) -> str:
    text = ""
    for piece in pieces:
        text += piece
        if len(text) > _LONGEST_BLOCK:
            raise PlaybookError("the words cannot be said: longer than 20,000 characters")
    return text


def _marked(value: object) -> object:
    if isinstance(value, _Spoken):
        return str(value)
    if isinstance(value, Undefined):
        return value  # its __str__ raises: something missing is never put out
    if isinstance(value, int):
        return str(value).lower()
    if isinstance(value, str):
        return f"{_OPEN}{shown(value)}{_CLOSE}"
    raise TypeError("a list is put out through list_and or count")


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace(_OPEN, "").replace(_CLOSE, ""))


def _trimmed(found: list[Span]) -> Text:
    kept = [span for span in found if span.text]
    if kept and not kept[0].value:
        kept[0] = Span(kept[0].text.lstrip())
    if kept and not kept[-1].value:
        kept[-1] = Span(kept[-1].text.rstrip())
    return tuple(span for span in kept if span.text)


def _count(value: object) -> _Spoken:
    if isinstance(value, list):
        return _Spoken(len(value))
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,15}", text, re.ASCII):
        raise ValueError("count takes a list or a number")
    return _Spoken(text)


def _list_and(value: object) -> _Spoken:
    if not isinstance(value, list):
        raise TypeError("list_and takes a list")
    items = [str(_marked(each)) for each in value[:_MOST_ITEMS]]
    if len(value) > _MOST_ITEMS:
        items.append(f"{len(value) - _MOST_ITEMS} more")
    head, last = ", ".join(items[:-1]), items[-1] if items else ""
    return _Spoken(f"{head} and {last}" if head else last)


@pass_context
def _ago(context: Context, value: object) -> _Spoken:
    then, now = _time(value), _time(context.get("_now"))
    seconds = max(0, int((now - then).total_seconds()))
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size or (seconds >= size and unit != "minute"):
            number = seconds // size
            return _Spoken(f"{number} {unit}{'' if number == 1 else 's'} ago")
    return _Spoken(f"{seconds} second{'' if seconds == 1 else 's'} ago")


def _time(value: object) -> datetime:
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _short(value: object) -> _Spoken:
    text = str(value)
    algorithm, colon, digits = text.partition(":")
    if colon and re.fullmatch(r"[0-9a-f]{32,}", digits):
        text = f"{algorithm}:{digits[:_SHORT_DIGEST]}…"
    return _Spoken(_marked(text if len(text) <= _SHORT_TEXT else f"{text[: _SHORT_TEXT - 1]}…"))
