"""CRI-O: an image in -> pulled by asking, or the words in which it says what went wrong, out.

The steps are those of https://github.com/containers/image/tree/main/docker (ping, token, manifest, blobs); where a
registry answers with an error, CRI-O tries the image as an OCI artifact, too, and says both.
"""

import json
from dataclasses import dataclass

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
from bot.facts.image import DOCKER_HUB, ImageReference, Platform


# What a code means by itself; a message that only repeats it is said once.
# https://github.com/distribution/distribution/blob/main/registry/api/errcode/register.go
_USUAL = {
    "UNAUTHORIZED": "authentication required",
    "DENIED": "requested access to the resource is denied",
    "MANIFEST_UNKNOWN": "manifest unknown",
    "NAME_UNKNOWN": "repository name not known to registry",
    "BLOB_UNKNOWN": "blob unknown to registry",
}
_SHOWN_OF_BODY = 50
_FULL = "/var/lib/containers/storage/overlay-images/incoming"


@dataclass
class _Wrong(Exception):
    """A step that failed.

    Attributes:
        answered: the registry said something, so that the image is tried as an artifact, too.
    """

    text: str
    answered: bool = False
    refused: bool = False
    seconds: float = 0.0
    never: bool = False
    artifact: str = ""


class Crio:
    """One node's CRI-O.

    Args:
        line: the node's way to the world.
        platform: the node's.
    """

    def __init__(self, line: Line, platform: Platform) -> None:
        self._line = line
        self._platform = platform
        self._authorization = ""

    async def pull(self, image: ImageReference, login: Login | None) -> Pulled:
        """Pull an image.

        Raises:
            Failed: with the runtime's words.
        """
        self._authorization = ""
        source = f"initializing source docker://{_familiar(image)}: "
        try:
            body, media_type, digest = await self._manifest(image, login)
        except _Wrong as wrong:
            second = f"get manifest from ref: create image source: {wrong.text}"
            raise _failed(wrong, source + wrong.text, second) from None
        try:
            return await self._copied(image, body, media_type, digest)
        except _Wrong as wrong:
            raise _failed(wrong, wrong.text, wrong.artifact) from None

    async def _manifest(self, image: ImageReference, login: Login | None) -> tuple[bytes, str, str]:
        hosts = [self._line.outlook.mirrors.get(image.registry), host_of(image.registry)]
        first: _Wrong | None = None
        for host in filter(None, hosts):
            try:
                return await self._manifest_at(host, image, login)
            except _Wrong as wrong:
                first = wrong  # the last one is told: that of the registry itself
        assert first is not None
        raise first

    async def _manifest_at(
        self, host: str, image: ImageReference, login: Login | None
    ) -> tuple[bytes, str, str]:
        await self._ready(host, image, login)
        reference = image.digest or image.effective_tag or ""
        heard = await self._got(manifest_url(host, image, reference), "")
        if heard.status != 200:
            said = f"reading manifest {reference} in {image.name}: {_told(heard)}"
            raise _Wrong(said, answered=True)
        told = heard.headers
        return heard.body, told.get("content-type", ""), told.get("docker-content-digest", "")

    async def _ready(self, host: str, image: ImageReference, login: Login | None) -> None:
        """Ping the registry and get what it demands."""
        step = f"pinging container registry {host}: "
        heard = await self._got(f"https://{host}/v2/", step)
        if heard.status == 200:
            return
        if heard.status != 401:
            raise _Wrong(step + _unexpected(heard), answered=True)
        challenge = Challenge.of(heard)
        if challenge.scheme == "basic":
            self._authorization = login.header if login else ""
            return
        own = Challenge("bearer", {**challenge.parameters, "scope": f"repository:{image.repository}:pull"})
        url = own.token_url(image)
        heard = await self._got(url, "Requesting bearer token: ", login.header if login else "")
        if heard.status == 401:
            raise _Wrong(
                "unable to retrieve auth token: invalid username/password: unauthorized: "
                + (error_in(heard)[1] or "authentication required"),
                answered=True,
            )
        if heard.status != 200:
            raise _Wrong(
                f"Requesting bearer token: received unexpected HTTP status: {status_line(heard.status)}",
                answered=True,
            )
        told = json.loads(heard.body)
        self._authorization = f"Bearer {told.get('token') or told.get('access_token') or ''}"

    async def _got(self, url: str, step: str, authorization: str | None = None) -> Heard:
        sent = self._authorization if authorization is None else authorization
        headers = {"Accept": ACCEPT} | ({"Authorization": sent} if sent else {})
        try:
            heard = await self._line.send("GET", url, headers)
            return await followed(self._line, url, heard, headers)
        except Unheard as unheard:
            raise _unheard(unheard, f'{step}Get "{unheard.url}": ') from None

    async def _copied(self, image: ImageReference, body: bytes, media_type: str, digest: str) -> Pulled:
        own = chosen(body, media_type, self._platform)
        if own is None:
            node = self._platform
            said = (
                f'no image found in manifest list for architecture "{node.architecture}", '
                f'variant "{node.variant}", OS "{node.os}"'
            )
            first = f"choosing an image from manifest list docker://{_familiar(image)}: {said}"
            raise _Wrong(first, answered=True, artifact=f"choose manifest instance: {said}")
        size = len(body)
        host = host_of(image.registry)
        if own:
            body = (await self._got(manifest_url(host, image, own), "")).body
            size += len(body)
        manifest = json.loads(body)
        parts = [each["digest"] for each in (manifest["config"], *manifest.get("layers", ()))]
        blobs = [await self._blob(image, host, part) for part in parts]
        runs = (
            "image.config" in manifest["config"]["mediaType"]
            or "container.image" in manifest["config"]["mediaType"]
        )
        return Pulled(digest, size + sum(map(len, blobs)), platform_in(blobs[0]), runs)

    async def _blob(self, image: ImageReference, host: str, digest: str) -> bytes:
        step = f"reading blob {digest}: "
        heard = await self._got(blob_url(host, image, digest), step)
        if heard.status != 200:
            raise _Wrong(f"{step}fetching blob: {_told(heard)}", answered=True, artifact=step + _told(heard))
        if self._line.outlook.full:
            said = f'writing blob: storing blob to file "{_FULL}": write {_FULL}: no space left on device'
            raise _Wrong(said)
        return heard.body


