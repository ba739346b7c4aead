"""Hosts and addresses as an operator writes them: text in -> a checked host or :class:`Addresses` out.

Settings and flags say with these where secrets may go and which private addresses a name may lead to, so what
is not exactly one of them is refused here, with the likely repair. No message repeats what was written: a
mirror's URL could hold a password.
"""

import ipaddress
import re
from dataclasses import dataclass

from bot.errors import InvalidReference, UsageError
from bot.facts import image


Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[(?P<v6>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{{1,5}}))?")
_ADDRESS_AND_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})")
_PATTERN = re.compile(r"[A-Za-z0-9.*?:\[\]-]+")
_LONGEST = 253 + 6  # RFC 1035, section 2.3.4, and a port
_HUB_NAMES = frozenset({"index.docker.io", "hub.docker.com", "docker.com", "www.docker.com", "docker"})

# Never asked, whatever anybody lists: https://www.iana.org/assignments/iana-ipv4-special-registry and its kin,
# and the clouds' own endpoints, which hand out credentials to whoever asks from a machine of theirs.
_NEVER = tuple(
    (ipaddress.ip_network(network), why)
    for network, why in (
        ("169.254.169.254/32", "the clouds' metadata service"),
        ("100.100.100.200/32", "a cloud's metadata service"),  # Alibaba Cloud
        ("168.63.129.16/32", "a cloud's own endpoint"),  # Azure
        ("192.0.0.192/32", "a cloud's metadata service"),  # Oracle Cloud
        ("fd00:ec2::254/128", "a cloud's metadata service"),  # AWS
        ("fd20:ce::254/128", "a cloud's metadata service"),  # Google Cloud
        ("169.254.0.0/16", "link-local"),
        ("fe80::/10", "link-local"),
        ("224.0.0.0/4", "multicast"),
        ("ff00::/8", "multicast"),
        ("0.0.0.0/8", "unspecified"),
        ("::/128", "unspecified"),
        ("240.0.0.0/4", "reserved"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
    )
)
# The widest private networks there are: 10.0.0.0/8 and fc00::/7.
_WIDEST = {4: 8, 6: 7}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses that a registry's name may resolve to.

    Attributes:
        network: one address, or a block of them.
        port: the only port meant; None for any.
    """

    network: Network
    port: int | None = None

    def __str__(self) -> str:
        """As an operator writes it."""
        if self.network.prefixlen < self.network.max_prefixlen:
            return str(self.network)
        address = self.network.network_address
        if self.port is None:
            return str(address)
        return f"[{address}]:{self.port}" if address.version == 6 else f"{address}:{self.port}"


def host(text: str) -> str:
    """The text itself when it is a host, with a port or without.

    Raises:
        UsageError: it is none; the message tells what is off and does not repeat it.
    """
    if "://" in text:
        raise UsageError("a host has no scheme", "drop everything up to and with ://")
    if "/" in text:
        raise UsageError("a host has no path", "drop everything from the first / on")
    if "*" in text or "?" in text:
        raise UsageError(
            "that is a pattern and not a host", "name each host; only registries.deny takes patterns"
        )
    found = _HOST.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or (found["v6"] and _address(found["v6"]) is None):
        raise UsageError(
            "that is not a host", "write it as registry.corp.example or registry.corp.example:5000"
        )
    if found["port"] is not None:
        _port(found["port"])
    return text


def registry(text: str) -> str:
    """The text itself when images can name it as their registry.

    Raises:
        UsageError: it is no host, or no image reference begins with it.
    """
    if text.partition("/")[0].lower() in _HUB_NAMES:
        raise UsageError("images of Docker Hub are not named so", "write docker.io")
    host(text)
    try:
        named = image.parse(f"{text}/any").registry
    except InvalidReference:
        named = ""
    if named != text:
        raise UsageError(
            "no image names a registry so",
            "a registry has a dot or a port in its name: registry.corp.example",
        )
    return text


def mirror(text: str) -> str:
    """The text itself when it is a host, with the path below which a mirror keeps its images or without.

    Raises:
        UsageError: it is not.
    """
    if "://" in text:
        raise UsageError("a mirror has no scheme", "write it as mirror.corp.example/dockerhub")
    if text.endswith("/"):
        raise UsageError("a mirror ends with its host or path", "drop the / at the end")
    found, slash, path = text.partition("/")
    host(found)
    try:
        named = image.parse(f"{found if ':' in found else f'{found}:443'}/{path}{slash}any")
    except InvalidReference:
        raise UsageError("that is not a mirror", "write it as mirror.corp.example/dockerhub") from None
    if named.tag or named.digest:
        raise UsageError("a mirror has no tag", "write it as mirror.corp.example/dockerhub")
    return text


def pattern(text: str) -> str:
    """The text itself when it can match hosts, with ``*`` for any run of characters.

    Raises:
        UsageError: it matches no host.
    """
    if not _PATTERN.fullmatch(text):
        raise UsageError("that matches no host", "write a host, or a pattern such as *.corp.example")
    return text


def addresses(text: str) -> Addresses:
    """Read ``10.20.0.0/16``, ``10.20.0.7``, ``10.20.0.7:5000`` or ``[fd00::7]:5000``.

    Raises:
        UsageError: it is none of these, or can never be allowed.
    """
    found = _ADDRESS_AND_PORT.fullmatch(text)
    given, port = (found[1] or found[2], _port(found[3])) if found else (text, None)
    try:
        network = ipaddress.ip_network(given)
    except ValueError:
        raise UsageError("that is no address and no network", _about_network(given)) from None
    never = next((why for each, why in _NEVER if _within(network, each)), "")
    if never:
        raise UsageError(
            f"that is {never}, which is never asked", "write the private addresses of the registry itself"
        )
    if network.prefixlen < _WIDEST[network.version]:
        raise UsageError(
            "that is wider than any private network",
            "write the private addresses alone; public ones need no word",
        )
    return Addresses(network, port)


def _about_network(text: str) -> str:
    """How a network with bits set beyond its prefix is written, else how one is written at all."""
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return "write it as 10.20.0.0/16, 10.20.0.7, 10.20.0.7:5000 or [fd00::7]:5000"
    return f"write {meant}, or one address without its prefix"


def _within(network: Network, other: Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and network.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and network.subnet_of(other)


def _address(text: str) -> ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv6Address(text)
    except ValueError:
        return None


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise UsageError("there is no such port", "ports go from 1 to 65535")
    return port
