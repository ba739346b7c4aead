"""The demo's story: its text in, the steps to show out.

A step is what is said before a command, and the command. Lines that begin with ``$`` are commands; what
stands between them is said.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


RECORDINGS = Path(__file__).parent / "recordings" / "demo"
_STORY = Path(__file__).parent / "story.txt"
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to show.

    Attributes:
        said: the lines before it.
        command: as a person would type it in a cluster of their own.
    """

    said: tuple[str, ...]
    command: tuple[str, ...]

    @property
    def line(self) -> str:
        """The command as one line."""
        return shlex.join(self.command)


def steps(text: str | None = None) -> Iterator[Step]:
    """The steps of the story, in order."""
    said: list[str] = []
    for line in (_STORY.read_text(encoding="utf-8") if text is None else text).splitlines():
        if line.startswith(_PROMPT):
            yield Step(tuple(said), tuple(shlex.split(line.removeprefix(_PROMPT))))
            said = []
        elif line:
            said.append(line)
