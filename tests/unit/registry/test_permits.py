"""A registry is asked only when somebody allowed exactly it, and never when somebody denied it."""

import ipaddress

import pytest

from bot.facts.objects import Unread
from bot.facts.registries import RegistryBook
from bot.registry.permits import Budget, Permit, Permits, Probe, Reach


BOOK = RegistryBook(
    families=(("registry-1.docker.io", "docker.io"), ("*.cloudfront.net", "public.ecr.aws")),
    well_known=("docker.io", "ghcr.io", "*.gcr.io", "public.ecr.aws"),
)
CORP = Permit("registry.corp.example", Probe.CREDENTIALS)
LISTED = {
    "registry.corp.example": CORP,
    "off.example": Permit("off.example", Probe.OFF),
    "ghcr.io": Permit("ghcr.io", Probe.OFF),
}


def _permits(well_known: Probe = Probe.ANONYMOUS, *denied: str) -> Permits:
    return Permits(LISTED, denied, well_known, BOOK)


def test_permits_give_what_is_listed() -> None:
    """As the operator wrote it."""
    assert _permits().of("registry.corp.example") is CORP


@pytest.mark.attack("R1", "well-known ones and listed ones")
@pytest.mark.parametrize("level", [Probe.ANONYMOUS, Probe.CREDENTIALS])
def test_permits_let_well_known_registries_be_asked_as_far_as_was_said(level: Probe) -> None:
    """Nobody needs to list them."""
    assert _permits(level).of("docker.io") == Permit("docker.io", level)
    assert _permits(level).of("eu.gcr.io") == Permit("eu.gcr.io", level)


@pytest.mark.parametrize(
    "registry",
    [
        "registry.corp.example:5000",
        "registry.corp.example:443",
        "REGISTRY.corp.example",
        "evil.registry.corp.example",
        "registry.corp.example.evil",
        "registry.corp",
        "docker.io.evil.example",
        "docker.io:5000",
        "tenant.cloudfront.net",
        "127.0.0.1",
        "169.254.169.254",
    ],
)
def test_permits_let_nothing_else_be_asked(registry: str) -> None:
    """A host is compared exactly, and what keeps a public registry's layers is not that registry."""
    found = _permits().of(registry)
    assert isinstance(found, Unread)
    assert found.remedy == f"--allow-registry {registry}"


def test_permits_are_closed_unless_somebody_opens_them() -> None:
    """Nothing said: nothing asked."""
    assert isinstance(Permits(book=BOOK).of("docker.io"), Unread)


@pytest.mark.parametrize("registry", ["off.example", "ghcr.io"])
def test_permits_name_the_setting_that_says_off(registry: str) -> None:
    """Also of a well-known one."""
    found = _permits().of(registry)
    assert isinstance(found, Unread)
    assert "probe: off" in found.why
    assert found.remedy == f"registries.{registry}.probe in the settings"


@pytest.mark.parametrize("registry", ["GHCR.io", "ghcr.IO:443", "ghcr.io:443"])
def test_permits_of_a_public_registry_hold_however_an_image_spells_it(registry: str) -> None:
    """What the operator took away is not had by another spelling, nor is a budget or a probe that he wrote."""
    found = _permits(Probe.CREDENTIALS).of(registry)
    assert isinstance(found, Unread)
    assert found.remedy == "registries.ghcr.io.probe in the settings"
    listed = Permit("docker.io", Probe.ANONYMOUS, Budget(5))
    permits = Permits({"docker.io": listed}, (), Probe.CREDENTIALS, BOOK)
    assert permits.of("Docker.io:443") is listed
    assert permits.of("eu.gcr.io") == Permit("eu.gcr.io", Probe.CREDENTIALS)


@pytest.mark.parametrize(
    ("registry", "pattern"),
    [
        ("registry.corp.example", "registry.corp.example"),
        ("registry.corp.example", "*.corp.example"),
        ("registry.corp.example", "*"),
        ("registry.corp.example", "REGISTRY.*"),
        ("docker.io", "docker.io"),
        ("docker.io:443", "docker.io"),
        ("Docker.io", "docker.io"),
        ("registry-1.docker.io", "docker.io"),
        ("ghcr.io:5000", "ghcr.io"),
        ("ghcr.io:5000", "ghcr.io:5000"),
    ],
)
def test_permits_deny_before_they_allow(registry: str, pattern: str) -> None:
    """However the host is written, and whatever else is listed."""
    found = _permits(Probe.CREDENTIALS, pattern).of(registry)
    assert isinstance(found, Unread)
    assert "deny" in found.why
    assert found.remedy == "registries.deny in the settings"


@pytest.mark.parametrize(
    ("host", "denied"),
    [
        ("cdn.vendor.example", True),
        ("CDN.vendor.example:5000", True),
        ("vendor.example", False),
        ("d1.cloudfront.net", False),
    ],
)
def test_permits_deny_a_host_whoever_leads_there(host: str, *, denied: bool) -> None:
    """By its own name alone: what stores a denied registry's layers may store anybody's."""
    assert _permits(Probe.ANONYMOUS, "*.vendor.example", "public.ecr.aws").denies(host) is denied


def test_budget_is_spelled_as_in_the_settings() -> None:
    """A number per unit."""
    assert [str(each) for each in (Budget(), Budget(5, 60), Budget(5, 90))] == ["60/h", "5/m", "5/90s"]


def test_reach_covers_its_addresses_and_its_port() -> None:
    """One port where one is named, else all."""
    address = ipaddress.ip_address("10.20.0.7")
    assert Reach(ipaddress.ip_network("10.20.0.0/16")).covers(address, 443)
    assert Reach(ipaddress.ip_network("10.20.0.0/16"), 5000).covers(address, 5000)
    assert not Reach(ipaddress.ip_network("10.20.0.0/16"), 5000).covers(address, 443)
    assert not Reach(ipaddress.ip_network("fd00::/8")).covers(address, 443)
