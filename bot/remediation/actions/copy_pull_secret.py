"""copy-pull-secret: one registry's entry of a Secret that the settings list, made a Secret of the namespace that lacks it.

What was taken is bound to the source as it was when it was planned, and nobody but the source's owners approves it. Never is a
Secret written that is there already.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from bot.diagnosis import keyring
from bot.facts.change import Copying, ObjectKey, Risk, Verb, Write
from bot.facts.evidence import Answer
from bot.facts.image import ImageReference
from bot.facts.objects import ContainerKind, PullSecret, SecretEntry, Unread
from bot.facts.text import shown
from bot.ports.rehearsing import Declined, Live
from bot.remediation import credentials, pods, pull_secrets
from bot.remediation.actions.attach_pull_secret import attached, doubt
from bot.remediation.credentials import Trial
from bot.remediation.drafting import Draft, SecretCopy, Situation, Unfit
from bot.remediation.pods import Renewal
from bot.remediation.relisting import Relisting


_LONGEST_NAME: Final = 253  # https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Source:
    """A pull secret that may be copied, and the entry that would be taken."""

    pair: SecretCopy
    trial: Trial


class CopyPullSecret:
    """Makes the pull secret that the namespace lacks."""

    id = "copy-pull-secret"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The copy, named where the pods get their secrets from, and new pods where needed."""
        failure = situation.diagnosis.failure
        if failure.pod.static or failure.kind is ContainerKind.EPHEMERAL:
            return pods.unrenewable(failure) or Unfit("a static pod has no pull secrets")
        if failure.reference is None:
            return Unfit("the image's name cannot be read, and no pull secret will change that")
        source = await _source(situation, failure.reference)
        if isinstance(source, Unfit):
            return source
        live = await _live(situation, source)
        return live if isinstance(live, Unfit) else await _planned(situation, source, live)


async def _planned(situation: Situation, source: _Source, live: Live) -> Draft | Unfit:
    missing = await _missing(situation)
    name = await _name(situation, source, missing)
    if isinstance(name, Unfit):
        return name
    follows = await (_awaited(situation, name) if name in missing else attached(situation, name))
    if isinstance(follows, Unfit):
        return follows
    return _draft(situation, source, _copy(situation, source, live, name), follows)


def _draft(situation: Situation, source: _Source, copy: Write, follows: Relisting | Renewal) -> Draft:
    pair, registry = source.pair, situation.diagnosis.failure.registry
    owners = " or ".join(pair.approvers)
    warnings = (
        f"It is done only with a yes of {owners}, whose login it is, and never with that of who asked alone.",
        f"Who may read Secrets or make pods in {copy.key.namespace} can use this login to {registry} from then on.",
        "A copy does not follow its source: a new password has to be copied again.",
        *doubt(source.trial, registry),
        *follows.warnings,
    )
    headline = f"Copy the entry for {registry} of Secret {pair.namespace}/{pair.name} to {copy.key}"
    return Draft(Risk.HIGH, (copy, *follows.writes), headline, warnings, approvers=pair.approvers)


def _copy(situation: Situation, source: _Source, live: Live, name: str) -> Write:
    entry = source.trial.entry.key
    keys = tuple(sorted(live.body.get("data") or ()))
    copying = Copying(live.key, live.uid, live.version, keys, entry)
    made = ObjectKey("Secret", situation.diagnosis.workload.namespace, name)
    return Write(
        Verb.COPY, made, copying=copying, said=f"make {made} of the entry {shown(entry)} of {live.key}"
    )


