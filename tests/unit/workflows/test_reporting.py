"""A report lists each thing that could not be seen once, and keeps what the look said of itself."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from bot.diagnosis.signatures import SignatureBook
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.objects import Sighting, Unread
from bot.facts.testimony import Asked
from bot.facts.verdict import Confidence, Verdict
from bot.ports.reading import ClusterReader
from bot.registry.unasked import UnaskedRegistry
from bot.workflows import reporting
from bot.workflows.world import World
from tests import reports


WORLD = World(cast("ClusterReader", None), UnaskedRegistry(), SignatureBook(()), (), cluster="prod")
SEEN = Sighting((), {}, (), complete=False, seen=7, observed_at=datetime(2026, 3, 1, 14, 20, tzinfo=UTC))


def test_reporting_keeps_what_the_look_said() -> None:
    """How many pods were seen, whether all pages came, and the moment it stands for."""
    made = reporting.report(WORLD, SEEN, (), (), ())
    assert (made.cluster, made.looked_at, made.complete) == ("prod", 7, False)
    assert made.observed_at == "2026-03-01T14:20:00Z"


def test_reporting_lists_the_unseen_once() -> None:
    """The same gap met by several checks is one line; an answer that is known is none."""
    gap = Unread("secrets in shop", "forbidden", "tier 2a")
    unknown = Evidence(
        "secret-exists",
        Answer.UNKNOWN,
        Witness.CLUSTER,
        why_unknown="forbidden",
        would_answer="tier 2a",
        what="secrets in shop",
    )
    other = replace(unknown, what="nodes")
    unnamed = replace(unknown, what="")
    known = replace(unknown, answer=Answer.NO)
    diagnosis = reports.diagnosis(judged=Verdict(None, Confidence.LOW, (unknown, other, unnamed, known)))
    made = reporting.report(WORLD, SEEN, (diagnosis, diagnosis), (), (gap, gap))
    assert made.unchecked == (("secrets in shop", "forbidden", "tier 2a"), ("nodes", "forbidden", "tier 2a"))


def test_reporting_tells_what_registries_were_asked() -> None:
    """As they stand when the report is made."""
    counts = (Asked("registry.corp.example", 4, 4, "60/h"),)
    assert reporting.report(replace(WORLD, asked=lambda: counts), SEEN, (), (), ()).asked == counts
    assert reporting.report(WORLD, SEEN, (), (), ()).asked == ()
