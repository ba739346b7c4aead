"""Whether the registries of the settings can be asked: what may be asked in, findings out.

Each is asked once, anonymously, for nothing: ``GET /v2/``, through the same guarded dialer and under the same rules as by the bot.
"""

import shlex
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.errors import SettingsError
from bot.facts.finding import Finding, ok, unchecked, warning, wrong
from bot.facts.testimony import Fault, Step
from bot.registry import endpoints
from bot.registry.permits import Permit, Permits
from bot.registry.trust import NoAuthorities, Trust
from bot.registry.wire import Ask, Failed, Reply, Wire
from bot.settings import Registry


PROXY = "registries.proxy"
Dial = Callable[[Permits], AbstractAsyncContextManager[Wire]]
"""Opens the way to registries, under rules."""
# What finding out about a missing tag costs: docs/operations.md.
_ONE_DIAGNOSIS = 4
_TOO_MANY = 429
_ANSWERS = frozenset({200, 401, 403})


async def without(error: SettingsError) -> AsyncIterator[Finding]:
    """What is found where it is not known how to get to any of them."""
    yield wrong(PROXY, error.message, error.hint)


async def look(host: str, said: Registry, rules: Permits, dial: Dial) -> AsyncIterator[Finding]:
    """One registry."""
    key = f"registries.{host}"
    permit = rules.of(host)
    if not isinstance(permit, Permit):
        yield unchecked(
            f"{key}.probe", permit.why, f"registries.{host}.probe: anonymous, where it may be asked"
        )
        return
    for each in _own(key, said):
        yield each
    if said.ca_file and not _readable(said.ca_file):
        return
    async with dial(rules) as wire:
        scheme = "http" if said.plain_http else "https"
        url = f"{scheme}://{endpoints.api_host(host)}/v2/"
        yield judged(key, permit, await wire.send(Ask("GET", url, host, Step.BASE)))


def judged(key: str, permit: Permit, ended: Reply | Failed) -> Finding:
    """What an answer, or none, says."""
    if isinstance(ended, Failed):
        detail = f": {ended.detail}" if ended.detail else ""
        told = f"it cannot be asked: {ended.fault.replace('-', ' ')}{detail}"
        setting = ended.remedy or _USUAL.get(ended.fault, "check its name, and the network and DNS from here")
        return wrong(key, told, setting)
    if ended.status in _ANSWERS:
        road = f" through {permit.proxy}" if permit.proxy else ""
        return ok(key, f"it answers{road}; {permit.probe.value}, {permit.budget} questions")
    if ended.status == _TOO_MANY:
        return warning(key, "it answers 429: its limit for this address is spent", "log in there, or wait")
    told = f"HTTP {ended.status} where a registry's API should be"
    return wrong(key, told, "check the host, and whether a proxy or a sign-in page stands before it")


_USUAL = {
    Fault.DNS_NXDOMAIN: "check the host's spelling, and the resolver of this machine",
    Fault.CONNECT_REFUSED: "check the port, and whether the registry runs",
    Fault.PROXY_FAILED: "look at the proxy's log, and whether it lets this registry through",
    Fault.CONNECT_TIMEOUT: "let this machine out to it: egress to its port",
}


def _own(key: str, said: Registry) -> Iterator[Finding]:
    """What is wrong before anybody is asked."""
    if said.ca_file and not _readable(said.ca_file):
        told = f"no certificates can be read from {str(said.ca_file)!r}"
        yield wrong(
            f"{key}.ca_file", told, f"openssl x509 -noout -subject -in {shlex.quote(str(said.ca_file))}"
        )
    if said.budget.questions < _ONE_DIAGNOSIS:
        told = f"a diagnosis may take {_ONE_DIAGNOSIS} questions, and {said.budget.questions} are allowed"
        yield warning(f"{key}.budget", told, f"{key}.budget: 60/h")


def _readable(file: Path) -> bool:
    try:
        Trust().context(file)
    except NoAuthorities:
        return False
    return True
