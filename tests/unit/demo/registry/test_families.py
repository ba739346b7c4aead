"""What tells the families apart."""

from bot.demo.registry.families import DISTRIBUTION, ECR, FAMILIES, GHCR, HUB, errors


def test_errors_are_as_the_specification_wants_them() -> None:
    """A list with code and message."""
    assert errors(404, "X", "y").body == {"errors": [{"code": "X", "message": "y"}]}


def test_some_do_not_tell_missing_from_private() -> None:
    """Docker Hub and GHCR; ECR does, and so does a registry of one's own."""
    assert HUB.no_repository is None
    assert GHCR.no_repository is None
    assert ECR.no_repository is not None
    assert DISTRIBUTION.no_repository is not None


def test_only_docker_hub_counts_pulls() -> None:
    """Of all that are known here."""
    assert [name for name, family in FAMILIES.items() if family.counts_pulls] == ["hub"]
