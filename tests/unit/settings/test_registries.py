"""Registries are named by hosts, and nothing goes out in the clear."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import Registries, Registry


def test_registries_are_keyed_by_host() -> None:
    """What is no key of ours is a registry."""
    read = Registries.model_validate({"docker.io": {"probe": "anonymous"}, "deny": ["*.vendor.example"]})
    assert set(read.hosts) == {"docker.io"}
    assert read.hosts["docker.io"].says_probe
    assert not Registry().says_probe


def test_misspelled_key_is_not_taken_for_a_host() -> None:
    """The nearest key is named."""
    with pytest.raises(ValidationError, match="mirrors"):
        Registries.model_validate({"mirors": {}})


def test_credentials_never_go_out_in_the_clear() -> None:
    """HTTP without TLS is asked anonymously."""
    with pytest.raises(ValidationError, match="in the clear"):
        Registry.model_validate({"plain_http": True, "probe": "credentials"})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"plain_http": True, "proxy": "http://p.example:1"}, "plain HTTP"),
        ({"proxy_credentials_file": "/p"}, "without a proxy"),
        ({"proxy": "direct", "proxy_credentials_file": "/p"}, "without a proxy"),
    ],
)
def test_registry_refuses_a_proxy_that_makes_no_sense(said: dict[str, Any], why: str) -> None:
    """Nothing goes through one in the clear, and credentials belong to one."""
    with pytest.raises(ValidationError, match=why):
        Registry.model_validate(said)


def test_registries_have_one_proxy_and_exceptions() -> None:
    """Beside the hosts, and not taken for one."""
    read = Registries.model_validate(
        {"proxy": "http://p.example:3128/", "a.example": {"proxy": "direct"}, "b.example": {}}
    )
    assert read.proxy == "http://p.example:3128"
    assert {host: each.proxy for host, each in read.hosts.items()} == {"a.example": "direct", "b.example": ""}
    with pytest.raises(ValidationError, match="without a proxy"):
        Registries.model_validate({"proxy_credentials_file": "/p"})
