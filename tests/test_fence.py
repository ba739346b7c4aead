"""The fence around the writer, put to objects: what approved changes need passes, and no other field may change.

The expressions are evaluated by a CEL library here, and by the API server in a cluster.
"""

import copy
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import celpy
import pytest
import yaml
from kubernetes import client

from bot.facts.change import ANNOTATION
from bot.facts.statement import Spot
from bot.remediation import witnessing
from bot.remediation.witnessing import Site


ROOT = Path(__file__).parents[1]
FENCE = ROOT / "deploy" / "rbac" / "tier-3-fence.yaml"
DOCUMENTS = list(yaml.safe_load_all(FENCE.read_text(encoding="utf-8")))
POLICIES = [each for each in DOCUMENTS if each["kind"] == "ValidatingAdmissionPolicy"]
Object = dict[str, Any]

PARAMETERS: Object = {
    "metadata": {"name": "imagepull-witness", "namespace": "imagepull-witness"},
    "data": {"image": "a.example/imagepull:1"},
}
POD_SPEC: Object = {
    "containers": [{"name": "web", "image": "a.example/web:1", "env": [{"name": "A", "value": "1"}]}],
    "initContainers": [{"name": "first", "image": "a.example/first:1"}],
    "serviceAccountName": "web",
}
TEMPLATE: Object = {"metadata": {"labels": {"app": "web"}}, "spec": POD_SPEC}
META: Object = {"name": "web", "namespace": "shop", "labels": {"app": "web"}, "annotations": {"team": "a"}}
SPECS: Mapping[str, Object] = {
    "deployments": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE},
    "statefulsets": {"replicas": 2, "serviceName": "web", "template": TEMPLATE},
    "daemonsets": {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE},
    "cronjobs": {"schedule": "* * * * *", "jobTemplate": {"spec": {"backoffLimit": 3, "template": TEMPLATE}}},
    "pods": POD_SPEC,
    "nodes": {"taints": [{"key": "a", "effect": "NoSchedule"}]},
}


def _object(plural: str) -> Object:
    if plural == "serviceaccounts":
        return {
            "metadata": copy.deepcopy(META),
            "secrets": [{"name": "x"}],
            "imagePullSecrets": [{"name": "a"}],
        }
    return {"metadata": copy.deepcopy(META), "spec": copy.deepcopy(SPECS[plural])}


def _template(plural: str, item: Object) -> Object:
    spec: Object = item["spec"]
    found: Object = spec["jobTemplate"]["spec"]["template"] if plural == "cronjobs" else spec["template"]
    return found


def _environment() -> celpy.Environment:
    """The library's; it raises the limit of recursion for everybody, which others rely on."""
    limit = sys.getrecursionlimit()
    try:
        return celpy.Environment()
    finally:
        sys.setrecursionlimit(limit)


def _programs(plural: str, operation: str) -> list[tuple[Any, str]]:
    environment = _environment()
    return [
        (environment.program(environment.compile(each["expression"])), each["message"])
        for policy in POLICIES
        for rule in policy["spec"]["matchConstraints"]["resourceRules"]
        if rule["resources"] == [plural] and operation in rule["operations"]
        for each in policy["spec"]["validations"]
    ]


UPDATES = {plural: _programs(plural, "UPDATE") for plural in (*SPECS, "serviceaccounts")}


def _refusals(programs: list[tuple[Any, str]], new: Object | None, old: Object | None) -> list[str]:
    told = {"object": celpy.json_to_cel(new), "oldObject": celpy.json_to_cel(old)}
    told["params"] = celpy.json_to_cel(PARAMETERS)
    return [message for program, message in programs if not _holds(program, told)]


def _holds(program: Any, told: Mapping[str, Any]) -> bool:
    """Whether an expression is true; one that cannot be evaluated refuses, as `failurePolicy: Fail` says."""
    try:
        return bool(program.evaluate(told))
    except celpy.CELEvalError:
        return False


