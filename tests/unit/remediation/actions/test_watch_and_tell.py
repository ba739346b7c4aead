"""Nothing is written; what the registry has now is said, and what the bot does by itself."""

from typing import Any

import pytest

from bot.facts.testimony import Fault
from bot.remediation.actions.watch_and_tell import WatchAndTell
from bot.remediation.drafting import Unfit
from tests.fakes.cluster import NOW
from tests.fakes.registry import FakeProber, answered, failed
from tests.situations import deployed, situation


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"manifest": answered(200)}, "is there now, and the kubelet tries again at 09:00:10Z;"),
        ({"manifest": answered(404)}, "registry.example/shop/web:1.4 is not there yet;"),
        ({"manifest": answered(401)}, "does not tell us whether"),
        ({"manifest": failed(Fault.NO_CREDENTIAL)}, "was not asked: no credential"),
        ({}, "was not asked: not asked (--allow-registry registry.example);"),
    ],
)
async def test_watch_and_tell_says_what_the_registry_has_now(answers: dict[str, Any], told: str) -> None:
    """And that the sweeps look on."""
    failure = {"attempts": 1, "last_attempt": NOW}
    found = await WatchAndTell().draft(
        await situation(*deployed(), prober=FakeProber(answers), failure=failure)
    )
    assert isinstance(found, Unfit)
    assert told in found.why
    assert found.why.endswith("its alert tells when the pods have their image")
    assert found.commands[0].line == "kubectl -n shop describe pod web-1"


async def test_watch_and_tell_knows_no_time_where_no_event_tells() -> None:
    """Then the longest pause is told; and of a name that cannot be read, that it is none."""
    here = await situation(*deployed(), prober=FakeProber({"manifest": answered(200)}))
    assert "at most five minutes" in (await WatchAndTell().draft(here)).why  # type: ignore[union-attr]  # words
    bad = await situation(*deployed(), failure={"reference": None})
    assert "cannot be read" in (await WatchAndTell().draft(bad)).why  # type: ignore[union-attr]  # words
