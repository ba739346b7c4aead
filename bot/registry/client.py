"""The registry as a witness: a question about an image in -> :class:`~bot.facts.testimony.Testimony` out.

Asks as little as will do: a HEAD where existence is the question, a body only where what stands in it is. Nothing is
believed that can be recomputed: whatever has a digest is hashed. Layers are never fetched, and the ``urls`` of foreign
ones are not even read.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.facts.image import DOCKER_HUB, ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.platforms import offers
from bot.facts.testimony import ANONYMOUS, SILENT, Fault, Identity, Manifest, Step, Testimony
from bot.registry import discretion, manifests
from bot.registry.asking import Outcome, Question
from bot.registry.decoding import decoded
from bot.registry.endpoints import api_host, same_host
from bot.registry.manifests import ACCEPT, Contents
from bot.registry.rations import MemoryShelf, Rations, Shelf
from bot.registry.remembering import Memory, keeping, who
from bot.registry.tags import list_tags
from bot.registry.wire import MOST_CONFIG, MOST_MANIFEST


Answer = Testimony | Unread
_Read = tuple[Answer, Contents | None]

# Statuses of servers that do not do HEAD, which say nothing of the manifest.
_NO_HEAD = frozenset({400, 405, 501})
_OK = 200
_TOO_MANY_REQUESTS = 429
_NOT_FOUND = 404
_MOST_LAYERS = 5
# An index may list indexes, and those further ones; nobody honest goes deeper.
_DEEPEST = 3
# Manifests whose entries are kept in mind for the questions that follow.
_MOST_ENTRIES = 20_000
_WRONG_DIGEST = "the digest does not match"
_PAGE = "a web page answers in its place"
_NO_REGISTRY = "what answers in its place is no registry"
# What a blob never comes as: pages, and a registry's own words.
_NO_BLOB = ("text/", "application/json")


class Asker(Protocol):
    """Who puts one question to a registry, with all that this takes (:class:`bot.registry.asking.Asker`)."""

    async def put(self, question: Question) -> Outcome | Unread:
        """Put it."""
        ...

    async def login(self, image: ImageReference, identity: Identity) -> Outcome | Unread:
        """Ask whether the registry knows a credential."""
        ...


class Client:
    """A registry that is really asked, or a recording of one.

    Args:
        asker: who puts the questions.
        now: the clock.
        shelf: where bodies are kept that may be fetched only once.
        sparing: pulls of Docker Hub are rationed, and of a layer there is only a HEAD. False for a recording, where
            nothing is fetched whatever is asked.
    """

    def __init__(
        self,
        asker: Asker,
        now: Callable[[], datetime],
        shelf: Shelf | None = None,
        *,
        sparing: bool = True,
    ) -> None:
        self._asker = asker
        self._sparing = sparing
        self._rations = Rations(shelf or MemoryShelf())
        self._read: Memory[_Read] = Memory(now, _keeping, _weight, _MOST_ENTRIES)

    async def base(self, image: ImageReference) -> Answer:
        """Ask whether the registry answers; a 401 is an answer, a page for people is none."""
        outcome = await self._asker.put(Question(image, ANONYMOUS, Step.BASE, "/v2/"))
        return _garbled(outcome, _PAGE) if _is_page(outcome) else _testimony(outcome)

    async def login(self, image: ImageReference, identity: Identity) -> Answer:
        """Ask whether the registry knows this credential."""
        outcome = await self._asker.login(image, identity)
        return _garbled(outcome, _PAGE) if _is_page(outcome) else _testimony(outcome)

    async def manifest(self, image: ImageReference, identity: Identity, *, whole: bool = False) -> Answer:
        """Ask whether the tag or digest is there, and with ``whole`` what it is.

        Of Docker Hub ``whole`` may get the headers alone: its rations are in :mod:`bot.registry.rations`.
        """
        if not whole:
            return await self._existence(image, identity)
        answer, _ = await self._whole(image, identity)
        return answer

    async def tags(self, image: ImageReference, identity: Identity) -> Answer:
        """Ask which tags there are."""
        return await list_tags(self._asker, image, identity)

    async def config(self, image: ImageReference, identity: Identity, platform: Platform | None) -> Answer:
        """Ask what the image's config is for; where the way there ends early, the answer is that of its last step."""
        answer, contents = await self._whole(image, identity)
        for _ in range(_DEEPEST):
            chosen = _chosen(contents, platform)
            if not chosen:
                break
            child = replace(image, tag=None, digest=chosen)
            answer, contents = await self._whole(child, identity)
        if contents is None or not contents.config:
            return answer
        return await self._platform(image, identity, contents.config)

    async def layers(self, image: ImageReference, identity: Identity, digests: Sequence[str]) -> Answer:
        """Ask whether these blobs are there, by HEAD; a fault ends the asking and is the answer."""
        wanted = list(dict.fromkeys(digest for digest in digests if manifests.is_digest(digest)))
        ended: list[Outcome] = []
        missing: list[str] = []
        for digest in wanted[:_MOST_LAYERS]:
            outcome = await self._layer(image, identity, digest)
            if isinstance(outcome, Unread):
                return outcome
            if _is_no_store(outcome, digest):
                return _garbled(outcome, _NO_REGISTRY)
            ended.append(outcome)
            if outcome.told.fault is not None:
                break
            if outcome.told.status == _NOT_FOUND and outcome.told.step is Step.LAYER:
                missing.append(digest)
        if not ended:
            return Unread(f"layers of {image.name}", "none of them is named")
        gravest = max(ended, key=_gravity)
        return Testimony(gravest.told, missing=tuple(missing), remedy=gravest.remedy)

    async def _layer(self, image: ImageReference, identity: Identity, digest: str) -> Outcome | Unread:
        head = Question(image, identity, Step.LAYER, f"/v2/{image.repository}/blobs/{digest}", "HEAD")
        outcome = await self._asker.put(head)
        if self._sparing or isinstance(outcome, Unread) or outcome.told.fault is not Fault.NOT_RECORDED:
            return outcome
        # A pull asks with GET, so a recording of one tells with that which host behind a redirect failed.
        got = await self._asker.put(replace(head, method="GET"))
        silent = (Fault.NOT_RECORDED, Fault.TOO_LARGE)
        return outcome if isinstance(got, Unread) or got.told.fault in silent else got

    def _is_rationed(self, image: ImageReference) -> bool:
        return self._sparing and same_host(api_host(image.registry), api_host(DOCKER_HUB))

    async def _existence(self, image: ImageReference, identity: Identity) -> Answer:
        key = (image.canonical, who(identity), "existence")
        answer, _ = await self._read.recall(key, lambda: self._looked_for(image, identity))
        return answer

    async def _looked_for(self, image: ImageReference, identity: Identity) -> _Read:
        head = await self._head(image, identity)
        if isinstance(head, Unread) or _is_settled(head) or self._is_rationed(image):
            return head, None
        got, contents = await self._get(image, identity)
        return _more_telling(head, got), contents

    async def _head(self, image: ImageReference, identity: Identity) -> Answer:
        outcome = await self._asker.put(
            Question(image, identity, Step.MANIFEST, _manifest_path(image), "HEAD", ACCEPT)
        )
        if isinstance(outcome, Unread) or not outcome.told.is_ok:
            return _testimony(outcome)
        manifest = _by_headers(image, outcome)
        if manifest is None or outcome.told.status != _OK:
            return Testimony(replace(outcome.told, fault=Fault.GARBLED))
        return Testimony(outcome.told, manifest=discretion.manifest(manifest, outcome.repeats))

    async def _whole(self, image: ImageReference, identity: Identity) -> _Read:
        key = (image.canonical, who(identity), "whole")
        ask = self._rationed if self._is_rationed(image) else self._plenty
        return await self._read.recall(key, lambda: ask(image, identity))

    async def _plenty(self, image: ImageReference, identity: Identity) -> _Read:
        got, contents = await self._get(image, identity)
        if isinstance(got, Testimony) and got.told.fault is Fault.NOT_RECORDED:
            return await self._head(image, identity), None
        return got, contents

    async def _rationed(self, image: ImageReference, identity: Identity) -> _Read:
        head = await self._existence(image, identity)
        if isinstance(head, Unread) or head.manifest is None or not manifests.is_digest(head.manifest.digest):
            return head, None
        digest = head.manifest.digest
        body = self._rations.kept(digest)
        if body is None and self._rations.grant(digest, head.told.limit):
            # By its digest: the tag may have moved on since.
            body = await self._pulled(replace(image, tag=None, digest=digest), identity)
        if body is None or manifests.digest_of(body, digest) != digest:
            return head, None
        self._rations.keep(digest, body)
        contents = manifests.read(body, head.manifest.media_type, digest)
        return replace(head, manifest=contents.manifest) if contents else head, contents

    async def _pulled(self, image: ImageReference, identity: Identity) -> bytes | None:
        outcome = await self._ask_whole(image, identity)
        if isinstance(outcome, Unread) or not outcome.told.is_ok or outcome.reply is None:
            return None
        return outcome.reply.body

    async def _get(self, image: ImageReference, identity: Identity) -> _Read:
        outcome = await self._ask_whole(image, identity)
        if isinstance(outcome, Unread) or not outcome.told.is_ok or outcome.reply is None:
            return (
                _garbled(outcome, _NO_REGISTRY) if _is_anybodys_404(outcome) else _testimony(outcome)
            ), None
        headers, body = outcome.reply.headers, outcome.reply.body
        expected = image.digest or headers.get("docker-content-digest", "")
        digest = expected if manifests.is_digest(expected) else image.digest or manifests.digest_of(body)
        contents = manifests.read(body, headers.get("content-type", ""), digest)
        if contents is None:
            return Testimony(replace(outcome.told, fault=Fault.GARBLED)), None
        # The digest of a signed schema 1 manifest leaves its signatures out:
        # https://github.com/distribution/distribution/blob/v2.8.3/docs/spec/manifest-v2-1.md#signed-manifests
        is_old = contents.manifest.media_type in manifests.SCHEMAS_1
        if manifests.is_digest(digest) and not is_old and manifests.digest_of(body, digest) != digest:
            return Testimony(replace(outcome.told, fault=Fault.GARBLED, said=_WRONG_DIGEST)), None
        manifest = discretion.manifest(contents.manifest, outcome.repeats)
        return Testimony(outcome.told, manifest=manifest), contents

    async def _ask_whole(self, image: ImageReference, identity: Identity) -> Outcome | Unread:
        path = _manifest_path(image)
        return await self._asker.put(
            Question(image, identity, Step.MANIFEST, path, accept=ACCEPT, most=MOST_MANIFEST)
        )

    async def _platform(self, image: ImageReference, identity: Identity, digest: str) -> Answer:
        path = f"/v2/{image.repository}/blobs/{digest}"
        outcome = await self._asker.put(Question(image, identity, Step.CONFIG, path, most=MOST_CONFIG))
        if isinstance(outcome, Unread) or not outcome.told.is_ok or outcome.reply is None:
            return _testimony(outcome)
        body = outcome.reply.body
        if manifests.digest_of(body, digest) != digest:
            return Testimony(replace(outcome.told, fault=Fault.GARBLED, said=_WRONG_DIGEST))
        named = manifests.platform_of(decoded(body))
        return Testimony(outcome.told, platform=discretion.platform(named, outcome.repeats))


