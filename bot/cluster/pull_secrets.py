"""Reads a Secret the way the kubelet does and forgets its values: a Secret in -> its structure out.

What the kubelet accepts stands in https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/credentialprovider
(``secrets/secrets.go`` for the types, ``config.go`` for the JSON, with the leniency of Go's ``encoding/json``:
field names in any case, the last of two wins, null is nothing). No value leaves this module in a result, a
message or an exception, but through :func:`credential_of`, for the one question that needs it.
"""

import base64
import binascii
import functools
import hmac
import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

from bot.cluster.reduce import moment
from bot.cluster.shapes import Metadata, SecretShape
from bot.facts.objects import PullSecret, SecretEntry
from bot.facts.redaction import STRUCK, redact
from bot.ports.credentials import Credential


# https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
DOCKER_TYPES: Final[Mapping[str, str]] = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
# Where `imagepull dump` puts what it kept of a Secret. Read from dumps only: on a live object anybody may write it.
STRUCTURE: Final = "imagepull/structure"

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html: base64 of JSON, 12 hours.
_LIFE_AT_ECR: Final = timedelta(hours=12)
_LONGEST_KEY = 512
# Letters beyond ASCII that Go takes for one of it: https://github.com/golang/go/blob/go1.25.0/src/encoding/json/fold.go
_FOLDS: Final = {0x17F: "s", 0x212A: "k"}
_PADDED = re.compile(r"[A-Za-z0-9+/]*={1,2}")
_UNPADDED = re.compile(r"[A-Za-z0-9+/]*")
# Scheme, user, host, port and path as they are usually written: in the rest no token can hide, they are all longer.
_USUAL_KEY = re.compile(
    r"(https?://)?([^/?#@]{0,200}@)?"
    r"([a-z0-9-]{1,15}(?:\.[a-z0-9-]{1,15})*(?::[0-9]{1,5})?(?:/[a-z0-9-]{1,15})*/?)"
)
_PARTS_OF_KEY = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?(?P<user>[^/?#]*@)?(?P<rest>[^?#]*)(?P<tail>.*)",
    re.IGNORECASE | re.DOTALL,
)
# Go reads a port behind the last colon, and takes digits alone for one.
_HOST_IN_KEY = re.compile(r"(?:[^/]*\]%?|[^:/]*|[^/]*:[0-9]*%?)(?:/|\Z)")
_NAME_IN_KEY = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?=:)", re.IGNORECASE)
# What Go's net/url takes as user information, and where it refuses a query or a fragment: then the kubelet ignores the key.
_GOOD_USER = re.compile(r"(?:[A-Za-z0-9\-._:~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})*")
_BAD_TAIL = re.compile(r"\?[^#]*[\x00-\x1f\x7f]|[^#]*#.*%(?![0-9A-Fa-f]{2})", re.DOTALL)


