"""Hears from the lines of a watch which pods begin to fail and which cease to: a line in -> a signal, or nothing, out.

Nearly every line is about a healthy pod. Such a line is recognized by what does not stand in it, without being decoded,
and nothing of it is kept but the line itself until the next one, for its version. Remembered are failing pods alone:
a failing pod's state rotates for ever, and only its first line is news.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final

import msgspec

from bot.cluster import suspects
from bot.cluster.shapes import ContainerStatus, Shape
from bot.ports.watching import Sign, Signal


Key = tuple[str, str]
# How an API server begins the lines that are about a pod, and the pod in them.
_ABOUT_PODS: Final = (b'{"type":"MODIFIED"', b'{"type":"ADDED"', b'{"type":"DELETED"')
_NAME: Final = b'"metadata":{"name":"'
_NAME_WITHIN: Final = 256
# A container that waits or has ended once says one of these words of itself, between quotes of its own: fields that somebody
# manages are called "f:waiting", and in annotations the quotes are escaped.
_WAITING, _TERMINATED = b'"waiting"', b'"terminated"'
_STATUS: Final = b'"status":{'
_ENDED: Final = ("Succeeded", "Failed")
# https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff)
_CRASHES: Final = "CrashLoopBackOff"
# The kubelet waits after the first restart for the first time; whatever restarted more often has long been looked at.
_NEWLY: Final = 1
_CRASHED: Final[frozenset[int]] = frozenset()
# In which one pod is remembered to have failed. It has some containers, and whoever may change its image may do so in a loop.
_MOST_WAYS: Final = 100
_GONE: Final = 410


class Garbled(Exception):
    """A line that no API server sends."""


class Ended(Exception):
    """The server ends the watch with an ERROR.

    Args:
        code: 410 where it does not remember as far back; the recorded servers word that in two ways.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Line(msgspec.Struct):
    type: str
    object: msgspec.Raw


class _Status(msgspec.Struct):
    code: int = 0
    reason: str = ""


class _Metadata(Shape):
    name: str | None = None
    namespace: str | None = None
    resource_version: str | None = None


class _PodStatus(Shape):
    phase: str | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    ephemeral_container_statuses: list[ContainerStatus] | None = None


class _Pod(Shape):
    metadata: _Metadata | None = None
    status: _PodStatus | None = None


class _Bare(Shape):
    metadata: _Metadata | None = None


class _BareLine(msgspec.Struct):
    object: _Bare


_line: Final = msgspec.json.Decoder(_Line)
_bare_line: Final = msgspec.json.Decoder(_BareLine)
_status: Final = msgspec.json.Decoder(_Status)
_pod: Final = msgspec.json.Decoder(_Pod)
_bare: Final = msgspec.json.Decoder(_Bare)


