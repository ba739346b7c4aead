"""What was typed, as values: where to look, and what should come out.

Options in -> :class:`Asked` and :class:`Shape` out. Light on purpose: every command makes these before the
rest of the house is imported, so that a contradiction is told at once.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.errors import UsageError
from bot.facts import target, times


# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
_SELECTOR = re.compile(r"[A-Za-z0-9_./=!,() -]{1,1000}")
# Each is asked for by itself; whoever means more means all of them.
_MOST_NAMESPACES = 100


class Output(StrEnum):
    """What comes out; Slack blocks come with the Slack messages themselves."""

    TEXT = "text"
    JSON = "json"


class Depth(StrEnum):
    """How much of a cluster each look lists."""

    USUAL = (
        "usual"  # every pod at first and every N looks; in between those that are Pending or that events name
    )
    FULL = "full"
    QUICK = "quick"


@dataclass(frozen=True, slots=True)
class Shape:
    """What should come out.

    Attributes:
        exit_code: end with 1 when a failure was found.
        watch: look again and again.
        depth: how much each look lists.
    """

    output: Output = Output.TEXT
    exit_code: bool = False
    watch: bool = False
    depth: Depth = Depth.USUAL


@dataclass(frozen=True, slots=True)
class Asked:
    """Where and how to look, as typed; empty means: not said.

    Attributes:
        namespaces: from ``-n``; nothing for the command's default.
        everywhere: ``-A``.
        clusters: names from the settings, from ``-c``.
        source: the dump of ``--from``.
    """

    namespaces: tuple[str, ...] = ()
    everywhere: bool = False
    selector: str = ""
    context: str = ""
    kubeconfig: Path | None = None
    clusters: tuple[str, ...] = ()
    source: Path | None = None
    at: str = ""
    stalled_after: str = ""
    no_exec: bool = False
    config: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself or cannot be read.

        Raises:
            UsageError: with the way out as its hint.
        """
        if self.source is not None and (self.context or self.kubeconfig or self.clusters):
            raise UsageError(
                "--from reads a dump and no cluster", "drop --context, --kubeconfig and -c, or drop --from"
            )
        if self.clusters and (self.context or self.kubeconfig):
            raise UsageError(
                "-c names a cluster of the settings, --context one of the kubeconfig", "give one of them"
            )
        if self.at and self.source is None:
            raise UsageError("--at says what now is in a dump", "add --from PATH, or drop --at")
        if self.everywhere and self.namespaces:
            raise UsageError("-A means every namespace and -n one", "give one of them")
        self._refuse_unreadable()

    def _refuse_unreadable(self) -> None:
        if self.selector and not _SELECTOR.fullmatch(self.selector):
            raise UsageError(
                f"{target.quoted(self.selector)} is not a label selector", "write it as app=web,tier!=cache"
            )
        if len(self.namespaces) > _MOST_NAMESPACES:
            raise UsageError(
                f"-n was given {len(self.namespaces):,} times", f"{_MOST_NAMESPACES} at most; else use -A"
            )
        for name in self.namespaces:
            target.checked_namespace(name)
        if self.stalled_after:
            times.duration(self.stalled_after)
        if self.at:
            times.moment(self.at)


def depth(*, full: bool, quick: bool) -> Depth:
    """What ``--full`` and ``--quick`` mean together.

    Raises:
        UsageError: both were given.
    """
    if full and quick:
        raise UsageError("--full lists every pod and --quick does not", "give one of them")
    return Depth.FULL if full else Depth.QUICK if quick else Depth.USUAL