def _is_page(outcome: Outcome | Unread) -> bool:
    """Whether HTML or XML came: a captive portal, a proxy's page, a web server that is no registry."""
    if isinstance(outcome, Unread) or not outcome.told.is_ok or outcome.reply is None:
        return False
    return outcome.reply.body.lstrip()[:1] == b"<"


def _is_anybodys_404(outcome: Outcome | Unread) -> bool:
    """Whether it is another server's word that something is not there: a registry's own comes as JSON, or without any."""
    if isinstance(outcome, Unread) or outcome.told.fault or outcome.told.status != _NOT_FOUND:
        return False
    body = outcome.reply.body if outcome.reply else b""
    return bool(body.strip()) and decoded(body) is None


def _is_no_store(outcome: Outcome, digest: str) -> bool:
    """Whether what answered a HEAD for a blob keeps no blobs, and gives everything the same page."""
    told, headers = outcome.told, outcome.reply.headers if outcome.reply else {}
    if told.fault or told.step is not Step.LAYER:
        return False
    kind = headers.get("content-type", "").strip().lower()
    if told.status == _OK:
        return headers.get("docker-content-digest", "" if kind.startswith(_NO_BLOB) else digest) != digest
    return told.is_ok or (told.status == _NOT_FOUND and kind.startswith("text/html"))


