"""Which credentials the kubelet would offer for an image: pull secrets in, matching entries in its order out.

Follows https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/credentialprovider/keyring.go (how a key is
read, compared and ordered) and ``secrets/secrets.go`` beside it (which Secrets count, and which stop the
pull), with the rules of Go's ``net/url`` where these decide. Documented for users in
https://kubernetes.io/docs/concepts/containers/images/#config-json. Nodes add credentials of their own
(``/var/lib/kubelet/config.json``, provider plugins) behind these; nobody outside the node can see them.
"""

import functools
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.facts.image import DOCKER_HUB, ImageReference
from bot.facts.objects import PullSecret, SecretEntry


# keyring.go, defaultRegistryHost: asked only when no other key matched.
_DEFAULT_REGISTRY = "index.docker.io"
# net/url: what may stand in a host unescaped, and in user information.
_HOST_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:<>\"\x80-\U0010ffff]*")
_USER = re.compile(r"(?:[A-Za-z0-9\-._:~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# Names under which people know Docker Hub and which the kubelet does not take for it.
_HUB_NAMES = frozenset(
    {
        "registry-1.docker.io",
        "registry.docker.io",
        "registry.hub.docker.com",
        "hub.docker.com",
        "hub.docker.io",
        "index.docker.com",
        "docker.com",
        "auth.docker.io",
        "www.docker.io",
        "index.docker.io",
        "docker.io",
    }
)
_LONGEST_HOST = 253  # RFC 1035, section 2.3.4


@dataclass(frozen=True, slots=True)
class Matched:
    """A credential the kubelet would try, with the secret it comes from."""

    secret: PullSecret
    entry: SecretEntry


class Miss(StrEnum):
    """Why the kubelet does not offer an entry for an image; the nearest ones stand first."""

    TYPE_IGNORED = "type-ignored"  # the key fits, but the kubelet does not read Secrets of this type
    MALFORMED = "malformed"  # the key fits, but a malformed Secret leaves the kubelet nothing
    HUB_SPELLING = "hub-spelling"  # means Docker Hub, spelled in a way the kubelet does not match
    WHITE_SPACE = "white-space"  # the key has some around it
    SCHEME = "scheme"  # only http:// and https:// in lower case are dropped; another one becomes the host
    UPPER_CASE = "upper-case"  # hosts are compared letter by letter
    OTHER_PORT = "other-port"
    OTHER_PATH = "other-path"
    LABEL_COUNT = "label-count"  # a * stands for exactly one part of the host's name
    SIMILAR_HOST = "similar-host"  # two letters or fewer apart
    UNREADABLE_KEY = "unreadable-key"  # not a URL, so ignored
    OTHER_HOST = "other-host"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An entry that the kubelet does not offer, why, and the spelling that would match."""

    secret: PullSecret
    entry: SecretEntry
    why: Miss
    right_key: str


@dataclass(frozen=True, slots=True)
class _Url:
    """What the comparison uses of a URL: host as written (port included), its port, and the decoded path."""

    host: str
    path: str

    @property
    def name_and_port(self) -> tuple[str, str]:
        """As Go's ``net.SplitHostPort``: a host that it cannot split has no port."""
        if self.host.startswith("["):
            name, bracket, rest = self.host[1:].partition("]")
            return (name, rest[1:]) if bracket and rest.startswith(":") else (self.host, "")
        name, colon, port = self.host.rpartition(":")
        return (name, port) if colon and ":" not in name else (self.host, "")


def match(image: ImageReference, secrets: Sequence[PullSecret]) -> tuple[Matched, ...]:
    """The credentials the kubelet tries for an image, in its order.

    Args:
        image: what is to be pulled.
        secrets: the pod's pull secrets that exist, in the order the pod names them.

    Returns:
        Nothing when no key fits, and nothing when one of the secrets stops every pull of the pod.
    """
    if any(secret.flaw_fails_pull for secret in secrets):
        return ()
    index = _index(secrets)
    # Reverse order of the keys, so that of two keys with the same host the longer path comes first.
    hits = [key for key in sorted(index, reverse=True) if _keys_match(key, image.name)]
    if not hits and _DEFAULT_REGISTRY in index and _means_default_registry(image.name):
        hits = [_DEFAULT_REGISTRY]
    return tuple(found for key in hits for found in index[key])


def would_match(key: str, image: ImageReference) -> bool:
    """Whether an entry of this key, alone in a good secret, would be offered for the image."""
    indexed = _index_key(key)
    if indexed is None:
        return False
    if _keys_match(indexed, image.name):
        return True
    return indexed == _DEFAULT_REGISTRY and _means_default_registry(image.name)


def near_miss(image: ImageReference, secrets: Sequence[PullSecret]) -> tuple[NearMiss, ...]:
    """Every entry that the kubelet does not offer for the image, with the reason, nearest first."""
    blocked = any(secret.flaw_fails_pull for secret in secrets)
    misses = [
        NearMiss(secret, entry, why, right_key(image))
        for secret in secrets
        for entry in secret.entries
        if (why := _why_missed(image, secret, entry, blocked=blocked)) is not None
    ]
    order = list(Miss)
    return tuple(sorted(misses, key=lambda miss: order.index(miss.why)))


def right_key(image: ImageReference) -> str:
    """The key a person would write for the image's registry."""
    return "https://index.docker.io/v1/" if image.registry == DOCKER_HUB else image.registry


def _index(secrets: Iterable[PullSecret]) -> dict[str, list[Matched]]:
    index: dict[str, list[Matched]] = {}
    for secret in secrets:
        if secret.flaw or not secret.type_right:
            continue
        for entry in secret.entries:
            key = _index_key(entry.key)
            if key is not None:
                index.setdefault(key, []).append(Matched(secret, entry))
    return index


@functools.lru_cache(maxsize=4096)
def _index_key(key: str) -> str | None:
    """The key as the kubelet files it: no scheme, no /v1 or /v2, no lone slash; None when it is no URL."""
    text = key if key.startswith(("https://", "http://")) else f"https://{key}"
    url = _parse_url(text.partition("://")[2])
    if url is None:
        return None
    path = url.path[3:] if url.path.startswith(("/v1/", "/v2/")) else url.path
    return url.host if path in ("", "/") else url.host + path


def _keys_match(key: str, target: str) -> bool:
    """Whether a filed key covers a target (``host/repository``)."""
    pattern, wanted = _parse_url(key), _parse_url(target)
    if pattern is None or wanted is None:
        return False
    (name, port), (wanted_name, wanted_port) = pattern.name_and_port, wanted.name_and_port
    # A plain prefix: team matches team/app and teamwork/app alike, as in the kubelet.
    if port != wanted_port or not wanted.path.startswith(pattern.path):
        return False
    parts, wanted_parts = name.split("."), wanted_name.split(".")
    return len(parts) == len(wanted_parts) and all(map(_glob, parts, wanted_parts))


def _glob(pattern: str, text: str) -> bool:
    """Whole-text match in which ``*`` stands for any run of characters; linear in both lengths."""
    if pattern.startswith("["):  # Go reads an address without port as a set of single characters
        return False
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    last = rest.pop()
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in rest:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def _means_default_registry(name: str) -> bool:
    head = name.partition("/")[0]
    return head in (DOCKER_HUB, _DEFAULT_REGISTRY) or (bool(head) and not set(head) & {".", ":"})


@functools.lru_cache(maxsize=4096)
def _parse_url(text: str) -> _Url | None:
    """Host and path of a URL without its scheme, by the rules of Go's ``net/url``; None where that refuses."""
    if _CONTROL.search(text):
        return None
    rest = text.partition("#")[0].partition("?")[0]
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if at and not _USER.fullmatch(user):
        return None
    if not _host_is_valid(host) or _BAD_ESCAPE.search(path):
        return None
    return _Url(host, slash + _ESCAPES.sub(_unescape, path))


def _unescape(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode(errors="replace")


def _host_is_valid(host: str) -> bool:
    if "[" in host:
        # Since Go 1.25.2 brackets hold an address and nothing else: https://go.dev/issue/75678
        address, bracket, port = host[1:].partition("]")
        return host[0] == "[" and bool(bracket) and _is_address(address) and _port_is_valid(port)
    _, colon, port = host.rpartition(":")
    return bool(_HOST_CHARACTERS.fullmatch(host)) and _port_is_valid(colon + port if colon else "")


def _port_is_valid(port: str) -> bool:
    return re.fullmatch(r"(?::[0-9]*)?", port) is not None


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _why_missed(
    image: ImageReference, secret: PullSecret, entry: SecretEntry, *, blocked: bool
) -> Miss | None:
    if not would_match(entry.key, image):
        return _why_key_misses(entry.key, image)
    if not secret.type_right:
        return Miss.TYPE_IGNORED
    return Miss.MALFORMED if secret.flaw or blocked else None


def _why_key_misses(key: str, image: ImageReference) -> Miss:
    cleaned = _cleaned(key)
    if image.registry == DOCKER_HUB and _names_hub(cleaned):
        return Miss.HUB_SPELLING
    if would_match(key.strip(), image):
        return Miss.WHITE_SPACE
    if would_match(cleaned, image):
        return Miss.SCHEME
    if would_match(cleaned.lower(), image) or would_match(cleaned, _lowered(image)):
        return Miss.UPPER_CASE
    indexed = _index_key(cleaned)
    url = None if indexed is None else _parse_url(indexed)
    if url is None:
        return Miss.UNREADABLE_KEY
    return _why_host_misses(url, image)


def _why_host_misses(url: _Url, image: ImageReference) -> Miss:
    wanted, _ = _Url(image.registry, "").name_and_port
    name, _ = url.name_and_port
    parts, wanted_parts = name.split("."), wanted.split(".")
    if len(parts) == len(wanted_parts) and all(map(_glob, parts, wanted_parts)):
        return Miss.OTHER_PATH if _keys_match(url.host, image.name) else Miss.OTHER_PORT
    if "*" in name and _glob(name, wanted):
        return Miss.LABEL_COUNT
    if "*" in name and name.startswith("*.") and name[2:] == wanted:
        return Miss.LABEL_COUNT
    return Miss.SIMILAR_HOST if _near(name.lower(), wanted.lower()) else Miss.OTHER_HOST


def _cleaned(key: str) -> str:
    """The key without white space around it and without any scheme."""
    return _SCHEME.sub("", key.strip(), count=1)


def _names_hub(cleaned: str) -> bool:
    host = cleaned.lower().partition("/")[0].partition(":")[0]
    return host in _HUB_NAMES or (host.startswith("*") and host.endswith("docker.io"))


def _lowered(image: ImageReference) -> ImageReference:
    return ImageReference(image.registry.lower(), image.repository, image.tag, image.digest, image.spelled)


def _near(left: str, right: str) -> bool:
    """Whether two hosts are one or two insertions, removals, changes or swaps apart."""
    if abs(len(left) - len(right)) > 2 or max(len(left), len(right)) > _LONGEST_HOST:
        return False
    previous: list[int] = []
    row = list(range(len(right) + 1))
    for i, char in enumerate(left, 1):
        before, previous, row = previous, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (char != other))
            if i > 1 and j > 1 and char == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > 2:
            return False
    return row[-1] <= 2
