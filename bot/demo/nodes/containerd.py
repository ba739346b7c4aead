"""Containerd: an image in -> pulled by asking, or the words in which 1.6, 1.7 and 2 say what went wrong, out.

The steps are those of https://github.com/containerd/containerd/tree/main/core/remotes/docker (resolver, authorizer,
fetcher); the words are computed from what each step met, and were checked against recordings of all three.
"""

import hashlib
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.demo.nodes.asking import (
    ACCEPT,
    Challenge,
    Failed,
    Login,
    Pulled,
    blob_url,
    chosen,
    error_in,
    followed,
    host_of,
    manifest_url,
    platform_in,
    status_line,
)
from bot.demo.nodes.network import Cut, Heard, Line, Unheard
from bot.facts.image import ImageReference, Platform


_DENIED = "pull access denied, repository does not exist or may require authorization: "
_STORE = "/var/lib/containerd/io.containerd.content.v1.content/ingest"
_RUNNABLE = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")


@dataclass
class _Wrong(Exception):
    """A step that failed: its words, without what stands around them."""

    text: str
    code: str = ""
    seconds: float = 0.0
    never: bool = False


class Containerd:
    """One node's containerd.

    Args:
        line: the node's way to the world.
        platform: the node's.
        release: ``1.6``, ``1.7`` or ``2``.
    """

    def __init__(self, line: Line, platform: Platform, release: str) -> None:
        self._line = line
        self._platform = platform
        self._release = release
        self._authorization: dict[str, str] = {}

    async def pull(self, image: ImageReference, login: Login | None) -> Pulled:
        """Pull an image.

        Raises:
            Failed: with the runtime's words.
        """
        name = image.canonical
        prefix = f'failed to pull and unpack image "{name}": '
        self._authorization = {}
        try:
            host, digest = await self._resolved(image, login)
        except _Wrong as wrong:
            step = "failed to resolve image: " if self._is(2) else f'failed to resolve reference "{name}": '
            raise _failed(wrong, prefix + step) from None
        try:
            return await self._fetched(image, host, digest, login)
        except _Wrong as wrong:
            raise _failed(wrong, "" if wrong.text.startswith("get image config") else prefix) from None

    async def _resolved(self, image: ImageReference, login: Login | None) -> tuple[str, str]:
        """The host that has the image, and its digest."""
        missing, first = False, None
        for host in self._hosts(image):
            try:
                heard = await self._head(image, host, login)
            except _Wrong as wrong:
                first = first or wrong
                continue
            if heard.status == 200:
                return host, heard.headers.get("docker-content-digest", "")
            missing = True
        # What went wrong at a mirror hides, up to 1.7, that the registry itself does not have the image.
        if first is not None and not (missing and self._is(2)):
            raise first
        raise _Wrong(f"{image.canonical}: not found", "NotFound")

    def _hosts(self, image: ImageReference) -> list[str]:
        own = host_of(image.registry)
        mirror = self._line.outlook.mirrors.get(image.registry)
        return [mirror, own] if mirror else [own]

    async def _head(self, image: ImageReference, host: str, login: Login | None) -> Heard:
        reference = image.digest or image.effective_tag or ""
        url = manifest_url(host, image, reference)
        if host != host_of(image.registry):
            url += "?" + urlencode({"ns": image.registry})
        heard = await self._asked("HEAD", url, image, login)
        if heard.status in (200, 404):
            return heard
        if self._is(1.6):
            status = status_line(heard.status)
            raise _Wrong(
                f"pulling from host {host} failed with status code [manifests {reference}]: {status}"
            )
        raise _Wrong(f"unexpected status from HEAD request to {url}: {status_line(heard.status)}")

    async def _asked(self, method: str, url: str, image: ImageReference, login: Login | None) -> Heard:
        """An answer after whatever the registry demands has been shown to it."""
        host = urlsplit(url).netloc
        heard = await self._sent(method, url, self._authorization.get(host, ""))
        if heard.status != 401:
            return heard
        challenge = Challenge.of(heard)
        if challenge.scheme == "bearer":
            self._authorization[host] = f"Bearer {await self._token(challenge, image, login)}"
        elif login is not None and challenge.scheme == "basic":
            self._authorization[host] = login.header
        elif self._is(1.6):
            return heard
        else:
            raise _Wrong(f"{_DENIED}authorization failed: no basic auth credentials")
        heard = await self._sent(method, url, self._authorization[host])
        error = Challenge.of(heard).parameters.get("error") if heard.status == 401 else None
        if error:
            raise _Wrong(f"{_DENIED}server message: {error}: authorization failed")
        return heard

    async def _token(self, challenge: Challenge, image: ImageReference, login: Login | None) -> str:
        url = challenge.token_url(image)
        step = f"failed to authorize: failed to fetch {'oauth' if login else 'anonymous'} token: "
        try:
            heard = await self._line.send("GET", url, {"Authorization": login.header} if login else {})
        except Unheard as unheard:
            raise self._unheard(unheard, f'{step}Get "{self._shown(url)}": ') from None
        if heard.status != 200:
            asked = "" if self._is(1.6) else f" from GET request to {url}"
            raise _Wrong(f"{step}unexpected status{asked}: {status_line(heard.status)}")
        told = json.loads(heard.body)
        return str(told.get("token") or told.get("access_token") or "")

    async def _sent(self, method: str, url: str, authorization: str) -> Heard:
        headers = {"Accept": ACCEPT} | ({"Authorization": authorization} if authorization else {})
        try:
            heard = await self._line.send(method, url, headers)
            return await followed(self._line, url, heard, headers)
        except Unheard as unheard:
            before = f'failed to do request: {method.title()} "{self._shown(unheard.url)}": '
            raise self._unheard(unheard, before) from None

    async def _fetched(self, image: ImageReference, host: str, digest: str, login: Login | None) -> Pulled:
        size = 0
        body, media_type = await self._content(image, manifest_url(host, image, digest), login)
        own = chosen(body, media_type, self._platform)
        if own is None:
            raise self._no_platform(digest)
        if own:
            size += len(body)
            body, _ = await self._content(image, manifest_url(host, image, own), login)
        manifest = json.loads(body)
        parts = [manifest["config"], *manifest.get("layers", ())]
        blobs = [await self._blob(image, host, part["digest"], login) for part in parts]
        runs = manifest["config"].get("mediaType") in _RUNNABLE
        if not runs and self._is(1.6):
            said = (
                "failed to unpack image on snapshotter overlayfs: mismatched image rootfs and manifest layers"
            )
            raise _Wrong(said)
        return Pulled(digest, size + len(body) + sum(map(len, blobs)), platform_in(blobs[0]), runs)

    def _no_platform(self, digest: str) -> _Wrong:
        if self._is(2):
            said = f"get image config descriptor: no match for platform in manifest {digest}: not found"
            return _Wrong(said, "NotFound")
        return _Wrong("no match for platform in manifest: not found", "NotFound")

    async def _content(self, image: ImageReference, url: str, login: Login | None) -> tuple[bytes, str]:
        step = "failed to copy: httpReadSeeker: failed open: "
        try:
            heard = await self._asked("GET", url, image, login)
        except _Wrong as wrong:
            raise _Wrong(step + wrong.text, wrong.code, wrong.seconds, wrong.never) from None
        if heard.status == 200:
            return heard.body, heard.headers.get("content-type", "")
        if heard.status == 404:
            raise _Wrong(f"{step}content at {url} not found: not found", "NotFound")
        code, message = error_in(heard)
        told = f"{code.lower().replace('_', ' ')}: {message}" if code else ""
        if self._is(2):
            tail = f"\n{told}" if told else ""
            raise _Wrong(
                f"{step}unexpected status from GET request to {url}: {status_line(heard.status)}{tail}"
            )
        tail = f" - Server message: {told}" if told else ""
        raise _Wrong(f"{step}unexpected status code {url}: {status_line(heard.status)}{tail}")

    async def _blob(self, image: ImageReference, host: str, digest: str, login: Login | None) -> bytes:
        body, _ = await self._content(image, blob_url(host, image, digest), login)
        if self._line.outlook.full:
            place = hashlib.sha256(f"{image.name}@{digest}".encode()).hexdigest()
            raise _Wrong(f"failed to copy: write {_STORE}/{place}/data: no space left on device")
        came = f"sha256:{hashlib.sha256(body).hexdigest()}"
        if came != digest:
            said = (
                f'failed commit on ref "layer-{digest}": unexpected commit digest {came}, expected {digest}'
            )
            raise _Wrong(f"{said}: failed precondition", "FailedPrecondition")
        return body

    def _unheard(self, unheard: Unheard, before: str) -> _Wrong:
        text = unheard.text
        if unheard.cut is Cut.CERTIFICATE and not self._is(1.6):
            text = f"tls: failed to verify certificate: {text}"
        late = unheard.cut in (Cut.DIAL, Cut.ANSWER)
        # Up to 1.7 nobody watches over an answer that does not come.
        never = unheard.cut is Cut.ANSWER and not self._is(2)
        return _Wrong(before + text, "DeadlineExceeded" if late else "", unheard.seconds, never)

    def _shown(self, url: str) -> str:
        """A URL as it is logged: from 1.7 on without the values of its query."""
        parts = urlsplit(url)
        if self._is(1.6) or not parts.query:
            return url
        query = urlencode(
            [(name, "[REDACTED]") for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        )
        return urlunsplit(parts._replace(query=query))

    def _is(self, release: float) -> bool:
        return self._release == str(release)


def _failed(wrong: _Wrong, before: str) -> Failed:
    code = f"rpc error: code = {wrong.code} desc = " if wrong.code else ""
    return Failed(f"{code}{before}{wrong.text}", seconds=wrong.seconds, never=wrong.never)
