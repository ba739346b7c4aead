"""Tokens: ours say what they are, real ones are refused, and every trouble has Slack's name."""

import pytest

from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.tokens import APP, BOT, Tokens, is_real


def _real(kind: str) -> str:
    return "-".join((kind, "1234567890123", "1234567890123", "a" * 24))


def test_tokens_are_recognisably_not_real() -> None:
    """Nobody takes one for Slack's."""
    made = Tokens().issue(BOT, frozenset())
    assert "simulated-not-a-real-token" in made.value
    assert made.value not in repr(made)
    assert not is_real(made.value)


@pytest.mark.attack(37, "refuses real tokens")
@pytest.mark.parametrize("token", [_real("xoxb"), _real("xoxp"), "xapp-1-A0123-123456-" + "0af" * 20])
def test_real_tokens_are_refused(token: str) -> None:
    """And told so, without the token."""
    with pytest.raises(Refused) as caught:
        Tokens().whose(f"Bearer {token}")
    assert "simulated workspace" in str(caught.value.body())
    assert token not in str(caught.value.body())


def test_every_trouble_has_its_name() -> None:
    """No token, nobody's, one of the other kind, a revoked one, and one that may too little."""
    tokens = Tokens()
    bot, app = tokens.issue(BOT, frozenset({"chat:write"})), tokens.issue(APP, frozenset())
    for given, error in (
        ("", "not_authed"),
        ("Bearer x", "invalid_auth"),
        (app.value, "not_allowed_token_type"),
    ):
        with pytest.raises(Refused, match=error):
            tokens.whose(given, BOT)
    assert tokens.whose(f"Bearer {bot.value}", BOT) is bot
    with pytest.raises(Refused) as caught:
        bot.needs(frozenset({"users:read"}))
    assert caught.value.more == {"needed": "users:read", "provided": "chat:write"}
    bot.trouble = "token_revoked"
    with pytest.raises(Refused, match="token_revoked"):
        tokens.whose(bot.value)
