"""Which credentials are offered for an image is exactly what the kubelet would offer, in its order."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

import pytest

from bot.cluster.pull_secrets import safe_key
from bot.diagnosis import keyring
from bot.errors import InvalidReference
from bot.facts import image
from bot.facts.objects import PullSecret, SecretEntry
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen


Url = tuple[str, str]
"""Host with its port, and path."""


def parsed(url: str) -> Url | None:
    """``url.Parse`` of Go 1.25 for ``https://…``, in the order of its source; None where it refuses."""
    rest, _, fragment = url.partition("#")
    if re.search("[\x00-\x1f\x7f]", rest) or _bad_escape(fragment):
        return None
    authority, slash, path = rest.partition("?")[0].partition("/")
    user, at, host = authority.rpartition("@")
    if at and (not re.fullmatch(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*", user) or _bad_escape(user)):
        return None
    if not _is_host(host) or _bad_escape(path):
        return None
    return host, unquote(slash + path, errors="surrogateescape")


def _bad_escape(text: str) -> bool:
    return re.search("%(?![0-9a-fA-F]{2})", text) is not None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        inner, bracket, port = host[1:].partition("]")
        return bool(bracket) and re.fullmatch("[0-9a-fA-F:.]+", inner) is not None and _is_port(port)
    if any(ord(each) < 0x80 and not re.fullmatch(r"[A-Za-z0-9\-._~!$&'()*+,;=:<>\"]", each) for each in host):
        return False
    return _is_port(host[host.rindex(":") :] if ":" in host else "")


def _is_port(text: str) -> bool:
    return text == "" or re.fullmatch(":[0-9]*", text) is not None


def split(host: str) -> tuple[list[str], str]:
    """``SplitURL`` of the kubelet: the parts of the name, and the port; a host that Go cannot split has none."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]:")
        return (name.split("."), port) if bracket else (host.split("."), "")
    name, colon, port = host.rpartition(":")
    return (name.split("."), port) if colon and ":" not in name else (host.split("."), "")


def globbed(pattern: str, text: str) -> bool:
    """``filepath.Match`` where only ``*`` means something, tried at each place."""
    if pattern.startswith("*"):
        return any(globbed(pattern[1:], text[at:]) for at in range(len(text) + 1))
    if not pattern or not text:
        return pattern == text
    # In brackets stands a set of characters, of which no host's part is one.
    return pattern[0] == text[0] and "[" not in pattern and globbed(pattern[1:], text[1:])


def covers(key: str, name: str) -> bool:
    """``URLsMatch``: the same port, as many parts, each of them matched, and a path that begins alike."""
    pattern, wanted = parsed(key), parsed(name)
    if pattern is None or wanted is None:
        return False
    (parts, port), (wanted_parts, wanted_port) = split(pattern[0]), split(wanted[0])
    return (
        port == wanted_port
        and len(parts) == len(wanted_parts)
        and wanted[1].startswith(pattern[1])
        and all(map(globbed, parts, wanted_parts))
    )


def offered(keys: Iterable[str], name: str) -> list[str]:
    """``BasicDockerKeyring``: the keys whose credentials are offered for an image's name, in order."""
    index: dict[str, list[str]] = {}
    for key in keys:
        bare = re.sub("^https?://", "", key)
        url = parsed(bare)
        if url is None:
            continue
        host, path = url
        path = path[3:] if path.startswith(("/v1/", "/v2/")) else path
        index.setdefault(host if path in ("", "/") else host + path, []).append(key)
    hits = [filed for filed in sorted(index, reverse=True) if covers(filed, name)]
    first = name.partition("/")[0]
    is_hub = first in ("docker.io", "index.docker.io") or not set(first) & set(".:")
    if not hits and is_hub and "index.docker.io" in index:
        hits = ["index.docker.io"]
    return [key for filed in hits for key in index[filed]]


def holds(value: Any) -> None:
    """What is told of the keys decides the same as the keys themselves, one by one and together."""
    keys, spelled = value["keys"], value["image"]
    try:
        wanted = image.parse(spelled)
    except InvalidReference:
        return
    expected = offered(keys, wanted.name)
    entries = [SecretEntry(safe_key(key), True, True, fingerprint=key) for key in keys]
    secret = PullSecret("shop", "pull", "kubernetes.io/dockerconfigjson", tuple(entries))
    assert [found.entry.fingerprint for found in keyring.match(wanted, [secret])] == expected
    for key, entry in zip(keys, entries, strict=True):
        alone = bool(offered([key], wanted.name))
        assert keyring.would_match(entry.key, wanted) == alone, key
        assert safe_key(entry.key) == entry.key
        misses = keyring.near_miss(wanted, [PullSecret("shop", "pull", secret.type, (entry,))])
        assert bool(misses) != alone
        # For an address in brackets without a port there is none: Go takes it for a set of characters.
        right = not misses or offered([misses[0].right_key], wanted.name)
        assert right or wanted.registry.startswith("[")


_HOSTS = (
    "registry.corp.example", "docker.io", "index.docker.io", "localhost", "localhost:5000", "registry.corp.example:5000", "10.0.0.1:5000",
    "[::1]:5000", "[::1]", "Registry.corp.example", "registry.corp.example:443", "a.b.c.d",
)  # fmt: skip
_PATHS = ("web", "shop/web", "shop/team/web", "library/web", "v1/web", "v2/web", "shopping/web")
_SCHEMES = ("", "", "", "https://", "http://", "HTTPS://", "oci://", "//")
_USERS = (
    "",
    "",
    "",
    "",
    "bob@",
    "bob:pw@",
    "b%20b@",
    "b%zb@",
    "b b@",
    "CORP\\bob@",
    "a@b@",
    "bob:p/w@",
    "bob:p?w@",
    "bob:p#w@",
    "../bob:pw@",
)
_KEY_PATHS = (
    "",
    "",
    "/",
    "/v1/",
    "/v2/",
    "/v1",
    "/v2/shop",
    "/shop",
    "/shop/",
    "/shop/web",
    "//",
    "/v1//shop",
    "/sh%6fp",
    "/sh%zz",
    "/v1/v2/",
)
_TAILS = ("", "", "", "", "?", "?x=1", "#", "#top", "?a#b", "#%zz", "?\t", "?%zz")
_PORTS = ("", "", ":5000", ":", ":443", ":x", ":80:80")


def _made(pen: Pen) -> Any:
    """An image, and keys that are of its registry, nearly so, or of another."""
    host = pen.among(_HOSTS)
    spelled = f"{host}/{pen.among(_PATHS)}:1" if pen.maybe(4) or host != "docker.io" else "web"
    return {"image": spelled, "keys": list(dict.fromkeys(pen.some(lambda: _key(pen, host), 4)))}


def _key(pen: Pen, host: str) -> str:
    named = host if pen.maybe() else pen.among(_HOSTS)
    if pen.maybe(3):
        named = ".".join(
            pen.one("*", each, each[:1] + "*", "*" + each[-1:], "**") for each in named.split(".")
        )
    if pen.maybe(4):
        named = named.partition(":")[0] + pen.among(_PORTS)
    parts = [pen.among(_SCHEMES), pen.among(_USERS), named, pen.among(_KEY_PATHS), pen.among(_TAILS)]
    return pen.joined(parts)


TARGET = Target("docker_keys", _made, holds)


@pytest.mark.attack(17, "index.docker.io/v1/", "path", "wildcard", "port", "case")
def test_keys_match_exactly_as_the_kubelet_matches(fuzzed: Callable[[Target], None]) -> None:
    """Against its rules written out slowly: how a key is read, filed, compared and put in order."""
    fuzzed(TARGET)
