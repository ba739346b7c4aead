"""What a node sees of a registry: a host and a port in -> one JSON statement out.

Runs where the node's own network and resolver are (a pod with ``hostNetwork`` and ``dnsPolicy: Default``), for half a minute
at most, and speaks with that one host alone. It sends no credential. Python's own library is all that it takes, and the
statement fits into a pod's status, so that nobody needs the right to read its log.

    python -m bot.witness registry.corp.example 443

What the certificates are held to is this image's list of authorities and not the node's.
"""

import contextlib
import ipaddress
import json
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final


# https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/#customizing-the-termination-message
OUT: Final = Path("/dev/termination-log")
MOST_BYTES: Final = 4096
_ALL_SECONDS: Final = 28.0
_SECONDS: Final[Mapping[str, float]] = {"resolve": 8.0, "connect": 5.0, "tls": 5.0, "http": 6.0}
_MOST_ADDRESSES: Final = 8
_MOST_TRIED: Final = 3
_MOST_HEAD: Final = 16384
_LONGEST: Final = 160
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r]")
# https://www.openssl.org/docs/man3.0/man3/X509_verify_cert_error_string.html
_VERIFYING: Final[Mapping[int, str]] = {
    10: "tls-certificate-expired",
    62: "tls-name-mismatch",
    64: "tls-name-mismatch",
    **dict.fromkeys((2, 18, 19, 20, 21), "tls-unknown-authority"),
}
_COMMON_NAME: Final = b"\x55\x04\x03"
_ORGANIZATION: Final = b"\x55\x04\x0a"

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Refuses = Callable[[str], str]
"""Why an address must not be spoken to; "" where it may be."""


@dataclass(frozen=True, slots=True)
class Road:
    """How the host is reached; replaced in tests alone.

    Attributes:
        resolve: asks the node's resolver.
        refuses: the addresses that are never spoken to.
        trust: what certificates are held to.
        seconds: how long each step may take.
    """

    resolve: Callable[[str, int], Sequence[str]]
    refuses: Refuses
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    seconds: Mapping[str, float] = field(default_factory=lambda: _SECONDS)


@dataclass(slots=True)
class _Clock:
    """What is left of the time for all of it."""

    seconds: Mapping[str, float]
    until: float = field(default_factory=lambda: time.monotonic() + _ALL_SECONDS)

    def left(self, step: str) -> float:
        return max(0.05, min(self.seconds[step], self.until - time.monotonic()))


class _Failed(Exception):
    """A step ended without what it was for.

    Attributes:
        fault: as :class:`bot.facts.testimony.Fault` spells it.
        said: a few words more.
    """

    def __init__(self, fault: str, said: object = "") -> None:
        super().__init__(fault)
        self.fault, self.said = fault, _short(said)


def look(host: str, port: int, road: Road) -> dict[str, Any]:
    """What is seen of a host, step by step; each step is made where the one before it succeeded."""
    clock = _Clock(road.seconds)
    told: dict[str, Any] = {"version": 1, "host": host, "port": port, "addresses": [], "connects": []}
    try:
        told["addresses"] = _resolved(host, port, road, clock)
        told["resolve"] = ""
    except _Failed as failed:
        return told | {"resolve": failed.fault}
    reached = ""
    for address in told["addresses"][:_MOST_TRIED]:
        fault = _connected(address, port, road, clock)
        told["connects"].append({"address": address, "fault": fault})
        if not fault:
            reached = address
            break
    return told | _answered(host, (reached, port), road, clock) if reached else told


def _resolved(host: str, port: int, road: Road, clock: _Clock) -> list[str]:
    """The addresses. The resolver has no limit that could be relied on: it is asked in a thread, and left there when it hangs."""
    found: list[Sequence[str] | OSError] = []

    def ask() -> None:
        try:
            found.append(road.resolve(host, port))
        except OSError as error:
            found.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(clock.left("resolve"))
    if not found:
        raise _Failed("dns-no-answer")
    answer = found[0]
    if isinstance(answer, OSError):
        missing = isinstance(answer, socket.gaierror) and answer.errno in (
            socket.EAI_NONAME,
            getattr(socket, "EAI_NODATA", socket.EAI_NONAME),
        )
        raise _Failed("dns-nxdomain" if missing else "dns-no-answer")
    return list(dict.fromkeys(answer))[:_MOST_ADDRESSES]


