"""How the bot is in Slack is checked before anything is connected."""

import pytest
from pydantic import ValidationError

from bot.settings import Asking, People, Slack


def test_everybody_of_the_workspace_may_ask_unless_told() -> None:
    """The default names full members, and nobody is named by it who is a guest."""
    assert People().ask == (Asking(who=("*",)),)


def test_one_word_is_enough() -> None:
    """who: "@sre" needs no brackets."""
    asking = Asking.model_validate({"who": "@sre", "clusters": "prod-*"})
    assert (asking.who, asking.clusters, asking.namespaces) == (("@sre",), ("prod-*",), ("*",))


@pytest.mark.parametrize("url", ["http://slack.com/api/", "http://127.0.0.1.evil.example/", "ftp://x/"])
def test_tokens_go_out_over_tls_only(url: str) -> None:
    """Plain HTTP is for a workspace on this machine."""
    with pytest.raises(ValidationError, match="https"):
        Slack.model_validate({"api_url": url})


@pytest.mark.parametrize("url", ["https://slack-gov.com/api", "http://127.0.0.1:8080/api/"])
def test_other_workspaces_have_other_addresses(url: str) -> None:
    """It ends in a slash, as what is put behind it needs."""
    assert Slack.model_validate({"api_url": url}).api_url == url.rstrip("/") + "/"


@pytest.mark.parametrize("listen", ["3000", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "a b:80"])
def test_address_to_listen_at_has_a_port(listen: str) -> None:
    """Else nobody would know where Slack's requests arrive."""
    with pytest.raises(ValidationError, match="listen at"):
        Slack.model_validate({"listen": listen})


@pytest.mark.parametrize(
    "proxy", ["proxy.corp.example:3128", "http://proxy", "http://u:p@proxy:3128", "socks5://p:1"]
)
def test_proxy_is_an_address_without_a_secret(proxy: str) -> None:
    """Whoever may read the settings need not know a password."""
    with pytest.raises(ValidationError, match="that is no proxy"):
        Slack.model_validate({"proxy": proxy})
    assert Slack.model_validate({"proxy": "http://proxy.corp.example:3128"}).proxy
