"""The last line before a question leaves: an :class:`Ask` and its permit in -> what may be sent, or the refusal, out.

Whoever asks has already decided where a credential may go. This decides it again from nothing but the question, the
permit and the tables, so that a mistake above ends in a refusal here and not in a password on its way to a stranger.
"""

import re
from dataclasses import dataclass, field

from bot.facts.testimony import Fault, Step
from bot.registry import addresses, endpoints
from bot.registry.permits import Permit, Probe
from bot.registry.wire import Ask, Failed


# One spelling only, so that no two parsers can read two hosts out of it: no user, no white space, no backslash.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-~]*)?(?P<query>\?[!-~]*)?",
    re.IGNORECASE,
)
_LONGEST_URL = 16_384
# What a header's value may hold (https://www.rfc-editor.org/rfc/rfc9110#section-5.5): a token could bring a line break.
_SENDABLE = re.compile(r"[!-~]{1,65536}")
_ACCEPT = re.compile(r"[ -~]{0,4096}")
_PORTS = {"https": 443, "http": 80}
_METHODS = frozenset({"GET", "HEAD"})
AGENT = "imagepull"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads.

    Attributes:
        scheme: ``https`` or ``http``.
        host: in lower case, without the brackets of an IPv6 address.
        port: that of the scheme where the URL names none.
        tail: path and query, exactly as written: a signed redirect bears no other spelling.
    """

    scheme: str
    host: str
    port: int
    tail: str

    @property
    def authority(self) -> str:
        """Host, with its port where it is not the scheme's."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL, spelled plainly."""
        return f"{self.scheme}://{self.authority}{self.tail}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A question that may be sent.

    Attributes:
        own: the host is the registry's or one to which its credentials may go; only there do the authorities count
            that the operator added for this registry, because that trust was given to it and not to whomever it
            sends us to.
    """

    target: Target
    headers: dict[str, str] = field(repr=False)
    own: bool


def target(url: str) -> Target | None:
    """Take a URL apart; None when it is none that a registry has any need of."""
    found = _URL.fullmatch(url.partition("#")[0]) if len(url) <= _LONGEST_URL else None
    if found is None:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    if not 0 < port < 65536:
        return None
    tail = (found["path"] or "/") + (found["query"] or "")
    return Target(scheme, found["host"].lower().strip("[]"), port, tail)


def letter(ask: Ask, permit: Permit) -> Letter | Failed:
    """What is sent for a question, or why nothing is."""
    place = target(ask.url)
    if place is None or ask.method not in _METHODS:
        return Failed(unsafe(ask), "not a question for a registry")
    if addresses.is_disguised(place.host):
        return Failed(unsafe(ask), "a disguised address")
    own = endpoints.may_receive_credentials(ask.registry, place.authority, permit.token_services)
    refused = _wrong_place(ask, place, permit) or (_wrong_secret(ask, place, permit) if ask.secret else None)
    if refused is not None:
        return refused
    return Letter(place, _headers(ask), own or is_registry(place, ask.registry))


def unsafe(ask: Ask) -> Fault:
    """The fault of a question that is not put: it tells who led us there."""
    if ask.redirected:
        return Fault.UNSAFE_REDIRECT
    return Fault.UNSAFE_TOKEN_SERVICE if ask.step is Step.TOKEN else Fault.UNSAFE_ADDRESS


def is_registry(place: Target, registry: str) -> bool:
    """Whether a URL leads to the registry's own API."""
    host = endpoints.api_host(registry).lower()
    return place.authority == host.removesuffix(f":{_PORTS[place.scheme]}")


def _wrong_place(ask: Ask, place: Target, permit: Permit) -> Failed | None:
    """The host comes from the image; only a token service and a redirect may be elsewhere, and never unencrypted."""
    led = ask.redirected or ask.step is Step.TOKEN
    at_home = is_registry(place, ask.registry)
    if not (led or at_home):
        return Failed(Fault.UNSAFE_ADDRESS, "not the registry's host")
    if place.scheme == "http" and not (permit.plain_http and at_home):
        remedy = f"registries.{ask.registry}.plain_http in the settings" if at_home else ""
        return Failed(unsafe(ask), "plain HTTP", remedy)
    return None


def _wrong_secret(ask: Ask, place: Target, permit: Permit) -> Failed | None:
    setting = f"registries.{ask.registry}"
    if not _may_receive(ask, place, permit):
        led_by_token_service = ask.step is Step.TOKEN and not ask.redirected
        remedy = f"{setting}.token_services in the settings" if led_by_token_service else ""
        return Failed(unsafe(ask), "no credential goes there", remedy)
    if not ask.identity.is_anonymous and permit.probe is not Probe.CREDENTIALS:
        return Failed(unsafe(ask), "not with credentials", f"{setting}.probe in the settings, or --probe")
    if not _SENDABLE.fullmatch(ask.secret):
        return Failed(Fault.GARBLED, "a token that fits no header")
    return None


def _may_receive(ask: Ask, place: Target, permit: Permit) -> bool:
    if ask.redirected:
        return False
    if place.scheme != "https":
        # A token that was given to nobody in particular opens nothing that is not open to all.
        nobodys = ask.scheme == "Bearer" and ask.identity.is_anonymous
        return nobodys and permit.plain_http and is_registry(place, ask.registry)
    if ask.scheme == "Basic":
        known = endpoints.may_receive_credentials(ask.registry, place.authority, permit.token_services)
        return known and not ask.identity.is_anonymous
    return ask.scheme == "Bearer" and is_registry(place, ask.registry)


def _headers(ask: Ask) -> dict[str, str]:
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    if ask.accept and _ACCEPT.fullmatch(ask.accept):
        headers["Accept"] = ask.accept
    if ask.secret:
        headers["Authorization"] = f"{ask.scheme} {ask.secret}"
    return headers
