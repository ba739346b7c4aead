"""What was typed, as values: where to look, and what should come out.

Options in -> :class:`Asked` and :class:`Shape` out. Light on purpose: every command makes these before the
rest of the house is imported, so that a contradiction is told at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.facts import target, times


if TYPE_CHECKING:
    from bot.facts.hosts import Addresses


# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
_SELECTOR = re.compile(r"[A-Za-z0-9_./=!,() -]{1,1000}")
# Each is asked for by itself; whoever means more means all of them.
_MOST_NAMESPACES = 100


class Output(StrEnum):
    """What comes out: words, values for programs, or the messages that Slack would get."""

    TEXT = "text"
    JSON = "json"
    SLACK = "slack"


class Depth(StrEnum):
    """How much of a cluster each look lists."""

    USUAL = (
        "usual"  # every pod at first and every N looks; in between those that are Pending or that events name
    )
    FULL = "full"
    QUICK = "quick"


class Probe(StrEnum):
    """How far one may go with registries."""

    OFF = "off"
    ANONYMOUS = "anonymous"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class Shape:
    """What should come out.

    Attributes:
        exit_code: end with 1 when a failure was found.
        watch: look again and again.
        depth: how much each look lists.
        prove: the transcript goes to stdout, and the answer to stderr.
    """

    output: Output = Output.TEXT
    exit_code: bool = False
    watch: bool = False
    depth: Depth = Depth.USUAL
    prove: bool = False

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            UsageError: with the way out as its hint.
        """
        if self.prove and self.output is not Output.TEXT:
            raise UsageError(
                "--prove prints a transcript, which is JSON, and the answer in words",
                f"drop one of them; `imagepull why --from TRANSCRIPT -o {self.output}` has the answer as JSON",
            )
        if self.watch and self.output is Output.SLACK:
            raise UsageError(
                "-o slack prints whole messages, and -w what has changed", "drop one of them, or take -o json"
            )
        if self.prove and self.watch:
            raise UsageError("--prove keeps one look, and -w never ends", "give one of them")


@dataclass(frozen=True, slots=True)
class Asked:
    """Where and how to look, as typed; empty means: not said.

    Attributes:
        namespaces: from ``-n``; nothing for the command's default.
        everywhere: ``-A``.
        clusters: names from the settings, from ``-c``.
        source: the dump of ``--from``.
        probe: how far to go with registries; None when nothing was said.
        allow_registries: ``HOST`` or ``HOST=CIDR``, from ``--allow-registry``.
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
    probe: Probe | None = None
    allow_registries: tuple[str, ...] = ()

    @property
    def allowed(self) -> "Mapping[str, tuple[Addresses, ...]]":
        """Registry host of ``--allow-registry`` -> the private addresses that it may resolve to."""
        found: dict[str, tuple[Addresses, ...]] = {}
        for each in self.allow_registries:
            host, addresses = _allowed(each)
            found[host] = (*found.get(host, ()), *addresses)
        return found

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
        self._refuse_probing()
        self._refuse_unreadable()

    def _refuse_probing(self) -> None:
        if self.source is not None and (self.probe or self.allow_registries):
            raise UsageError(
                "--from opens no connection, so no registry can be asked",
                "drop --probe and --allow-registry, or drop --from",
            )
        if self.probe is Probe.OFF and self.allow_registries:
            raise UsageError("--probe off asks no registry, and --allow-registry one", "give one of them")

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
        for allowed in self.allow_registries:
            _allowed(allowed)


def depth(*, full: bool, quick: bool) -> Depth:
    """What ``--full`` and ``--quick`` mean together.

    Raises:
        UsageError: both were given.
    """
    if full and quick:
        raise UsageError("--full lists every pod and --quick does not", "give one of them")
    return Depth.FULL if full else Depth.QUICK if quick else Depth.USUAL


def _allowed(text: str) -> "tuple[str, tuple[Addresses, ...]]":
    """A registry of ``--allow-registry``, with the addresses that stand behind the ``=``.

    Raises:
        UsageError: it is not one, or the addresses can never be allowed.
    """
    from bot.facts import hosts  # noqa: PLC0415  # only when one was given
    from bot.facts.redaction import redact  # noqa: PLC0415  # likewise

    host, equals, addresses = text.partition("=")
    try:
        return hosts.registry(host), (hosts.addresses(addresses),) if equals else ()
    except UsageError as error:
        raise UsageError(
            f"--allow-registry {target.quoted(redact(text))}: {error.message}", error.hint
        ) from None
