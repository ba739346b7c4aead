"""Open incidents are few series, the worst and oldest first, whose labels stay; nobody else's cluster is told of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from bot.errors import StoreError
from bot.facts.cause import Scope, Severity
from bot.facts.episode import Episode, Stage, storm
from bot.facts.verdict import Confidence
from bot.operations import cases
from bot.operations.cases import Case, Docket
from tests import lives
from tests.fakes.cluster import NOW
from tests.lives import HOUR


class _Keeper:
    """Has these episodes in every cluster."""

    def __init__(self, *episodes: Episode) -> None:
        self.found: Sequence[Episode] = episodes
        self.is_away = False
        self.asked: list[str] = []

    async def episodes(self, cluster: str, _since: datetime) -> Sequence[Episode]:
        """As the store."""
        if self.is_away:
            raise StoreError("away", "")
        self.asked.append(cluster)
        return self.found


def _episode(workload: str = "shop/web", scope: Scope = Scope.WORKLOAD, **changes: object) -> Episode:
    return replace(lives.opened(lives.incident(workload, scope=scope)).only, **changes)


async def _told(docket: Docket, keeper: _Keeper) -> tuple[Case, ...]:
    await docket.read(keeper, {"it": Severity.HIGH}, NOW)  # type: ignore[arg-type]  # all of a keeper that is asked
    return docket.cases().told


async def _read(*episodes: Episode, most: int = 10) -> tuple[Case, ...]:
    docket = Docket(most)
    docket.looked("eu", is_ours=True)
    return await _told(docket, _Keeper(*episodes))


async def test_labels_are_what_stays_the_same() -> None:
    """Neither how sure it is nor how much it breaks is one of them."""
    episode = _episode()
    more = replace(episode, confidence=Confidence.LOW, parts=(replace(episode.parts[0], more_pods=70),))
    (one,), (other,) = await _read(episode), await _read(more)
    assert one.labels == other.labels == ("eu", "it", "workload", "high", "shop", "Deployment/web", "", "")
    assert (one.pods, other.pods) == (1, 71)


async def test_only_what_is_open_there_is_told() -> None:
    """What is held may pass, and what is over is over."""
    over = replace(_episode(), stage=Stage.RESOLVED)
    elsewhere = replace(_episode(), parts=(replace(_episode().parts[0], cluster="us"),))
    assert (
        await _read(replace(_episode(), stage=Stage.HELD), over, elsewhere, replace(_episode(), parts=()))
        == ()
    )


async def test_storm_is_called_so_and_is_severe() -> None:
    """It stands for many causes."""
    (told,) = await _read(replace(_episode(), fingerprint=storm("eu")))
    assert told.labels[1:4] == ("storm", "cluster", "high")


async def test_hostile_names_are_shown_cut_and_told_once() -> None:
    """Prometheus refuses everything where one series stands twice."""
    name = "\u202e" + "x" * 1000
    first = _episode()
    place = replace(first.fingerprint.place, workload=f"{name}1")
    twins = [
        replace(first, fingerprint=replace(first.fingerprint, place=replace(place, workload=f"{name}{each}")))
        for each in "12"
    ]
    (told,) = await _read(*twins)
    assert told.pods == 2
    assert "\u202e" not in told.labels[5]
    assert len(told.labels[5]) < 300


async def test_most_severe_and_oldest_are_kept_and_the_rest_is_counted() -> None:
    """However many there are."""
    mild = replace(_episode().fingerprint, cause="other")
    every = [
        replace(_episode("shop/new"), since=NOW + HOUR),
        replace(_episode("shop/mild"), fingerprint=mild, since=NOW - HOUR),
        replace(_episode("shop/old"), since=NOW),
    ]
    docket = Docket(2)
    docket.looked("eu", is_ours=True)
    told = await _told(docket, _Keeper(*every))
    assert [each.labels[5] for each in told] == ["Deployment/old", "Deployment/new"]
    assert docket.cases().beyond == {"eu": 1}
    names = {each.name: len(each.samples) for each in cases.metrics(docket.cases())}
    assert names == {"imagepull_incident": 2, "imagepull_incidents_beyond": 1}


async def test_store_is_asked_after_a_look_alone_and_its_silence_ends_nothing() -> None:
    """What cannot be read is not over."""
    docket, keeper = Docket(10), _Keeper(_episode())
    docket.looked("eu", is_ours=True)
    assert len(await _told(docket, keeper)) == len(await _told(docket, keeper)) == 1
    assert keeper.asked == ["eu"]
    docket.looked("eu", is_ours=True)
    keeper.is_away, keeper.found = True, ()
    assert len(await _told(docket, keeper)) == 1
    keeper.is_away = False
    assert await _told(docket, keeper) == ()


@pytest.mark.parametrize("gone", ["another replica has it", "the settings leave it out"])
async def test_cluster_that_is_not_ours_any_more_is_not_told_of(gone: str) -> None:
    """Whoever has it tells of it."""
    docket = Docket(10)
    docket.looked("eu", is_ours=True)
    assert await _told(docket, _Keeper(_episode()))
    if gone == "another replica has it":
        docket.looked("eu", is_ours=False)
    else:
        docket.keep(["us"])
    assert docket.cases() == cases.Cases((), {})


async def test_nothing_is_read_or_told_unless_asked_for() -> None:
    """Names of tenants are nobody's business then."""
    docket, keeper = Docket(0), _Keeper(_episode())
    docket.looked("eu", is_ours=True)
    assert await _told(docket, keeper) == ()
    assert keeper.asked == []
    assert list(cases.metrics(docket.cases())) == []
