"""What a template may name: the attributes of a document, flattened to plain values.

One diagnosis (or several that share a verdict) in -> a mapping of texts, numbers and lists out, which goes to
a template in this process or, as JSON, to the worker. What may be missing is left out rather than empty:
a template names it under ``if``, and the strict environment catches the one that does not.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.facts.document import Where
from bot.facts.evidence import Answer, Evidence
from bot.facts.playbook import Catalog
from bot.facts.verdict import Diagnosis


# name -> what it says; the README's table is made from this.
ALWAYS = {
    "cluster": "name of the cluster",
    "namespace": "namespace of the pod",
    "pod": "name of the pod (of one of them, where several fail alike)",
    "workload": "the thing a person would edit, `Deployment/web`",
    "workload_kind": "its kind",
    "workload_name": "its name",
    "container": "name of the container",
    "container_kind": "main, init, sidecar, ephemeral or image-volume",
    "image": "the reference as the spec spells it",
    "reason": "the kubelet's reason, `ImagePullBackOff`",
    "title": "the cause's title",
    "confidence": "high, medium or low",
    "severity": "high, medium or low",
    "scope": "workload, namespace, node, registry or cluster",
    "pods": "how many pods fail like this (a number)",
    "workloads": "how many workloads do (a number)",
    "nodes": "list: the nodes concerned (may be empty)",
    "namespaces": "list: the namespaces concerned",
    "possible": "list: titles of the causes that stay possible (may be empty)",
}
# There whenever the image reference parses; only causes of the symptom `invalid-reference` meet one that does not.
PARSED = {
    "registry": "host of the image's registry",
    "repository": "path in the registry",
    "image_name": "registry and repository, without tag and digest",
    "host": "the host that failed; the registry's where the message names none",
}
SOMETIMES = {
    "tag": "the tag the kubelet asks for (absent where a digest is given)",
    "digest": "the digest",
    "node": "the node, where there is exactly one",
    "platform": "what the node runs, `linux/arm64`",
    "volume": "name of the image volume",
    "since": "when it began (a time: use `ago`)",
    "symptom": "what the message said: `symptom.id` and the fields its pattern took out",
    "evidence": "the answers: `evidence.<check_id>.yes`, `.no`, `.unknown`, `.answer` and the details of the check",
}
NAMES = frozenset({**ALWAYS, **PARSED, **SOMETIMES})
LISTS = frozenset({"nodes", "namespaces", "possible"})
SYMPTOM_FIELDS = frozenset(
    {
        "id",
        "host",
        "ip",
        "status",
        "lookup",
        "dns",
        "mirror",
        "proxy",
        "secret",
        "platform",
        "plugin",
        "image",
    }
)
ANSWERS = frozenset({"yes", "no", "unknown", "answer", "why_unknown", "would_answer"})

# containerd and Docker ask this host for docker.io:
# https://github.com/containerd/containerd/blob/main/core/remotes/docker/registry.go (DefaultHost)
_HUB_HOST = "registry-1.docker.io"

Value = str | int | bool | list[str] | dict[str, "Value"]


def of(diagnosis: Diagnosis, where: Where, catalog: Catalog, now: datetime) -> dict[str, Value]:
    """Everything a template about this diagnosis may name."""
    failure = diagnosis.failure
    verdict = diagnosis.verdict
    playbook = catalog.playbooks.get(verdict.cause or "")
    named: dict[str, Value] = {
        "cluster": where.cluster,
        "namespace": failure.pod.namespace,
        "pod": failure.pod.name,
        "workload": str(diagnosis.workload),
        "workload_kind": diagnosis.workload.kind,
        "workload_name": diagnosis.workload.name,
        "container": failure.container,
        "container_kind": str(failure.kind),
        "image": failure.image,
        "reason": failure.reason,
        "title": playbook.cause.title if playbook else "",
        "confidence": str(verdict.confidence),
        "severity": str(playbook.cause.severity) if playbook else "medium",
        "scope": str(where.scope),
        "pods": where.pod_count,
        "workloads": where.workload_count,
        "nodes": list(where.nodes),
        "namespaces": list(where.namespaces),
        "possible": [catalog.title(cause) for cause in verdict.possible],
        "evidence": evidence(verdict.evidence, catalog.checks),
        "symptom": {"id": failure.symptom.id, **failure.symptom.fields},
        "_now": now.isoformat(),
    }
    return named | _absent_left_out(diagnosis, where)


def _absent_left_out(diagnosis: Diagnosis, where: Where) -> dict[str, Value]:
    failure = diagnosis.failure
    reference = failure.reference
    found: dict[str, str | None] = {
        "node": where.nodes[0] if len(where.nodes) == 1 else failure.pod.node if not where.nodes else "",
        "host": host(diagnosis),
        "platform": detail(diagnosis.verdict.evidence, "platform"),
        "volume": failure.volume,
        "since": failure.since.isoformat() if failure.since else "",
    }
    if reference:
        found |= {
            "registry": reference.registry,
            "repository": reference.repository,
            "image_name": reference.name,
            "tag": reference.effective_tag,
            "digest": reference.digest,
        }
    return {name: value for name, value in found.items() if value}


def evidence(answers: Iterable[Evidence], checks: Iterable[str]) -> dict[str, Value]:
    """Every known check by its name in templates; one that was not asked is unknown."""
    found: dict[str, Value] = {snake(check): _answered(Answer.UNKNOWN) for check in checks}
    for each in answers:
        # The answer's own words come last: a detail of the same name cannot change what was answered.
        reasons = {"why_unknown": each.why_unknown, "would_answer": each.would_answer}
        found[snake(each.check)] = {
            **{snake(name): value for name, value in each.details.items() if value},
            **{name: value for name, value in reasons.items() if value},
            **_answered(each.answer),
        }
    return found


def host(diagnosis: Diagnosis) -> str:
    """The host that failed: the one the message names, else the image's registry; "" when nobody can say."""
    fields = diagnosis.failure.symptom.fields
    registry = diagnosis.failure.registry
    return fields.get("lookup") or fields.get("host") or (_HUB_HOST if registry == "docker.io" else registry)


def detail(answers: Iterable[Evidence], name: str) -> str:
    """The first detail of that name in the evidence; "" when there is none."""
    return next((each.details[name] for each in answers if each.details.get(name)), "")


def snake(identifier: str) -> str:
    """A kebab-case id as templates spell it."""
    return identifier.replace("-", "_")


def _answered(answer: Answer) -> dict[str, Value]:
    return {"answer": str(answer), **{str(each): answer is each for each in Answer}}
