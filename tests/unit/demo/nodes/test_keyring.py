"""Logins from Secrets, as the kubelet finds them."""

import base64
import json
from typing import Any

import pytest

from bot.demo.nodes.asking import Login
from bot.demo.nodes.keyring import Undecodable, logins
from bot.facts.image import parse


IMAGE = parse("registry.example/team/web:1")


def _secret(told: Any, kind: str = "dockerconfigjson") -> dict[str, Any]:
    data = base64.b64encode(json.dumps(told).encode()).decode()
    return {
        "metadata": {"name": "s", "namespace": "a"},
        "type": f"kubernetes.io/{kind}",
        "data": {f".{kind}": data},
    }


AUTH = {"auth": base64.b64encode(b"jane:s:t").decode()}


@pytest.mark.parametrize(
    ("secret", "found"),
    [
        (_secret({"auths": {"registry.example": AUTH}}), [Login("jane", "s:t")]),
        (_secret({"registry.example": AUTH}, "dockercfg"), [Login("jane", "s:t")]),
        (
            _secret({"auths": {"registry.example/team": {"username": "a", "password": "b"}}}),
            [Login("a", "b")],
        ),
        (_secret({"auths": {"other.example": AUTH}}), []),
        (_secret({"registry.example": AUTH}), []),
        ({"metadata": {"name": "s"}, "type": "Opaque", "data": {}}, []),
        ({"metadata": {"name": "s"}, "type": "kubernetes.io/dockerconfigjson"}, []),
    ],
)
def test_logins_are_those_whose_key_fits(secret: dict[str, Any], found: list[Login]) -> None:
    """Others are passed over in silence."""
    assert logins(IMAGE, [secret]) == found


def test_what_is_no_base64_stops_every_pull() -> None:
    """In the kubelet's words."""
    with pytest.raises(Undecodable, match="illegal base64"):
        logins(IMAGE, [_secret({"auths": {"registry.example": {"auth": "%%"}}})])
