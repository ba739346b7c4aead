"""What a digest is about."""

from bot.facts.digest import Scope


def test_scope_is_everything_only_without_a_limit() -> None:
    """Neither of clusters nor of namespaces."""
    assert Scope().is_everything
    assert not Scope(clusters=("prod-*",)).is_everything
    assert not Scope(namespaces=("shop",)).is_everything
