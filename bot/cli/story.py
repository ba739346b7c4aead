"""``imagepull demo --story``: the story of a recorded cluster, told with the very commands a person would type.

Each command runs on the recordings that the package carries. Nothing is contacted and nothing is needed.
"""

import shlex
import sys
from pathlib import Path

from bot.cli import sweep, telling, why
from bot.cli.asking import Asked, Shape
from bot.demo import story
from bot.demo.story import Step
from bot.facts.text import shown


_COMMAND = "\x1b[1;36m"
_SAID = "\x1b[3m"
_PLAIN = "\x1b[0m"


def run() -> int:
    """Tell the whole story."""
    for step in story.steps():
        _announce(step)
        _show(step)
    _rule()
    sys.stdout.write(
        f"Look around: {shlex.join(['imagepull', 'sweep', '--from', str(_near(story.RECORDINGS))])}\n"
    )
    sys.stdout.write("Your own cluster: imagepull sweep\n")
    return 0


def _announce(step: Step) -> None:
    _rule()
    colour = telling.coloured()
    for line in step.said:
        sys.stdout.write(f"{_SAID}{line}{_PLAIN}\n" if colour else f"{line}\n")
    sys.stdout.write(f"{_COMMAND}$ {step.line}{_PLAIN}\n\n" if colour else f"$ {step.line}\n\n")
    sys.stdout.flush()


def _show(step: Step) -> None:
    verb, *words = step.command[1:]
    namespaces: tuple[str, ...] = ()
    if "-n" in words:
        place = words.index("-n")
        namespaces = (words[place + 1],)
        del words[place : place + 2]
    asked = Asked(source=_near(story.RECORDINGS), namespaces=namespaces)
    if verb == "sweep":
        sweep.run(asked, Shape())
    else:
        why.run(asked, words, Shape())


def _near(path: Path) -> Path:
    """A path as one would type it from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _rule() -> None:
    sys.stdout.write(f"\n{shown('-' * min(72, telling.width()))}\n\n")
