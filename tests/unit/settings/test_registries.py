"""Registries are named by hosts, and nothing goes out in the clear."""

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
