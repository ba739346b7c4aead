"""What every runtime does alike: an image and a login in -> answers with the registry's way in taken, redirects followed.

How each of them words what goes wrong stands in a module of its own.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from bot.demo.nodes.network import Heard, Line
from bot.facts.image import DOCKER_HUB, ImageReference, Platform
from bot.facts.platforms import offers


_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_SINGLES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
ACCEPT = ", ".join((*_INDEXES, *_SINGLES, "*/*"))
_HUB_HOST = "registry-1.docker.io"
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_HOPS = 5


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a password."""

    user: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """As an Authorization header."""
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Pulled:
    """An image that came.

    Attributes:
        digest: of what the tag names.
        size: of all that came, in bytes.
        platform: that its config names; None where it names none.
        runs: it can be started as a container at all.
    """

    digest: str
    size: int
    platform: Platform | None = None
    runs: bool = True


@dataclass
class Failed(Exception):
    """An image that did not come.

    Attributes:
        text: the runtime's own.
        reason: of the waiting container.
        seconds: that it took to fail.
        never: nothing is ever said: the pull hangs.
    """

    text: str
    reason: str = "ErrImagePull"
    seconds: float = 0.0
    never: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a registry wants to be asked."""

    scheme: str
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, heard: Heard) -> "Challenge":
        """From a 401."""
        scheme, _, rest = heard.headers.get("www-authenticate", "").partition(" ")
        return cls(scheme.lower(), dict(_PARAMETER.findall(rest)))

    def token_url(self, image: ImageReference) -> str:
        """Where a token for pulling an image is to be had."""
        scope = self.parameters.get("scope") or f"repository:{image.repository}:pull"
        asked = {"scope": scope}
        if service := self.parameters.get("service"):
            asked["service"] = service
        return f"{self.parameters.get('realm', '')}?{urlencode(sorted(asked.items()))}"


def host_of(registry: str) -> str:
    """Where a registry is asked."""
    return _HUB_HOST if registry == DOCKER_HUB else registry


def manifest_url(host: str, image: ImageReference, reference: str) -> str:
    """Of a tag or digest."""
    return f"https://{host}/v2/{image.repository}/manifests/{quote(reference, safe=':')}"


def blob_url(host: str, image: ImageReference, digest: str) -> str:
    """Of a config or layer."""
    return f"https://{host}/v2/{image.repository}/blobs/{digest}"


def status_line(status: int) -> str:
    """``404 Not Found``."""
    return f"{status} {HTTPStatus(status).phrase}"


def error_in(heard: Heard) -> tuple[str, str]:
    """Code and message of the first error in a body; empty where it holds none."""
    try:
        told: Any = json.loads(heard.body)
    except ValueError:
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    errors = told.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("code") or ""), str(errors[0].get("message") or "")
    return "", str(told.get("details") or told.get("error") or "")


def chosen(manifest: bytes, media_type: str, node: Platform) -> str | None:
    """The digest of a node's own image in an index: "" where the manifest is no index, None where it has none."""
    if media_type not in _INDEXES:
        return ""
    listed = json.loads(manifest)["manifests"]
    platforms = [_platform(each.get("platform") or {}) for each in listed]
    best = offers(platforms, node)
    return None if best is None else str(listed[platforms.index(best)]["digest"])


def platform_in(config: bytes) -> Platform | None:
    """What an image's config says it is for."""
    try:
        told = json.loads(config)
    except ValueError:
        return None
    return _platform(told) if isinstance(told, dict) and told.get("architecture") else None


async def followed(line: Line, url: str, heard: Heard, headers: Mapping[str, str]) -> Heard:
    """The answer at the end of redirects; credentials are not sent along.

    Args:
        line: the node's.
        url: where the first answer came from.
        heard: that answer.
        headers: of the first question.

    Raises:
        Unheard: when nothing came back from where it led.
    """
    bare = {name: text for name, text in headers.items() if name != "Authorization"}
    for _ in range(_MOST_HOPS):
        location = heard.headers.get("location", "")
        if heard.status not in _REDIRECTS or not location:
            break
        url = urljoin(url, location)
        heard = await line.send("GET", url, bare)
    return heard


def _platform(told: Mapping[str, Any]) -> Platform:
    return Platform(told.get("os") or "", told.get("architecture") or "", told.get("variant") or "")
