"""A docker Secret is read as the kubelet reads it, and nothing of its values gets out."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.cluster import pull_secrets
from bot.cluster.shapes import Metadata, SecretShape
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen


CANARY = "c4n4ryPassw0rd"
JSON, LEGACY = "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"
SALT = b"salt"
FLAWS = {"", "wrong-type", "no-data", "not-json", "bad-shape", "no-auths", "bad-base64", "no-colon"}
# Fields are found by their folded names: https://github.com/golang/go/blob/go1.25.0/src/encoding/json/fold.go
_FOLDS = {0x17F: "s", 0x212A: "k"}

Entries = dict[str, tuple[str, str]]
"""Registry key -> user name and password."""


class Unusable(Exception):
    """``json.Unmarshal`` into the kubelet's types gives an error, which stops every pull of the pod."""


def as_the_kubelet(text: str, *, legacy: bool) -> Entries:
    """``DockerConfigJSON`` of pkg/credentialprovider/config.go, field by field.

    Raises:
        Unusable: the kubelet gets an error.
    """
    try:
        document = json.loads(
            text, object_pairs_hook=lambda pairs: ("object", pairs), parse_constant=_no, parse_int=float
        )
    except (ValueError, RecursionError):
        raise Unusable from None
    found: Entries = {}
    if legacy:
        _take(document, found)
        return found
    for name, value in _pairs(document):
        if _folded(name) == "auths":
            _take(value, found)
        if _folded(name) == "httpheaders":
            for _, header in _pairs(value):
                _text(header, "")
    return found


def _no(_: str) -> float:
    raise ValueError


def _folded(name: str) -> str:
    return name.translate(_FOLDS).lower()


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, tuple):
        raise Unusable
    return list(value[1])


def _text(value: Any, before: str) -> str:
    if value is None:
        return before
    if not isinstance(value, str):
        raise Unusable
    return value


def _take(auths: Any, found: Entries) -> None:
    """Null empties the map, and each entry begins anew."""
    if auths is None:
        found.clear()
    for key, fields in _pairs(auths):
        told = {"username": "", "password": "", "email": "", "auth": ""}
        for name, value in _pairs(fields):
            if _folded(name) in told:
                told[_folded(name)] = _text(value, told[_folded(name)])
        found[key] = _decoded(told["auth"]) if told["auth"] else (told["username"], told["password"])