def _connected(address: str, port: int, road: Road, clock: _Clock) -> str:
    """Why no connection comes about; "" where one does."""
    if road.refuses(address):
        return "unsafe-address"
    try:
        socket.create_connection((address, port), clock.left("connect")).close()
    except OSError as error:
        return _of_road(error, "connect-timeout").fault
    return ""


def _answered(host: str, where: tuple[str, int], road: Road, clock: _Clock) -> dict[str, Any]:
    """What TLS and HTTP came to."""
    told: dict[str, Any] = {}
    try:
        secured = _secured(host, where, road.trust(), clock)
        told["tls"] = {"fault": "", "said": "", **_leaf(secured)}
    except _Failed as failed:
        told["tls"] = {"fault": failed.fault, "said": failed.said}
        if failed.fault not in ("tls-certificate-expired", "tls-name-mismatch", "tls-unknown-authority"):
            return told
        try:
            # Nothing secret is sent over it: whose certificate it is, and whether anybody answers, is all that is asked.
            secured = _secured(host, where, _trusting(), clock)
        except _Failed:
            return told
        told["tls"] |= _leaf(secured)
    with contextlib.closing(secured):
        try:
            told["http"] = {"fault": "", **_asked(secured, host, where[1], clock)}
        except _Failed as failed:
            told["http"] = {"fault": failed.fault, "status": 0, "registry": False}
    return told


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _secured(host: str, where: tuple[str, int], context: ssl.SSLContext, clock: _Clock) -> ssl.SSLSocket:
    plain: socket.socket | None = None
    try:
        plain = socket.create_connection(where, clock.left("connect"))
        plain.settimeout(clock.left("tls"))
        return context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        _close(plain)
        raise _Failed(_VERIFYING.get(error.verify_code, "tls-failed"), error.verify_message) from None
    except ssl.SSLError as error:
        _close(plain)
        spoken = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}
        raise _Failed("tls-plain-http" if error.reason in spoken else "tls-failed", error.reason) from None
    except OSError as error:
        _close(plain)
        raise _of_road(error, "tls-handshake-timeout") from None


def _close(plain: socket.socket | None) -> None:
    if plain is not None:
        plain.close()


def _asked(secured: ssl.SSLSocket, host: str, port: int, clock: _Clock) -> dict[str, Any]:
    """The API's base endpoint, without credentials."""
    named = f"[{host}]" if ":" in host else host
    named = named if port == 443 else f"{named}:{port}"
    lines = ("GET /v2/ HTTP/1.1", f"Host: {named}", "User-Agent: imagepull-witness", "Accept: */*")
    request = "\r\n".join((*lines, "Connection: close", "", "")).encode()
    until = time.monotonic() + clock.left("http")
    head = b""
    try:
        secured.settimeout(max(0.05, until - time.monotonic()))
        secured.sendall(request)
        while b"\r\n\r\n" not in head and len(head) < _MOST_HEAD and time.monotonic() < until:
            secured.settimeout(max(0.05, until - time.monotonic()))
            more = secured.recv(4096)
            if not more:
                break
            head += more
    except OSError as error:
        raise _of_road(error, "response-timeout") from None
    found = _STATUS.match(head)
    if not found:
        raise _Failed("garbled" if head else "dropped")
    return {"status": int(found[1]), "registry": _is_registry(int(found[1]), head)}


def _is_registry(status: int, head: bytes) -> bool:
    """Whether the answer bears a registry's marks: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#determining-support."""
    names = head.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")[1:]
    headers = {name.strip(): value.strip() for name, _, value in (each.partition(b":") for each in names)}
    if b"docker-distribution-api-version" in headers:
        return True
    kind = headers.get(b"content-type", b"")
    return (status == 401 and b"www-authenticate" in headers) or (status == 200 and b"json" in kind)


def _of_road(error: OSError, late: str) -> _Failed:
    """The fault that an error of a connection is."""
    if isinstance(error, TimeoutError):
        return _Failed(late)
    if isinstance(error, ConnectionRefusedError):
        return _Failed("connect-refused")
    if isinstance(error, ConnectionError | ssl.SSLEOFError):
        return _Failed("dropped")
    return _Failed("unreachable", error.strerror or "")