def _garbled(outcome: Outcome | Unread, why: str) -> Answer:
    """The same with nothing of it believed."""
    if isinstance(outcome, Unread):
        return outcome
    return Testimony(replace(outcome.told, fault=Fault.GARBLED, said=why))


def _manifest_path(image: ImageReference) -> str:
    return f"/v2/{image.repository}/manifests/{image.digest or image.effective_tag}"


def _testimony(outcome: Outcome | Unread) -> Answer:
    return outcome if isinstance(outcome, Unread) else Testimony(outcome.told, remedy=outcome.remedy)


def _by_headers(image: ImageReference, outcome: Outcome) -> Manifest | None:
    """What a HEAD tells; None when it might be anything, such as the page of a proxy that says 200 to everything."""
    headers = outcome.reply.headers if outcome.reply else {}
    media_type, digest = headers.get("content-type", ""), headers.get("docker-content-digest", "")
    if not manifests.is_digest(digest):
        if not manifests.is_manifest(media_type):
            return None
        digest = ""
    if digest and manifests.is_digest(image.digest) and digest != image.digest:
        return None
    return manifests.of_headers(media_type, image.digest or digest)


def _is_settled(head: Testimony) -> bool:
    """Whether a GET could not tell more than this HEAD."""
    told = head.told
    if told.fault is not None:
        return told.fault not in (Fault.NOT_RECORDED, Fault.GARBLED)
    return told.is_ok or told.step is not Step.MANIFEST or told.status == _TOO_MANY_REQUESTS