def _familiar(image: ImageReference) -> str:
    name = image.name
    if image.registry == DOCKER_HUB:
        name = image.repository.removeprefix("library/")
    return f"{name}@{image.digest}" if image.digest else f"{name}:{image.effective_tag}"


def _told(heard: Heard) -> str:
    """A registry's error in the words of the client library."""
    code, message = error_in(heard)
    challenge = Challenge.of(heard)
    if heard.status == 401 and challenge.parameters.get("error") == "insufficient_scope":
        return _USUAL["DENIED"]
    if heard.status in (401, 403) and not code:
        return f'StatusCode: {heard.status}, "{_shortened(heard)}"'
    if heard.status >= 500 or not code:
        return f"received unexpected HTTP status: {status_line(heard.status)}"
    if message == _USUAL.get(code):
        return message
    return f"{code.lower().replace('_', ' ')}: {message}"


def _unexpected(heard: Heard) -> str:
    if heard.status >= 500:
        return f"received unexpected HTTP status: {status_line(heard.status)}"
    return f'StatusCode: {heard.status}, "{_shortened(heard)}"'


def _shortened(heard: Heard) -> str:
    text = heard.body.decode(errors="replace").strip()
    return text if len(text) <= _SHOWN_OF_BODY else f"{text[:_SHOWN_OF_BODY]}..."


def _unheard(unheard: Unheard, before: str) -> _Wrong:
    text = unheard.text
    if unheard.cut is Cut.CERTIFICATE:
        text = f"tls: failed to verify certificate: {text}"
    # Only a registry that refuses at the door counts as unavailable; a proxy does not.
    refused = unheard.cut is Cut.REFUSED and text.startswith("dial tcp") and "pinging" in before
    never = unheard.cut is Cut.ANSWER
    return _Wrong(before + text, refused=refused, seconds=unheard.seconds, never=never)


def _failed(wrong: _Wrong, first: str, second: str) -> Failed:
    if wrong.answered:
        text = f"unable to pull image or OCI artifact: pull image err: {first}; artifact err: image reference: {second}"
    else:
        text = f"unable to pull image: {first}"
    if wrong.refused:
        return Failed(text, "RegistryUnavailable")
    return Failed(text, seconds=wrong.seconds, never=wrong.never)
