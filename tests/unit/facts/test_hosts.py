"""Hosts and addresses are taken exactly, and what is off is told without repeating it."""

import ipaddress

import pytest

from bot.errors import UsageError
from bot.facts import hosts
from bot.facts.hosts import Addresses


@pytest.mark.parametrize(
    "text",
    [
        "registry.corp.example",
        "registry.corp.example:5000",
        "localhost",
        "10.0.0.5:5000",
        "[::1]:5000",
        "auth",
    ],
)
def test_host_is_taken_as_it_is(text: str) -> None:
    """A name or an address, with a port or without."""
    assert hosts.host(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://registry.corp.example",
        "registry.corp.example/team",
        "*.corp.example",
        "user:hunter2-canary@registry.corp.example",
        "registry..example",
        "-a.example",
        "a_b.example",
        "registry.corp.example:0",
        "registry.corp.example:65536",
        "registry.corp.example:\u0665",  # an Arabic digit
        "[::g]:5000",
        "[1.2.3.4]",
        "a b",
        "reg\u0456stry.corp.example",  # one letter is Cyrillic
        "a" * 300,
        "a\n",
    ],
)
def test_host_is_refused_when_it_is_none(text: str) -> None:
    """With a way out, and without a word of what was written."""
    with pytest.raises(UsageError) as caught:
        hosts.host(text)
    assert caught.value.hint
    assert "hunter2-canary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["docker.io", "registry.corp.example", "registry:5000", "localhost", "localhost:5000", "[::1]:5000"],
)
def test_registry_is_what_images_name(text: str) -> None:
    """The beginning of an image reference."""
    assert hosts.registry(text) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("index.docker.io", "docker.io"),
        ("index.docker.io/v1/", "docker.io"),
        ("registry", "a dot or a port"),
        ("registry.corp.example/team", "drop"),
        ("https://docker.io", "drop"),
    ],
)
def test_registry_is_refused_when_no_image_names_it(text: str, hint: str) -> None:
    """An entry that could never match is a mistake."""
    with pytest.raises(UsageError) as caught:
        hosts.registry(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "text", ["mirror.corp.example", "mirror.corp.example:5000/dockerhub", "harbor/a/b-c", "[::1]:5000/x"]
)
def test_mirror_is_a_host_with_or_without_a_path(text: str) -> None:
    """As registries.mirrors holds it."""
    assert hosts.mirror(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://user:hunter2-canary@m.example/x",
        "m.example/",
        "m.example//x",
        "m.example/UPPER",
        "m.example/a:b",
        "m.example/a@b",
        "/x",
    ],
)
def test_mirror_is_refused_when_it_is_none(text: str) -> None:
    """A URL could hold a password, so it is not repeated."""
    with pytest.raises(UsageError) as caught:
        hosts.mirror(text)
    assert caught.value.hint
    assert "hunter2-canary" not in caught.value.message + caught.value.hint


def test_pattern_may_match_many_hosts() -> None:
    """Only what is denied may be a pattern."""
    assert hosts.pattern("*.corp.example:5000") == "*.corp.example:5000"
    for text in ("", "https://x", "a/b", "a b"):
        with pytest.raises(UsageError):
            hosts.pattern(text)


@pytest.mark.parametrize(
    ("text", "network", "port"),
    [
        ("10.20.0.0/16", "10.20.0.0/16", None),
        ("10.20.0.7", "10.20.0.7/32", None),
        ("10.20.0.7:5000", "10.20.0.7/32", 5000),
        ("fd00::/8", "fd00::/8", None),
        ("fd00::7", "fd00::7/128", None),
        ("[fd00::7]:5000", "fd00::7/128", 5000),
        ("127.0.0.1:41", "127.0.0.1/32", 41),
        ("100.64.0.0/10", "100.64.0.0/10", None),
    ],
)
def test_addresses_are_a_network_an_address_or_one_port_of_it(
    text: str, network: str, port: int | None
) -> None:
    """And they are written as they are read."""
    read = hosts.addresses(text)
    assert read == Addresses(ipaddress.ip_network(network), port)
    assert hosts.addresses(str(read)) == read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("169.254.169.254", "metadata"),
        ("169.254.0.0/16", "link-local"),
        ("169.254.7.0/24", "link-local"),
        ("169.254.169.254:80", "metadata"),
        ("100.100.100.200", "metadata"),
        ("[fd00:ec2::254]:80", "metadata"),
        ("fe80::/64", "link-local"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("0.0.0.0", "unspecified"),  # noqa: S104  # refused
        ("::", "unspecified"),
        ("255.255.255.255", "reserved"),
        ("::ffff:127.0.0.1", "disguise"),
        ("0.0.0.0/0", "wider"),
        ("::/0", "wider"),
        ("10.0.0.1/8", "no address"),
        ("10.20.0.7:0", "port"),
        ("10.20.0.0/16:5000", "no address"),
        ("010.0.0.1", "no address"),
        ("2130706433", "no address"),
        ("registry.corp.example", "no address"),
        ("", "no address"),
    ],
)
def test_addresses_that_can_never_be_allowed_are_refused(text: str, message: str) -> None:
    """With the reason and a way out."""
    with pytest.raises(UsageError) as caught:
        hosts.addresses(text)
    assert message in caught.value.message
    assert caught.value.hint


def test_addresses_with_bits_too_many_are_told_as_meant() -> None:
    """The likely repair."""
    with pytest.raises(UsageError) as caught:
        hosts.addresses("10.20.1.7/16")
    assert "10.20.0.0/16" in caught.value.hint
