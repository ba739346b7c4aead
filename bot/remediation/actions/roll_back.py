"""roll-back: the last revision of a workload that ran, where the one in charge cannot get its image.

The last one that ran is not always the one before: several may have failed in turn. The template is set back as
``kubectl rollout undo`` does it, and what differs beside the image is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.facts import image as images
from bot.facts.change import Pledge, Risk, Write
from bot.facts.document import CommandLine
from bot.facts.image import Platform
from bot.facts.objects import Unread
from bot.facts.text import shown
from bot.remediation import differences, patching, placing, proving, revisions, running, templates
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.proving import Doubt, Proof
from bot.remediation.revisions import Revision
from bot.remediation.templates import Following, Subject


_KINDS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_TEMPLATE: Final = ("spec", "template")
_MOST_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class _Outlook:
    """What is known of the images that a revision would bring back.

    Attributes:
        pledge: the image in the place of the failing one, where it was proven.
        doubt: the gravest about any of them; None where all are proven.
    """

    pledge: Pledge | None = None
    doubt: Doubt | None = None


class RollBack:
    """Sets a workload's template back to the last revision that ran."""

    id = "roll-back"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The newest earlier revision that ran and can still be pulled, as far as anybody can say."""
        held = await templates.subject(situation)
        if isinstance(held, Unfit):
            return held
        if held.kind not in _KINDS:
            return Unfit(f"a {held.kind} keeps no revisions: set its image back in its source")
        image = situation.diagnosis.failure.image
        if not held.places(image):
            return Unfit(f"{held.live.key} does not name {shown(image)} any more: somebody changed it since")
        after = await templates.following(situation, held)
        if isinstance(after, Unfit):
            return after
        ran = await running.ran(proving.case_of(situation))
        found = await revisions.earlier(situation, held, ran)
        if isinstance(found, Unfit):
            return found
        return await _chosen(situation, held, after, found)


async def _chosen(
    situation: Situation, held: Subject, after: Following, found: Sequence[Revision]
) -> Draft | Unfit:
    failing = situation.diagnosis.failure.image
    against: list[str] = []
    for each in found:
        if failing in each.named.values():
            against.append(f"revision {each.number} names {shown(failing)}, too")
        elif not each.ran:
            against.append(f"nothing shows that revision {each.number} ever ran")
        else:
            outlook = await _pullable(situation, held, each)
            if outlook.doubt is None or not outlook.doubt.is_sure:
                return _draft(held, after, each, outlook)
            against.append(f"revision {each.number} could not be pulled either: {outlook.doubt.why}")
    why = "; ".join(against[:_MOST_NAMED]) or "there is no earlier one"
    return Unfit(f"{held.live.key} has no revision to go back to: {why}", commands=_by_hand(held, found))


async def _pullable(situation: Situation, held: Subject, revision: Revision) -> _Outlook:
    """Whether what comes back can still be pulled: first the image in the place of the failing one."""
    failure = situation.diagnosis.failure
    place = f"volume {failure.volume}" if failure.volume else failure.container
    now = Revision("", 0, held.live.body["spec"]["template"]).named
    back = [name for name, image in revision.named.items() if image != now.get(name)]
    wanted = [revision.named[name] for name in sorted(back, key=lambda name: name != place)]
    if not wanted:
        return _Outlook(doubt=Doubt("no image comes back with it"))
    platforms = await placing.platforms(situation.reader, held)
    if isinstance(platforms, Unread):
        return _Outlook(doubt=Doubt(f"{platforms.what}: {platforms.why}", platforms.remedy))
    found = [await _proven(situation, each, platforms) for each in dict.fromkeys(wanted)]
    doubts = sorted((each for each in found if isinstance(each, Doubt)), key=lambda each: not each.is_sure)
    first = found[0]
    return _Outlook(first.pledge if isinstance(first, Proof) else None, doubts[0] if doubts else None)


async def _proven(situation: Situation, image: str, platforms: Sequence[Platform]) -> Proof | Doubt:
    reference = images.parsed(image)
    if reference is None:
        return Doubt(f"{shown(image)} does not parse", is_sure=True)
    return await proving.proven(proving.case_of(situation), reference, platforms)


def _draft(held: Subject, after: Following, revision: Revision, outlook: _Outlook) -> Draft | Unfit:
    write = _write(held, revision)
    if write is None:
        why = f"revision {revision.number} differs in a way that is not set back safely from here"
        return Unfit(why, commands=_by_hand(held, (revision,)))
    warnings = [f"Revision {revision.number} ran: {revision.ran}."]
    if outlook.doubt is not None:
        warnings.append(f"Whether its images can still be pulled is not proven: {outlook.doubt}.")
    if more := _beside_images(held, revision):
        warnings.append(f"More than the image goes back: {more}.")
    return Draft(
        Risk.MEDIUM,
        (write, *after.writes),
        f"Roll {held.live.key} back to revision {revision.number}",
        (*warnings, *after.warnings),
        outlook.pledge,
        commands=_by_hand(held, (revision,)),
    )


def _write(held: Subject, revision: Revision) -> Write | None:
    """The patch of what differs; None where it would not make the very template."""
    now: Mapping[str, Any] = held.live.body["spec"]["template"]
    patch, back = patching.turned(now, revision.template), patching.turned(revision.template, now)
    if patching.turned(patching.imagined(_nested(now), _nested(patch)), _nested(revision.template)):
        return None
    moved = [path for path, image in held.images().items() if revision.named.get(_name(path)) != image]
    places = [(*held.path, *path) for path in moved]
    said = f"set the template of {held.live.key} to revision {revision.number}"
    return held.patched(_nested(patch), _nested(back), held.depends(places), said)


def _name(path: Sequence[str]) -> str:
    name = path[1].removeprefix("name=")
    return f"volume {name}" if path[0] == "volumes" else name


def _nested(patch: Mapping[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": patch}}


def _beside_images(held: Subject, revision: Revision) -> str:
    """Where the templates differ beside their images."""
    body = held.live.body
    after = {**body, "spec": {**body["spec"], "template": revision.template}}
    found = differences.places(differences.between(held.live.key, body, after))
    told = [
        each.removeprefix("spec.template.") for each in found if not each.endswith((".image", ".reference"))
    ]
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return ", ".join(told[:_MOST_NAMED]) + more


def _by_hand(held: Subject, found: Sequence[Revision]) -> tuple[CommandLine, ...]:
    key = held.live.key
    target = f"{key.kind.lower()}/{key.name}"
    kubectl = ("kubectl", "-n", key.namespace, "rollout")
    look = CommandLine("see its revisions", (*kubectl, "history", target))
    if not found:
        return (look,)
    undo = (*kubectl, "undo", target, f"--to-revision={found[0].number}")
    return (look, CommandLine("go back to one that you know to have run", undo))
