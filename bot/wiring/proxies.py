"""Through which proxy each registry is asked: the settings of registries in -> :class:`Proxies` out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.registry.permits import Proxy
from bot.registry.telling import encoded


if TYPE_CHECKING:
    from bot.settings import Registries


@dataclass(frozen=True, slots=True)
class Proxies:
    """Who goes through which.

    Attributes:
        usual: where nothing else is said; None for directly.
        own: registry host -> its own, or None where it is asked directly.
    """

    usual: Proxy | None = None
    own: Mapping[str, Proxy | None] = field(default_factory=dict)

    def of(self, registry: str) -> Proxy | None:
        """The proxy of a registry; None for directly."""
        return self.own.get(registry, self.usual)


def proxies(said: "Registries | None", environment: Mapping[str, str]) -> Proxies:
    """Through which proxy each registry is asked. No variable names one; their credentials may come from one.

    Raises:
        SettingsError: a proxy's credentials cannot be read.
    """
    if said is None or not (said.proxy or any(each.proxy for each in said.hosts.values())):
        return Proxies()
    from bot.settings import DIRECT, proxy_credentials  # noqa: PLC0415  # few have a proxy

    known = proxy_credentials(said, environment)
    own = {
        host: None
        if each.proxy == DIRECT
        else _proxy(each.proxy, f"registries.{host}.proxy", known.get(host, ""))
        for host, each in said.hosts.items()
        if each.proxy
    }
    return Proxies(_proxy(said.proxy, "registries.proxy", known.get("", "")) if said.proxy else None, own)


def _proxy(url: str, setting: str, credentials: str) -> Proxy:
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port
    assert host  # the settings take no other
    assert port
    return Proxy(host, port, parts.scheme == "https", setting, encoded(credentials) if credentials else "")
