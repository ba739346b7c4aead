"""Where a registry's API is, and which hosts may see its passwords."""

import pytest

from bot.registry import endpoints


def test_api_host_of_docker_hub_is_another_than_its_name() -> None:
    """Every other registry serves its API where images say it is."""
    assert endpoints.api_host("docker.io") == "registry-1.docker.io"
    assert endpoints.api_host("registry.example:5000") == "registry.example:5000"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Registry.Example", "registry.example", True),
        ("registry.example:443", "registry.example", True),
        ("registry.example:5000", "registry.example", False),
        ("registry.example.evil", "registry.example", False),
        ("xregistry.example", "registry.example", False),
    ],
)
def test_same_host_counts_the_port(left: str, right: str, same: bool) -> None:
    """Only the port that HTTPS implies may be left out."""
    assert endpoints.same_host(left, right) is same


@pytest.mark.attack("R3", "own host", "known token services")
@pytest.mark.parametrize(
    ("registry", "host", "may"),
    [
        ("docker.io", "registry-1.docker.io", True),
        ("docker.io", "auth.docker.io", True),
        ("docker.io", "auth.docker.io.evil.example", False),
        ("docker.io", "auth.docker.com", False),
        ("docker.io", "index.docker.io", False),
        ("registry.gitlab.com", "gitlab.com", True),
        ("registry.example", "registry.example", True),
        ("registry.example", "auth.registry.example", False),
        ("registry.example", "auth.docker.io", False),
        ("registry.example:5000", "registry.example:5001", False),
        ("registry.example:5000", "registry.example", False),
        ("ghcr.io", "evil.ghcr.io", False),
    ],
)
def test_credentials_go_to_the_registrys_own_hosts_alone(registry: str, host: str, may: bool) -> None:
    """A subdomain, a look-alike, another port or another registry's token service is not its own."""
    assert endpoints.may_receive_credentials(registry, host) is may


def test_credentials_go_to_a_token_service_that_the_operator_lists() -> None:
    """For this registry, and exactly that host."""
    listed = ("gitlab.example", "auth.example:8443")
    assert endpoints.may_receive_credentials("registry.example", "gitlab.example", listed)
    assert endpoints.may_receive_credentials("registry.example", "auth.example:8443", listed)
    assert not endpoints.may_receive_credentials("registry.example", "auth.example", listed)
