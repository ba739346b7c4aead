"""App Home holds what there is, the worst first, and never more than a view may."""

import json

from hypothesis import given, settings

from bot.ports.answering import Nothing
from bot.slack import home
from tests import slack
from tests.fakes import slack_limits, slack_markup
from tests.fakes.desk import AT, listed, state
from tests.fakes.repairs import proposal


def test_every_cluster_says_what_is_open_in_it() -> None:
    """And what hinders."""
    clusters = (state(), state("staging", trouble="forbidden: pods"))
    shown = json.dumps(
        home.view(clusters, (listed(), listed("m8ynd5zx2p", "db", broken={"staging": (1, 1)})), AT)
    )
    assert (
        shown.index("prod-eu")
        < shown.index("k7q2mzr4ta")
        < shown.index("staging")
        < shown.index("m8ynd5zx2p")
    )
    assert "forbidden: pods" in shown
    assert "2 open incidents" in shown


def test_nothing_and_trouble_are_shown() -> None:
    """Instead of an empty page."""
    refused = json.dumps(home.view((), Nothing("there is none", "who may"), AT))
    assert "no cluster that you may ask about" in refused
    assert "who may" in refused
    assert "Nothing is open" in json.dumps(home.view((state(),), (), AT))
    blind = json.dumps(home.view((state(trouble="forbidden"),), (), AT))
    assert "Nothing known to be open" in blind
    unknown = json.dumps(home.view((state(),), Nothing("no database", "look"), AT))
    assert "Nothing is open" not in unknown
    assert "no database: look" in unknown
    assert "no database" in json.dumps(home.view((state(),), Nothing("no database", "look"), AT))


def test_view_is_bounded() -> None:
    """Whatever there is: each cluster has its line, and what is left out is counted."""
    clusters = tuple(state(f"c{number}", trouble="x" * 500) for number in range(60))
    incidents = tuple(
        listed(f"id{number}", "y" * 400, broken={f"c{number % 60}": (1, 1), "c0": (2, 2)})
        for number in range(900)
    )
    view = home.view(clusters, incidents, AT)
    assert slack_limits.check(view) == []
    shown = json.dumps(view, ensure_ascii=False)
    assert '"c29"' in shown
    assert "more: /imagepull list -c c0" in shown
    assert "and 30 more clusters" in shown


def test_view_with_plans_is_bounded() -> None:
    """They stand first, and take no room that is not there."""
    clusters = tuple(state(f"c{number}", trouble="x" * 500) for number in range(60))
    incidents = tuple(listed(f"id{number}", "y" * 400, broken={"c0": (1, 1)}) for number in range(900))
    view = home.view(clusters, incidents, AT, (proposal("z" * 400),) * 40)
    assert slack_limits.check(view) == []
    shown = json.dumps(view, ensure_ascii=False)
    assert shown.index("Waiting for approval") < shown.index('"c29"')


def test_clusters_share_the_room() -> None:
    """One that is full of incidents leaves some for the others."""
    incidents = [listed(f"a{number}", broken={"a": (1, 1)}) for number in range(200)]
    incidents += [listed("b1", broken={"b": (1, 1)})]
    view = home.view((state("a"), state("b")), incidents, AT)
    assert slack_limits.check(view) == []
    shown = json.dumps(view)
    assert "ack b1" in shown
    assert shown.count('"ack a') > 20


@settings(max_examples=40, deadline=None)
@given(slack.hostile())
def test_hostile_names_stay_inert(text: str) -> None:
    """Of clusters and of incidents."""
    view = home.view(
        (state(text, trouble=text),) * 3, (listed("k7q2mzr4ta", text, broken={text: (1, 1)}),) * 3, AT
    )
    assert slack_limits.check(view) == []
    ours = ("action_id", "value")
    assert [each for each in slack_markup.arising(view) if not each.startswith(ours)] == []
