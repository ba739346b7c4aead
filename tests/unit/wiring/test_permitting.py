"""What was typed and what the settings say become permits."""

import ipaddress
from typing import Any

import pytest

from bot import wiring
from bot.facts import hosts
from bot.facts.objects import Unread
from bot.registry.permits import Budget, Permit, Permits, Probe, Reach
from bot.settings import Settings
from bot.wiring import Probing


def _permits(mode: str = "", *allowed: str, **registries: Any) -> Permits:
    """What may be asked when this was typed and these registries stand in the settings."""
    said = Settings.model_validate({"registries": registries}).registries
    typed = {
        host: (hosts.addresses(at),) if at else ()
        for host, _, at in (each.partition("=") for each in allowed)
    }
    return wiring.permitted(Probing(mode, typed, said), wiring.knowledge().registries)


def _level(permits: Permits, registry: str) -> str:
    found = permits.of(registry)
    return found.probe.value if isinstance(found, Permit) else "off"


@pytest.mark.parametrize(
    ("mode", "typed", "says_anonymous", "says_credentials"),
    [
        ("", "anonymous", "anonymous", "credentials"),
        ("anonymous", "anonymous", "anonymous", "anonymous"),
        ("credentials", "credentials", "anonymous", "credentials"),
    ],
)
def test_wiring_permits_what_both_the_flag_and_the_settings_permit(
    mode: str, typed: str, says_anonymous: str, says_credentials: str
) -> None:
    """A flag sets how far to go where the settings say nothing, and goes beyond them nowhere."""
    said: dict[str, Any] = {
        f"{probe}.example": {"probe": probe} for probe in ("anonymous", "credentials", "off")
    }
    permits = _permits(mode, "typed.example", "off.example", **said, **{"silent.example": {}})
    assert _level(permits, "docker.io") == _level(permits, "typed.example") == typed
    assert _level(permits, "anonymous.example") == says_anonymous
    assert _level(permits, "credentials.example") == says_credentials
    assert {_level(permits, f"{each}.example") for each in ("off", "silent", "unlisted")} == {"off"}


def test_wiring_opens_a_registry_of_which_the_settings_say_everything_but_how_far() -> None:
    """Its addresses and budget hold once a flag opens it, or when everybody knows it."""
    said: dict[str, Any] = {
        "registry.corp.example": {
            "addresses": ["10.20.0.0/16"],
            "budget": "5/m",
            "token_services": ["auth.example"],
        },
        "docker.io": {"budget": "20/h"},
    }
    permits = _permits("credentials", "registry.corp.example=[fd00::7]:5000", **said)
    assert permits.of("registry.corp.example") == Permit(
        "registry.corp.example",
        Probe.CREDENTIALS,
        Budget(5, 60),
        (Reach(ipaddress.ip_network("10.20.0.0/16")), Reach(ipaddress.ip_network("fd00::7"), 5000)),
        token_services=("auth.example",),
    )
    assert _permits(**said).of("docker.io") == Permit("docker.io", Probe.ANONYMOUS, Budget(20, 3600))
    assert isinstance(_permits(**said).of("registry.corp.example"), Unread)


@pytest.mark.attack("R1", "deny-list wins")
def test_wiring_denies_whatever_was_typed() -> None:
    """The list in the settings wins, and says so."""
    permits = _permits("credentials", "registry.corp.example", deny=["*.corp.example", "docker.io"])
    for registry in ("registry.corp.example", "docker.io"):
        found = permits.of(registry)
        assert isinstance(found, Unread)
        assert found.remedy == "registries.deny in the settings"


@pytest.mark.parametrize(
    ("mode", "probe", "opened_by"),
    [
        ("", "anonymous", "registries.a.example.probe in the settings"),
        ("anonymous", "anonymous", "registries.a.example.probe in the settings"),
        ("anonymous", "credentials", "--probe credentials"),
    ],
)
def test_wiring_names_what_would_let_credentials_be_used(mode: str, probe: str, opened_by: str) -> None:
    """The flag, unless the settings forbid it."""
    found = _permits(mode, **{"a.example": {"probe": probe}}).of("a.example")
    assert isinstance(found, Permit)
    assert (found.probe, found.opened_by) == (Probe.ANONYMOUS, opened_by)


@pytest.mark.attack(
    "R1", "off in the bot until the settings say otherwise", "well-known ones and listed ones"
)
def test_wiring_asks_nobody_unattended_whom_the_settings_do_not_list() -> None:
    """What everybody knows is no list, and the way to allow a registry is to write it down, not a flag."""
    said = Settings.model_validate(
        {"registries": {"quay.io": {"probe": "anonymous"}, "ghcr.io": {}}}
    ).registries
    permits = wiring.permitted(Probing("", {}, said, unattended=True), wiring.knowledge().registries)
    assert (_level(permits, "quay.io"), _level(permits, "ghcr.io")) == ("anonymous", "off")
    unasked = permits.of("docker.io")
    assert isinstance(unasked, Unread)
    assert unasked.remedy == "registries.docker.io.probe in the settings"


def test_wiring_gives_every_registry_its_proxy() -> None:
    """Those that were typed, and those that everybody knows, too; but for one that is asked directly."""
    said: dict[str, Any] = {
        "proxy": "http://p.example:3128",
        "near.example": {"proxy": "direct", "probe": "anonymous"},
    }
    permits = _permits("", "typed.example", **said)
    for registry in ("typed.example", "docker.io", "quay.io:443"):
        found = permits.of(registry)
        assert isinstance(found, Permit)
        assert str(found.proxy) == "http://p.example:3128"
    near = permits.of("near.example")
    assert isinstance(near, Permit)
    assert near.proxy is None
