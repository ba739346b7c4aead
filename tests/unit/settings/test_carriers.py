"""Whom the bot tells without Slack: what would leak or lead nowhere is refused by its key."""

import pytest
from pydantic import ValidationError

from bot.settings import Alertmanager, Settings, Webhook


@pytest.mark.parametrize(
    "url", ["https://h.example/x?y=1", "http://127.0.0.1:8080/", "http://[::1]/x", "http://localhost/x"]
)
def test_urls_that_may_be_told(url: str) -> None:
    """TLS, or this machine's own."""
    assert Webhook(name="ops", url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example/x",
        "http://127.0.0.1.evil.example/x",
        "http://localhost.evil.example",
        "https://user:canary@h.example/x",
        "https://canary@h.example/x",
        "https://h.example/x#canary",
        "https://h.example/a b",
        "https://h.example/\r\nX: y",
        "https://",
        "https://h.example:0/",
        "https://h.example:99999/",
        "ftp://h.example/",
        "https://[::1/",
        "",
    ],
)
def test_urls_that_may_not(url: str) -> None:
    """And nothing of them is told."""
    with pytest.raises(ValidationError) as caught:
        Webhook(name="ops", url=url)
    told = caught.value.errors(include_url=False, include_input=False, include_context=False)
    assert "canary" not in str(told)


@pytest.mark.parametrize("name", ["", "Ops", "a/b", "-a", "a-", "a" * 41, "a\nb"])
def test_names_are_plain(name: str) -> None:
    """They stand in logs, metrics and variables."""
    with pytest.raises(ValidationError):
        Webhook(name=name, url="https://h.example")


def test_two_webhooks_of_one_name_are_refused() -> None:
    """Nothing would tell them apart."""
    hook = {"name": "ops", "url": "https://h.example"}
    with pytest.raises(ValidationError, match="two webhooks are called 'ops'"):
        Settings.model_validate({"webhooks": [hook, hook]})


def test_alertmanagers_are_one_or_several() -> None:
    """Without the slash that may end them."""
    assert Alertmanager.model_validate({"urls": "https://a.example/am/"}).urls == ("https://a.example/am",)
    assert len(Alertmanager.model_validate({"urls": ["https://a.example", "https://b.example"]}).urls) == 2
    assert Alertmanager().urls == ()


@pytest.mark.parametrize(
    "said",
    [
        {"urls": "http://a.example"},
        {"urls": "http://a.example", "plain_http": True, "token_file": "t"},
        {"urls": "http://a.example", "plain_http": True, "user": "u"},
        {"urls": "https://a.example?x"},
        {"urls": "https://a.example", "user": "u", "token_file": "t"},
        {"urls": "https://a.example", "password_file": "p"},
        {"urls": "https://a.example", "user": "u:v"},
    ],
)
def test_what_would_leak_is_refused(said: dict[str, object]) -> None:
    """HTTP without TLS only where somebody says that it is meant, and never with credentials."""
    with pytest.raises(ValidationError):
        Alertmanager.model_validate(said)
    assert Alertmanager.model_validate({"urls": "http://a.example", "plain_http": True}).plain_http
