"""Listens to a cluster's pods, and goes on whatever becomes of the connection: an API server in -> signals out.

Each stream goes on where the last one ended. Where that is not to be had (the server has forgotten, was silent for longer than
its bookmarks let it be, or said what cannot be read) it begins anew, and says that something may have been missed.
https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from bot.cluster.client import ApiClient, Pace, Refusal
from bot.cluster.hearing import Ear, Ended, Garbled
from bot.cluster.lines import Lines, TooLong
from bot.cluster.resources import Resource
from bot.cluster.shapes import Page
from bot.errors import BotError
from bot.incidents.looking import EVERYWHERE, Extent
from bot.ports.watching import Hearing, Restart, Sign, Signal


# An object takes a mebibyte and a half in etcd, and a character of it that JSON is not trusted with ("<", as \u003c) six bytes:
# whoever may create one pod could end every stream with a shorter limit. https://pkg.go.dev/encoding/json#Marshal
_LONGEST_LINE: Final = 10 << 20
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
_MOST_DOUBLINGS: Final = 7
# A stream that lived for so long shows that opening one is worth it.
_PROVEN_AFTER: Final = 10.0
# Where rights are given one namespace at a time. Each is a connection and a login, some 80 ms of processor time for its TLS.
_MOST_SPACES: Final = 50

_FORGETS: Final = "the server does not remember what it has just listed"

Heard = Callable[[Signal], object]
Spaces = Callable[[], Awaitable[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a watch waits.

    Attributes:
        silence: seconds without a line or bookmark after which a stream is not believed any more. Bookmarks come once a
            minute (recorded: 60 s); a server that was restarted leaves the stream open in silence until its time is up.
        lasts: seconds that a stream is asked to last; up to half as long again by jitter.
        refused: seconds until somebody may have granted what is missing, and namespaces are read anew.
    """

    silence: float = 90.0
    lasts: float = 300.0
    refused: float = 300.0


@dataclass(frozen=True, slots=True)
class Ways:
    """How a watch gets at a cluster.

    Attributes:
        client: makes a client; each stream has one of its own.
        pace: sleep, jitter and our clock.
        told: is told why a watch hears nothing and what would help, and with "" that it hears again.
        patience: how long it waits.
    """

    client: Callable[[], ApiClient]
    pace: Pace
    told: Callable[[str, str], object] = lambda *_: None
    patience: Patience = Patience()


@dataclass(frozen=True, slots=True)
class _Over:
    """Why a stream ended.

    Attributes:
        keeps: what was heard last is good to go on from.
        after: so many seconds the server wants to be left alone.
        hint: what would help.
    """

    restart: Restart
    keeps: bool
    why: str = ""
    hint: str = ""
    after: float = 0.0


class _NotAllowed(Exception):
    """The whole cluster may not be watched."""


