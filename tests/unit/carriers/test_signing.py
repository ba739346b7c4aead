"""Signatures are those of Standard Webhooks, which receivers check with libraries that are not ours."""

import base64
from datetime import UTC, datetime

import pytest

from bot.carriers import signing
from bot.errors import UsageError
from tests.fakes.receiver import OTHER, SECRET, Received


AT = datetime(2021, 2, 25, 3, 9, 28, tzinfo=UTC)


@pytest.mark.attack("O1", "signed")
def test_signature_is_the_published_one() -> None:
    """Of the example that the libraries test themselves by."""
    key = signing.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, tz=UTC)
    made = signing.headers([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_sign_while_one_is_changed() -> None:
    """A receiver with either believes it, and with neither it does not."""
    keys = [signing.key(SECRET), signing.key(OTHER)]
    received = Received(dict(signing.headers(keys, "a", AT, b"{}")), b"{}")
    assert received.is_from(SECRET)
    assert received.is_from(OTHER)
    assert not Received(received.headers, b"{ }").is_from(SECRET)


@pytest.mark.attack("O1", "the address and the secret are not told")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "sw1_secret",
        "whsec_",
        "whsec_!canary!",
        "whsec_" + base64.b64encode(b"short").decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
    ],
)
def test_secret_that_is_none_is_refused_untold(text: str) -> None:
    """With how to make one."""
    with pytest.raises(UsageError, match="it ") as caught:
        signing.key(text)
    assert caught.value.hint.startswith("write whsec_")
    assert len(text) < 7 or text.removeprefix("whsec_") not in str(caught.value)


def test_key_is_not_shown() -> None:
    """Neither printed nor in a log's repr."""
    assert "secret" not in repr(signing.key(SECRET))
