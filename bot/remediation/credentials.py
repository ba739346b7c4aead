"""Which pull secret opens an image: secrets in -> those that the kubelet would use, with what the registry says to them, out.

A credential that the registry refuses is never handed on. One that nobody may try is told as such.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.diagnosis import keyring
from bot.diagnosis.checks import hearing, secrets
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.checks.hearing import MOST_UNATTACHED, Voice
from bot.diagnosis.scene import Scene
from bot.facts.evidence import Answer
from bot.facts.image import ImageReference
from bot.facts.objects import PullSecret, SecretEntry, Unread
from bot.facts.testimony import ANONYMOUS, Identity
from bot.remediation.drafting import Situation


@dataclass(frozen=True, slots=True)
class Trial:
    """An entry of a pull secret that is for an image, and whether it opens it.

    Attributes:
        answer: what the registry says; UNKNOWN where it did not tell.
        why: for UNKNOWN the reason, with the setting that would let it be asked.
    """

    secret: PullSecret
    entry: SecretEntry
    answer: Answer
    why: str = ""


def case_of(situation: Situation) -> Case:
    """The failure as the checks see it."""
    failures = [each.failure for each in (situation.diagnosis, *situation.beside)]
    scene = Scene(situation.reader, situation.registries, failures, situation.now)
    first = situation.diagnosis
    return Case(first.failure, first.workload, scene, situation.prober)


async def loose(situation: Situation) -> tuple[tuple[PullSecret, ...], Unread | None]:
    """The pull secrets of the namespace that the pod does not name, and why there may be more."""
    pod = situation.diagnosis.failure.pod
    listed = await situation.reader.secrets(pod.namespace)
    hidden = listed if isinstance(listed, Unread) else None
    known = await secrets.named_somewhere(case_of(situation)) if isinstance(listed, Unread) else listed
    return tuple(each for each in known if each.name not in pod.pull_secrets), hidden


async def named(situation: Situation) -> dict[str, PullSecret | Unread | None]:
    """The pull secrets that the pod names; None for those that are not there."""
    pod = situation.diagnosis.failure.pod
    return {name: await situation.reader.secret(pod.namespace, name) for name in pod.pull_secrets}


async def best(
    situation: Situation, image: ImageReference, offered: Iterable[PullSecret]
) -> tuple[Trial | None, tuple[Trial, ...]]:
    """The secret to use, and those that were tried and are refused.

    One that is known to open the image, else one that nobody may try. Those that a check named come first.
    """
    fitting = [(each, keyring.match(image, (each,))) for each in _by_preference(situation, offered)]
    refused: list[Trial] = []
    unsure: Trial | None = None
    for secret, matched in [each for each in fitting if each[1]][:MOST_UNATTACHED]:
        trial = await _best_of(situation, image, secret, [each.entry for each in matched])
        if trial.answer is Answer.YES:
            return trial, tuple(refused)
        if trial.answer is Answer.NO:
            refused.append(trial)
        unsure = unsure or (trial if trial.answer is Answer.UNKNOWN else None)
    return unsure, tuple(refused)


async def tried(situation: Situation, image: ImageReference, secret: PullSecret, entry: SecretEntry) -> Trial:
    """What the registry says to one entry."""
    if entry.expires is not None and entry.expires <= situation.now:
        return Trial(secret, entry, Answer.NO)
    who = Identity(secret.namespace, secret.name, entry.key, entry.fingerprint)
    answer, why = await _asked(situation, image, who)
    return Trial(secret, entry, answer, why)


async def open_to_all(situation: Situation, image: ImageReference) -> Answer:
    """Whether the image can be pulled without any credential."""
    answer, _ = await _asked(situation, image, ANONYMOUS)
    return answer


async def _best_of(
    situation: Situation, image: ImageReference, secret: PullSecret, entries: Sequence[SecretEntry]
) -> Trial:
    """The kubelet tries each entry that matches, so one that opens the image is enough."""
    trials: list[Trial] = []
    for entry in entries[:MOST_UNATTACHED]:
        trials.append(await tried(situation, image, secret, entry))
        if trials[-1].answer is Answer.YES:
            return trials[-1]
    return next((each for each in trials if each.answer is Answer.UNKNOWN), trials[0])


async def _asked(situation: Situation, image: ImageReference, who: Identity) -> tuple[Answer, str]:
    voice = Voice(who, await situation.prober.manifest(image, who))
    if voice.is_ok:
        return Answer.YES, ""
    if voice.is_refused:
        return Answer.NO, ""
    silent = hearing.why_silent(voice.heard)
    return Answer.UNKNOWN, f"{silent.why} ({silent.remedy})" if silent.remedy else silent.why


def _by_preference(situation: Situation, offered: Iterable[PullSecret]) -> list[PullSecret]:
    told = [
        found.details.get("secret", "")
        for check in ("unattached-secret-works", "secret-for-registry-exists")
        if (found := situation.diagnosis.verdict.answer(check)) and found.answer is Answer.YES
    ]
    return sorted(offered, key=lambda each: (each.name not in told, each.name))
