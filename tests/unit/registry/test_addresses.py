"""No address that leads inward is connected to, in whatever clothes it comes."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry.addresses import is_disguised, literal, objection
from bot.registry.permits import Reach


EVERYWHERE = (Reach(ipaddress.ip_network("0.0.0.0/0")), Reach(ipaddress.ip_network("::/0")))
PUBLIC = [
    "8.8.8.8",
    "54.230.0.1",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
LISTABLE = {
    "127.0.0.1": "loopback",
    "127.8.9.1": "loopback",
    "::1": "loopback",
    "10.20.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "shared",
    "198.18.0.7": "benchmarking",
    "fd12:3456::1": "private",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:10.0.0.1": "private",
    "64:ff9b:1::8.8.8.8": "private",
}
NEVER = {
    "169.254.169.254": "metadata",
    "169.254.170.2": "metadata",
    "100.100.100.200": "metadata",
    "168.63.129.16": "metadata",
    "192.0.0.192": "metadata",
    "fd00:ec2::254": "metadata",
    "fd00:ec2::23": "metadata",
    "fd20:ce::254": "metadata",
    "::ffff:169.254.169.254": "metadata",
    "169.254.1.1": "link-local",
    "fe80::1": "link-local",
    "0.0.0.0": "unspecified",  # noqa: S104
    "0.1.2.3": "unspecified",
    "::": "unspecified",
    "::ffff:0.0.0.0": "unspecified",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "ff02::1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "192.0.2.1": "documentation",
    "2001:db8::1": "documentation",
    "64:ff9b::169.254.169.254": "tunnel",
    "64:ff9b::127.0.0.1": "tunnel",
    "64:ff9b::10.0.0.1": "tunnel",
    "64:ff9b:1::169.254.169.254": "tunnel",
    "2002:7f00:1::": "tunnel",
    "2002:a9fe:a9fe::1": "tunnel",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "tunnel",
    "::127.0.0.1": "reserved",
    "::ffff:0:127.0.0.1": "reserved",
    "fec0::1": "reserved",
    "4000::1": "reserved",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_objection_is_none_for_public_addresses(address: str) -> None:
    """What lies in the open may be asked without being listed."""
    assert objection(ipaddress.ip_address(address), 443) is None


@pytest.mark.attack("R4", "private addresses by list")
@pytest.mark.parametrize(("address", "kind"), LISTABLE.items())
def test_objection_yields_to_the_list(address: str, kind: str) -> None:
    """A private or loopback address is refused, unless the operator listed it."""
    found = objection(ipaddress.ip_address(address), 443)
    assert found is not None
    assert (found.kind, found.listable) == (kind, True)
    assert objection(ipaddress.ip_address(address), 443, EVERYWHERE) is None


@pytest.mark.attack("R4", "metadata never")
@pytest.mark.parametrize(("address", "kind"), NEVER.items())
def test_objection_never_yields_for_some(address: str, kind: str) -> None:
    """Metadata services, link-local and their like are refused even when everything is listed."""
    for reaches in ((), EVERYWHERE):
        found = objection(ipaddress.ip_address(address), 443, reaches)
        assert found is not None
        assert (found.kind, found.listable) == (kind, False)


def test_objection_heeds_the_port_and_the_network() -> None:
    """A listed port is that port, and a listed network that network."""
    reach = (Reach(ipaddress.ip_network("127.0.0.1/32"), 5000),)
    assert objection(ipaddress.ip_address("127.0.0.1"), 5000, reach) is None
    assert objection(ipaddress.ip_address("127.0.0.1"), 5001, reach) is not None
    assert objection(ipaddress.ip_address("127.0.0.2"), 5000, reach) is not None


@given(st.ip_addresses(v=4))
def test_objection_lets_nothing_by_that_python_calls_private(address: ipaddress.IPv4Address) -> None:
    """Python keeps a table of its own: nothing that is not global in it is reached unlisted, mapped or not."""
    if not address.is_global:
        assert objection(address, 443) is not None
        assert objection(ipaddress.IPv6Address(f"::ffff:{address}"), 443) is not None


@given(st.ip_addresses(v=6))
def test_objection_lets_only_global_ipv6_by(address: ipaddress.IPv6Address) -> None:
    """The same for IPv6; of what is not global only NAT64 of a public address is reached, as networks without IPv4 need."""
    if objection(address, 443) is None:
        inner = address.ipv4_mapped or (
            ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
            if address in ipaddress.ip_network("64:ff9b::/96")
            else address
        )
        assert inner.is_global


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "127.0.0.01",
        "0x7f.0.0.1",
        "0x7f000001",
        "127.0.0.0x1",
        "017700000001",
        "1.2.3.4.",
        "256.1.1.1",
        "1.2.3",
        "a.b.1",
        "fe80::1%eth0",
        "::1%25lo",
        "0x",
    ],
)
def test_is_disguised_for_every_other_spelling(host: str) -> None:
    """Only the dotted form is an address; what other programs would read as one is refused, whatever it means."""
    assert is_disguised(host)


@pytest.mark.parametrize(
    "host", ["registry.example", "127.0.0.1", "::1", "8.8.8.8", "a.1b", "10.example", "localhost"]
)
def test_is_disguised_not_for_names_and_plain_addresses(host: str) -> None:
    """A name may hold digits, and an address may be written as it is."""
    assert not is_disguised(host)
    assert (literal(host) is None) == host.endswith(("e", "b", "t"))
