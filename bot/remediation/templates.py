"""The pod template that a person would edit, and where the failing image stands in it: a situation in, a live object out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.facts.change import Dependency, ObjectKey, Verb, Write
from bot.facts.document import CommandLine
from bot.facts.objects import ContainerKind
from bot.facts.text import shown
from bot.ports.rehearsing import Live
from bot.remediation import fields, ownership, patching, pods
from bot.remediation.drafting import Situation, Unfit
from bot.remediation.patching import Path


_TEMPLATE: Final = ("spec", "template", "spec")
# Where the spec of the pods stands in what makes them.
_SPECS: Final[Mapping[str, Path]] = {
    "Deployment": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "ReplicaSet": _TEMPLATE,
    "ReplicationController": _TEMPLATE,
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "Pod": ("spec",),
}
_LISTS: Final = ("initContainers", "containers")
# These replace failing pods by themselves once their template has changed.
_ROLLING: Final = frozenset({"Deployment", "DaemonSet"})
_GENERATION: Final = ("metadata", "generation")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be edited.

    Attributes:
        path: to the spec of its pods.
    """

    live: Live
    path: Path

    @property
    def kind(self) -> str:
        """The object's."""
        return self.live.key.kind

    @property
    def spec(self) -> Mapping[str, Any]:
        """The spec of its pods."""
        found = fields.found(self.live.body, self.path)
        return found if isinstance(found, Mapping) else {}

    def places(self, image: str) -> tuple[Path, ...]:
        """Every place in the object that names exactly this image: containers, and volumes of images."""
        return tuple((*self.path, *place) for place, named in _images(self.spec) if named == image)

    def images(self) -> Mapping[Path, str]:
        """Every place in the spec that names an image, with it."""
        return dict(_images(self.spec))

    def depends(self, places: Sequence[Path]) -> tuple[Dependency, ...]:
        """That nothing was rolled out since, and that these fields are what they are."""
        newer = fields.pinned(self.live.body, _GENERATION, f"that nobody changed {self.live.key} since")
        return (
            newer,
            *(fields.pinned(self.live.body, place, f"the image of {spoken(place)}") for place in places),
        )

    def write(
        self, changes: Sequence[tuple[Path, object]], depends: tuple[Dependency, ...], said: str
    ) -> Write:
        """The patch that gives fields other values, and takes them back likewise."""
        before = [(path, fields.found(self.live.body, path)) for path, _ in changes]
        return self.patched(patching.written(changes), patching.written(before), depends, said)

    def patched(
        self,
        patch: Mapping[str, Any],
        back: Mapping[str, Any],
        depends: tuple[Dependency, ...],
        said: str,
    ) -> Write:
        """The strategic merge patch, with the one that takes it back."""
        key, uid = self.live.key, self.live.uid
        return Write(
            Verb.PATCH,
            key,
            uid,
            json.dumps(patch),
            back=json.dumps(back),
            depends=depends,
            said=said,
        )


@dataclass(frozen=True, slots=True)
class Following:
    """What has to follow a changed template, so that it reaches the failing pods.

    Attributes:
        writes: deletes of the failing pods, where none are replaced by themselves.
        warnings: what an approver must know of it.
    """

    writes: tuple[Write, ...] = ()
    warnings: tuple[str, ...] = ()


async def subject(situation: Situation) -> Subject | Unfit:
    """The object whose template a person would edit, as it is now; for a bare pod the pod itself."""
    workload, pod = situation.diagnosis.workload, situation.diagnosis.failure.pod
    if pod.static or any(each.kind == "Node" for each in pod.owners):
        return Unfit(f"pod {pod.key} is static: its file lies on node {pod.node}, and is changed there")
    if situation.diagnosis.failure.kind is ContainerKind.EPHEMERAL:
        return Unfit(f"a debug container of pod {pod.key} cannot be changed: start another one")
    if workload.kind == "Job":
        return _of_job(workload.namespace, workload.name)
    key: ObjectKey | Unfit = ObjectKey(workload.kind, workload.namespace, workload.name)
    if workload.kind not in _SPECS:
        key = await _topmost(situation)
    return key if isinstance(key, Unfit) else await _read(situation, key)


async def following(situation: Situation, held: Subject) -> Following | Unfit:
    """What makes new pods of a changed template, or why it would not reach them."""
    if held.kind == "Deployment" and fields.found(held.live.body, ("spec", "paused")):
        key = held.live.key
        argv = ("kubectl", "-n", key.namespace, "rollout", "resume", f"deployment/{key.name}")
        return Unfit(
            f"{key} is paused: nothing of it rolls out until somebody resumes it",
            commands=(CommandLine("resume it", argv),),
        )
    if held.kind == "Pod":
        return Following((), ("The pod stays: its image is changed in place, and nothing in it is lost.",))
    if held.kind == "CronJob":
        return Following((), _of_cron(situation, held))
    if (
        held.kind in _ROLLING
        and fields.found(held.live.body, ("spec", "updateStrategy", "type")) != "OnDelete"
    ):
        return Following()
    return await _renewed(situation, held)


