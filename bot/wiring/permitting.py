"""Which registries may be asked: what was typed and what the settings say in -> :class:`~bot.registry.permits.Permits` out.

The stricter of the two holds, and what the settings deny stays denied.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.facts.hosts import Addresses
from bot.facts.registries import RegistryBook
from bot.registry import permits
from bot.registry.permits import Permit, Permits, Probe
from bot.wiring.proxies import proxies


if TYPE_CHECKING:
    from bot.settings import Registries, Registry


@dataclass(frozen=True, slots=True)
class Probing:
    """Which registries may be asked, and how far: what was typed and what the settings say.

    Attributes:
        mode: ``off``, ``anonymous`` or ``credentials``: nothing goes further, whatever the settings say; "" when
            nothing was typed.
        allowed: registry host -> the private addresses that it may resolve to, as typed.
        settings: what they say of registries; None when there are none.
        unattended: nobody sits before it: only what the settings list is asked, not what everybody knows.
    """

    mode: str = ""
    allowed: Mapping[str, tuple[Addresses, ...]] = field(default_factory=dict)
    settings: "Registries | None" = None
    unattended: bool = False

    @property
    def mirrors(self) -> Mapping[str, str]:
        """Registry host -> the mirror that the nodes use for it."""
        return self.settings.mirrors if self.settings else {}


def permitted(plan: Probing, book: RegistryBook, environment: Mapping[str, str] = os.environ) -> Permits:
    """Every permit: what the settings say of a registry and what was typed, the stricter where both speak.

    Where the settings name a registry without a word on ``probe``, what they say holds once a flag opens it, or
    when everybody knows it.

    Args:
        plan: what was typed and what the settings say.
        book: which registries everybody knows.
        environment: a proxy's credentials may stand in there; no proxy does.

    Raises:
        SettingsError: a proxy's credentials cannot be read.
    """
    through = proxies(plan.settings, environment)
    level = Probe(plan.mode or (Probe.OFF if plan.unattended else Probe.ANONYMOUS))
    said = plan.settings.hosts if plan.settings else {}
    listed = {
        host: replace(_permit(host, said.get(host), plan, level), proxy=through.of(host))
        for host in {**said, **plan.allowed}
        if host in plan.allowed or said[host].says_probe or permits.is_well_known(host, book)
    }
    denied = plan.settings.deny if plan.settings else ()
    found = Permits(listed, denied, level, book, proxy=through.usual)
    if plan.unattended:
        return replace(found, hint="registries.{registry}.probe in the settings")
    return found


def _permit(host: str, said: "Registry | None", plan: Probing, level: Probe) -> Permit:
    reaches = ((said.addresses if said else ()), plan.allowed.get(host, ()))
    permit = Permit(
        host,
        level,
        addresses=tuple(permits.Reach(each.network, each.port) for part in reaches for each in part),
    )
    if said is None:
        return permit
    probe, opened_by = level, permit.opened_by
    if said.says_probe:
        probe = min(Probe(said.probe), level if plan.mode else Probe.CREDENTIALS, key=list(Probe).index)
        opened_by = (
            opened_by if said.probe == Probe.CREDENTIALS.value else f"registries.{host}.probe in the settings"
        )
    return replace(
        permit,
        probe=probe,
        budget=permits.Budget(said.budget.questions, said.budget.seconds),
        ca_file=said.ca_file,
        token_services=said.token_services,
        plain_http=said.plain_http,
        opened_by=opened_by,
    )
