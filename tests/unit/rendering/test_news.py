"""What has changed, in phrases: numbers, claims and clusters, and nothing else."""

from dataclasses import replace

from bot.facts.notice import Gap, Notice, Share, Storm
from bot.facts.verdict import Confidence
from bot.rendering import news
from tests import slack


def _share(cluster: str = "eu", pods: int = 1, **changes: object) -> Share:
    document = slack.document(many=pods, **changes)
    return Share(cluster, document, pods, pods, ("shop",))


def _notice(*shares: Share, storm: Storm | None = None) -> Notice:
    return Notice("k7q2mzr4ta", slack.AT, slack.AT, shares, storm)


def test_numbers_are_told_with_what_they_were() -> None:
    """Pods, workloads and nodes."""
    assert news.between(_notice(_share()), _notice(_share(pods=3))) == (
        "3 pods, before 1",
        "3 workloads, before 1",
        "3 nodes, before 1",
    )


def test_names_that_are_only_counted_count() -> None:
    """The same number of names may stand for very many."""
    few = _share(pods=3)
    many = replace(few, document=replace(few.document, where=replace(few.document.where, more_pods=97)))
    assert news.between(_notice(few), _notice(many)) == ("100 pods, before 3",)


def test_claims_are_told_with_what_they_were() -> None:
    """Cause and confidence."""
    before = _notice(_share(cause=None, confidence=Confidence.LOW))
    assert news.between(before, _notice(_share())) == (
        "cause wrong-tag, before not known",
        "confidence medium, before low",
    )


def test_clusters_come_and_go() -> None:
    """And where there are several, each difference names its own."""
    both = _notice(_share("eu", 2), _share("us"))
    assert news.between(_notice(_share("eu", 2)), both) == ("also in us: 1 pod",)
    assert news.between(both, _notice(_share("us"))) == ("over in eu",)
    grown = _notice(_share("eu", 2), _share("us", 2))
    assert news.between(both, grown)[0] == "us: 2 pods, before 1"


def test_storm_is_told_in_numbers() -> None:
    """That is all there is of it."""
    storm = Storm("eu", 60, 70, 60, 3, ())
    assert news.between(_notice(storm=storm), _notice(storm=replace(storm, incidents=80, pods=90))) == (
        "80 incidents, before 60",
        "90 pods, before 70",
    )


def test_what_nobody_looks_at_is_not_over() -> None:
    """Namespaces, and a whole cluster, that the settings leave out."""
    both, fewer = _notice(_share("eu", 2), _share("us")), _notice(_share("us"))
    assert news.between(both, replace(fewer, gap=Gap("eu", ("shop",)))) == ("no longer looked at in eu",)
    assert news.between(both, replace(both, gap=Gap("us", ("a", "b")))) == (
        "us: no longer looked at: a and b",
    )
    one = _notice(_share())
    assert news.between(one, replace(one, gap=Gap("eu", ("pay",)))) == ("no longer looked at: pay",)
    assert news.between(one, replace(one, gap=Gap("eu"))) == ()
    raging = _notice(storm=Storm("eu", 60, 70, 60, 3, ()))
    assert news.between(raging, replace(raging, gap=Gap("eu", ("pay",)))) == ("no longer looked at: pay",)


def test_nothing_is_no_news() -> None:
    """Also when somebody takes care of it, which is told elsewhere."""
    notice = _notice(_share())
    assert news.between(notice, replace(notice, acknowledged_by="somebody")) == ()