def _changed(plural: str, change: Callable[[Object], object]) -> list[str]:
    old = _object(plural)
    new = copy.deepcopy(old)
    change(new)
    return _refusals(UPDATES[plural], new, old)


def _is_refused(plural: str, change: Callable[[Object], object], about: str) -> bool:
    """Whether any rule refuses it; those that speak of this field are asked first, as each takes its time."""
    old = _object(plural)
    new = copy.deepcopy(old)
    change(new)
    told = {"object": celpy.json_to_cel(new), "oldObject": celpy.json_to_cel(old)}
    programs = sorted(UPDATES[plural], key=lambda each: about not in each[1])
    return any(not _holds(program, told) for program, _ in programs)


def _of_workloads() -> Iterator[tuple[str, str, Callable[[str, Object], object]]]:
    changes: dict[str, Callable[[str, Object], object]] = {
        "an image": lambda p, o: _template(p, o)["spec"]["containers"][0].update(image="a.example/web:2"),
        "an init image": lambda p, o: _template(p, o)["spec"]["initContainers"][0].update(
            image="a.example/f:2"
        ),
        "pull secrets": lambda p, o: _template(p, o)["spec"].update(imagePullSecrets=[{"name": "regcred"}]),
        "node selector": lambda p, o: _template(p, o)["spec"].update(
            nodeSelector={"kubernetes.io/arch": "amd64"}
        ),
        "affinity": lambda p, o: _template(p, o)["spec"].update(affinity={"nodeAffinity": {}}),
        "restartedAt": lambda p, o: _template(p, o)["metadata"].update(
            annotations={"kubectl.kubernetes.io/restartedAt": "now"}
        ),
        "the plan": lambda _, o: o["metadata"]["annotations"].update({"imagepull/plan": "p1"}),
    }
    for plural in ("deployments", "statefulsets", "daemonsets", "cronjobs"):
        for name, change in changes.items():
            yield plural, name, change


