"""A replica has its share, gives up what is beyond it once, and keeps what nobody wants."""

from bot.store.fairness import Fairness


def _asking(clusters: int, replicas: int) -> Fairness:
    made = Fairness()
    for number in range(clusters):
        made.asks(f"c{number}")
    made.counts(replicas)
    return made


def test_alone_it_has_everything() -> None:
    """Nothing is given up."""
    fair = _asking(5, 1)
    assert not any(fair.gives(f"c{each}", 5) for each in range(5))


def test_share_is_rounded_up() -> None:
    """So that the shares of all are never less than all there is."""
    fair = _asking(10, 3)
    assert not fair.gives("c0", 4)
    assert fair.gives("c0", 5)


def test_what_is_beyond_the_share_is_given_to_a_replica_that_came() -> None:
    """One after the other, until the share is left."""
    fair = _asking(4, 1)
    fair.counts(2)
    assert fair.gives("c0", 4)
    assert fair.gives("c1", 3)
    assert not fair.gives("c2", 2)


def test_what_nobody_wants_is_taken_back_and_kept() -> None:
    """Until the number of replicas changes."""
    fair = _asking(2, 2)
    assert fair.gives("c0", 2)
    fair.took("c0")
    assert not fair.gives("c0", 2)
    fair.counts(3)
    assert fair.gives("c0", 2)


def test_what_somebody_took_may_be_given_up_again() -> None:
    """It came back because they went, not because nobody wants it."""
    fair = _asking(2, 2)
    assert fair.gives("c0", 2)
    fair.is_elsewhere("c0")
    fair.took("c0")
    assert fair.gives("c0", 2)


def test_cluster_that_went_counts_no_more() -> None:
    """The share is of those that there are."""
    fair = _asking(3, 2)
    assert not fair.gives("c0", 2)
    fair.forgets("c1")
    assert fair.gives("c0", 2)
