"""What somebody may see is what a grant names, and nothing else."""

import pytest

from bot.facts.people import Asker, Grant, Person, view


DANA = Person("U1", "T1", "dana", frozenset({"S1", "@developers"}))
GUEST = Person("U9", "T1", "gus", frozenset({"S1", "@developers"}), outside=True)
ELSEWHERE = Person("U1", "T2", "eve", outside=True)


@pytest.mark.parametrize(
    ("who", "channel", "sees"),
    [
        ("*", "", True),
        ("@developers", "", True),
        ("S1", "", True),
        ("U1", "", True),
        ("T1/U1", "", True),
        ("#shop", "#shop", True),
        ("C1", "#shop", True),
        ("#shop", "", False),
        ("@sre", "#shop", False),
        ("U2", "#shop", False),
        ("", "", False),
    ],
)
def test_grant_names_people_groups_and_channels(who: str, channel: str, sees: bool) -> None:
    """A member is covered by each of the words that mean them, and by no other."""
    asker = Asker(DANA, "C1" if channel else "", channel)
    assert view([Grant((who,))], asker).shows("prod", "shop") is sees


@pytest.mark.parametrize("who", ["*", "@developers", "S1", "U9", "#shop", "C1"])
def test_no_word_for_many_covers_an_outsider(who: str) -> None:
    """A guest sees nothing by a group, by a channel or by being there: an id with its workspace names one."""
    asker = Asker(GUEST, "C1", "#shop")
    assert not view([Grant((who,))], asker).grants
    assert view([Grant(("T1/U9",))], asker).shows("prod", "shop")


def test_same_id_in_another_workspace_is_somebody_else() -> None:
    """Ids are unique in a workspace only."""
    assert not view([Grant(("U1",)), Grant(("T1/U1",))], Asker(ELSEWHERE)).grants


def test_view_is_made_of_clusters_and_namespaces() -> None:
    """Patterns of several grants add up, and each keeps its clusters with its namespaces."""
    seen = view(
        [Grant(("*",), ("prod-*",), ("shop", "pay-*")), Grant(("@developers",), ("staging",))], Asker(DANA)
    )
    assert seen.shows("prod-eu", "shop")
    assert seen.shows("prod-eu", "pay-in")
    assert seen.shows("staging", "kube-system")
    assert not seen.shows("prod-eu", "kube-system")
    assert not seen.shows("dev", "shop")
    assert seen.shows_some("prod-eu")
    assert not seen.shows_some("dev")
    assert seen.shows_all("staging")
    assert not seen.shows_all("prod-eu")


def test_a_person_has_a_name_that_is_nobody_elses() -> None:
    """By which approvals are kept: ids alone repeat in other workspaces."""
    assert (DANA.key, ELSEWHERE.key) == ("T1/U1", "T2/U1")
