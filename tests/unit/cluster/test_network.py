"""What networks do gets a name, and nothing of the network's own words is passed on."""

import aiohttp
import pytest

from bot.cluster import network


@pytest.mark.parametrize(
    ("problem", "named"),
    [
        (aiohttp.ServerDisconnectedError("https://user:hunter2@proxy"), "connection dropped"),
        (OSError("user:hunter2"), "connection dropped"),
    ],
)
def test_fault_names_what_happened_in_its_own_words(problem: Exception, named: str) -> None:
    """The library's text may hold a proxy's password."""
    assert network.fault(problem) == named


def test_certificate_fault_falls_back_to_the_kind() -> None:
    """Where OpenSSL says nothing, the exception's own name does."""
    assert network.certificate_fault(ValueError("hunter2")) == "ValueError"


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://api.example:6443/x", "api.example:6443"), ("https://u:p@api.example", "api.example")],
)
def test_host_leaves_out_who_asks(url: str, host: str) -> None:
    """No user name and no password of a URL is shown."""
    assert network.host(url) == host