async def _source(situation: Situation, image: ImageReference) -> _Source | Unfit:
    """The first listed Secret that opens the image, else one that nobody may try."""
    pairs = _allowed(situation, image)
    if not pairs:
        namespace = situation.diagnosis.workload.namespace
        return Unfit(
            f"the settings list no pull secret that may be copied to {namespace} for {image.registry} (secrets.copies)"
        )
    unsure: _Source | None = None
    why = ""
    for pair in pairs:
        entry = await _entry(situation, pair, image)
        if isinstance(entry, Unfit):
            why = why or entry.why
            continue
        trial = await credentials.tried(situation, image, *entry)
        if trial.answer is Answer.YES:
            return _Source(pair, trial)
        if trial.answer is Answer.NO:
            why = why or f"{image.registry} refuses the credential of {pair.namespace}/{pair.name}"
        elif unsure is None:
            unsure = _Source(pair, trial)
    return unsure or Unfit(why)


def _allowed(situation: Situation, image: ImageReference) -> list[SecretCopy]:
    namespace = situation.diagnosis.workload.namespace
    return [
        each
        for each in situation.limits.copies
        if each.approvers
        and each.namespace != namespace
        and any(fnmatchcase(namespace, pattern) for pattern in each.to)
        and image.registry in each.registries
    ]


async def _entry(
    situation: Situation, pair: SecretCopy, image: ImageReference
) -> tuple[PullSecret, SecretEntry] | Unfit:
    """The entry of a source for this registry and for no other."""
    where = f"{pair.namespace}/{pair.name}"
    secret = await situation.reader.secret(pair.namespace, pair.name)
    if secret is None:
        return Unfit(f"Secret {where} is not there")
    if isinstance(secret, Unread):
        hint = f" ({secret.remedy})" if secret.remedy else ""
        return Unfit(f"Secret {where} cannot be read: {secret.why}{hint}")
    matched = keyring.match(image, (secret,))
    narrow = next((each.entry for each in matched if "*" not in each.entry.key), None)
    if narrow is not None:
        return secret, narrow
    if matched:
        return Unfit(f"the entry of Secret {where} is for more registries than {image.registry}")
    return Unfit(f"Secret {where} has no entry that the kubelet would use for {image.registry}")


async def _live(situation: Situation, source: _Source) -> Live | Unfit:
    key = ObjectKey("Secret", source.pair.namespace, source.pair.name)
    found = await situation.rehearse.read(key)
    if isinstance(found, Live):
        return found
    return Unfit(f"{key} is gone") if found is None else pods.unseen(str(key), found)


async def _missing(situation: Situation) -> Sequence[str]:
    """The pull secrets that the pod names and that are not there."""
    named = await credentials.named(situation)
    return [name for name, secret in named.items() if secret is None]


async def _name(situation: Situation, source: _Source, missing: Sequence[str]) -> str | Unfit:
    """What the copy is called: as the pods name one that is missing, as its source, or with the registry's name behind it."""
    own = source.pair.name
    slug = _NOT_IN_NAMES.sub("-", situation.diagnosis.failure.registry.lower()).strip("-")
    wanted = [own] if own in missing or not missing else [missing[0]]
    wanted.append(f"{own}-{slug}"[:_LONGEST_NAME].rstrip("-."))
    for name in wanted:
        key = ObjectKey("Secret", situation.diagnosis.workload.namespace, name)
        found = await situation.rehearse.read(key)
        if isinstance(found, Declined):
            return pods.unseen(str(key), found)
        if found is None:
            return name
    return Unfit(f"Secrets {' and '.join(wanted)} are there already, and none is written over")


async def _awaited(situation: Situation, name: str) -> Relisting | Renewal | Unfit:
    """What follows where the pods name the copy already: the kubelet looks for it at its next try, and new pods at once."""
    again = "The pods name it already: the kubelet finds it at its next try, in five minutes at most."
    if not situation.diagnosis.failure.pod.owners:
        return Renewal(warnings=(again,))
    held = await pull_secrets.holder(situation)
    if isinstance(held, Unfit):
        return held
    if name not in held.names:
        return await attached(situation, name)
    found = await pods.renewal(situation)
    return Renewal(warnings=(again,)) if isinstance(found, Unfit) or found.rest else found
