"""Brings a message to one spelling before any pattern sees it: text in, plain bytes out.

The same error arrives escaped once or twice (a log inside JSON inside an event), broken over lines (containerd
2, ``kubectl describe``), coloured or framed (copied from a terminal), quoted in a reply, with typographic quotes
(pasted from a chat), or doubled (CRI-O tells the image's error and then the artifact's), or as a row in a table
of events. Patterns would need every spelling; this needs each once. All of it is linear.
"""

import re
from collections.abc import Collection


# A kubelet message is at most 1 KiB in an event and seldom over 4 KiB in a status; an error's root stands at
# its end, its wrapper at its start.
_KEPT_AT_EACH_END = 8192

_DEEPEST_ESCAPE = 3
_ESCAPES = (
    (b"\\\\", b"\\"),
    (b'\\"', b'"'),
    (b"\\n", b" "),
    (b"\\r", b" "),
    (b"\\t", b" "),
    (b"\\u003c", b"<"),
    (b"\\u003e", b">"),
    (b"\\u0026", b"&"),
    (b"\\u001b", b"\x1b"),
    (b"\\x1b", b"\x1b"),
    (b"\\033", b"\x1b"),
)
_ENTITIES = (
    (b"&quot;", b'"'),
    (b"&#34;", b'"'),
    (b"&#39;", b"'"),
    (b"&#x27;", b"'"),
    (b"&nbsp;", b" "),
    (b"&lt;", b"<"),
    (b"&gt;", b">"),
    (b"&amp;", b"&"),
)
_TYPOGRAPHY = (
    ("\u201c".encode(), b'"'),
    ("\u201d".encode(), b'"'),
    ("\u2018".encode(), b"'"),
    ("\u2019".encode(), b"'"),
    ("\u00a0".encode(), b" "),
    ("\u200b".encode(), b""),
    ("\ufeff".encode(), b""),
    # the frames of k9s and of other screens, between two halves of a sentence
    ("\u2502".encode(), b" "),
    ("\u2503".encode(), b" "),
)

# Colours and the like (ECMA-48, section 5.4) by their first character or the two that terminals show for it; where
# a web page dropped that, only what can be nothing but a colour.
_COLOURS = re.compile(rb"(?:\x1b|\^\[)\[[0-9;?]{0,16}[A-Za-z]|\[[0-9]{1,3}(?:;[0-9]{1,3}){0,4}m(?!\])")
# What a reply puts before each line it repeats.
_REPEATED = re.compile(rb"\n(?:> ?)+")

# https://github.com/containers/image/blob/main/docker/docker_image_src.go: what the mirrors said stands before
# what the upstream said, and only the last one answered for the image.
_MIRRORS, _MIRRORS_END = b"(Mirrors also failed: ", b"]): "

# https://github.com/cri-o/cri-o/blob/main/internal/ociartifact: an image that fails is tried as an artifact.
_IMAGE, _ARTIFACT = b"pull image err: ", b"; artifact err: "


# Old releases put name, kind and path before the type; the message starts after all of them.
_COLUMNS_BEFORE_THE_REASON = 12


def own_rows(message: str, foreign: Collection[str]) -> str:
    """A pasted table of events without the rows whose reason is a foreign one; any other text as it is.

    ``kubectl describe`` shows a failing probe beside a failing pull; what the probe said must not name the pull.
    """
    if "\n" not in message:
        return message
    lines = message.splitlines()
    kept = [line for line in lines if _reason_of(line) not in foreign]
    return message if len(kept) == len(lines) else "\n".join(kept)


def _reason_of(row: str) -> str:
    columns = row.split(None, _COLUMNS_BEFORE_THE_REASON)
    for place, column in enumerate(columns[:-1]):
        if column in ("Normal", "Warning"):
            return columns[place + 1]
    return ""


def plain(message: str) -> bytes:
    """One spelling of a message: capped, unescaped, on one line, without what was only tried on the way."""
    text = message.encode("utf-8", "replace")
    if len(text) > 2 * _KEPT_AT_EACH_END:
        text = text[:_KEPT_AT_EACH_END] + b" \xe2\x80\xa6 " + text[-_KEPT_AT_EACH_END:]
    if b"\\" in text:
        text = _unescaped(text)
    if b"[" in text:
        text = _COLOURS.sub(b"", text)
    if b"\n>" in text:
        text = _REPEATED.sub(b"\n", text)
    if b"&" in text:
        text = _replaced(text, _ENTITIES)
    if not text.isascii():
        text = _replaced(text, _TYPOGRAPHY)
    text = b" ".join(text.split())
    if _MIRRORS in text:
        text = _without_mirrors(text)
    if _ARTIFACT in text:
        text = _without_artifact(text)
    return text


def _unescaped(text: bytes) -> bytes:
    for _ in range(_DEEPEST_ESCAPE):
        shorter = _replaced(text, _ESCAPES)
        if shorter == text:
            break
        text = shorter
    return text


def _replaced(text: bytes, pairs: tuple[tuple[bytes, bytes], ...]) -> bytes:
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def _without_mirrors(text: bytes) -> bytes:
    before, _, rest = text.partition(_MIRRORS)
    _, end, upstream = rest.partition(_MIRRORS_END)
    return before + upstream if end else text


def _without_artifact(text: bytes) -> bytes:
    before, _, _ = text.partition(_ARTIFACT)
    _, _, said = before.partition(_IMAGE)
    return before if said else text
