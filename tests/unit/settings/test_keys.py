"""Secrets of those who are told without Slack come from files or variables, and are shown nowhere."""

import base64
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, keys, proxy_credentials


HOOK = {"name": "on-call", "url": "https://h.example"}
MANAGER = {"urls": "https://a.example"}


def _settings(**tree: object) -> Settings:
    return Settings.model_validate(tree)


def test_secret_comes_from_its_variable_or_its_file(tmp_path: Path) -> None:
    """While it is changed there are two."""
    told = keys(_settings(webhooks=[HOOK]), {"WEBHOOK_SECRET_ON_CALL": " whsec_a "})
    assert told.webhooks == {"on-call": ["whsec_a"]}
    file = tmp_path / "secret"
    file.write_text("whsec_a\nwhsec_b\n")
    hook = HOOK | {"secret_file": str(file)}
    assert list(keys(_settings(webhooks=[hook]), {}).webhooks["on-call"]) == ["whsec_a", "whsec_b"]


def test_secret_that_is_missing_or_too_much_is_named(tmp_path: Path) -> None:
    """By its webhook and its variable, and nothing of it is told."""
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET_ON_CALL"):
        keys(_settings(webhooks=[HOOK]), {})
    with pytest.raises(SettingsError, match="more than two") as caught:
        keys(_settings(webhooks=[HOOK]), {"WEBHOOK_SECRET_ON_CALL": "canary b c"})
    assert "canary" not in str(caught.value)
    with pytest.raises(SettingsError, match="cannot be read"):
        keys(_settings(webhooks=[HOOK | {"secret_file": str(tmp_path / "none")}]), {})


def test_alertmanager_takes_a_token_a_password_or_nothing(tmp_path: Path) -> None:
    """As a header; of several ways in the settings choose one."""
    assert keys(_settings(alertmanager=MANAGER), {}).alertmanager == ""
    assert keys(_settings(), {"ALERTMANAGER_TOKEN": "t"}).alertmanager == ""
    assert keys(_settings(alertmanager=MANAGER), {"ALERTMANAGER_TOKEN": "t"}).alertmanager == "Bearer t"
    (tmp_path / "password").write_text("p\n")
    basic = MANAGER | {"user": "u", "password_file": str(tmp_path / "password")}
    assert (
        keys(_settings(alertmanager=basic), {}).alertmanager == "Basic " + base64.b64encode(b"u:p").decode()
    )


@pytest.mark.parametrize(
    ("more", "environment", "why"),
    [
        ({"user": "u"}, {}, "ALERTMANAGER_PASSWORD"),
        ({}, {"ALERTMANAGER_TOKEN": "canary b"}, "one word"),
        ({}, {"ALERTMANAGER_TOKEN": "canar\x00y"}, "plain characters"),
        ({"urls": "http://a.example", "plain_http": True}, {"ALERTMANAGER_TOKEN": "canary"}, "in the clear"),
    ],
)
def test_credentials_that_cannot_be_used_are_refused(
    more: dict[str, object], environment: dict[str, str], why: str
) -> None:
    """Without a trace of them."""
    with pytest.raises(SettingsError, match=why) as caught:
        keys(_settings(alertmanager=MANAGER | more), environment)
    assert "canar" not in str(caught.value)


def test_keys_are_not_shown() -> None:
    """Neither printed nor in a log's repr."""
    made = keys(_settings(webhooks=[HOOK]), {"WEBHOOK_SECRET_ON_CALL": "canary"})
    assert "canary" not in repr(made)


def test_proxy_credentials_are_for_one_proxy_each(tmp_path: Path) -> None:
    """The variable's go to the usual one alone, and only where there is one."""
    (tmp_path / "own").write_text("own:canary:1\n")
    own = {"proxy": "http://p.example:1", "proxy_credentials_file": str(tmp_path / "own")}
    environment = {"REGISTRY_PROXY_CREDENTIALS": "usual:x"}
    said = _settings(registries={"a.example": own, "b.example": {"proxy": "http://q.example:1"}}).registries
    assert proxy_credentials(said, environment) == {"a.example": "own:canary:1"}
    said = _settings(registries={"proxy": "http://p.example:1"}).registries
    assert proxy_credentials(said, environment) == {"": "usual:x"}
    assert proxy_credentials(said, {}) == {}
    usual = {"proxy": "http://p.example:1", "proxy_credentials_file": str(tmp_path / "own")}
    assert proxy_credentials(_settings(registries=usual).registries, environment) == {"": "own:canary:1"}


def test_proxy_credentials_that_are_not_there_are_named_once(tmp_path: Path) -> None:
    """In one plain line, with the file."""
    said = {"proxy": "http://p.example:1", "proxy_credentials_file": str(tmp_path / "none")}
    with pytest.raises(SettingsError, match="the proxy credential's file '/"):
        proxy_credentials(_settings(registries=said).registries, {})


@pytest.mark.parametrize("content", ["canary", "canary:", ":canary", "canary a:b", "", "can\u00e4ry:b"])
def test_proxy_credentials_that_are_none_are_named_and_not_shown(content: str, tmp_path: Path) -> None:
    """By the key of the file."""
    (tmp_path / "pair").write_text(content)
    said = {"proxy": "http://p.example:1", "proxy_credentials_file": str(tmp_path / "pair")}
    with pytest.raises(SettingsError, match="credential") as caught:
        proxy_credentials(_settings(registries=said).registries, {})
    assert "can" not in f"{caught.value.message} {caught.value.hint}".replace("cannot", "")
