"""suspend: a CronJob that starts no more Jobs, or a Deployment that rolls out nothing more; what is there stays."""

import json
from typing import Final

from bot.facts.change import ObjectKey, Risk, Style, Verb, Write
from bot.facts.document import CommandLine
from bot.ports.rehearsing import Live
from bot.remediation import fields, ownership, pods
from bot.remediation.drafting import Draft, Situation, Unfit


# kind -> the field that stops it, how that is called, and what it does not do.
_SWITCHES: Final = {
    "CronJob": ("suspend", "Suspend", "A Job that was started goes on; the next ones are not started."),
    "Deployment": ("paused", "Pause the rollout of", "Pods that are there stay, and go on trying to pull."),
}
_SCALED: Final = frozenset({"StatefulSet", "ReplicaSet", "ReplicationController"})


class Suspend:
    """Stops a workload from making more pods that cannot start."""

    id = "suspend"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """One field of a CronJob or Deployment; the commands for others."""
        workload = situation.diagnosis.workload
        if workload.kind not in _SWITCHES:
            return _by_hand(situation)
        key = ObjectKey(workload.kind, workload.namespace, workload.name)
        live = await situation.rehearse.read(key)
        if not isinstance(live, Live):
            return Unfit(f"{key} is gone") if live is None else pods.unseen(str(key), live)
        field, verb, left = _SWITCHES[workload.kind]
        if fields.found(live.body, ("spec", field)):
            return Unfit(f"{key} has {field}: true already")
        owned = await ownership.owner_of(situation)
        if owned is not None and not situation.limits.gitops:
            return ownership.theirs(owned, str(key), f" spec:\n+  {field}: true")
        told = (ownership.warned(owned, str(key)),) if owned is not None else ()
        return Draft(Risk.MEDIUM, (_switch(live, field),), f"{verb} {key}", (left, *told))


def _switch(live: Live, field: str) -> Write:
    path = ("spec", field)
    before = fields.found(live.body, path)
    changed, back = fields.nested(path, True), fields.nested(path, before)
    depends = (fields.pinned(live.body, path, f"whether {live.key} has {field}: true"),)
    said = f"set {field}: true in {live.key}"
    return Write(
        Verb.PATCH,
        live.key,
        live.uid,
        json.dumps(changed),
        Style.MERGE,
        json.dumps(back),
        depends,
        said=said,
    )


def _by_hand(situation: Situation) -> Unfit:
    workload = situation.diagnosis.workload
    commands: tuple[CommandLine, ...] = ()
    if workload.kind in _SCALED:
        target = f"{workload.kind.lower()}/{workload.name}"
        argv = ("kubectl", "-n", workload.namespace, "scale", target, "--replicas=0")
        commands = (CommandLine("stop all of its pods, those that run as well", argv),)
    return Unfit(f"a {workload.kind} cannot be suspended without stopping what runs of it", commands=commands)
