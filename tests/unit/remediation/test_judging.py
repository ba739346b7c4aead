"""What an object says about a write: sent only where nothing speaks against it."""

from collections.abc import Callable

import pytest

from bot.facts.change import ANNOTATION, ObjectKey, Write
from bot.ports.rehearsing import Live
from bot.remediation import judging
from bot.remediation.judging import Turn
from tests import fixes
from tests.fakes.changing import Cluster, Object


def _noted(body: Object) -> None:
    body["metadata"]["annotations"] = {ANNOTATION: "p1"}


def _other_image(body: Object) -> None:
    body["spec"] = {"image": "a.example/web:9"}


def _newer(body: Object) -> None:
    body["metadata"]["generation"] = 4


def _ending(body: Object) -> None:
    body["metadata"]["deletionTimestamp"] = "2026-11-23T12:00:00Z"


def _runs(body: Object) -> None:
    body["status"] = {"running": {}}


def _labelled(body: Object) -> None:
    body["metadata"]["labels"] = {"a": "b"}


def _replaced(body: Object) -> None:
    body["metadata"]["uid"] = "another"


def _replaced_with_note(body: Object) -> None:
    _noted(body)
    _replaced(body)


async def _judged(
    write: Write, change: Callable[[Object], object] | None, *, begun: bool
) -> judging.Judgement:
    cluster = fixes.cluster()
    if change is None:
        cluster.objects.pop(write.key, None)
    elif write.key in cluster.objects:
        cluster.edit(write.key, change)
    else:
        cluster.put(write.key, "uid")
        cluster.edit(write.key, change)
    return judging.judge(write, await _live(cluster, write.key), "p1", begun=begun)


async def _live(cluster: Cluster, key: ObjectKey) -> Live | None:
    live = await cluster.read(key)
    assert live is None or isinstance(live, Live)
    return live


@pytest.mark.parametrize(
    ("write", "change", "fresh", "begun"),
    [
        (fixes.PATCH, _labelled, Turn.SEND, Turn.SEND),
        # Cards show the plan's id: a tenant can write it before anything is sent.
        (fixes.PATCH, _noted, Turn.STALE, Turn.DONE),
        (fixes.PATCH, _other_image, Turn.STALE, Turn.UNKNOWN),
        (fixes.PATCH, _newer, Turn.STALE, Turn.UNKNOWN),
        (fixes.PATCH, _replaced, Turn.STALE, Turn.UNKNOWN),
        (fixes.PATCH, _replaced_with_note, Turn.STALE, Turn.UNKNOWN),
        (fixes.PATCH, None, Turn.STALE, Turn.UNKNOWN),
        (fixes.DELETE, _labelled, Turn.SEND, Turn.SEND),
        (fixes.DELETE, _ending, Turn.STALE, Turn.DONE),
        (fixes.DELETE, _replaced, Turn.STALE, Turn.DONE),
        (fixes.DELETE, None, Turn.STALE, Turn.DONE),
        (fixes.DELETE, _runs, Turn.STALE, Turn.STALE),
        (fixes.COPY, None, Turn.SEND, Turn.SEND),
        (fixes.COPY, _noted, Turn.REFUSED, Turn.DONE),
        (fixes.COPY, _labelled, Turn.REFUSED, Turn.REFUSED),
    ],
)
async def test_an_object_tells_what_is_to_be_done(
    write: Write, change: Callable[[Object], object] | None, fresh: Turn, begun: Turn
) -> None:
    """For each verb, whether the write may have been sent before or not."""
    assert (await _judged(write, change, begun=False)).turn is fresh
    assert (await _judged(write, change, begun=True)).turn is begun


async def test_what_changed_is_told_in_words() -> None:
    """By the object and by what was depended on."""
    found = await _judged(fixes.PATCH, _newer, begun=False)
    assert (
        found.why == "Deployment shop/web has changed, and this no longer holds: that no newer rollout began"
    )
    assert "not there any more" in (await _judged(fixes.PATCH, None, begun=False)).why
    assert "another one" in (await _judged(fixes.DELETE, _replaced, begun=False)).why
    assert "being deleted" in (await _judged(fixes.DELETE, _ending, begun=False)).why


async def test_a_source_that_changed_is_not_copied() -> None:
    """Neither another Secret of that name nor another value."""
    cluster, copying = fixes.cluster(), fixes.COPY.copying
    assert copying is not None
    assert judging.source(copying, await _live(cluster, fixes.SOURCE)) == ""
    cluster.edit(fixes.SOURCE, _labelled)
    assert "was changed" in judging.source(copying, await _live(cluster, fixes.SOURCE))
    cluster.edit(fixes.SOURCE, _replaced)
    assert "another one" in judging.source(copying, await _live(cluster, fixes.SOURCE))
    assert "not there" in judging.source(copying, None)


async def test_no_plan_is_in_an_object_without_one() -> None:
    """An empty id is nobody's."""
    live = await _live(fixes.cluster(), fixes.WEB)
    assert live is not None
    assert not judging.has_plan(live, "")
    assert not judging.has_plan(live, "p1")


def test_what_is_created_is_ours_only_where_it_was_begun() -> None:
    """One that is there by itself is never taken for it."""
    there = Live(fixes.ASK.key, "u1", "1", {"metadata": {"annotations": {ANNOTATION: "p1"}}})
    other = Live(fixes.ASK.key, "u1", "1", {"metadata": {}})
    told = [
        judging.judge(fixes.ASK, live, "p1", begun=begun).turn
        for live in (None, there, other)
        for begun in (False, True)
    ]
    assert told == [Turn.SEND, Turn.SEND, Turn.REFUSED, Turn.DONE, Turn.REFUSED, Turn.REFUSED]
