"""One failure with its surroundings, as small as a check needs it: facts in -> a Case out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.catalog import registries
from bot.diagnosis.checks import table
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.scene import Scene
from bot.facts import image as images
from bot.facts.evidence import Evidence
from bot.facts.failure import PullFailure, Source, Symptom, Workload
from bot.facts.objects import (
    Container,
    ContainerKind,
    Owner,
    OwnerReference,
    Pod,
    PodEvent,
    PullSecret,
    SecretEntry,
)
from bot.facts.registries import RegistryBook
from bot.ports.probing import RegistryProber
from bot.ports.reading import ClusterReader
from bot.registry.unasked import UnaskedRegistry
from bot.wiring import shipped_playbooks
from tests.fakes.cluster import NOW, FakeReader


IMAGE = "registry.example/shop/web:1.4"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
BEGAN = NOW - 10 * MINUTE
BOOK: RegistryBook = registries.load(shipped_playbooks())


def pod(name: str = "web-1", image: str = IMAGE, *, runs: datetime | None = None, **changes: Any) -> Pod:
    """A pod of one container ``app``: waiting for its image, or running since ``runs``."""
    container = Container(
        "app",
        ContainerKind.MAIN,
        image,
        changes.pop("pull_policy", "IfNotPresent"),
        image_id="sha256:1" if runs else "",
        reported_image=image,
        waiting_reason="" if runs else "ImagePullBackOff",
        running_since=runs,
    )
    facts: dict[str, Any] = {
        "namespace": "shop",
        "uid": f"uid-{name}",
        "phase": "Running" if runs else "Pending",
        "node": "node-a",
        "created": BEGAN,
        "containers": (container,),
    }
    return Pod(name=name, **(facts | changes))


def failure(symptom: str = "manifest-not-found", about: Pod | None = None, **changes: Any) -> PullFailure:
    """The failure of a pod's container; ``fields`` are what the pattern took out of the message."""
    whose = about or pod()
    image = changes.pop("image", whose.containers[0].image)
    facts: dict[str, Any] = {
        "container": "app",
        "kind": ContainerKind.MAIN,
        "reason": "ImagePullBackOff",
        "message": "",
        "source": Source.STATUS,
        "since": BEGAN,
        "last_attempt": NOW - 2 * MINUTE,
    }
    told = Symptom(symptom, f"{symptom}/test", changes.pop("fields", {}))
    return PullFailure(
        pod=whose, image=image, reference=images.parsed(image), symptom=told, **(facts | changes)
    )


def case(
    mine: PullFailure | None = None,
    reader: ClusterReader | None = None,
    others: Sequence[PullFailure] = (),
    *,
    prober: RegistryProber | None = None,
    workload: Workload | None = None,
) -> Case:
    """A failure under examination, with the other failures of the same look."""
    subject = mine or failure()
    known = reader or FakeReader(pods=[subject.pod, *(each.pod for each in others)])
    scene = Scene(known, BOOK, (subject, *others), NOW)
    whose = workload or Workload("Deployment", subject.pod.namespace, "web")
    return Case(subject, whose, scene, prober or UnaskedRegistry())


async def ask(check: str, about: Case) -> Evidence:
    """What a check of the table answers."""
    return await table.checks()[check].ask(about)


async def answer(check: str, about: Case) -> str:
    """The bare answer: ``yes``, ``no`` or ``unknown``."""
    return (await ask(check, about)).answer.value


def pulled(name: str, image: str, node: str, at: datetime, *, container: str = "app") -> PodEvent:
    """The kubelet's word that it pulled."""
    message = f'Successfully pulled image "{image}" in 1s (1s including waiting). Image size: 1 bytes.'
    return PodEvent("shop", name, "Pulled", message, container=container, first=at, last=at, node=node)


def secret(
    name: str = "regcred",
    *keys: str,
    namespace: str = "shop",
    entry: Mapping[str, Any] | None = None,
    **changes: Any,
) -> PullSecret:
    """A pull secret with entries for these registries."""
    entries = tuple(SecretEntry(key, **(entry or {})) for key in keys or ("registry.example",))
    return PullSecret(namespace, name, entries=entries, **changes)


def revision(number: int, image: str, *, ready: int = 0, created: datetime = BEGAN) -> Owner:
    """A ReplicaSet of Deployment ``web``, called ``web-<number>``."""
    return Owner(
        "ReplicaSet",
        "shop",
        f"web-{number}",
        owners=(OwnerReference("Deployment", "web"),),
        images={"app": image},
        revision=str(number),
        ready=ready,
        created=created,
    )


def of_revision(number: int) -> tuple[OwnerReference, ...]:
    """The owners of a pod of that revision."""
    return (OwnerReference("ReplicaSet", f"web-{number}"),)
