"""The whole of the settings has a default for everything, and no room for a password."""

import pytest
from pydantic import ValidationError

from bot.settings import Settings, Store


def test_everything_is_optional() -> None:
    """An empty file is a usable one."""
    settings = Settings.model_validate({})
    assert settings == Settings()
    assert settings.store.url == "sqlite:///imagepull.db"
    assert settings.detection.storm_after == 50


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://bot:secret@db/imagepull", "postgresql+asyncpg://:x@db/y"]
)
def test_password_is_refused_and_not_shown(url: str) -> None:
    """The refusal names where a password belongs."""
    with pytest.raises(ValidationError, match="password_file") as caught:
        Store.model_validate({"url": url})
    assert "secret" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize("url", ["postgresql+asyncpg://bot@[::1]:5432/imagepull", "sqlite:///a:b.db"])
def test_colon_elsewhere_is_no_password(url: str) -> None:
    """A port and a file's name have colons, too."""
    assert Store.model_validate({"url": url}).url == url


@pytest.mark.attack(36, "operations on another port")
@pytest.mark.parametrize("watched", ["0.0.0.0:3000", "127.0.0.1:3000", "[::]:3000"])
def test_operations_and_slack_never_share_a_port(watched: str) -> None:
    """Whoever may reach the one is not whoever may reach the other; without Slack over HTTP there is nothing to share."""
    tree = {"slack": {"mode": "http", "listen": "0.0.0.0:3000"}, "operations": {"listen": watched}}
    with pytest.raises(ValidationError, match="name one port"):
        Settings.model_validate(tree)
    assert Settings.model_validate({**tree, "slack": {"mode": False}}).operations.listen == watched