class _Flaw(Exception):
    """Why the kubelet gets nothing out of a Secret; holds an id and never a value."""

    def __init__(self, id_: str, *, fails_pull: bool = True) -> None:
        super().__init__(id_)
        self.id = id_
        self.fails_pull = fails_pull


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with its keys in order, doubles included."""

    def __repr__(self) -> str:
        return f"_Pairs({len(self)})"


@functools.cache
def process_salt() -> bytes:
    """The salt of this process: fingerprints compare within one run and mean nothing in another."""
    return os.urandom(16)


def to_pull_secret(shape: SecretShape, *, from_dump: bool = False, salt: bytes | None = None) -> PullSecret:
    """Reduce a Secret to its structure.

    Args:
        shape: the Secret; the caller forgets it afterwards.
        from_dump: whether to believe the structure that ``imagepull dump`` left where the values were.
        salt: for the fingerprints; by default the one of this process.
    """
    meta = shape.metadata or Metadata()
    bare = PullSecret(
        namespace=meta.namespace or "",
        name=meta.name or "",
        type=shape.type or "Opaque",
        created=moment(meta.creation_timestamp),
    )
    if from_dump and not shape.data and STRUCTURE in (meta.annotations or {}):
        return _from_structure(bare, (meta.annotations or {})[STRUCTURE] or "")
    entries, flaw = _read(shape, salt or process_salt())
    return PullSecret(
        namespace=bare.namespace,
        name=bare.name,
        type=bare.type,
        entries=entries,
        flaw=flaw.id if flaw else "",
        flaw_fails_pull=bool(flaw and flaw.fails_pull),
        created=bare.created,
    )


def credential_of(
    shape: SecretShape, key: str, fingerprint: str = "", salt: bytes | None = None
) -> Credential | None:
    """The credential under one key, if the kubelet would offer it and it is text; the caller forgets it afterwards.

    Args:
        shape: the Secret.
        key: as its :class:`~bot.facts.objects.SecretEntry` tells it, which is not always as it stands there.
        fingerprint: of the credential that is meant; "" for whichever stands under the key.
        salt: with which the fingerprint was made; by default the one of this process.
    """
    if (shape.type or "") not in DOCKER_TYPES:
        return None
    for name, username, password in _credentials(shape):
        told = _fingerprint(username, password, salt or process_salt())
        if fingerprint in ("", told) and safe_key(name) == key:
            try:
                return Credential(username.decode(), password.decode())
            except UnicodeDecodeError:
                return None
    return None


def is_stripped(shape: SecretShape) -> bool:
    """Whether somebody took the values out of a dumped Secret, so that nothing can be said of its content."""
    key = DOCKER_TYPES.get(shape.type or "")
    if key is None or STRUCTURE in ((shape.metadata and shape.metadata.annotations) or {}):
        return False
    value = (shape.data or {}).get(key)
    # The API server refuses these types without their key, or with anything but JSON in it.
    return not value or _decoded(value) is None


def holds_values(shape: SecretShape) -> bool:
    """Whether a Secret carries any value."""
    return any((shape.data or {}).values())


def structure_of(secret: PullSecret) -> str:
    """What a dump keeps of a Secret, as text for its annotation."""
    entries = [
        {
            "key": entry.key,
            "hasUsername": entry.has_username,
            "hasPassword": entry.has_password,
            "trailingNewline": entry.trailing_newline,
            "expires": entry.expires.isoformat() if entry.expires else None,
            "fingerprint": entry.fingerprint,
            **({"issued": entry.issued.isoformat()} if entry.issued else {}),
        }
        for entry in secret.entries
    ]
    kept = {"flaw": secret.flaw, "flawFailsPull": secret.flaw_fails_pull, "entries": entries}
    return json.dumps(kept, separators=(",", ":"))


def values_of(shape: SecretShape) -> tuple[str, ...]:
    """The passwords and encoded credentials of a docker Secret, for the one purpose of striking them out."""
    found: set[str] = set()
    for key in DOCKER_TYPES.values():
        raw = _decoded((shape.data or {}).get(key) or "")
        if raw is None:
            continue
        try:
            _collect_texts(json.loads(raw.decode(errors="replace"), parse_int=float), found)
        except (ValueError, RecursionError):
            continue
    return tuple(found)


def _collect_texts(value: Any, found: set[str], *, wanted: bool = False) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _collect_texts(inner, found, wanted=_folded(name) in ("password", "auth", "identitytoken"))
    elif isinstance(value, str) and wanted:
        found.add(value.strip())
        decoded = _decode_auth_bytes(value) or b""
        found.add(decoded.partition(b":")[2].decode(errors="replace").strip())


def _read(shape: SecretShape, salt: bytes) -> tuple[tuple[SecretEntry, ...], _Flaw | None]:
    """The entries that stand in the Secret, and what keeps the kubelet from using them."""
    wrong = None if (shape.type or "") in DOCKER_TYPES else _Flaw("wrong-type", fails_pull=False)
    key = _content_key(shape)
    if key is None:
        return (), wrong or _Flaw("no-data", fails_pull=False)
    raw = _decoded((shape.data or {})[key] or "")
    if raw is None:
        return (), wrong or _Flaw("not-json")
    found, flaw = _entries(raw, salt, legacy=key == ".dockercfg")
    return found, wrong or flaw


def _content_key(shape: SecretShape) -> str | None:
    """Where in the Secret the registries stand; for a type that the kubelet ignores, where they seem to."""
    named = DOCKER_TYPES.get(shape.type or "")
    present = [key for key in DOCKER_TYPES.values() if (shape.data or {}).get(key)]
    return (named if named in present else None) if named else next(iter(present), None)


def _credentials(shape: SecretShape) -> list[tuple[str, bytes, bytes]]:
    """Registry key, user name and password of every entry; none where one flaw keeps the kubelet from all."""
    key = _content_key(shape)
    raw = _decoded((shape.data or {})[key] or "") if key else None
    if raw is None:
        return []
    try:
        auths = _auths(_parse(raw), legacy=key == ".dockercfg")
        return [(name, *_credential(fields)) for name, fields in auths.items()]
    except _Flaw:
        return []


def _entries(raw: bytes, salt: bytes, *, legacy: bool) -> tuple[tuple[SecretEntry, ...], _Flaw | None]:
    try:
        auths = _auths(_parse(raw), legacy=legacy)
    except _Flaw as flaw:
        return (), flaw
    if not auths:
        return (), _Flaw("no-auths", fails_pull=False)
    found: list[SecretEntry] = []
    first_flaw: _Flaw | None = None
    for key, fields in auths.items():
        try:
            username, password = _credential(fields)
        except _Flaw as flaw:
            first_flaw = first_flaw or flaw
            found.append(SecretEntry(safe_key(key), has_username=False, has_password=False))
        else:
            found.append(_entry(key, username, password, salt))
    return tuple(found), first_flaw


def _parse(raw: bytes) -> Any:
    text = raw.decode(errors="replace")
    try:
        return json.loads(text, object_pairs_hook=_Pairs, parse_constant=_refuse, parse_int=float)
    except (ValueError, RecursionError):
        pass  # raised anew below, so that the text of the Secret is not in the chain of exceptions
    raise _Flaw("not-json")


def _refuse(_: str) -> NoReturn:
    raise ValueError("not in JSON")


def _auths(document: Any, *, legacy: bool) -> dict[str, Any]:
    """Registry key -> fields; two objects of the same name are merged, null empties, as in Go."""
    if legacy:
        return _merged({}, document)
    auths: dict[str, Any] = {}
    for name, value in _object(document):
        if _folded(name) == "auths":
            auths = _merged(auths, value)
        elif _folded(name) == "httpheaders":
            _require_texts(value)
    return auths


def _merged(before: dict[str, Any], value: Any) -> dict[str, Any]:
    """The entries after one more object of them; what is replaced was read all the same, and its fault counts."""
    merged = {} if value is None else dict(before)
    for name, fields in _object(value):
        if name in merged:
            _credential(merged[name])
        merged[name] = fields
    if value is None:
        for fields in before.values():
            _credential(fields)
    return merged


def _object(value: Any) -> _Pairs:
    if value is None:
        return _Pairs()
    if not isinstance(value, _Pairs):
        raise _Flaw("bad-shape")
    return value


def _folded(name: str) -> str:
    return name.translate(_FOLDS).lower()


def _require_texts(value: Any) -> None:
    for _, inner in _object(value):
        if not isinstance(inner, str | None):
            raise _Flaw("bad-shape")


def _credential(fields: Any) -> tuple[bytes, bytes]:
    """User name and password; a filled ``auth`` wins over both."""
    told: dict[str, str] = {}
    for name, value in _object(fields):
        field = _folded(name)
        if field in ("username", "password", "email", "auth") and value is not None:
            if not isinstance(value, str):
                raise _Flaw("bad-shape")
            told[field] = value
    auth = told.get("auth", "")
    if not auth:
        return told.get("username", "").encode(errors="replace"), told.get("password", "").encode(
            errors="replace"
        )
    decoded = _decode_auth_bytes(auth)
    if decoded is None:
        raise _Flaw("bad-base64")
    username, colon, password = decoded.partition(b":")
    if not colon:
        raise _Flaw("no-colon")
    return username, password


def _decode_auth_bytes(auth: str) -> bytes | None:
    """As ``decodeDockerConfigFieldAuth``: padded or not, line breaks skipped, anything else is an error."""
    text = auth.replace("\r", "").replace("\n", "")
    if auth.strip().endswith("="):
        if not _PADDED.fullmatch(text) or len(text) % 4:
            return None
    elif not _UNPADDED.fullmatch(text) or len(text) % 4 == 1:
        return None
    else:
        text += "=" * (-len(text) % 4)
    return base64.b64decode(text)


def _decoded(value: str) -> bytes | None:
    """A value of ``data``; None when it is no base64."""
    try:
        return base64.b64decode(value.replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return None


def _entry(key: str, username: bytes, password: bytes, salt: bytes) -> SecretEntry:
    issued, expires = _span(password)
    return SecretEntry(
        key=safe_key(key),
        has_username=bool(username),
        has_password=bool(password),
        trailing_newline=username.endswith((b"\n", b"\r")) or password.endswith((b"\n", b"\r")),
        expires=expires,
        fingerprint=_fingerprint(username, password, salt),
        issued=issued,
    )


def _fingerprint(username: bytes, password: bytes, salt: bytes) -> str:
    return hmac.digest(salt, username + b"\0" + password, "sha256").hex()[:16]


def safe_key(key: str) -> str:
    """The key without user information and query, and cut where nobody reads on.

    The kubelet ignores both, unless they make the key no URL: then what is left is none either, so that it matches as little.
    """
    usual = _USUAL_KEY.fullmatch(key) if len(key) <= _LONGEST_KEY else None
    if usual:  # one of thousands in a large Secret: no pattern needs to look for anything in it
        return f"{usual[1] or ''}{_struck_user(usual[2])}{usual[3]}"
    whole = key.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # half a pair cannot be printed
    parts = _PARTS_OF_KEY.match(whole)
    assert parts, "every part may be empty"
    user, rest, tail = parts["user"], parts["rest"], parts["tail"]
    # Some passwords hide the @ behind a slash or a question mark, or go without. No image has an @ or a colon in its path,
    # and none a host with such a port: a key of that kind matches nothing, and what is left of it must not either.
    if "@" in rest:
        user, rest = f"{STRUCK}@", rest.rpartition("@")[2]
    if not _HOST_IN_KEY.match(rest):
        name = _NAME_IN_KEY.match(rest)
        user, rest, tail = (user, f"{name[0]}:{STRUCK}", "") if name else (f"{STRUCK}@", "", "")
    elif ":" in rest.partition("/")[2]:
        rest = f"{rest.partition('/')[0]}/{STRUCK}"
    # Struck before it is cut: of a long password a cut would take the @ by which it is known.
    told = f"{parts['scheme'] or ''}{_struck_user(user)}{redact(rest)}"[:_LONGEST_KEY]
    return f"{told[: _LONGEST_KEY - 1].rstrip('%')}%" if _BAD_TAIL.match(tail) else told


def _struck_user(user: str | None) -> str:
    if not user:
        return ""
    return "***@" if _GOOD_USER.fullmatch(user, 0, len(user) - 1) else f"{STRUCK}@"


def _span(password: bytes) -> tuple[datetime | None, datetime | None]:
    """When a password says itself that it was made and that it ends: a JWT, an ECR token."""
    parts = password.strip().split(b".")
    try:
        if len(parts) == 3:
            payload = base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4))
            return _instant(payload, "iat") or _instant(payload, "nbf"), _instant(payload, "exp")
        if len(parts) == 1 and parts[0].startswith(b"eyJ"):
            ends = _instant(base64.b64decode(parts[0] + b"=" * (-len(parts[0]) % 4)), "expiration")
            return _before(ends, _LIFE_AT_ECR), ends
    except (ValueError, RecursionError):
        return None, None
    return None, None


def _before(moment: datetime | None, span: timedelta) -> datetime | None:
    try:
        return moment - span if moment else None
    except OverflowError:
        return None


def _instant(payload: bytes, field: str) -> datetime | None:
    told = json.loads(payload, parse_int=float)
    seconds = told.get(field) if isinstance(told, dict) else None
    if not isinstance(seconds, float) or seconds <= 0:  # issuers write 0 and -1 for: never
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _from_structure(bare: PullSecret, text: str) -> PullSecret:
    """The structure a dump kept; what is not as we write it counts as no entry."""
    try:
        kept = json.loads(text)
        entries = tuple(_kept_entries(kept["entries"]))
        flaw, fails = str(kept.get("flaw") or ""), bool(kept.get("flawFailsPull"))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        entries, flaw, fails = (), "no-data", False
    return PullSecret(
        namespace=bare.namespace,
        name=bare.name,
        type=bare.type,
        entries=entries,
        flaw=flaw,
        flaw_fails_pull=fails,
        created=bare.created,
    )


def _kept_entries(entries: Any) -> Iterator[SecretEntry]:
    for entry in entries:
        yield SecretEntry(
            key=safe_key(str(entry["key"])),
            has_username=bool(entry.get("hasUsername")),
            has_password=bool(entry.get("hasPassword")),
            trailing_newline=bool(entry.get("trailingNewline")),
            expires=moment(entry.get("expires")),
            fingerprint=str(entry.get("fingerprint") or "")[:64],
            issued=moment(entry.get("issued")),
        )
