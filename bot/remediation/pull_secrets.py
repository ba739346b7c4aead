"""Where the pods of a workload get their pull secrets from, and how that list is changed.

A ServiceAccount's secrets are copied into a pod when it is made, and only into one whose template names none itself:
https://github.com/kubernetes/kubernetes/blob/v1.36.0/plugin/pkg/admission/serviceaccount/admission.go. The narrower place is
chosen where the wider one would change what many others get.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.facts.change import ObjectKey, Style, Verb, Write
from bot.facts.failure import Workload
from bot.facts.objects import Unread
from bot.ports.rehearsing import Live
from bot.remediation import fields, pods
from bot.remediation.drafting import Situation, Unfit


# Where the template stands in those whose template may be changed; a Job's is fixed.
_OF_TEMPLATE: Final = ("spec", "template", "spec")
TEMPLATES: Final = {
    "Deployment": _OF_TEMPLATE,
    "StatefulSet": _OF_TEMPLATE,
    "DaemonSet": _OF_TEMPLATE,
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_FIXED: Final = {"Job": _OF_TEMPLATE, "ReplicaSet": _OF_TEMPLATE, "ReplicationController": _OF_TEMPLATE}
_LIST: Final = "imagePullSecrets"
# As many others may get a secret that they did not ask for, with a word of warning.
_FEW: Final = 2
_SHARED_BY_ACCIDENT: Final = "default"


@dataclass(frozen=True, slots=True)
class Holder:
    """An object that gives pods their pull secrets.

    Attributes:
        path: to its list.
        names: what pods get from it now, in order.
        others: how many other workloads get them from it, too; None where that could not be seen.
        inherited: these names came from the ServiceAccount so far, and would not once the template names its own.
    """

    live: Live
    path: tuple[str, ...]
    names: tuple[str, ...]
    others: int | None = 0
    inherited: bool = False

    @property
    def is_account(self) -> bool:
        """Whether it is a ServiceAccount."""
        return self.live.key.kind == "ServiceAccount"

    def __str__(self) -> str:
        return str(self.live.key) if self.is_account else f"the template of {self.live.key}"


async def holder(situation: Situation) -> Holder | Unfit:
    """What gives the pods of the workload their secrets now: its template where that names some, else the ServiceAccount."""
    template = await _template(situation)
    if isinstance(template, Unfit) or (template is not None and template.names):
        return template
    account = await _account(situation)
    if template is None and isinstance(account, Holder):
        return _known(situation, account)
    return account


async def place(situation: Situation, name: str) -> Holder | Unfit:
    """Where one more secret is best named: where the others are, or in the template where the account is many others', too."""
    now = await holder(situation)
    if isinstance(now, Unfit) or not now.is_account or now.live.key.name != _SHARED_BY_ACCIDENT:
        return now
    if name in now.names or (now.others is not None and now.others <= _FEW):
        return now
    template = await _template(situation)
    if not isinstance(template, Holder) or template.live.key.kind not in TEMPLATES:
        return now
    # What pods of the template got from the account they would not get any more.
    return replace(template, names=now.names, inherited=True)


def changed(held: Holder, names: Sequence[str], said: str) -> Write:
    """The write that gives a holder another list, given that it is still what it was.

    The whole list goes: a strategic merge would replace a ServiceAccount's in silence, too.
    """
    body, whole = held.live.body, [{"name": each} for each in names]
    before = fields.found(body, held.path)
    depends = [fields.pinned(body, held.path, f"the pull secrets of {held}")]
    if not held.is_account:
        newer = f"that nobody changed {held.live.key} since"
        depends.append(fields.pinned(body, ("metadata", "generation"), newer))
    return Write(
        Verb.PATCH,
        held.live.key,
        held.live.uid,
        json.dumps(fields.nested(held.path, whole or None)),
        Style.MERGE,
        json.dumps(fields.nested(held.path, before)),
        tuple(depends),
        said=said,
    )


def diff(held: Holder, names: Sequence[str]) -> str:
    """The change as lines of a diff for the source of a holder."""
    lines = [f" {'  ' * depth}{step}:" for depth, step in enumerate(held.path)]
    margin = "  " * (len(held.path) - 1)
    kept = [each for each in names if each in held.names]
    lines += [f" {margin}- name: {each}" for each in kept]
    lines += [f"-{margin}- name: {each}" for each in held.names if each not in names]
    lines += [f"+{margin}- name: {each}" for each in names if each not in held.names]
    if not held.names:  # the list itself is new
        lines[len(held.path) - 1] = "+" + lines[len(held.path) - 1][1:]
    return "\n".join(lines)


def _known(situation: Situation, account: Holder) -> Holder | Unfit:
    """The account, unless the pod names what it does not give: then a template does that we cannot read."""
    first = situation.diagnosis
    if set(first.failure.pod.pull_secrets) <= set(account.names):
        return account
    return Unfit(
        f"{first.workload} names its own pull secrets, in a template that is of no kind that we know"
    )


async def _template(situation: Situation) -> Holder | Unfit | None:
    """The workload's template, whatever it names; None where it has none that we know."""
    workload = situation.diagnosis.workload
    path = (TEMPLATES | _FIXED).get(workload.kind)
    if path is None:
        return None
    key = ObjectKey(workload.kind, workload.namespace, workload.name)
    live = await situation.rehearse.read(key)
    if not isinstance(live, Live):
        return Unfit(f"{key} is gone") if live is None else pods.unseen(str(key), live)
    found = Holder(live, (*path, _LIST), _names(live, (*path, _LIST)))
    if found.names and workload.kind in _FIXED:
        return Unfit(
            f"the template of {key} names its own pull secrets, and is not changed: make it anew from its source"
        )
    return found


async def _account(situation: Situation) -> Holder | Unfit:
    pod = situation.diagnosis.failure.pod
    key = ObjectKey("ServiceAccount", pod.namespace, pod.service_account)
    live = await situation.rehearse.read(key)
    if not isinstance(live, Live):
        return Unfit(f"{key} is gone") if live is None else pods.unseen(str(key), live)
    return Holder(live, (_LIST,), _names(live, (_LIST,)), await _others(situation))


async def _others(situation: Situation) -> int | None:
    """How many other workloads use the ServiceAccount and do not fail alike; None where that cannot be seen."""
    pod = situation.diagnosis.failure.pod
    found: set[Workload] = set()
    for kind in (*TEMPLATES, *_FIXED):
        owners = await situation.reader.owners(pod.namespace, kind)
        if isinstance(owners, Unread):
            if kind == "ReplicationController":
                continue
            return None
        found.update(
            Workload(kind, each.namespace, each.name)
            for each in owners
            if not each.owners and each.service_account == pod.service_account
        )
    around = await situation.reader.pods(pod.namespace)
    if isinstance(around, Unread):
        return None
    found.update(
        Workload("Pod", each.namespace, each.name)
        for each in around
        if not each.owners and each.service_account == pod.service_account
    )
    first = situation.diagnosis
    alike = {each.workload for each in situation.beside if each.verdict.cause == first.verdict.cause}
    return len(found - alike - {first.workload})


def _names(live: Live, path: Sequence[str]) -> tuple[str, ...]:
    return tuple(each["name"] for each in fields.found(live.body, path) or () if each.get("name"))
