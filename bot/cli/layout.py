"""Lines of a terminal: styled pieces in, wrapped text out.

Rich measures, wraps and colours; its markup, emoji and highlighting stay off, because most of what is shown
was written by strangers. What is to be copied is never wrapped.
"""

import io

from rich.console import Console
from rich.text import Text as Styled

from bot.facts.text import Text


VALUE = "cyan"
DIM = "dim"
BOLD = "bold"
_NARROWEST = 40
_WIDEST = 120  # longer lines are hard to follow with the eye


class Page:
    """A page that grows downwards.

    Args:
        width: columns to wrap at; narrower than 40 and wider than 120 are not used.
        colour: put out colours (ANSI).
    """

    def __init__(self, width: int, *, colour: bool) -> None:
        self._out = io.StringIO()
        self._width = max(_NARROWEST, min(width, _WIDEST))
        # An empty environment: whether there is colour was decided by the caller, and is the same in every test.
        self._console = Console(
            file=self._out,
            width=self._width,
            color_system="standard" if colour else None,
            force_terminal=colour,
            no_color=not colour,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            _environ={},
        )

    def line(self, *pieces: Styled | str, indent: int = 0, hang: int = 0) -> None:
        """A paragraph, wrapped; its further lines stand ``hang`` columns deeper."""
        text = Styled.assemble(*pieces)
        first = True
        room = self._width - indent - hang
        for wrapped in text.wrap(self._console, max(room, _NARROWEST // 2)):
            wrapped.rstrip()
            self._put(Styled(" " * (indent + (0 if first else hang))) + wrapped)
            first = False

    def comment(self, text: str, indent: int = 0) -> None:
        """A shell comment: each of its lines begins with #, so that it can be copied with the command below it."""
        for wrapped in Styled(text, DIM).wrap(self._console, max(self._width - indent - 2, _NARROWEST // 2)):
            wrapped.rstrip()
            self._put(Styled.assemble(" " * indent, ("# ", DIM), wrapped))

    def copyable(self, text: str, indent: int = 0, style: str = "") -> None:
        """A line that is never wrapped."""
        self._put(Styled.assemble(" " * indent, (text, style)))

    def heading(self, text: str) -> None:
        """An empty line and a heading."""
        self.gap()
        self.line(styled(text, BOLD))

    def gap(self) -> None:
        """An empty line, unless the page begins here."""
        if self._out.tell():
            self._out.write("\n")

    def text(self) -> str:
        """Everything so far; ends with a line break, unless it is empty."""
        return self._out.getvalue()

    def _put(self, text: Styled) -> None:
        self._console.print(text, soft_wrap=True)


def styled(text: str, style: str = "") -> Styled:
    """A piece with a style."""
    return Styled(text, style)


def spoken(text: Text, style: str = "") -> Styled:
    """Words with their values in the colour of values."""
    found = Styled(style=style)
    for span in text:
        found.append(span.text, VALUE if span.value else None)
    return found