class Ear:
    """Listens to one stream.

    Args:
        covers: whether a namespace is looked at; of others nothing is remembered.
    """

    def __init__(self, covers: Callable[[str], bool] = lambda _: True) -> None:
        self._covers = covers
        self._version = ""
        self._last = b""
        # Name, as bytes, -> namespace -> what fails in it; None while only a look knows that something does.
        self._known: dict[bytes, dict[str, frozenset[int] | None]] = {}
        self._doubtful: set[Key] = set()
        # What the last look told of and no line has since.
        self._hearsay: set[Key] = set()

    @property
    def version(self) -> str:
        """The newest resourceVersion that was heard; "" for none that can be read."""
        if self._last:
            try:
                self._version = _version(_bare_line.decode(self._last).object)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._version = ""
            self._last = b""
        return self._version

    @property
    def failing(self) -> int:
        """How many pods are remembered."""
        return sum(map(len, self._known.values()))

    def begin(self, version: str) -> None:
        """Listen from another version on: what is remembered may have changed meanwhile."""
        self._version, self._last = version, b""
        self._doubtful = {(space, name.decode()) for name, spaces in self._known.items() for space in spaces}

    def settle(self, failing: Iterable[Key]) -> None:
        """Take from a look what fails: of those in doubt the others do not, and these are no news.

        In doubt is also what only the look before this one told of: it may have gone while that one looked, and then no line
        about it ever comes again.
        """
        told = {key for key in failing if self._covers(key[0])}
        for key in (self._doubtful | self._hearsay) - told:
            self._forget(key)
        self._doubtful.clear()
        self._hearsay = {key for key in told if self._how(key) is None}
        for space, name in self._hearsay:
            self._known.setdefault(name.encode(), {}).setdefault(space, None)

    def hear(self, line: bytes) -> Signal | None:
        """What a line says, if it is news.

        Raises:
            Garbled: it is no line of a watch.
            Ended: it is the last one, and says why.
        """
        # As the server writes them; any other spelling of the same is read in full. The status comes last, and only it is
        # searched: the rest of a line is most of it.
        if (
            line.startswith(_ABOUT_PODS)
            and line.endswith(b"}}")
            and (status := line.rfind(_STATUS)) > 0
            and line.find(_WAITING, status) < 0
            and line.find(_TERMINATED, status) < 0
            and (at := line.find(_NAME, 0, _NAME_WITHIN)) > 0
            and line[at + len(_NAME) : line.find(b'"', at + len(_NAME))] not in self._known
        ):
            self._last = line
            return None
        return self._read(line)

    def _read(self, line: bytes) -> Signal | None:
        try:
            told = _line.decode(line)
            if told.type == "ERROR":
                raise Ended(_code(told.object))
            bare = _bare.decode(told.object)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Garbled from None
        self._version, self._last = _version(bare) or self.version, b""
        meta = bare.metadata or _Metadata()
        key = meta.namespace or "", meta.name or ""
        if told.type not in ("ADDED", "MODIFIED", "DELETED") or not key[1] or not self._covers(key[0]):
            return None
        self._doubtful.discard(key)
        self._hearsay.discard(key)
        try:
            status = _pod.decode(told.object).status
        except (msgspec.ValidationError, UnicodeDecodeError):
            return None  # a sweep names it
        if told.type == "DELETED" or (status is not None and status.phase in _ENDED):
            return Signal(Sign.GONE, *key) if self._forget(key)[0] else None
        sign = self._weighed(key, status or _PodStatus())
        return Signal(sign, *key) if sign else None

    def _weighed(self, key: Key, status: _PodStatus) -> Sign | None:
        """What a pod's state comes to, beside what was known of it."""
        if not suspects.speaks_of_trouble(status):
            if not any(each.state and each.state.running for each in status.container_statuses or ()):
                return None
            known, how = self._forget(key)
            # One that crashes runs between two crashes, and is not mended by that.
            return Sign.MENDED if known and how != _CRASHED else None
        said = [(each, word) for each in _statuses(status) if (word := suspects.complaint(each))]
        if not said:
            return None  # it waits in silence, or between a crash and what comes of it
        waits = frozenset(hash((each.name, each.image)) for each, word in said if word != _CRASHES)
        return self._remembered(key, waits, max(each.restart_count or 0 for each, _ in said))

    def _remembered(self, key: Key, how: frozenset[int], restarts: int) -> Sign | None:
        spaces = self._known.setdefault(key[1].encode(), {})
        if key[0] not in spaces:
            spaces[key[0]] = how
            return None if how == _CRASHED and restarts > _NEWLY else Sign.FAILS
        before = spaces[key[0]]
        # States rotate, and where a restart fails to pull, pulling and crashing do: less than before is no news.
        together = how if before is None else before | how
        spaces[key[0]] = together if len(together) <= _MOST_WAYS else how
        return Sign.FAILS if before is not None and how - before else None

    def _how(self, key: Key) -> frozenset[int] | None:
        return self._known.get(key[1].encode(), {}).get(key[0])

    def _forget(self, key: Key) -> tuple[bool, frozenset[int] | None]:
        """Whether a pod was known, and what failed in it."""
        spaces = self._known.get(key[1].encode(), {})
        known, how = key[0] in spaces, spaces.pop(key[0], None)
        if known and not spaces:
            del self._known[key[1].encode()]
        return known, how


def _statuses(status: _PodStatus) -> Iterable[ContainerStatus]:
    groups: tuple[Collection[ContainerStatus] | None, ...] = (
        status.container_statuses,
        status.init_container_statuses,
        status.ephemeral_container_statuses,
    )
    return (each for group in groups for each in group or ())


def _version(bare: _Bare) -> str:
    return (bare.metadata.resource_version if bare.metadata else "") or ""


def _code(raw: msgspec.Raw) -> int:
    status = _status.decode(raw)
    return _GONE if status.reason in ("Expired", "Gone") else status.code
