"""The revisions of a workload, and which of them ran: a workload in, its earlier templates with what shows that they ran out.

A Deployment keeps them in its ReplicaSets, the others in ControllerRevisions, as ``kubectl rollout undo`` reads them:
https://github.com/kubernetes/kubectl/blob/v0.36.0/pkg/polymorphichelpers/rollback.go. That a revision came before the failing one
does not show that it ever ran.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.facts import image as images
from bot.facts.text import shown
from bot.ports.rehearsing import Declined, Live
from bot.remediation import fields, patching, pods
from bot.remediation.drafting import Situation, Unfit
from bot.remediation.running import Ran
from bot.remediation.templates import Subject


# Set by the Deployment controller; a template that keeps it would make a ReplicaSet of its own.
_HASH: Final = "pod-template-hash"
_NUMBER: Final = ("metadata", "annotations", "deployment.kubernetes.io/revision")
# On pods: the whole name of the revision for a StatefulSet, only its hash for a DaemonSet.
_OF_POD: Final = ("metadata", "labels", "controller-revision-hash")
_OF_REVISION: Final = ("metadata", "labels", "controller.kubernetes.io/hash")
# How many revisions are looked at; workloads keep ten unless told otherwise.
_MOST: Final = 10
_LISTS: Final = ("initContainers", "containers")


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier template of a workload.

    Attributes:
        name: of the object that keeps it.
        template: as the workload would have it again.
        ran: what shows that it ran, in words; "" where nothing does.
    """

    name: str
    number: int
    template: Mapping[str, Any]
    ran: str = ""

    def image(self, container: str) -> str:
        """The image of one of its containers; "" where it has none of that name."""
        return self.named.get(container, "")

    @property
    def named(self) -> Mapping[str, str]:
        """Its containers and volumes, with their images."""
        spec = self.template.get("spec") or {}
        told = {each["name"]: str(each.get("image", "")) for name in _LISTS for each in spec.get(name) or ()}
        volumes = {
            f"volume {each['name']}": str(fields.found(each, ("image", "reference")) or "")
            for each in spec.get("volumes") or ()
        }
        return told | {name: image for name, image in volumes.items() if image}


async def earlier(situation: Situation, held: Subject, ran: Ran) -> tuple[Revision, ...] | Unfit:
    """The revisions before the one in charge whose template is another one, the newest first."""
    of_deployment = held.kind == "Deployment"
    kind = "ReplicaSet" if of_deployment else "ControllerRevision"
    kept = await situation.rehearse.owned(kind, held.live.key.namespace, held.live.uid)
    if isinstance(kept, Declined):
        return pods.unseen(f"the revisions of {held.live.key}", kept)
    found = [_of_set(each) if of_deployment else _of_revision(held, each) for each in kept]
    pairs = sorted(zip(found, kept, strict=True), key=lambda pair: pair[0].number, reverse=True)
    now = held.live.body["spec"]["template"]
    others = [(each, live) for each, live in pairs if patching.turned(now, each.template)][:_MOST]
    shows = _ReplicaSets(situation) if of_deployment else _Controlled(situation, held)
    return tuple([await _told(shows, each, live, ran) for each, live in others])


async def _told(shows: "_ReplicaSets | _Controlled", revision: Revision, live: Live, ran: Ran) -> Revision:
    said = await shows.ran(revision, live) or _held(revision, ran)
    return Revision(revision.name, revision.number, revision.template, said)


class _ReplicaSets:
    """What shows that a ReplicaSet's pods ran."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation

    async def ran(self, revision: Revision, live: Live) -> str:
        """In words; "" where nothing does."""
        ready = fields.found(live.body, ("status", "readyReplicas"))
        if ready:
            return "1 pod of it serves now" if ready == 1 else f"{ready} pods of it serve now"
        if not fields.found(live.body, ("status", "replicas")):
            return ""
        key = live.key
        found = await self._situation.rehearse.owned("Pod", key.namespace, live.uid)
        return "" if isinstance(found, Declined) else _running(revision, found)


class _Controlled:
    """What shows that the pods of a StatefulSet's or DaemonSet's revision ran."""

    def __init__(self, situation: Situation, held: Subject) -> None:
        self._situation, self._held = situation, held
        self._pods: tuple[Live, ...] | None = None

    async def ran(self, revision: Revision, live: Live) -> str:
        """In words; "" where nothing does."""
        if self._pods is None:
            key = self._held.live.key
            found = await self._situation.rehearse.owned("Pod", key.namespace, self._held.live.uid)
            self._pods = () if isinstance(found, Declined) else found
        marks = {revision.name, fields.found(live.body, _OF_REVISION)}
        mine = [each for each in self._pods if fields.found(each.body, _OF_POD) in marks]
        return _running(revision, mine) or self._completed(revision)

    def _completed(self, revision: Revision) -> str:
        """A StatefulSet's current revision is the last one that it rolled out to its end, unless it is its very first.

        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/#StatefulSetStatus
        """
        current = fields.found(self._held.live.body, ("status", "currentRevision"))
        if current != revision.name or revision.number <= 1:
            return ""
        return "it was rolled out to its end"


def _running(revision: Revision, found: Sequence[Live]) -> str:
    for each in found:
        conditions = fields.found(each.body, ("status", "conditions")) or ()
        if any(told.get("type") == "Ready" and told.get("status") == "True" for told in conditions):
            return f"pod {shown(each.key.name)} of it serves now"
        statuses = fields.found(each.body, ("status", "containerStatuses")) or ()
        if statuses and all({"running"} & {*(told.get("state") or {})} for told in statuses):
            return f"pod {shown(each.key.name)} of revision {revision.number} runs"
    return ""


def _held(revision: Revision, ran: Ran) -> str:
    """All its images ran in the namespace, or are still held by nodes: so they were pulled once."""
    found = [images.parsed(each) for each in revision.named.values()]
    if found and all(each is not None and each.canonical in ran.held for each in found):
        return "its images ran here, or are still held by nodes"
    return ""


def _of_set(live: Live) -> Revision:
    template = copy.deepcopy(dict(live.body["spec"]["template"]))
    labels = (template.get("metadata") or {}).get("labels") or {}
    labels.pop(_HASH, None)
    number = str(fields.found(live.body, _NUMBER) or "0")
    return Revision(live.key.name, int(number) if number.isdecimal() else 0, _plain(template))


def _of_revision(held: Subject, live: Live) -> Revision:
    template = fields.found(live.body, ("data", "spec", "template")) or {}
    told = {name: value for name, value in template.items() if name != "$patch"}
    number = live.body.get("revision")
    return Revision(live.key.name, number if isinstance(number, int) else 0, _plain(told) or _now(held))


def _now(held: Subject) -> Mapping[str, Any]:
    """What a revision that tells nothing leaves as it is."""
    template: Mapping[str, Any] = held.live.body["spec"]["template"]
    return template


def _plain(template: Mapping[str, Any]) -> dict[str, Any]:
    """Without the empty time that templates carry, which says nothing."""
    told = dict(copy.deepcopy(template))
    meta = told.get("metadata")
    if isinstance(meta, dict) and meta.get("creationTimestamp", "") is None:
        told["metadata"] = {name: value for name, value in meta.items() if name != "creationTimestamp"}
    return told
