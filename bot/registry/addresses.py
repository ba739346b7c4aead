"""Which network addresses may be asked at all: an address a name led to in -> the objection to it, or none, out.

A tenant chooses the image's host, and a registry chooses its token service and its redirects. Without this the one
who asks could be led to the metadata service of a cloud, to itself, or into the cluster's own network.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.registry.permits import Network, Reach


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an address is not connected to.

    Attributes:
        kind: what sort of address it is: ``private``, ``loopback``, ``metadata``.
        listable: the operator may list such addresses for a registry; otherwise nothing helps.
    """

    kind: str
    listable: bool = False


def _zones(kind: str, *networks: str, listable: bool = False) -> list[tuple[Network, Objection]]:
    return [(ipaddress.ip_network(each), Objection(kind, listable)) for each in networks]


# The first that holds an address tells what it is. Where no source is named:
# https://www.iana.org/assignments/iana-ipv4-special-registry and .../iana-ipv6-special-registry.
_ZONES = (
    # AWS, GCP, Azure, DigitalOcean and most others; the metadata of AWS tasks and pods lies beside it.
    *_zones("metadata", "169.254.169.254/32", "169.254.170.0/24"),
    *_zones(
        "metadata", "100.100.100.200/32"
    ),  # https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
    *_zones("metadata", "192.0.0.192/32"),  # Oracle's former one
    # https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
    *_zones("metadata", "168.63.129.16/32"),
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html, with the pod identity agent
    *_zones("metadata", "fd00:ec2::/32"),
    *_zones(
        "metadata", "fd20:ce::254/128"
    ),  # https://cloud.google.com/compute/docs/metadata/querying-metadata
    *_zones("unspecified", "0.0.0.0/8", "::/128"),  # Linux takes them for itself
    *_zones("link-local", "169.254.0.0/16", "fe80::/10"),
    *_zones("multicast", "224.0.0.0/4", "ff00::/8"),
    *_zones("loopback", "127.0.0.0/8", "::1/128", listable=True),
    *_zones("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", listable=True),
    *_zones("shared", "100.64.0.0/10", listable=True),  # carrier-grade NAT, and many pod networks
    *_zones("benchmarking", "198.18.0.0/15", listable=True),  # used as private ones
    *_zones("reserved", "240.0.0.0/4", "192.0.0.0/24", "192.88.99.0/24"),
    *_zones("documentation", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
    *_zones("documentation", "2001:db8::/32", "3fff::/20"),
    *_zones(
        "tunnel", "2001::/23", "2002::/16"
    ),  # Teredo and 6to4 wrap an IPv4 address; no registry lives there
)
# Addresses that are an IPv4 address in other clothes, in their last 32 bits.
_MAPPED = ipaddress.ip_network("::ffff:0:0/96")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # https://www.rfc-editor.org/rfc/rfc6052
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")  # https://www.rfc-editor.org/rfc/rfc8215
# All that has been given out: https://www.iana.org/assignments/ipv6-address-space
_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")


def objection(address: Address, port: int, reaches: Iterable[Reach] = ()) -> Objection | None:
    """Why not to connect to an address; None when one may.

    Args:
        address: what the name led to.
        port: of the connection.
        reaches: what the operator listed for the registry on whose account this is asked.
    """
    address = _unmapped(address)
    found = _zone(address)
    if found is not None and found.listable and any(each.covers(address, port) for each in reaches):
        return None
    return found


def literal(host: str) -> Address | None:
    """The address that a host is, written as RFC 3986 wants it; None for a name.

    Args:
        host: without brackets and port.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_disguised(host: str) -> bool:
    """Whether a host is an address in a spelling that only some programs read: decimal, octal, hexadecimal, cut short.

    A last label of digits can be no name's (https://url.spec.whatwg.org/#ends-in-a-number-checker).
    """
    if "%" in host:  # a zone: https://www.rfc-editor.org/rfc/rfc6874
        return True
    last = host.removesuffix(".").rpartition(".")[2]
    return re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", last) is not None and literal(host) is None


def _unmapped(address: Address) -> Address:
    return _inner(address) if address in _MAPPED else address


def _inner(address: Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _zone(address: Address) -> Objection | None:
    if address in _NAT64 or address in _LOCAL_NAT64:
        return _behind_nat64(address)
    for network, found in _ZONES:
        if address in network:
            return found
    outside = address.version == 6 and address not in _GLOBAL_IPV6
    # Python's own table, for what is reserved after this was written.
    return Objection("reserved") if outside or not address.is_global else None


def _behind_nat64(address: Address) -> Objection | None:
    if _zone(_inner(address)) is not None:
        return Objection("tunnel")
    return Objection("private", listable=True) if address in _LOCAL_NAT64 else None
