"""What a round found, as the life of warnings reads it."""

from datetime import UTC, datetime

from bot.facts.forewarning import Kind, Outlook, new_id


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_an_id_is_the_same_for_the_same_beginning_alone() -> None:
    """Two replicas that see it first at one moment name it alike, and it is no incident's name."""
    first = new_id("prod", Kind.IMAGE, "r.example", NOW)
    assert first == new_id("prod", Kind.IMAGE, "r.example", NOW)
    assert first != new_id("prod", Kind.REGISTRY, "r.example", NOW)
    assert first.startswith("w")
    assert len(first) == 13


def test_a_part_of_a_thing_is_used_where_all_of_it_is() -> None:
    """A Secret that could not be read is used whole: nobody knows which of its entries."""
    found = Outlook("prod", NOW, used=frozenset({(Kind.TOKEN, "shop/a", ""), (Kind.IMAGE, "r", "r/x:1")}))
    assert found.uses((Kind.TOKEN, "shop/a", "r.example"))
    assert found.uses((Kind.IMAGE, "r", "r/x:1"))
    assert not found.uses((Kind.IMAGE, "r", "r/x:2"))


def test_a_namespace_that_was_not_seen_is_not_covered() -> None:
    """Nor is one of which only the pods were, for what something else may use."""
    found = Outlook("prod", NOW, unseen=frozenset({"pay"}), blind=frozenset({(Kind.TOKEN, "shop")}))
    assert not found.covers(Kind.IMAGE, "pay")
    assert found.covers(Kind.IMAGE, "shop")
    assert not found.covers(Kind.TOKEN, "shop")
    assert not Outlook("prod", NOW, complete=False).covers(Kind.IMAGE, "shop")