def _leaf(secured: ssl.SSLSocket) -> dict[str, str]:
    """Who issued the server's certificate and until when it holds; nothing of what cannot be read."""
    try:
        return leaf(secured.getpeercert(binary_form=True) or b"")
    except (ValueError, IndexError, UnicodeDecodeError):
        return {}


def leaf(certificate: bytes) -> dict[str, str]:
    """Issuer and end of a certificate: https://datatracker.ietf.org/doc/html/rfc5280#section-4.1.

    Raises:
        ValueError: these bytes are none.
    """
    parts = _inside(_inside(_inside(certificate)[0][1])[0][1])
    first = 1 if parts[0][0] == 0xA0 else 0
    issuer, validity = parts[first + 2][1], _inside(parts[first + 3][1])
    named: dict[bytes, str] = {}
    for _, each in _inside(issuer):
        kind, value = _inside(_inside(each)[0][1])[:2]
        named.setdefault(kind[1], value[1].decode(errors="replace"))
    name = named.get(_COMMON_NAME) or named.get(_ORGANIZATION) or ""
    return {"issuer": _short(name), "until": _moment(*validity[1])}


def _inside(der: bytes) -> list[tuple[int, bytes]]:
    """The tags and contents in a DER value."""
    found, at = [], 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size & 0x80:
            many = size & 0x7F
            size, at = int.from_bytes(der[at : at + many], "big"), at + many
        if at + size > len(der):
            raise ValueError("a value is longer than what it is in")
        found.append((tag, der[at : at + size]))
        at += size
    return found


def _moment(tag: int, value: bytes) -> str:
    spelled = "%y%m%d%H%M%SZ" if tag == 0x17 else "%Y%m%d%H%M%SZ"
    return datetime.strptime(value.decode("ascii"), spelled).replace(tzinfo=UTC).isoformat()


def _short(said: object) -> str:
    return "".join(each if each.isprintable() else "?" for each in str(said))[:_LONGEST]


def never(address: str) -> str:
    """Why an address is never spoken to: it is the machine itself, or where clouds hand out credentials."""
    found = _meant(ipaddress.ip_address(address.partition("%")[0]))
    own = found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified
    return "never asked" if own or found in _NOBODYS or str(found) in _METADATA else ""


def _meant(found: _Address) -> _Address:
    """The IPv4 address that an IPv6 one leads to, where it does: mapped, by a 6to4 relay, or by NAT64."""
    if found.version == 4:
        return found
    inside = found.ipv4_mapped or found.sixtofour
    if inside is None and any(found in each for each in _LAST_IS_IPV4):
        inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return inside or found


# https://www.rfc-editor.org/rfc/rfc6052 and https://www.rfc-editor.org/rfc/rfc8215
_LAST_IS_IPV4: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
# "This network": Linux takes some of it for the machine itself. https://www.rfc-editor.org/rfc/rfc1122#section-3.2.1.3
_NOBODYS: Final = ipaddress.ip_network("0.0.0.0/8")
# Metadata services beyond link-local addresses, as bot.facts.hosts has them: Alibaba, Azure, Oracle, AWS, Google.
_METADATA: Final = frozenset(
    {"100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"}
)


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def statement(told: Mapping[str, Any]) -> str:
    """The statement as it is left behind, within what a status holds."""
    text = json.dumps(told, separators=(",", ":"))
    if len(text.encode()) <= MOST_BYTES:
        return text
    return json.dumps({**told, "addresses": [], "connects": told["connects"][:1]}, separators=(",", ":"))


def main(arguments: Sequence[str], out: Path = OUT, road: Road | None = None) -> int:
    """Look, and leave the statement behind; 0 however it went, 2 where it is not said what to look at."""
    host, port = (*arguments, "", "")[:2]
    known = _HOST.fullmatch(host) and port.isascii() and port.isdecimal() and 0 < int(port) < 65536
    if len(arguments) != 2 or not known:
        sys.stderr.write("say which host and port: python -m bot.witness registry.corp.example 443\n")
        return 2
    text = statement(look(host, int(port), road or Road(_resolve, never)))
    sys.stdout.write(text + "\n")
    # By hand there is no such file, and none is to be made beside the devices.
    if out.exists():
        out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
