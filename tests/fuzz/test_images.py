"""Image references are read exactly as the kubelet reads them, or refused with a line."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import InvalidReference
from bot.facts import image
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen


RECORDINGS = Path(__file__).parents[1] / "recordings"
# https://github.com/distribution/reference/blob/v0.6.0/regexp.go, put together as its comment has it.
_ALNUM = "[a-z0-9]+"
_SEPARATOR = "(?:[._]|__|[-]+)"
_COMPONENT = f"{_ALNUM}(?:{_SEPARATOR}{_ALNUM})*"
_PATH = f"{_COMPONENT}(?:/{_COMPONENT})*"
_LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*[:][0-9a-fA-F]{32,}"
_REFERENCE = re.compile(rf"({_DOMAIN})/({_PATH})(?::({_TAG}))?(?:@({_DIGEST}))?")
_HEX = {"sha256": 64, "sha384": 96, "sha512": 128}

Read = tuple[str, str, str, str]
"""Registry, repository, tag and digest, "" for none."""


def as_the_kubelet(text: str) -> Read | None:
    """``ParseNormalizedNamed`` of distribution/reference v0.6.0, step by step; None where it refuses."""
    if re.fullmatch("[a-f0-9]{64}", text):
        return None
    first, slash, rest = text.partition("/")
    if not slash:
        domain, remainder = "docker.io", f"library/{text}"
    elif first == "index.docker.io":
        domain, remainder = "docker.io", rest
    elif first == "localhost" or "." in first or ":" in first or first.lower() != first:
        domain, remainder = first, rest
    else:
        domain, remainder = "docker.io", text
    if domain == "docker.io" and "/" not in remainder:
        remainder = f"library/{remainder}"
    name = remainder.partition(":")[0]
    if name.lower() != name:
        return None
    found = _REFERENCE.fullmatch(f"{domain}/{remainder}")
    if found is None or len(found[2]) > 255:
        return None
    # digest.Parse of opencontainers/go-digest: an algorithm that is linked in, and its own number of small letters.
    algorithm, _, digits = (found[4] or "").partition(":")
    if algorithm and not (len(digits) == _HEX.get(algorithm) and re.fullmatch("[a-f0-9]+", digits)):
        return None
    return found[1], found[2], found[3] or "", found[4] or ""


def holds(text: str) -> None:
    """The same as the kubelet, and the same again when it is spelled out."""
    expected = as_the_kubelet(text)
    read = image.parsed(text)
    if read is None:
        assert expected is None, f"the kubelet reads {expected}"
        with pytest.raises(InvalidReference) as refused:
            image.parse(text)
        assert len(str(refused.value)) < 300
        return
    assert expected == (read.registry, read.repository, read.tag or "", read.digest or "")
    again = image.parse(read.canonical)
    assert again.canonical == read.canonical
    assert (again.registry, again.repository) == (read.registry, read.repository)
    assert image.parse(read.name).name == read.name


def _recorded() -> list[str]:
    lines = (RECORDINGS / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    found = (re.findall(r'"([^" ]+[:@][^" ]+)\\?"', json.loads(line)["message"]) for line in lines)
    return sorted({each for images in found for each in images})[:400]


_RECORDED = _recorded()
_DOMAINS = (
    "docker.io", "index.docker.io", "localhost", "localhost:5000", "registry.corp.example:5000", "[::1]:5000", "[fe80::1]", "10.0.0.1",
    "Registry.Example", "UPPER", "a_b.c", "-a.b", "a-.b", "a..b", "a.b:", "a.b:x", "xn--mnchen-3ya.de", "é.b", f"{'a' * 200}.b", "https:",
    "user:pass@a.b",
)  # fmt: skip
_PARTS = (
    "a",
    "shop",
    "web-1",
    "",
    "A",
    "a__b",
    "a___b",
    "a..b",
    "a--b",
    ".a",
    "a.",
    "_",
    "b" * 230,
    "c" * 255,
    "0" * 64,
)
_TAGS = ("", "", ":1.5", ":", ":latest", ":a:b", ":1/2", ":" + "t" * 128, ":" + "t" * 129, ":\u0661")
_ALGORITHMS = ("sha256", "sha384", "sha512", "sha1", "md5", "SHA256", "a+b", "a..b", "sha256:", "")
_DIGITS = ("a" * 64, "a" * 96, "a" * 128, "A" * 64, "g" * 64, "0123456789abcdef" * 4)


def _made(pen: Pen) -> str:
    """By the grammar, one part or another of it broken, missing or too long; or a recorded one, misspelled."""
    if pen.maybe():
        return pen.misspelled(_RECORDED)
    domain = f"{pen.among(_DOMAINS) if pen.maybe() else pen.text('aB0.-:', 12)}/" if pen.maybe() else ""
    parts = [
        pen.among(_PARTS) if pen.maybe() else pen.text("ab0._-", 8),
        *pen.some(lambda: pen.among(_PARTS), 2),
    ]
    tag = pen.among(_TAGS) if pen.maybe() else f":{pen.text('aZ0_.-', 8)}"
    digits = pen.among(_DIGITS) if pen.maybe() else ("0123456789abcdefABCDEF" * 9)[: 31 + pen.below(100)]
    digest = f"@{pen.among(_ALGORITHMS)}:{digits}" if pen.maybe(3) else ""
    return pen.joined([domain, "/".join(parts), tag, digest])


TARGET = Target("images", _made, holds)


def test_images_are_read_as_by_the_kubelet(fuzzed: Callable[[Target], None]) -> None:
    """Against its grammar and its digests, step by step; what is spelled out is read again as the same."""
    fuzzed(TARGET)
