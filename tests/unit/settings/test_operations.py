"""Where the bot is watched is an address with a port of its own, or nowhere."""

import pytest
from pydantic import ValidationError

from bot.settings import Operations, Settings


def test_nobody_listens_unless_told() -> None:
    """A port that names clusters is opened by whoever wants it."""
    assert Operations().listen == ""


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", "127.0.0.1:9102", "[::]:8080", "localhost:1"])
def test_address_to_listen_at_is_taken(listen: str) -> None:
    """As slack.listen is written."""
    assert Operations.model_validate({"listen": listen}).listen == listen


@pytest.mark.parametrize(
    "listen", ["8080", ":8080", "127.0.0.1", "127.0.0.1:0", "0.0.0.0:70000", "http://x:80"]
)
def test_address_without_a_port_is_refused(listen: str) -> None:
    """With one that is right."""
    with pytest.raises(ValidationError, match=r"write 0\.0\.0\.0:8080"):
        Operations.model_validate({"listen": listen})


@pytest.mark.parametrize("listen", ["0.0.0.0:3000", "127.0.0.1:3000"])
def test_port_of_slack_is_refused(listen: str) -> None:
    """What strangers reach over the internet is not what operators ask."""
    with pytest.raises(ValidationError, match="one port"):
        Settings.model_validate({"operations": {"listen": listen}})
