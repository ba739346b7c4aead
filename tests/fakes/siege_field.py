"""Where a siege takes place: a registry in the middle, two strangers who listen, and a pod that wants an image.

A family of registries in -> a :class:`Field` out, on which the canary may be with its own registry and nowhere else.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.registry.dialer import Limits
from bot.registry.permits import Permit, Permits
from tests.fakes import certificates, siege
from tests.fakes.misbehaving import server_tls
from tests.fakes.registry_content import Repository, index, single
from tests.fakes.registry_families import HTPASSWD, QUAY, Family
from tests.fakes.registry_server import RegistryServer
from tests.fakes.siege import NOT_FOUND, PASSWORD, USER, Look, Names, Siege, besieged, sings


WEB = index(single(name="web"), single("linux/arm64/v8", name="web"))
SHOP = {"shop/web": Repository({"1.4": WEB}, readers=frozenset({USER}))}
USERS = {USER: PASSWORD}
# No look under these limits takes longer, whatever the other side does.
LATEST = 10.0
# What may be said of a registry of which nothing but its door was seen.
AT_THE_DOOR = {
    "registry-host-exists": "yes",
    "registry-answers": "yes",
    "tls-fails-for-us-too": "no",
    "probe-is-blocked-too": "no",
}


@dataclass
class Field:
    """Where a siege takes place.

    Attributes:
        registry: registry.internal, which the pod's secret is for.
        stranger: api.internal, with a certificate that everybody trusts: it would take a credential and use it.
        eavesdropper: speaks plain HTTP, and would do the same.
        permit: what the operator wrote of the registry.
        names: where names lead.
    """

    registry: RegistryServer
    stranger: RegistryServer
    eavesdropper: RegistryServer
    permit: Permit
    names: Names

    @asynccontextmanager
    async def siege(
        self,
        name: str = "shop/web:1.5",
        message: str = NOT_FOUND,
        *,
        key: str = "",
        limits: Limits = siege.QUICK,
        **permit: Any,
    ) -> AsyncIterator[Siege]:
        """A pod that wants something of the registry, and somebody who looks into it."""
        image = f"{self.registry.host}/{name}"
        cluster = siege.cluster(image, siege.secret(key or self.registry.host), message=message)
        permits = Permits({self.registry.host: replace(self.permit, **permit)})
        async with besieged(permits, cluster, names=self.names, limits=limits) as under:
            yield under

    async def look(self, name: str = "shop/web:1.5", message: str = NOT_FOUND, **more: Any) -> Look:
        """One look, after which the canary is where it belongs."""
        async with self.siege(name, message, **more) as under:
            look = await under.look()
        self.check(look)
        return look

    def check(self, look: Look) -> None:
        """Nothing of the canary is shown, nobody else heard of it, and it ended in time."""
        assert not sings(look.shown)
        assert look.seconds < LATEST
        for other in (self.stranger, self.eavesdropper):
            assert not any(sings(each.text) for each in other.requests)
            assert not any(each.authorization.startswith("Basic") for each in other.requests)
        assert not any(map(sings, self.names.asked))

    @property
    def was_told(self) -> bool:
        """Whether the canary reached its own registry."""
        return self.registry.heard(PASSWORD)

    def hosts(self) -> dict[str, str]:
        """Everybody's host, to be put into an address."""
        return {name: getattr(self, name).host for name in ("registry", "stranger", "eavesdropper")}


@asynccontextmanager
async def opened(
    folder: Path,
    family: Family = HTPASSWD,
    held: Mapping[str, Repository] = SHOP,
    *,
    users: Mapping[str, str] = USERS,
    server: type[RegistryServer] = RegistryServer,
) -> AsyncIterator[Field]:
    """Open a field.

    Args:
        folder: for certificates.
        family: of the registry.
        held: in the registry.
        users: name -> password.
        server: what sort of registry it is.
    """
    ca_file = folder / "ca.pem"
    ca_file.write_text(certificates.REGISTRY_AUTHORITY)
    everything = {"shop/web": Repository({"1.4": WEB, "1.5": WEB})}
    names = Names({"metadata.internal": [["169.254.169.254"]], "inner.internal": [["10.1.2.3"]]})
    async with AsyncExitStack() as stack:
        registry = await stack.enter_async_context(
            server(held, family, users=users, tls=server_tls(), name="registry.internal")
        )
        stranger = await stack.enter_async_context(
            RegistryServer(everything, QUAY, users=users, tls=_foreign(folder), name="api.internal")
        )
        eavesdropper = await stack.enter_async_context(
            RegistryServer(everything, QUAY, users=users, name="plain.internal")
        )
        yield Field(registry, stranger, eavesdropper, siege.permit(registry.host, ca_file), names)


def _foreign(folder: Path) -> ssl.SSLContext:
    """A good certificate of somebody whom the whole system trusts."""
    path = folder / "api.pem"
    path.write_text(certificates.SERVER + certificates.SERVER_KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@contextmanager
def nothing_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing of the canary stands in any log but the made-up servers' own."""
    with (
        caplog.at_level(logging.CRITICAL, "aiohttp.access"),
        caplog.at_level(logging.CRITICAL, "aiohttp.server"),
        caplog.at_level(logging.DEBUG),
    ):
        yield
    assert not sings(caplog.text)
