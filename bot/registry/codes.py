"""What a registry says of an error in its body: bytes in -> the first code and message out.

The codes are those of https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes, with
those that https://github.com/distribution/distribution/blob/v3.0.0/registry/api/errcode/register.go adds.
Not every registry, token service, proxy or firewall keeps to the form, and what stands in the way of one does not
know it: a bare text, another key, or a page of HTML tells something all the same.
"""

import html
import re
from typing import Final

from bot.registry.decoding import decoded


BLOB_UNKNOWN: Final = "BLOB_UNKNOWN"
DENIED: Final = "DENIED"
MANIFEST_BLOB_UNKNOWN: Final = "MANIFEST_BLOB_UNKNOWN"
MANIFEST_INVALID: Final = "MANIFEST_INVALID"
MANIFEST_UNKNOWN: Final = "MANIFEST_UNKNOWN"
NAME_INVALID: Final = "NAME_INVALID"
NAME_UNKNOWN: Final = "NAME_UNKNOWN"
TAG_INVALID: Final = "TAG_INVALID"
TOOMANYREQUESTS: Final = "TOOMANYREQUESTS"
UNAUTHORIZED: Final = "UNAUTHORIZED"
UNAVAILABLE: Final = "UNAVAILABLE"
UNSUPPORTED: Final = "UNSUPPORTED"
KNOWN: Final = frozenset(
    {
        BLOB_UNKNOWN,
        DENIED,
        MANIFEST_BLOB_UNKNOWN,
        MANIFEST_INVALID,
        MANIFEST_UNKNOWN,
        NAME_INVALID,
        NAME_UNKNOWN,
        TAG_INVALID,
        TOOMANYREQUESTS,
        UNAUTHORIZED,
        UNAVAILABLE,
        UNSUPPORTED,
    }
)

# What a message is looked for under, in this order. Docker Hub's token service says ``details``, Google's and
# others' ``error_description`` (https://www.rfc-editor.org/rfc/rfc6749#section-5.2), proxies whatever they like.
_MESSAGE_KEYS = ("message", "details", "detail", "error_description", "error", "title", "description")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_READ = 8192
_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1[^<>]*>|\Z)", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[^<>]*>")


def first(body: bytes) -> tuple[str, str]:
    """The first error's code and message.

    Returns:
        The code in upper case, "" where there is none in sight; the message as it stands there, as yet neither
        redacted nor cut, "" where there is none.
    """
    parsed = decoded(body)
    if parsed is None:
        return "", _prose(body[:_READ].decode(errors="replace"))
    if isinstance(parsed, str):
        return "", parsed
    error = _first_error(parsed)
    return _code(error), _message(error) or _message(parsed)


def _first_error(parsed: object) -> object:
    if not isinstance(parsed, dict):
        return parsed[0] if isinstance(parsed, list) and parsed else None
    errors = parsed.get("errors")
    if isinstance(errors, list) and errors:
        return errors[0]
    return errors or parsed


def _code(error: object) -> str:
    code = error.get("code") if isinstance(error, dict) else None
    return code.upper() if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _message(error: object) -> str:
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    for key in _MESSAGE_KEYS:
        value = error.get(key)
        if isinstance(value, dict):  # {"error": {"code": 403, "message": "…"}}, as Google's interfaces say it
            value = value.get("message")
        if isinstance(value, str) and value:
            return value
    return ""


def _prose(text: str) -> str:
    """Plain text as it is; of a page its title, or else the words that a person would see; of broken JSON nothing."""
    text = text.strip()
    if not text.startswith("<"):
        return "" if text.startswith(("{", "[")) else text
    title = _TITLE.search(text)
    if title and title[1].strip():
        return " ".join(html.unescape(title[1]).split())
    return " ".join(html.unescape(_MARKUP.sub(" ", _UNSEEN.sub(" ", text))).split())
