"""One failing workload and all that may be asked about it, out of raw API objects: objects in -> a Situation out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bot.cluster import reduce, shapes
from bot.diagnosis.workloads import workload_of
from bot.facts import image as images
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure, Source, Symptom
from bot.facts.objects import Pod, PullSecret
from bot.facts.verdict import Confidence, Diagnosis, Verdict
from bot.ports.probing import RegistryProber
from bot.remediation.drafting import Limits, Situation
from tests.cases import BOOK, IMAGE, MINUTE
from tests.fakes import objects
from tests.fakes.cluster import NOW, FakeReader
from tests.fakes.registry import FakeProber
from tests.fakes.rehearsing import FakeRehearse


Object = dict[str, Any]
REGISTRY = "registry.example"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet")


def template(*login: str, account: str = "", image: str = IMAGE, **spec: Any) -> Object:
    """A pod template of one container ``app`` that names these pull secrets."""
    told: Object = {"containers": [{"name": "app", "image": image}], **spec}
    if login:
        told["imagePullSecrets"] = [{"name": each} for each in login]
    if account:
        told["serviceAccountName"] = account
    return {"metadata": {"labels": {"app": "web"}}, "spec": told}


def workload(kind: str = "Deployment", name: str = "web", *login: str, **changes: Any) -> Object:
    """A workload with its template; ``metadata`` and ``more`` (of its spec) are merged in, the rest is the template's."""
    meta = {"name": name, "namespace": "shop", "uid": f"uid-{kind}-{name}", "generation": 3}
    meta |= changes.pop("metadata", {})
    more = changes.pop("more", {})
    spec: Object = {"template": template(*login, **changes)}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return {"kind": kind, "metadata": meta, "spec": spec | more}


def owned(kind: str, name: str) -> Object:
    """What an object of a workload's controller says of it."""
    return {
        "ownerReferences": [{"kind": kind, "name": name, "uid": f"uid-{kind}-{name}", "controller": True}]
    }


def failing(name: str = "web-1", kind: str = "ReplicaSet", owner: str = "web-rs", **changes: Any) -> Object:
    """A pod that waits for its image; of no controller where ``kind`` is empty."""
    meta = (owned(kind, owner) if kind else {}) | changes.pop("metadata", {})
    spec = {"containers": [{"name": "app", "image": IMAGE}]} | changes.pop("spec", {})
    return objects.pod(name, state=objects.waiting(), metadata=meta, spec=spec, **changes)


def deployed(*pods: Object, login: Sequence[str] = (), **changes: Any) -> list[Object]:
    """A Deployment ``web`` with its ReplicaSet and failing pods; one unless given."""
    meta = owned("Deployment", "web")
    return [
        workload("Deployment", "web", *login, **changes),
        workload("ReplicaSet", "web-rs", *login, metadata=meta),
        *(pods or (failing(spec=_naming(login)),)),
    ]


def account(name: str = "default", *login: str, **metadata: Any) -> Object:
    """A ServiceAccount that gives these pull secrets."""
    found = objects.named("ServiceAccount", name, metadata={"uid": f"uid-{name}", **metadata})
    return found | {"imagePullSecrets": [{"name": each} for each in login]} if login else found


def evidence(**answers: bool | Mapping[str, str] | None) -> tuple[Evidence, ...]:
    """Answers by check, with ``_`` for ``-``: yes, no, unknown, or yes with these details."""
    return tuple(_answered(name.replace("_", "-"), each) for name, each in answers.items())


def _answered(check: str, answer: bool | Mapping[str, str] | None) -> Evidence:
    if isinstance(answer, Mapping):
        return Evidence(check, Answer.YES, Witness.CLUSTER, answer)
    told = {True: Answer.YES, False: Answer.NO, None: Answer.UNKNOWN}[answer]
    return Evidence(check, told, Witness.CLUSTER)


async def situation(
    *bodies: Object,
    secrets: Sequence[PullSecret] = (),
    told: Iterable[Evidence] = (),
    prober: RegistryProber | None = None,
    limits: Limits | None = None,
    **changes: Any,
) -> Situation:
    """What an action sees of these objects; the first failing pod is the one that is asked about.

    ``symptom`` and ``cause`` are the diagnosis', ``failure`` changes each failure, ``reader`` any of the reader's facts.
    """
    raw = [*bodies, *(_secret(each) for each in secrets)]
    reader = FakeReader(**(_facts(bodies, secrets) | changes.pop("reader", {})))
    verdict = Verdict(changes.pop("cause", "a-cause"), Confidence.HIGH, tuple(told))
    symptom, more = changes.pop("symptom", "no-credentials"), changes.pop("failure", {})
    pods = [_pod(each) for each in bodies if each["kind"] == "Pod"]
    found = [
        Diagnosis(failure, await workload_of(failure.pod, reader), verdict)
        for failure in (_failure(pod, symptom, **more) for pod in pods if _waits(pod))
    ]
    return Situation(
        "prod",
        found[0],
        tuple(found[1:]),
        reader,
        FakeRehearse(raw, changes.pop("refusals", None)),
        prober or FakeProber(),
        BOOK,
        limits or Limits(),
        NOW,
    )


def _naming(login: Sequence[str]) -> Object:
    return {"imagePullSecrets": [{"name": each} for each in login]} if login else {}


def _facts(bodies: Sequence[Object], secrets: Sequence[PullSecret]) -> Object:
    by_kind: dict[str, list[Object]] = {}
    for each in bodies:
        by_kind.setdefault(each["kind"], []).append(each)
    return {
        "pods": [_pod(each) for each in by_kind.get("Pod", ())],
        "owners": [
            reduce.to_owner(kind, msgspec.convert(each, shapes.WorkloadShape))
            for kind in WORKLOADS
            for each in by_kind.get(kind, ())
        ],
        "accounts": [
            reduce.to_service_account(msgspec.convert(each, shapes.ServiceAccountShape))
            for each in by_kind.get("ServiceAccount", ())
        ],
        "nodes": [
            reduce.to_node(msgspec.convert(each, shapes.NodeShape)) for each in by_kind.get("Node", ())
        ],
        "secrets": secrets,
    }


def _pod(body: Object) -> Pod:
    return reduce.to_pod(msgspec.convert(body, shapes.PodShape))


def _waits(pod: Pod) -> bool:
    return any(each.waiting_reason for each in pod.containers)


def _failure(pod: Pod, symptom: str, **changes: Any) -> PullFailure:
    container = next(each for each in pod.containers if each.waiting_reason)
    facts: dict[str, Any] = {
        "container": container.name,
        "kind": container.kind,
        "reason": container.waiting_reason,
        "message": "",
        "source": Source.STATUS,
        "symptom": Symptom(symptom, f"{symptom}/test"),
        "since": NOW - 10 * MINUTE,
        "image": container.image,
        "reference": images.parsed(container.image),
    }
    return PullFailure(pod=pod, **(facts | changes))


def _secret(secret: PullSecret) -> Object:
    meta = {"uid": f"uid-{secret.namespace}-{secret.name}"}
    made = objects.named("Secret", secret.name, secret.namespace, metadata=meta, type=secret.type)
    return made | {"data": {".dockerconfigjson": "e30="}}
