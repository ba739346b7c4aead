"""Strikes credentials out of texts that others wrote: a message in, the same message without secrets out.

Runtimes, registries and people put credentials where they do not belong: in URLs, headers, arguments, logs.
Whatever is shown, logged or written goes through here. The patterns lean towards striking out too much, but
leave alone what a diagnosis reads: image references, digests, status codes, "basic auth credentials".
Every pattern starts at a boundary and repeats one class of characters, so that long hostile lines stay cheap.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Final


STRUCK: Final = "[redacted]"

_WORD = (
    r"(?:password|passwd|passphrase|pwd|secret|token|credentials?|signature|sig|auth|"
    r"api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|account[_-]?key|key[_-]?pair[_-]?id|session[_-]?id)"
)
# scheme://user:password@host. A digest after the @ belongs to a reference such as docker://app@sha256:….
_URL_USER = re.compile(r"(?<![\w+.-])([A-Za-z][A-Za-z0-9+.-]{0,20}://)[^\s/\"'<>\\]+@(?!sha(?:256|512):)")
_BARE_USER = re.compile(
    r"(?<![\w.%+@:-])[\w.%+-]{1,64}:[^\s:/@\"'<>]{1,8192}@(?!sha(?:256|512):)(?=[\w-]+[.:])"
)
_HEADER = re.compile(
    r"(?<![\w-])(x-registry-auth|x-registry-config|x-auth-token|x-amz-security-token|private-token|(?:set-)?cookie)"
    r"(\\?[\"']?\s*[:=]\s*\\?[\"']?\[?)(?!redacted])[^\s\"',;\[\]\\]+",
    re.IGNORECASE,
)
# "may require authorization: server message" is prose, so without a scheme the value must look made up.
_AUTHORIZATION = re.compile(
    r"(?<![\w-])(?i:((?:proxy-)?authorization\\?[\"']?\s*[:=]\s*\\?[\"']?\[?))"
    r"((?i:(?:bearer|basic|negotiate|token|digest)\s+)|(?=[^\s\"',;\]\\]*(?:\d|[a-z][A-Z]|=)))"
    r"(?!redacted])[^\s\"',;\[\]\\]+"
)
# "Bearer realm=…" and "no basic auth credentials" are no credentials: a digit or a change of case is asked for.
_SCHEME = re.compile(
    r"(?<![\w-])(?i:(bearer|basic))(\s+)(?=[^\s\"',;]*(?:\d|[a-z][A-Z]))(?!\w+=\\?\")[A-Za-z0-9._~+/=-]{6,}"
)
_JWT = re.compile(r"(?<![\w-])eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?")
_ENCODED_JSON = re.compile(r"(?<![\w+/])eyJ[A-Za-z0-9+/_-]{12,}={0,2}")
_ASSIGNED = re.compile(
    rf"(?<![\w.-])([\w.-]{{0,80}}{_WORD})(=)(?!=)(\"[^\"]*\"|'[^']*'|[^\s&\"',;<>]+)", re.IGNORECASE
)
_QUERY = re.compile(
    r"([?&](?:x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid|googleaccessid|policy|key-pair-id)=)"
    r"[^\s&\"'<>]+",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    rf"(\\?[\"'][\w.-]{{0,80}}{_WORD}\\?[\"']\s*:\s*\\?[\"'])((?:[^\"'\\]|\\(?![\"']).)+)", re.IGNORECASE
)
_TOLD = re.compile(
    r"(?<![\w/.-])(?<!or )((?:password|passwd|passphrase|pwd|api[_-]?key|access[_-]?key|secret[_-]?key)\s*:\s*)"
    r"(?!\[redacted])([^\s\"',;]+)",
    re.IGNORECASE,
)
# "failed to fetch oauth token: 401" is prose: a value is long, in one piece, and made of letters and digits.
_TOKEN_TOLD = re.compile(
    r"(?<![/.-])(token\s*:\s*)(?=[\w~+=-]*\d)(?=[\w~+=-]*[A-Za-z])[\w~+=-]{12,}(?![\w.~+=/-]|:\S)",
    re.IGNORECASE,
)
_FLAG = re.compile(rf"(?<![\w-])(--?[\w-]{{0,80}}{_WORD}[\s]+)(?!-)([^\s\"',;]+)", re.IGNORECASE)
_KNOWN_TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|gl[a-z]{2,6}-[\w-]{20,}|"
    r"dckr_(?:pat|oat)_[\w-]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}|ya29\.[\w.-]{10,}|AIza[\w-]{30,}|xox[abeprs]-[\w-]{10,}|"
    r"xapp-[\w-]{10,}|hv[sb]\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|sk-[\w-]{20,}|AKCp[A-Za-z0-9]{20,}|cmVmd[A-Za-z0-9+/=]{20,})"
)
_PEM = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{8,4096}={0,2}(?![A-Za-z0-9+/_=-])")
_USER_AND_PASSWORD = re.compile(rb"[\x21-\x39\x3b-\x7e]{1,256}:[\x20-\x7e\r\n]{1,4096}")


def redact(text: str, known: Iterable[str] = ()) -> str:
    """The text with everything that looks like a credential struck out.

    Args:
        text: what somebody else wrote.
        known: values known to be secret, struck out wherever they stand (those of 4 characters and more).
    """
    for value in sorted((value for value in known if len(value) >= 4), key=len, reverse=True):
        text = text.replace(value, STRUCK)
    text = _PEM.sub(STRUCK, text)
    text = _URL_USER.sub(rf"\1{STRUCK}@", text)
    text = _BARE_USER.sub(f"{STRUCK}@", text)
    text = _HEADER.sub(rf"\1\2{STRUCK}", text)
    text = _AUTHORIZATION.sub(rf"\1\2{STRUCK}", text)
    text = _SCHEME.sub(rf"\1\2{STRUCK}", text)
    text = _JWT.sub(STRUCK, text)
    text = _ENCODED_JSON.sub(STRUCK, text)
    text = _KNOWN_TOKENS.sub(STRUCK, text)
    text = _ASSIGNED.sub(rf"\1\2{STRUCK}", text)
    text = _QUERY.sub(rf"\1{STRUCK}", text)
    text = _QUOTED.sub(rf"\1{STRUCK}", text)
    text = _TOLD.sub(rf"\1{STRUCK}", text)
    text = _TOKEN_TOLD.sub(rf"\1{STRUCK}", text)
    text = _FLAG.sub(rf"\1{STRUCK}", text)
    return _BASE64.sub(_strike_if_credential, text)


def _strike_if_credential(match: re.Match[str]) -> str:
    """Base64 of ``user:password``, as a docker ``auth`` field holds it."""
    bare = match[0].rstrip("=")
    try:
        decoded = base64.b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return match[0]
    return STRUCK if _USER_AND_PASSWORD.fullmatch(decoded) else match[0]