def _more_telling(head: Testimony, got: Answer) -> Answer:
    """The GET's answer, unless it has none where the HEAD had one."""
    head_tells = head.told.fault is None and head.told.status not in _NO_HEAD
    if isinstance(got, Unread):
        return head if head_tells else got
    is_silent = got.told.fault is not None and (got.told.fault in SILENT or not got.told.status)
    return head if is_silent and head_tells else got


def _chosen(contents: Contents | None, platform: Platform | None) -> str:
    """The entry that a runtime on this platform takes: the best match, else one that only its config can tell of.

    https://github.com/containerd/containerd/blob/main/core/images/image.go (Manifest)
    """
    entries = contents.entries if contents else ()
    if platform is None:
        return entries[0].digest if len(entries) == 1 else ""
    best = offers([entry.platform for entry in entries if entry.platform], platform)
    return next((entry.digest for entry in entries if entry.platform == best), "")


def _gravity(outcome: Outcome) -> int:
    """What tells most of several blobs: a fault, then a refusal, then that one is missing."""
    if outcome.told.fault is not None:
        return 3
    if outcome.told.is_ok:
        return 0
    return 1 if outcome.told.status == _NOT_FOUND else 2


def _keeping(read: _Read) -> timedelta:
    return keeping(read[0])


def _weight(read: _Read) -> int:
    return 1 + (len(read[1].entries) if read[1] else 0)
