"""What is known about registries in general, and how it is asked."""

import pytest

from bot.facts import image
from bot.facts.registries import RegistryBook, Retired


BOOK = RegistryBook(
    families=(("auth.docker.io", "docker.io"), ("*.docker.com", "docker.io")),
    node_identity=("*.dkr.ecr.*.amazonaws.com",),
    retired=(
        Retired("old.example", "new.example", "2024-01-01", "https://old.example/news"),
        Retired("old.example/team", "team.example", "2024-02-01", "https://old.example/team"),
    ),
)


@pytest.mark.parametrize(
    ("host", "registry", "same"),
    [
        ("auth.docker.io", "docker.io", True),
        ("Auth.Docker.io", "docker.io", True),
        ("production.cloudflare.docker.com", "docker.io", True),
        ("docker.io", "docker.io", True),
        ("docker.io:443", "docker.io", True),
        ("a.example:443", "a.example", True),
        ("a.example:5000", "a.example", False),
        ("evil-docker.io", "docker.io", False),
    ],
)
def test_registries_know_their_other_hosts(host: str, registry: str, same: bool) -> None:
    """A token service belongs to its registry, a port to its own, and a name that only looks alike to nobody."""
    assert BOOK.same(host, registry) is same


def test_registries_know_who_pulls_with_the_nodes_identity() -> None:
    """A cloud's registry is recognised by its host."""
    assert BOOK.uses_node_identity("123.dkr.ecr.eu-west-1.amazonaws.com")
    assert not BOOK.uses_node_identity("registry.corp.example")


def test_registries_know_which_the_world_uses_and_which_are_never_private() -> None:
    """By host, whatever its other names; by prefix, for what is public."""
    book = RegistryBook(
        families=(("auth.docker.io", "docker.io"),),
        well_known=("docker.io",),
        never_private=("docker.io/library",),
    )
    assert book.is_well_known("auth.docker.io")
    assert not book.is_well_known("registry.corp.example")
    assert book.is_never_private(image.parse("nginx"))
    assert not book.is_never_private(image.parse("acme/nginx"))


@pytest.mark.parametrize(
    ("reference", "moved_to"),
    [
        ("old.example/app:1", "new.example"),
        ("old.example/team/app", "team.example"),
        ("old.example/teams/app", "new.example"),
        ("old.example.org/app", None),
    ],
)
def test_registries_know_what_has_moved(reference: str, moved_to: str | None) -> None:
    """The longest prefix counts, and only whole parts of a name."""
    entry = BOOK.retirement(image.parse(reference))
    assert (entry.moved_to if entry else None) == moved_to
