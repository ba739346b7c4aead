"""The first code and message are found in every kind of error body that is seen in the field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry import codes
from bot.registry.codes import first


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}, codes.MANIFEST_UNKNOWN, "manifest unknown"),
        ({"errors": [{"code": "DENIED", "message": "denied"}, {"code": "X", "message": "y"}]}, codes.DENIED, "denied"),
        ({"errors": [{"code": "unauthorized", "message": "no"}]}, codes.UNAUTHORIZED, "no"),
        ({"errors": [{"status": 404, "message": "not here"}]}, "", "not here"),
        ({"errors": [{"code": 404, "message": "not here"}]}, "", "not here"),
        ({"errors": [{"code": "NAME_UNKNOWN"}]}, codes.NAME_UNKNOWN, ""),
        ({"errors": "something broke"}, "", "something broke"),
        ({"errors": []}, "", ""),
        ({"errors": [], "message": "outer"}, "", "outer"),
        ({"errors": ["only words"]}, "", "only words"),
        ({"errors": {"code": "DENIED", "message": "one"}}, codes.DENIED, "one"),
        ({"details": "incorrect username or password"}, "", "incorrect username or password"),
        ({"message": "Not found"}, "", "Not found"),
        ({"error": "invalid_grant", "error_description": "who?"}, "", "who?"),
        ({"error": {"code": 403, "message": "no billing", "status": "PERMISSION_DENIED"}}, "", "no billing"),
        ({"error": {"status": 1}}, "", ""),
        (["words"], "", "words"),
        ([], "", ""),
        ("words", "", "words"),
        (7, "", ""),
        ({}, "", ""),
    ],
)  # fmt: skip
def test_json_bodies_are_read(body: object, code: str, message: str) -> None:
    """The form of the specification, and the others that registries and token services send."""
    assert first(json.dumps(body).encode()) == (code, message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"Not Authorized\n", "Not Authorized"),
        (b"<html><head><title>401 Authorization Required</title></head><body>x</body></html>", "401 Authorization Required"),
        (b"<html><title> </title><body>Access to this <b>site</b> is blocked by corporate&nbsp;policy</body></html>", "Access to this site is blocked by corporate policy"),
        (b"<!DOCTYPE html><script>var x = '<p>no</p>'</script><style>p{}</style><p>Who &lt;are&gt; you?", "Who <are> you?"),
        (b'{"errors": [{"code": "DENIED"', ""),
        (b"[" * 60_000, ""),
        (b"\xff\xfe blocked", "\ufffd\ufffd blocked"),
    ],
)  # fmt: skip
def test_other_bodies_give_their_words(body: bytes, message: str) -> None:
    """A firewall's page tells by its title or words; what is broken tells nothing."""
    assert first(body) == ("", message)


def test_a_code_is_a_word() -> None:
    """Text of any length or kind is not taken for one."""
    for code in ("with space", "A" * 65, "Ü", "", "1A", None):
        assert first(json.dumps({"errors": [{"code": code}]}).encode())[0] == ""


@given(st.binary(max_size=300))
def test_nothing_makes_it_raise(body: bytes) -> None:
    """Whatever a registry sends."""
    first(body)