def spoken(place: Sequence[str]) -> str:
    """A place of an image in words: ``container web``, ``volume data``."""
    names = {
        "initContainers": "init container",
        "containers": "container",
        "volumes": "volume",
    }
    at = next(
        (number for number, step in enumerate(place) if step in names and number + 1 < len(place)), None
    )
    return (
        f"{names[place[at]]} {shown(place[at + 1].removeprefix('name='))}"
        if at is not None
        else ".".join(place)
    )


async def _read(situation: Situation, key: ObjectKey) -> Subject | Unfit:
    live = await situation.rehearse.read(key)
    if not isinstance(live, Live):
        return Unfit(f"{key} is gone") if live is None else pods.unseen(str(key), live)
    maker = pods.made_by(live.body)
    if key.kind in ("Pod", "ReplicaSet", "ReplicationController") and maker:
        what = f"{maker['kind']} {maker['name']}"
        return Unfit(f"{key} is made by {what}, whose template is of no kind that we know: change it there")
    return Subject(live, _SPECS[key.kind])


async def _topmost(situation: Situation) -> ObjectKey | Unfit:
    """The topmost object of a kind with a template that we know, below the operator's."""
    workload, pod = situation.diagnosis.workload, situation.diagnosis.failure.pod
    found: ObjectKey | None = None
    body: Mapping[str, Any] | None = {
        "metadata": {
            "ownerReferences": [
                {"kind": each.kind, "name": each.name, "controller": each.controller} for each in pod.owners
            ]
        }
    }
    while body is not None:
        maker = pods.made_by(body)
        if maker.get("kind") not in ownership.BUILT_IN:
            break
        found = ObjectKey(maker["kind"], pod.namespace, maker["name"])
        live = await situation.rehearse.read(found)
        body = live.body if isinstance(live, Live) else None
    if found is None or found.kind not in _SPECS:
        return Unfit(f"the pods of {workload} are made by an operator: change what it makes them of")
    return found


def _of_job(namespace: str, name: str) -> Unfit:
    argv = ("kubectl", "-n", namespace, "get", f"job/{name}", "-o", "yaml")
    return Unfit(
        f"the template of Job {namespace}/{name} cannot be changed: delete it and make it anew with the right image",
        commands=(CommandLine("see what it was made of", argv),),
    )


def _of_cron(situation: Situation, held: Subject) -> tuple[str, ...]:
    owner = next((each for each in situation.diagnosis.failure.pod.owners if each.kind == "Job"), None)
    name = f"Job {owner.name}" if owner else "the Job"
    told = [f"What has started keeps its image: {name} goes on failing until it is deleted."]
    if fields.found(held.live.body, ("spec", "concurrencyPolicy")) == "Forbid":
        told.append(f"The next one does not start before {name} is over: concurrencyPolicy is Forbid.")
    return tuple(told)


async def _renewed(situation: Situation, held: Subject) -> Following | Unfit:
    """Deletes of the failing pods: a StatefulSet waits for them, and the others replace none by themselves.

    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
    """
    found = await pods.renewal(situation)
    if isinstance(found, Unfit):
        return found
    if found.rest:
        restart = pods.restart(situation)
        warning = f"{found.rest} pods fail, and none is replaced with it. To {restart.why}: {restart.line}"
        return Following((), (warning,))
    others = f"{held.live.key} replaces no pods by itself: those that run keep what they have."
    stays = (others,) if held.kind != "StatefulSet" else _partitioned(held)
    return Following(found.writes, (*stays, *found.warnings))


def _partitioned(held: Subject) -> tuple[str, ...]:
    """That part of a StatefulSet is held back on purpose, where it is."""
    first = fields.found(held.live.body, ("spec", "updateStrategy", "rollingUpdate", "partition"))
    return (f"Only pods from number {first} on get it: the partition of {held.live.key}.",) if first else ()


def _images(spec: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for name in _LISTS:
        for each in spec.get(name) or ():
            yield (name, f"name={each.get('name', '')}", "image"), str(each.get("image", ""))
    for each in spec.get("volumes") or ():
        reference = fields.found(each, ("image", "reference"))
        if reference:
            yield ("volumes", f"name={each.get('name', '')}", "image", "reference"), str(reference)
