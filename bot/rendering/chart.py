"""The chart of the weekly digest: counts by cause in, a picture out, which reads alike on light and dark pages.

Pillow lives here and nowhere else. The picture brings its own background, so no theme shines through; it is twice as large as it is shown, for
fine screens. Drawing takes tens of milliseconds, so it is not for a loop.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.facts.text import shown


_WIDTH: Final = 1400
_MARGIN = 48
_ROW = 84
_BAR = 34
_THIN = 12
_GAP = 6
_HEAD = 132
_FOOT = 84
_LABELS = 560
_COUNTS = 130
_LARGE, _MIDDLE, _SMALL = 40, 32, 26
_PAPER, _EDGE = (255, 255, 255), (208, 215, 222)
_INK, _FAINT = (31, 35, 40), (89, 99, 110)
_NOW, _BEFORE = (29, 84, 158), (158, 190, 227)
_LEADING = 32
_CUT = "…"
# The font that comes with Pillow has no others; what a playbook of yours may hold is then shown by its numbers.
_LAST = "\u024f"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row.

    Attributes:
        label: what it counts.
        now: in the week; ``before`` in the one before.
    """

    label: str
    now: int
    before: int


def drawn(title: str, bars: Sequence[Bar]) -> bytes:
    """A PNG with a row for each bar, the first on top.

    Raises:
        ValueError: there is none.
    """
    if not bars:
        raise ValueError("nothing to draw")
    size = (_WIDTH, _HEAD + _ROW * len(bars) + _FOOT)
    image = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=_EDGE, width=2)
    pen.text((_MARGIN, _MARGIN - 6), _fitting(title, _LARGE, _WIDTH - 2 * _MARGIN), _INK, _font(_LARGE))
    most = max(max(each.now, each.before) for each in bars) or 1
    for place, each in enumerate(bars):
        _row(pen, _HEAD + place * _ROW, each, most)
    _legend(pen, size[1] - _FOOT + 18)
    out = io.BytesIO()
    # A few colours are all there is, their shades at the edges of letters included.
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _row(pen: ImageDraw.ImageDraw, top: int, bar: Bar, most: int) -> None:
    _label(pen, top + _BAR // 2, bar.label)
    left, room = _MARGIN + _LABELS, _WIDTH - 2 * _MARGIN - _LABELS - _COUNTS
    rows = ((bar.now, top, _BAR, _NOW), (bar.before, top + _BAR + _GAP, _THIN, _BEFORE))
    for count, begin, height, colour in rows:
        # The least count is to be seen as well.
        length = max(round(room * count / most), 6) if count else 0
        if length:
            pen.rectangle((left, begin, left + length, begin + height), colour)
        if height == _BAR:
            pen.text((left + length + 14, top + _BAR // 2), str(count), _INK, _font(_MIDDLE), anchor="lm")


def _label(pen: ImageDraw.ImageDraw, middle: int, text: str) -> None:
    """In one line where it fits, else smaller in two: causes are told apart by their last words."""
    lines, size = _lines(text)
    for place, each in enumerate(lines):
        height = middle + round((place - (len(lines) - 1) / 2) * _LEADING)
        pen.text((_MARGIN, height), each, _INK, _font(size), anchor="lm")


def _lines(text: str) -> tuple[Sequence[str], int]:
    """A label's lines and the size of their letters."""
    room = _LABELS - 24
    whole = _spelled(text)
    if _font(_MIDDLE).getlength(whole) <= room:
        return [whole], _MIDDLE
    first, words = "", whole.split(" ")
    while words and _font(_SMALL).getlength(f"{first} {words[0]}".lstrip()) <= room:
        first = f"{first} {words.pop(0)}".lstrip()
    rest = _fitting(" ".join(words), _SMALL, room)
    return [each for each in (first, rest) if each], _SMALL


def _legend(pen: ImageDraw.ImageDraw, top: int) -> None:
    left = _MARGIN
    for word, colour in (("this week", _NOW), ("the week before", _BEFORE)):
        pen.rectangle((left, top + 6, left + 22, top + 28), colour)
        pen.text((left + 34, top + 17), word, _FAINT, _font(_SMALL), anchor="lm")
        left += 34 + round(_font(_SMALL).getlength(word)) + 48


def _fitting(text: str, size: int, room: int) -> str:
    """As much of a text as there is room for."""
    seen = _spelled(text)
    if _font(size).getlength(seen) <= room:
        return seen
    while seen and _font(size).getlength(seen + _CUT) > room:
        seen = seen[:-1]
    return seen.rstrip() + _CUT


def _spelled(text: str) -> str:
    """What the font has of a text; the rest by its numbers."""
    return shown("".join(each if each <= _LAST else f"\\u{ord(each):04x}" for each in text))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    # Without FreeType there is one size only; every wheel has it.
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
