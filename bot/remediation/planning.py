"""From a wish to a plan: an action's draft in, a plan that the API server has tried without effect, or why there is none, out.

A plan is made of what the server answered: it holds what really changes, and the server's own warnings. What the server would
refuse, what changes nothing and what somebody else would undo is told and becomes no plan.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.facts.change import (
    ANNOTATION,
    Dependency,
    Difference,
    ObjectKey,
    Plan,
    Premise,
    Verb,
    Write,
    spelled,
)
from bot.facts.text import shown
from bot.ports.rehearsing import Accepted, Declined, Live, Reason, Rehearse
from bot.remediation import differences, fields, ownership, patching, witnessing
from bot.remediation.drafting import Action, Situation, Unfit


# More lines than anybody reads before saying yes; the rest is counted.
_MOST_LINES: Final = 200
# Controllers write statuses as they please; nobody writes so often that each look is old before its rehearsal.
_MOST_TRIES: Final = 4
# Characters of a patch and its way back. Templates with a mebibyte in them are somebody's attack or somebody's file, and each step
# of a plan stores all of it.
_LARGEST: Final = 128 << 10


@dataclass(frozen=True, slots=True)
class _Tried:
    """Writes that the API server would make, and what they change."""

    writes: tuple[Write, ...] = ()
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()


async def plan(situation: Situation, action: Action, *, name: str, expires: timedelta) -> Plan | Unfit:
    """What an action would do about a failing workload, tried.

    Args:
        situation: the workload, diagnosed just now.
        action: what is to be done.
        name: the plan's id.
        expires: how long it can be approved.
    """
    draft = await action.draft(situation)
    if isinstance(draft, Unfit):
        return draft
    tried = await _tried(draft.writes, situation.rehearse, name, gitops=situation.limits.gitops)
    if isinstance(tried, Unfit):
        # What is to be changed in its source is not changed by a command in the cluster.
        return tried if tried.change else replace(tried, commands=draft.commands)
    if any(len(each.patch) + len(each.back) > _LARGEST for each in tried.writes):
        return Unfit(
            "what it would write, or write back, is larger than a plan holds", commands=draft.commands
        )
    if any(map(differences.holds_credential, _stored(tried.writes, situation.diagnosis.failure.image))):
        return Unfit(
            "what it would write, or write back, holds what looks like a credential, and plans store none",
            commands=draft.commands,
        )
    return Plan(
        id=name,
        action=action.id,
        risk=draft.risk,
        cluster=situation.cluster,
        writes=tried.writes,
        premise=_premise(situation),
        headline=draft.headline,
        made=situation.now,
        expires=situation.now + expires,
        pledge=draft.pledge,
        differences=tried.differences,
        warnings=tuple(dict.fromkeys((*draft.warnings, *tried.warnings))),
    )


async def way_back(
    done: Plan, made: int, rehearse: Rehearse, *, name: str, now: datetime, expires: timedelta
) -> Plan | Unfit:
    """What undoes a plan, tried; only where what it wrote is still there.

    Args:
        done: the plan.
        made: how many of its writes were made.
        rehearse: the live objects, and dry runs.
        name: id of the new plan.
        now: the moment.
        expires: how long it can be approved.
    """
    found = [await _undone(each, done.id, rehearse) for each in reversed(done.writes[:made])]
    for each in found:
        if isinstance(each, Unfit):
            return each
    writes = tuple(each for each in found if isinstance(each, Write))
    left = sum(1 for each in done.writes[:made] if each.verb is Verb.DELETE)
    if not writes:
        return Unfit("nothing that it did can be undone: what was deleted does not come back")
    # Whoever takes something back takes no part in what others keep: that was decided when it was made.
    tried = await _tried(writes, rehearse, name, gitops=True)
    if isinstance(tried, Unfit):
        return tried
    lost = (
        (f"Pods that were deleted do not come back, only those made instead of them stay: {left}.",)
        if left
        else ()
    )
    return Plan(
        id=name,
        action=done.action,
        risk=done.risk,
        cluster=done.cluster,
        writes=tried.writes,
        premise=replace(done.premise, image="", cause=""),
        headline=f"Undo: {done.headline}",
        made=now,
        expires=now + expires,
        differences=tried.differences,
        warnings=(*lost, *tried.warnings),
        undoes=done.id,
    )


def _premise(situation: Situation) -> Premise:
    diagnosis = situation.diagnosis
    failure = diagnosis.failure
    return Premise(
        failure.pod.namespace,
        str(diagnosis.workload),
        failure.container,
        failure.image,
        diagnosis.verdict.cause or "",
    )


async def _tried(writes: Sequence[Write], rehearse: Rehearse, name: str, *, gitops: bool) -> _Tried | Unfit:
    """Rehearse every write in its order; the first that would not be made ends it."""
    tried = _Tried()
    for write in writes:
        one = await _one_tried(write, rehearse, name, gitops=gitops)
        if isinstance(one, Unfit):
            return one
        tried = _Tried(
            tried.writes + one.writes, tried.differences + one.differences, tried.warnings + one.warnings
        )
    more = len(tried.differences) - _MOST_LINES
    if more > 0:
        counted = (*tried.warnings, f"{more} more fields change than are listed.")
        return replace(tried, differences=tried.differences[:_MOST_LINES], warnings=counted)
    return tried


async def _one_tried(write: Write, rehearse: Rehearse, name: str, *, gitops: bool) -> _Tried | Unfit:
    """Rehearse a write; a controller that noted something between our look and the rehearsal is no reason to refuse."""
    tried = await _once_tried(write, rehearse, name, gitops=gitops)
    for _ in range(_MOST_TRIES - 1):
        if not isinstance(tried, Declined) or tried.reason is not Reason.CONFLICT:
            break
        tried = await _once_tried(write, rehearse, name, gitops=gitops)
    return declined(f"{write.key} would not be changed", tried) if isinstance(tried, Declined) else tried


async def _once_tried(
    write: Write, rehearse: Rehearse, name: str, *, gitops: bool
) -> _Tried | Unfit | Declined:
    live = await rehearse.read(write.key)
    if isinstance(live, Declined):
        return declined(f"{write.key} cannot be read", live)
    why = _unready(write, live)
    if why:
        return Unfit(why)
    owned = ownership.owner_in(live.body) if live and write.verb is Verb.PATCH else None
    if owned and live and not gitops:
        return ownership.theirs(owned, str(write.key), _for_source(live, write))
    certain = replace(write, uid=live.uid) if live else write
    answer = await rehearse.rehearse(certain, live, name)
    if isinstance(answer, Declined):
        return answer
    changed = _changed(certain, live, answer)
    if isinstance(changed, Unfit):
        return changed
    told = [ownership.warned(owned, str(write.key))] if owned else []
    return _Tried((certain,), changed, (*told, *(shown(each) for each in answer.warnings)))


def _unready(write: Write, live: Live | None) -> str:
    """Why a write would not be what its author thought of; "" where it would."""
    if write.verb in (Verb.COPY, Verb.CREATE):
        return f"{write.key} is there already" if live else ""
    if live is None:
        return f"{write.key} is not there any more"
    if write.uid and live.uid != write.uid:
        return f"{write.key} was replaced by another of its name"
    changed = unmet(live.body, write.depends)
    return f"{write.key} was changed meanwhile: {changed.said}" if changed else ""


def unmet(body: Mapping[str, Any], depends: Sequence[Dependency]) -> Dependency | None:
    """The first of these fields that is not what it must be; None where all are."""
    return next((each for each in depends if spelled(fields.found(body, each.path)) != each.value), None)


def declined(what: str, answer: Declined) -> Unfit:
    """That the API server said no, in its own words."""
    hint = f" ({shown(answer.hint)})" if answer.hint else ""
    return Unfit(f"{what}: {shown(answer.said)}{hint}")


def _stored(writes: Sequence[Write], image: str) -> Iterator[Any]:
    """All of an object that a plan keeps: what it writes, what takes it back, and what it depends on."""
    yield image
    for each in writes:
        yield from (json.loads(patch) for patch in (each.patch, each.back) if patch)
        yield from (json.loads(depends.value) for depends in each.depends)


def _for_source(live: Live, write: Write) -> str:
    """What the patch would change, as lines of a diff; nobody tries what is not to be made."""
    after = patching.imagined(live.body, _read(write.patch), write.style)
    return differences.as_diff(differences.between(live.key, live.body, after))


def _changed(write: Write, live: Live | None, answer: Accepted) -> tuple[Difference, ...] | Unfit:
    """What a write changes, as the API server would make it; why it is not made where that is nothing, or something else."""
    if write.verb is Verb.DELETE:
        return (differences.deleted(write.key),)
    if write.copying is not None:
        return (differences.copied(write.key, write.copying),)
    if write.verb is Verb.CREATE:
        stray = witnessing.stray(write, answer.live)
        if stray:
            return Unfit(f"the API server would make another {write.key} than was meant: {shown(stray)}")
        return (differences.created(write.key, write.said),)
    before, after = live.body if live else {}, answer.live.body if answer.live else {}
    changed = differences.between(write.key, before, after)
    return changed or Unfit(f"{write.key} is as it would be made already")


async def _undone(write: Write, plan_id: str, rehearse: Rehearse) -> Write | Unfit | None:
    """The write that takes one back; None where nothing does, or where it is gone by itself."""
    if write.verb is Verb.DELETE:
        return None
    live = await rehearse.read(write.key)
    if isinstance(live, Declined):
        return declined(f"{write.key} cannot be read", live)
    made = write.verb in (Verb.COPY, Verb.CREATE)
    return _removal(write.key, plan_id, live) if made else _reverted(write, live)


def _reverted(write: Write, live: Live | None) -> Write | Unfit:
    """The patch that undoes one, where what that wrote still stands."""
    if not write.back:
        return Unfit(f"nothing undoes it: {write.said}" if write.said else "nothing undoes it")
    if live is None or live.uid != write.uid:
        return Unfit(f"{write.key} is not there any more")
    patch = _read(write.patch)
    for path, value in patching.told(patch, write.style):
        if spelled(fields.found(live.body, path)) != spelled(value):
            return Unfit(f"{write.key} was changed since: {differences.dotted(path)}")
    said = f"undo: {write.said}"
    return replace(write, patch=write.back, back=write.patch, depends=_still(live, patch, write), said=said)


def _still(live: Live, patch: Mapping[str, Any], write: Write) -> tuple[Dependency, ...]:
    """That what was written still stands there, and nothing was rolled out since it was looked at."""
    written = (
        fields.pinned(live.body, path, f"what was written to {differences.dotted(path)}")
        for path, _ in patching.told(patch, write.style)
    )
    return (fields.pinned(live.body, ("metadata", "generation"), "no newer rollout"), *written)


def _removal(key: ObjectKey, plan_id: str, live: Live | None) -> Write | Unfit | None:
    """That what was made is deleted, where it is ours; None where it is gone."""
    if live is None:
        return None
    mark = ("metadata", "annotations", ANNOTATION)
    if fields.found(live.body, mark) != plan_id:
        return Unfit(f"{key} is not the one that was made")
    mine = fields.pinned(live.body, mark, "that it is the one that was made")
    return Write(Verb.DELETE, key, live.uid, depends=(mine,), said=f"delete {key} again")


def _read(patch: str) -> Mapping[str, Any]:
    found = json.loads(patch)
    return found if isinstance(found, Mapping) else {}
