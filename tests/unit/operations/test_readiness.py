"""A replica is ready when it has what it cannot work without, and says what it lacks either way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.operations import readiness
from bot.operations.standing import Phase, Sight, Standing
from tests.fakes.cluster import NOW


MINUTE = timedelta(minutes=1)
WELL = Standing(
    NOW,
    Phase.RUNNING,
    store=True,
    connected=True,
    sights=(Sight("eu", MINUTE, NOW), Sight("us", MINUTE, NOW)),
)


def _lacking(standing: Standing) -> dict[str, bool]:
    """What is wrong, and whether it is needed."""
    return {each.name: each.needed for each in readiness.judged(standing).checks if not each.is_good}


def test_replica_that_has_everything_is_ready() -> None:
    """And nothing is said to be wrong."""
    assert readiness.judged(WELL).is_ready
    assert not _lacking(WELL)


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING])
def test_replica_that_begins_or_ends_is_not_ready(phase: Phase) -> None:
    """Whatever else is well."""
    found = readiness.judged(replace(WELL, phase=phase))
    assert not found.is_ready
    assert found.checks[0].why


@pytest.mark.parametrize(("changes", "name"), [({"store": False}, "store"), ({"connected": False}, "slack")])
def test_replica_without_store_or_slack_is_not_ready(changes: dict[str, bool], name: str) -> None:
    """There is nobody to tell, or nothing to be kept."""
    assert _lacking(replace(WELL, **changes)) == {name: True}  # type: ignore[arg-type]


def test_replica_whose_token_is_useless_is_not_ready() -> None:
    """Its line may be up: nobody is told anything all the same, and Slack's word says why."""
    found = readiness.judged(replace(WELL, barred="token_revoked", resting=("token_revoked",)))
    assert not found.is_ready
    assert "token_revoked" in next(each.why for each in found.checks if each.name == "slack")


def test_cluster_of_several_that_was_never_seen_is_told_and_ends_nothing() -> None:
    """People of the other clusters are answered."""
    standing = replace(WELL, sights=(Sight("eu", MINUTE, NOW), Sight("secret-name", MINUTE)))
    found = readiness.judged(standing)
    assert found.is_ready
    assert _lacking(standing) == {"clusters": False}
    assert "secret-name" not in repr(found)
    assert "1 of 2" in repr(found)


def test_replica_that_never_saw_any_cluster_is_not_ready() -> None:
    """Its rights or its network are wrong, most likely."""
    assert _lacking(replace(WELL, sights=(Sight("eu", MINUTE),))) == {"clusters": True}


def test_store_that_does_not_answer_accuses_no_cluster() -> None:
    """Nobody knows what was seen."""
    assert _lacking(replace(WELL, store=False, sights=())) == {"store": True}


def test_channel_that_gets_nothing_is_told_and_ends_nothing() -> None:
    """Somebody archived it; the others go on."""
    standing = replace(WELL, resting=("is_archived",), lacking=2)
    assert _lacking(standing) == {"channels": False, "scopes": False}
    assert readiness.judged(standing).is_ready
