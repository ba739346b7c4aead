"""Another list of pull secrets for the pods of a workload: a holder and the names in -> writes with what follows out.

A list that changes helps pods that are made afterwards. A rollout makes them where the list stands in a template that rolls out;
elsewhere the failing ones are replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.facts.change import Write
from bot.remediation import ownership, pods, pull_secrets, templates
from bot.remediation.drafting import Situation, Unfit
from bot.remediation.pull_secrets import Holder
from bot.remediation.templates import Subject


@dataclass(frozen=True, slots=True)
class Relisting:
    """The writes that give pods another list.

    Attributes:
        held: where the list stood.
        warnings: whom it concerns, and what is lost.
    """

    held: Holder
    writes: tuple[Write, ...] = ()
    warnings: tuple[str, ...] = ()


async def relisted(situation: Situation, held: Holder, names: Sequence[str], said: str) -> Relisting | Unfit:
    """Another list where the secrets of the workload's pods stand, and new pods where none come by themselves.

    Args:
        situation: the workload.
        held: where the list stands.
        names: all of it from then on; where it is what it was, only new pods are made.
        said: what the change does, in words.
    """
    owned = await ownership.owner_of(situation) or ownership.owner_in(held.live.body)
    if owned is not None and not situation.limits.gitops and tuple(names) != held.names:
        what = str(held.live.key) if held.is_account else str(situation.diagnosis.workload)
        return ownership.theirs(owned, what, pull_secrets.diff(held, names))
    new_pods = await _followed(situation, held)
    if isinstance(new_pods, Unfit):
        return new_pods
    if tuple(names) == held.names and not held.inherited:
        if new_pods.writes:
            return new_pods
        return Unfit(f"{held} names them already, and new pods get them by themselves")
    told = (ownership.warned(owned, str(held.live.key)),) if owned is not None else ()
    writes = (pull_secrets.changed(held, names, said), *new_pods.writes)
    return Relisting(held, writes, (*told, *_concerned(held), *new_pods.warnings))


async def _followed(situation: Situation, held: Holder) -> Relisting | Unfit:
    """New pods for the failing ones, where a change of a holder makes none by itself."""
    if held.is_account:
        return await _replaced(situation, held)
    found = await templates.following(situation, Subject(held.live, held.path[:-1]))
    if isinstance(found, Unfit):
        return found
    if found.writes or found.warnings:
        return Relisting(held, found.writes, found.warnings)
    return Relisting(held, (), (f"All pods of {situation.diagnosis.workload} are replaced, step by step.",))


async def _replaced(situation: Situation, held: Holder) -> Relisting | Unfit:
    found = await pods.renewal(situation)
    if isinstance(found, Unfit):
        return found
    if found.rest:
        restart = pods.restart(situation)
        warning = f"{found.rest} pods fail, and none is replaced with it. To {restart.why}: {restart.line}"
        return Relisting(held, (), (warning,))
    return Relisting(held, found.writes, found.warnings)


def _concerned(held: Holder) -> tuple[str, ...]:
    """Who else gets the new list, or what does not reach the workload any more."""
    if held.inherited:
        return ("From now on the template names its own: its ServiceAccount's do not reach it any more.",)
    if held.others is None:
        return (f"How many other workloads use {held.live.key} cannot be seen; it changes for all of them.",)
    if held.others:
        many = f"{held.others} other workloads use" if held.others > 1 else "1 other workload uses"
        return (f"{many} {held.live.key}, too: it changes for their new pods.",)
    return ()