class _Stream:
    """One place, a namespace or the whole cluster, listened to again and again."""

    def __init__(self, namespace: str, ways: Ways, covers: Callable[[str], bool]) -> None:
        self._ways = ways
        self._resource = Resource("pods", namespace)
        self._client: ApiClient | None = None
        self._version = ""
        self._doubted = False
        self._trouble = ""
        self.ear = Ear(covers)
        self.up = False
        self.heard_at: datetime | None = None
        self.restarts: Counter[Restart] = Counter()

    async def run(self, heard: Heard, *, insists: bool = True) -> None:
        """Listen until cancelled.

        Raises:
            _NotAllowed: it may not, and does not insist.
        """
        tries = 0
        try:
            while True:
                began = asyncio.get_running_loop().time()
                over = await self._listen(heard)
                self.restarts[over.restart] += 1
                if over.restart is Restart.REFUSED and not insists:
                    raise _NotAllowed
                lived = asyncio.get_running_loop().time() - began
                tries = 0 if lived >= _PROVEN_AFTER else min(tries + 1, _MOST_DOUBLINGS)
                self.up = self.up and tries <= 1 and over.restart in (Restart.ENDED, Restart.EXPIRED)
                self._note(over, tries)
                if over.restart is Restart.UNREACHABLE:
                    await self._leave()
                await self._ways.pace.sleep(self._pause(over, tries))
        finally:
            self.up = False
            await self._leave()

    def settle(self, failing: Collection[tuple[str, str]]) -> None:
        """What a look found."""
        space = self._resource.namespace
        self.ear.settle(key for key in failing if space in ("", key[0]))

    async def _leave(self) -> None:
        """Close what is open; the next client is made anew, from what files say by then."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _note(self, over: _Over, tries: int) -> None:
        """Remember how to go on, and tell what lasts."""
        if not over.keeps:
            self._version = ""
        self._doubted = self._doubted or over.restart is Restart.SILENT
        # What passes by itself with the next try is nobody's business.
        if over.why and (tries > 1 or over.restart in (Restart.REFUSED, Restart.SILENT)):
            self._tell(over.why, over.hint)

    def _tell(self, why: str, hint: str = "") -> None:
        if why != self._trouble:
            self._trouble = why
            self._ways.told(why, hint)

    def _pause(self, over: _Over, tries: int) -> float:
        spread = 0.5 + self._ways.pace.jitter()
        if over.restart is Restart.REFUSED:
            return self._ways.patience.refused * spread
        if over.restart in (Restart.ENDED, Restart.EXPIRED) and tries <= 1:
            return 0.0
        grown = _FIRST_PAUSE * 2.0 ** max(tries - 1, 0) * spread
        return min(max(over.after, grown), _LONGEST_PAUSE)

    async def _listen(self, heard: Heard) -> _Over:
        """One stream, from where the last one ended."""
        try:
            client = self._client = self._client or self._ways.client()
            if not self._version:
                self._version = await self._newest(client)
                self.ear.begin(self._version)
                heard(Signal(Sign.LOST))
            await self._follow(client, heard)
        except Ended as ended:
            if ended.code == 401:
                await client.renew()
            return _ended_by(ended)
        except (Garbled, TooLong):
            return _Over(Restart.GARBLED, keeps=False, why="what comes is not what an API server sends")
        except Refusal as refusal:
            return self._refused(refusal)
        except BotError as error:
            return _Over(Restart.UNREACHABLE, keeps=True, why=error.message, hint=error.hint)
        finally:
            self._version = self._version and self.ear.version
        return _Over(Restart.ENDED, keeps=True, why="its streams end at once")

    async def _newest(self, client: ApiClient) -> str:
        """The version from now on. What is there already is for a look to find, so one pod is enough of a list."""
        answer = await client.get(self._resource, {"limit": "1"})
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            metadata = msgspec.json.decode(answer.body, type=Page[msgspec.Raw]).metadata
            if metadata and metadata.resource_version:
                return metadata.resource_version
        raise Garbled

    async def _follow(self, client: ApiClient, heard: Heard) -> None:
        patience, loop = self._ways.patience, asyncio.get_running_loop()
        lasts = int(patience.lasts * (1 + self._ways.pace.jitter() / 2))
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": str(max(lasts, 1)),
        }
        async with client.stream(self._resource, query) as chunks:
            self.up = not self._doubted
            lines = Lines(_LONGEST_LINE)
            async with asyncio.timeout(patience.silence) as silence:
                async for chunk in chunks:
                    told = lines.cut(chunk)
                    if told:  # bytes alone prove nothing: a proxy may send some to keep a connection
                        silence.reschedule(loop.time() + patience.silence)
                        self._take(told, heard)

    def _take(self, lines: Collection[bytes], heard: Heard) -> None:
        hear = self.ear.hear
        for line in lines:
            signal = hear(line)
            if signal is not None:
                heard(signal)
        self.up, self._doubted, self.heard_at = True, False, self._ways.pace.now()
        self._tell("")

    def _refused(self, refusal: Refusal) -> _Over:
        """What the answer to an opening comes to, or the end of a connection."""
        status, after = refusal.status, refusal.after or 0.0
        if status == 403:
            right = self._resource.right_to_watch
            return _Over(Restart.REFUSED, keeps=True, why="it may not watch pods", hint=f"grant it: {right}")
        if status == 410:
            return _Over(Restart.EXPIRED, keeps=False, why=_FORGETS)
        if status == 0 and refusal.why == "timed out":
            hint = "does something on the way keep back what the server sends, or cut off what is idle?"
            return _Over(Restart.SILENT, keeps=False, why="nothing comes, not even bookmarks", hint=hint)
        restart = {0: Restart.CUT, 401: Restart.UNREACHABLE, 429: Restart.THROTTLED}.get(
            status, Restart.FAULTY
        )
        # A version that is none is a 500, where a list says 400.
        keeps = status in (0, 401, 429, 502, 503, 504)
        return _Over(restart, keeps, why=refusal.why, after=after)


def _ended_by(ended: Ended) -> _Over:
    if ended.code == 410:
        return _Over(Restart.EXPIRED, keeps=False, why=_FORGETS)
    if ended.code == 401:
        return _Over(Restart.CUT, keeps=True, why="credentials refused")
    return _Over(Restart.FAULTY, keeps=False, why=f"the server ends its streams with {ended.code}")


class ClusterWatch:
    """Listens to one cluster: ``bot.ports.watching.PodWatch`` over an API server.

    The whole cluster by one stream; where that is not allowed and the settings name namespaces, each of these by its own.

    Args:
        ways: how to get at it.
        extent: what is looked at; of the rest nothing is heard.
        spaces: tells the namespaces to listen to one by one.
    """

    def __init__(self, ways: Ways, extent: Extent = EVERYWHERE, spaces: Spaces | None = None) -> None:
        self._ways, self._extent, self._spaces = ways, extent, spaces
        self._streams: dict[str, _Stream] = {}
        self._past: Counter[Restart] = Counter()
        self._trouble = ""

    async def run(self, heard: Heard) -> None:
        """Listen until cancelled."""
        spaces = self._spaces if self._extent.include else None
        try:
            await self._stream("").run(heard, insists=spaces is None)
        except _NotAllowed:
            self._close("")
        while spaces is not None:
            await self._one_by_one(await self._named(spaces), heard)

    def settle(self, failing: Collection[tuple[str, str]]) -> None:
        """Take from a whole look what fails."""
        for each in self._streams.values():
            each.settle(failing)

    @property
    def hearing(self) -> Hearing:
        """How it stands: up when every stream is."""
        streams = self._streams.values()
        heard = [each.heard_at for each in streams]
        known = [each for each in heard if each is not None]
        return Hearing(
            bool(streams) and all(each.up for each in streams),
            min(known, default=None),
            dict(sum((each.restarts for each in streams), self._past)),
            sum(each.ear.failing for each in streams),
        )

    def _stream(self, namespace: str) -> _Stream:
        if namespace not in self._streams:
            self._streams[namespace] = _Stream(namespace, self._ways, self._extent.has)
        return self._streams[namespace]

    def _close(self, namespace: str) -> None:
        self._past += self._streams.pop(namespace).restarts

    async def _named(self, spaces: Spaces) -> tuple[str, ...]:
        """The namespaces there are by now; those that were, while nobody can tell."""
        try:
            named = await spaces()
        except BotError as error:
            self._tell(error.message, error.hint)
            return tuple(self._streams)
        left = len(named) - _MOST_SPACES
        told = f"{left} of {len(named)} namespaces are left to looks" if left > 0 else ""
        self._tell(told, "grant watch pods in the whole cluster" if told else "")
        return named[:_MOST_SPACES]

    def _tell(self, why: str, hint: str) -> None:
        if why != self._trouble:
            self._trouble = why
            self._ways.told(why, hint)

    async def _one_by_one(self, namespaces: tuple[str, ...], heard: Heard) -> None:
        """For a while, then there may be others; whoever stays goes on from where it was."""
        for gone in self._streams.keys() - set(namespaces):
            self._close(gone)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._ways.patience.refused):
                async with asyncio.TaskGroup() as group:
                    for each in namespaces:
                        group.create_task(self._stream(each).run(heard))
                    # Without any namespace there is nothing but the wait.
                    group.create_task(asyncio.Event().wait())
