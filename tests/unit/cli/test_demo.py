"""The demo says where it is, and opens a browser only where somebody would see it."""

import socket
import sys

import pytest

from bot.cli import demo
from bot.errors import UsageError


@pytest.mark.parametrize(
    ("environment", "seen"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ""}, False),
    ],
)
def test_browser_is_opened_where_it_is_seen(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *, seen: bool
) -> None:
    """On a server one in the terminal would get in the way."""
    monkeypatch.setattr(sys, "platform", "linux")
    assert demo._has_display(environment) is seen
    monkeypatch.setattr(sys, "platform", "darwin")
    assert demo._has_display({})
    assert not demo._has_display({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"})


def test_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With the way to find a free one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)) as caught:
            demo.run(port, browser=False)
    assert "--port" in caught.value.hint
    assert "http://" not in capsys.readouterr().out