def test_the_fence_is_what_its_generator_makes() -> None:
    """Of the client that is installed: a newer one knows newer fields."""
    made = subprocess.run(
        [sys.executable, "deploy/fence.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert FENCE.read_text(encoding="utf-8") == made.stdout, "run: make docs"


def test_every_policy_is_about_the_writer_fails_closed_and_is_bound() -> None:
    """A policy without a binding does nothing, and nobody else is in its way."""
    bound = [each["spec"] for each in DOCUMENTS if each["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert {each["policyName"] for each in bound} == {each["metadata"]["name"] for each in POLICIES}
    assert all(each["validationActions"] == ["Deny"] for each in bound)
    for policy in POLICIES:
        assert policy["spec"]["failurePolicy"] == "Fail"
        (condition,) = policy["spec"]["matchConditions"]
        assert condition["expression"].endswith("'system:serviceaccount:imagepull:imagepull-writer'")


def test_every_kind_that_tier_3_may_write_is_fenced() -> None:
    """A right without a fence is a right to everything in the object."""
    fenced = {
        (plural, operation)
        for policy in POLICIES
        for rule in policy["spec"]["matchConstraints"]["resourceRules"]
        for plural in rule["resources"]
        for operation in rule["operations"]
    }
    means = {"patch": "UPDATE", "create": "CREATE", "delete": "DELETE"}
    for file in ("repair", "copy", "cordon", "witness"):
        objects = yaml.safe_load_all(
            (ROOT / "deploy" / "rbac" / f"tier-3-{file}.yaml").read_text(encoding="utf-8")
        )
        role = next(each for each in objects if each["kind"] in ("Role", "ClusterRole"))
        granted = {
            (name, means[verb])
            for rule in role["rules"]
            for name in rule["resources"]
            for verb in rule["verbs"]
        }
        assert granted <= fenced


@pytest.mark.parametrize(("plural", "name", "change"), list(_of_workloads()))
def test_what_approved_changes_need_passes(
    plural: str, name: str, change: Callable[[str, Object], object]
) -> None:
    """Images, pull secrets, where pods may run, and the marks that a change leaves."""
    assert _changed(plural, lambda item: change(plural, item)) == [], name


@pytest.mark.parametrize(
    ("plural", "change"),
    [
        ("deployments", lambda o: o["spec"].update(paused=True)),
        ("cronjobs", lambda o: o["spec"].update(suspend=True)),
        ("serviceaccounts", lambda o: o.update(imagePullSecrets=[{"name": "a"}, {"name": "b"}])),
        ("nodes", lambda o: o["spec"].update(unschedulable=True)),
        ("pods", lambda o: o["spec"]["containers"][0].update(image="a.example/web:2")),
    ],
)
def test_what_single_kinds_need_passes(plural: str, change: Callable[[Object], object]) -> None:
    """Pausing, suspending, attaching, cordoning, and a bare pod's image."""
    assert _changed(plural, change) == []


_ALLOWED = {"containers", "initContainers", "imagePullSecrets", "nodeSelector", "affinity"}
_POD_FIELDS = sorted(set(client.V1PodSpec.attribute_map.values()) - _ALLOWED)
_CONTAINER_FIELDS = sorted(set(client.V1Container.attribute_map.values()) - {"name", "image"})


@pytest.mark.attack("T3", "fence")
@pytest.mark.parametrize("plural", ["deployments", "statefulsets", "daemonsets", "cronjobs"])
def test_no_other_field_of_a_template_may_change(plural: str) -> None:
    """Every field that the official client knows of a pod and of its containers, one by one."""
    for name in _POD_FIELDS:
        assert _is_refused(
            plural,
            lambda o, n=name: _template(plural, o)["spec"].update({n: "other"}),  # type: ignore[misc]
            f"{name} may not",
        ), name
    for name in _CONTAINER_FIELDS:
        for key in ("containers", "initContainers"):
            assert _is_refused(
                plural,
                lambda o, n=name, k=key: _template(plural, o)["spec"][k][0].update({n: "other"}),  # type: ignore[misc]
                f"of {key}",
            ), name


@pytest.mark.parametrize("plural", ["deployments", "statefulsets", "daemonsets", "cronjobs"])
@pytest.mark.parametrize(
    "change",
    [
        lambda spec: spec["containers"].append({"name": "miner", "image": "evil.example/miner"}),
        lambda spec: spec["containers"].insert(0, {"name": "miner", "image": "evil.example/miner"}),
        lambda spec: spec["containers"][0].update(name="other"),
        lambda spec: spec["initContainers"].append({"name": "miner", "image": "evil.example/miner"}),
        lambda spec: spec.pop("initContainers"),
        lambda spec: spec.pop("serviceAccountName"),
        lambda spec: spec["containers"][0]["env"].append({"name": "B", "value": "2"}),
    ],
)
def test_no_container_comes_or_goes(plural: str, change: Callable[[Object], object]) -> None:
    """A strategic merge with an unknown name would add one in front."""
    assert _changed(plural, lambda o: change(_template(plural, o)["spec"]))


@pytest.mark.parametrize("plural", [*SPECS, "serviceaccounts"])
@pytest.mark.parametrize(
    "change",
    [
        lambda o: o["metadata"].update(labels={"app": "other"}),
        lambda o: o["metadata"].update(finalizers=["x/y"]),
        lambda o: o["metadata"].update(ownerReferences=[]),
        lambda o: o["metadata"]["annotations"].update(team="b"),
        lambda o: o["metadata"]["annotations"].pop("team"),
        lambda o: o["metadata"].pop("annotations"),
    ],
)
def test_no_other_mark_of_an_object_may_change(plural: str, change: Callable[[Object], object]) -> None:
    """Labels choose what a Service and a NetworkPolicy mean; annotations steer controllers."""
    assert _changed(plural, change)


@pytest.mark.parametrize(
    ("plural", "field"),
    [
        ("deployments", "replicas"),
        ("statefulsets", "replicas"),
        ("daemonsets", "selector"),
        ("cronjobs", "schedule"),
        ("nodes", "taints"),
        ("pods", "serviceAccountName"),
    ],
)
def test_no_other_field_of_a_kind_may_change(plural: str, field: str) -> None:
    """One of each kind; every other one stands beside it in the file."""
    assert _changed(plural, lambda o: o["spec"].update({field: "other"}))
    assert _changed(plural, lambda o: o["spec"].pop(field))


def test_a_pod_is_deleted_only_where_something_makes_it_again() -> None:
    """A bare pod would be gone for good."""
    programs = _programs("pods", "DELETE")
    owned = {"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "controller": True}]}}
    assert _refusals(programs, None, owned) == []
    assert _refusals(programs, None, {"metadata": {}})
    assert _refusals(programs, None, {"metadata": {"ownerReferences": [{"kind": "ConfigMap"}]}})


@pytest.mark.attack("T3", "Secrets only with our label")
def test_a_secret_is_made_of_a_docker_type_with_our_label_and_never_touched_again() -> None:
    """Nobody gets at a Secret of another kind by way of the bot."""
    programs = _programs("secrets", "CREATE")
    ours: Object = {
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"labels": {"imagepull/copied": "p1"}},
    }
    assert _refusals(programs, ours, None) == []
    assert _refusals(programs, ours | {"type": "kubernetes.io/service-account-token"}, None)
    assert _refusals(programs, ours | {"metadata": {}}, None)
    for operation in ("UPDATE", "DELETE"):
        assert _refusals(_programs("secrets", operation), ours, ours)


SITE = Site("imagepull-witness", "a.example/imagepull:1")
SPOT = Spot("prod", "node-a", "registry.corp.example", 443)
JOBS = _programs("jobs", "CREATE")


def _job(site: Site = SITE, spot: Spot = SPOT) -> Object:
    """The Job as the writer sends it, with what an API server has filled in by the time policies are asked."""
    made: Object = copy.deepcopy(witnessing.job(site, spot))  # type: ignore[assignment]  # a mapping that may be changed
    made["metadata"] |= {"annotations": {ANNOTATION: "p1"}, "uid": "u", "generation": 1}
    made["metadata"] |= {"creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [{}]}
    uid = {"batch.kubernetes.io/controller-uid": "u"}
    filled = {"completionMode": "NonIndexed", "suspend": False, "selector": {"matchLabels": uid}}
    made["spec"] |= {**filled, "podReplacementPolicy": "TerminatingOrFailed"}
    template = made["spec"]["template"]
    names = {"batch.kubernetes.io/job-name": "x", "job-name": "x", "controller-uid": "u", **uid}
    template["metadata"]["labels"] = {**template["metadata"]["labels"], **names}
    template["spec"]["schedulerName"] = "default-scheduler"
    (container,) = template["spec"]["containers"]
    container |= {
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    return made


@pytest.mark.parametrize(
    "spot",
    [SPOT, Spot("prod", "node-a", "10.0.0.7", 5000), Spot("prod", "node-a", "2001:db8::7", 443)],
)
def test_a_witness_passes_as_it_is_sent(spot: Spot) -> None:
    """With whatever the server adds."""
    assert _refusals(JOBS, _job(spot=spot), None) == []


def _pod_of(job: Object) -> Object:
    found: Object = job["spec"]["template"]["spec"]
    return found


def _only(job: Object) -> Object:
    found: Object = _pod_of(job)["containers"][0]
    return found


_WRONGS: Mapping[str, Callable[[Object], object]] = {
    "another namespace": lambda o: o["metadata"].update(namespace="kube-system"),
    "no label": lambda o: o["metadata"].pop("labels"),
    "a name that is made up": lambda o: o["metadata"].update(generateName="x"),
    "an owner": lambda o: o["metadata"].update(ownerReferences=[]),
    "a finalizer": lambda o: o["metadata"].update(finalizers=["x/y"]),
    "another image": lambda o: _only(o).update(image="evil.example/miner"),
    "an image that is pulled": lambda o: _only(o).update(imagePullPolicy="Always"),
    "another program": lambda o: _only(o).update(command=["sh", "-c", "id"]),
    "another module": lambda o: _only(o)["command"].__setitem__(3, "http.server"),
    "a flag as host": lambda o: _only(o)["command"].__setitem__(4, "-c"),
    "a word more": lambda o: _only(o)["command"].append("x"),
    "a word less": lambda o: _only(o)["command"].pop(),
    "no word at all": lambda o: _only(o).pop("command"),
    "a second container": lambda o: _pod_of(o)["containers"].append({"name": "b", "image": "x"}),
    "no container": lambda o: _pod_of(o).update(containers=[]),
    "privileged": lambda o: _only(o)["securityContext"].update(privileged=True),
    "root": lambda o: _pod_of(o)["securityContext"].update(runAsNonRoot=False),
    "root's number": lambda o: _only(o)["securityContext"].update(runAsUser=0),
    "a capability": lambda o: _only(o)["securityContext"]["capabilities"].update(add=["NET_ADMIN"]),
    "capabilities kept": lambda o: _only(o)["securityContext"].pop("capabilities"),
    "escalation": lambda o: _only(o)["securityContext"].update(allowPrivilegeEscalation=True),
    "a root that is written": lambda o: _only(o)["securityContext"].update(readOnlyRootFilesystem=False),
    "no filter": lambda o: _pod_of(o)["securityContext"].update(seccompProfile={"type": "Unconfined"}),
    "no security": lambda o: _pod_of(o).pop("securityContext"),
    "sysctls": lambda o: _pod_of(o)["securityContext"].update(sysctls=[{"name": "a", "value": "b"}]),
    "a token": lambda o: _pod_of(o).update(automountServiceAccountToken=True),
    "a token by default": lambda o: _pod_of(o).pop("automountServiceAccountToken"),
    "the pods' network": lambda o: _pod_of(o).pop("hostNetwork"),
    "the pods' names": lambda o: _pod_of(o).update(dnsPolicy="ClusterFirst"),
    "again and again": lambda o: _pod_of(o).update(restartPolicy="OnFailure"),
    "more tries": lambda o: o["spec"].update(backoffLimit=6),
    "many at once": lambda o: o["spec"].update(parallelism=50, completions=50),
    "for hours": lambda o: o["spec"].update(activeDeadlineSeconds=3600),
    "without end": lambda o: o["spec"].pop("activeDeadlineSeconds"),
    "for good": lambda o: o["spec"].pop("ttlSecondsAfterFinished"),
    "a mark that steers": lambda o: o["spec"]["template"]["metadata"].update(
        annotations={"x/inject": "true"}
    ),
    "a label that is chosen by": lambda o: o["spec"]["template"]["metadata"]["labels"].update(app="web"),
    "no bound": lambda o: _only(o)["resources"].pop("limits"),
    "all the node's memory": lambda o: _only(o)["resources"]["limits"].update(memory="1Ti"),
    "a device of the node": lambda o: _only(o)["resources"]["limits"].update({"a.example/fuse": "1"}),
    "a device asked for": lambda o: _only(o)["resources"]["requests"].update({"a.example/fuse": "1"}),
    "a claim": lambda o: _only(o)["resources"].update(claims=[{"name": "gpu"}]),
    "a file hidden behind its message": lambda o: _only(o).update(
        terminationMessagePath="/etc/ssl/certs/ca-certificates.crt"
    ),
    "a pod that stays": lambda o: o["spec"]["template"]["metadata"].update(finalizers=["x/y"]),
    "a pod of somebody's": lambda o: o["spec"]["template"]["metadata"].update(ownerReferences=[{}]),
    "for later": lambda o: o["spec"].update(suspend=True),
    "root's user": lambda o: _pod_of(o)["securityContext"].update(runAsUser=0),
    "root's group": lambda o: _pod_of(o)["securityContext"].update(runAsGroup=0),
}


@pytest.mark.attack("T4", "another Job")
@pytest.mark.parametrize("name", _WRONGS)
def test_no_other_job_is_made(name: str) -> None:
    """Whoever holds the writer's token gets no pod on a node but the witness."""
    made = _job()
    _WRONGS[name](made)
    assert _refusals(JOBS, made, None)


def test_no_other_field_of_a_witness_is_set() -> None:
    """Every field that the official client knows of a Job, of a pod, of a container and of their security."""
    pod: Object = _pod_of(_job())
    parts: list[tuple[Any, Callable[[Object], Object], set[str]]] = [
        (client.V1PodSpec, _pod_of, {*pod, "schedulerName"}),
        (client.V1Container, _only, {*_only(_job())}),
        (client.V1JobSpec, lambda o: o["spec"], {*_job()["spec"]}),
        (
            client.V1SecurityContext,
            lambda o: _only(o)["securityContext"],
            {*_only(_job())["securityContext"]},
        ),
        (
            client.V1PodSecurityContext,
            lambda o: _pod_of(o)["securityContext"],
            {*pod["securityContext"]},
        ),
    ]
    environment = [each for each in JOBS if "nothing else" in each[1]]
    for model, part, there in parts:
        for name in sorted(set(model.attribute_map.values()) - there):
            made = _job()
            part(made)[name] = "other"
            assert _refusals(environment, made, None), name


def test_no_image_counts_where_none_is_named() -> None:
    """The ConfigMap without its key refuses everything."""
    program = next(each for each, why in JOBS if "the one that the ConfigMap names" in why)
    told = {"object": celpy.json_to_cel(_job()), "params": celpy.json_to_cel({**PARAMETERS, "data": {}})}
    assert not _holds(program, told)


def test_a_witness_is_taken_away_and_no_other_job() -> None:
    """And none is ever changed."""
    programs = _programs("jobs", "DELETE")
    assert _refusals(programs, None, _job()) == []
    for name in ("another namespace", "no label"):
        made = _job()
        _WRONGS[name](made)
        assert _refusals(programs, None, made)
    assert _refusals(_programs("jobs", "UPDATE"), _job(), _job())


def test_a_pod_that_asks_a_node_is_given_no_other_image() -> None:
    """Where the writer may mend pods in that namespace too, this one has the node's network."""
    old = _object("pods")
    old["metadata"]["labels"] = {"imagepull/witness": "true"}
    new = copy.deepcopy(old)
    new["spec"]["containers"][0]["image"] = "evil.example/miner:1"
    assert _refusals(UPDATES["pods"], new, old)


def test_an_image_needs_its_parameters_and_nobody_elses_jobs_do() -> None:
    """Where the ConfigMap is not there no witness passes; an API server then refuses whatever is matched, before it asks who it is."""
    of_jobs = [each for each in DOCUMENTS if "writer-jobs" in each["metadata"]["name"]]
    given = {
        each["metadata"]["name"]: each["spec"]["paramRef"]
        for each in DOCUMENTS
        if each["kind"].endswith("Binding") and "paramRef" in each["spec"]
    }
    assert given == {
        "imagepull-writer-jobs-images": {
            "name": "imagepull-witness",
            "namespace": "imagepull-witness",
            "parameterNotFoundAction": "Deny",
        }
    }
    (reading,) = [each for each in POLICIES if "paramKind" in each["spec"]]
    assert reading["metadata"]["name"] in given
    place = {"kubernetes.io/metadata.name": "imagepull-witness"}
    assert reading["spec"]["matchConstraints"]["namespaceSelector"] == {"matchLabels": place}
    beside = [each for each in of_jobs if each["metadata"]["name"] not in given]
    assert beside
    assert "params" not in str(beside)