def _decoded(auth: str) -> tuple[str, str]:
    """Standard base64, padded or not, in which only line breaks are skipped."""
    bare = auth.replace("\r", "").replace("\n", "")
    digits = bare.rstrip("=")
    padding = len(bare) - len(digits)
    is_padded = auth.strip().endswith("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    is_whole = len(digits) % 4 != 1 and padding == (-len(digits) % 4 if is_padded else 0)
    if set(digits) - set(alphabet) or not is_whole:
        raise Unusable
    name, colon, password = base64.b64decode(digits + "=" * (-len(digits) % 4)).partition(b":")
    if not colon:
        raise Unusable
    return name.decode("latin-1"), password.decode("latin-1")


def holds(value: Any) -> None:
    """Entries and errors are the kubelet's; no value is in what is told, kept or raised."""
    type_, text = value["type"], value["text"]
    raw = text.encode("utf-8", "replace")
    shape = SecretShape(
        metadata=Metadata(name="pull", namespace="shop"),
        type=type_,
        data={value["field"]: base64.b64encode(raw).decode()},
    )
    told = pull_secrets.to_pull_secret(shape, salt=SALT)
    kept = pull_secrets.structure_of(told)
    assert CANARY not in f"{told!r}{kept}{shape!r}"
    assert told.flaw in FLAWS
    dumped = SecretShape(
        metadata=Metadata(name="pull", namespace="shop", annotations={pull_secrets.STRUCTURE: kept}),
        type=type_,
    )
    assert pull_secrets.to_pull_secret(dumped, from_dump=True) == told
    if pull_secrets.DOCKER_TYPES.get(type_) == value["field"]:
        _same(raw.decode("utf-8", "replace"), shape, legacy=type_ == LEGACY)
    else:
        assert not told.flaw_fails_pull


def _same(text: str, shape: SecretShape, *, legacy: bool) -> None:
    told = pull_secrets.to_pull_secret(shape, salt=SALT)
    try:
        expected = as_the_kubelet(text, legacy=legacy)
    except Unusable:
        assert told.flaw_fails_pull or not text, "the kubelet gets an error"
        lent = [pull_secrets.credential_of(shape, each.key, salt=SALT) for each in told.entries]
        assert not any(lent)
        return
    assert not told.flaw_fails_pull, "the kubelet reads it"
    assert [each.key for each in told.entries] == [pull_secrets.safe_key(key) for key in expected]
    for entry, (name, password) in zip(told.entries, expected.values(), strict=True):
        assert (entry.has_username, entry.has_password) == (bool(name), bool(password))
        credential = pull_secrets.credential_of(shape, entry.key, entry.fingerprint, SALT)
        assert credential is None or CANARY not in repr(credential)
        if credential and f"{name}{password}".isascii():
            assert (credential.username, credential.password) == (name, password)


_KEYS = ("registry.corp.example", "https://index.docker.io/v1/", "", "é", "a\ud800b", "*.example")
_TELLING_KEYS = (
    *_KEYS,
    f"bob:{CANARY}@registry.corp.example",
    f"//bob:{CANARY}@registry.corp.example/shop",
    f"bob:{CANARY}/{CANARY}@registry.corp.example",
    f"https://bob:{CANARY}#{CANARY}@registry.corp.example",
    f"bob:{CANARY * 50}@registry.corp.example",
)
_FIELDS = (
    "username",
    "password",
    "email",
    "auth",
    "USERNAME",
    "Auth",
    "pa\u017fsword",
    "identitytoken",
    "paßword",
)
_COLONS = (
    f"bob:{CANARY}",
    f"bob:{CANARY}\n",
    f":{CANARY}",
    "bob:",
    "bob",
    "",
    f"bob:{CANARY}:x",
    f"b\u00f6b:{CANARY}",
)


def _made(pen: Pen) -> Any:
    """JSON as people write it by hand and by tools, with doubled names, other types and broken base64."""
    type_ = pen.one(JSON, JSON, JSON, LEGACY, "Opaque", "")
    field = (
        pull_secrets.DOCKER_TYPES.get(type_, ".dockerconfigjson")
        if not pen.maybe(8)
        else pen.one(".dockercfg", "x")
    )
    # A misspelled key could be a password alone, which nobody can know for one.
    is_misspelled = pen.maybe(4)
    auths = _object(pen, _KEYS if is_misspelled else _TELLING_KEYS, _entry)
    parts = pen.some(lambda: _object_part(pen, auths), 2)
    text = auths if type_ == LEGACY else "{" + ",".join([f"{_name(pen)}:{auths}", *parts]) + "}"
    return {"type": type_, "field": field, "text": pen.misspelled([text], 1) if is_misspelled else text}


def _name(pen: Pen) -> str:
    return json.dumps(pen.one("auths", "auths", "Auths", "AUTHS", "auth\u017f", "auth"))


def _object_part(pen: Pen, auths: str) -> str:
    return pen.one(
        f'"auths":{auths}',
        '"auths":null',
        '"HttpHeaders":{"a":"b"}',
        '"HttpHeaders":{"a":1}',
        '"credsStore":"x"',
        '"x":1e999',
    )


def _object(pen: Pen, names: tuple[str, ...], make: Callable[[Pen], str]) -> str:
    pairs = [f"{json.dumps(pen.among(names))}:{make(pen)}" for _ in range(1 + pen.below(3))]
    return "{" + ",".join(pairs) + "}"


def _entry(pen: Pen) -> str:
    return pen.one("null", "[]", f'"{CANARY}"') if pen.maybe(10) else _object(pen, _FIELDS, _value)


def _value(pen: Pen) -> str:
    if pen.maybe(8):
        return pen.one("null", "1", "{}", "true")
    text = pen.among(_COLONS)
    coded = base64.b64encode(text.encode()).decode()
    return json.dumps(
        pen.one(
            coded, coded.rstrip("="), text, coded + "=", coded[:2] + "\n" + coded[2:], " " + coded, coded[:-1]
        )
    )


TARGET = Target("docker_configs", _made, holds)


@pytest.mark.attack(23, "wrong type", "invalid base64", "colon in the password", "empty auths")
def test_secrets_are_read_as_by_the_kubelet(fuzzed: Callable[[Target], None]) -> None:
    """With the leniency of Go's decoders, and without a value in what is told."""
    fuzzed(TARGET)
