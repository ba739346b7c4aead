"""The fence: what the writer may change goes through, everything else does not, and nobody else is its business."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.demo.cluster.policies import Deed
from bot.demo.fence import WITNESS, fence
from bot.demo.rights import READER, WRITER
from bot.facts.statement import Spot
from bot.remediation import witnessing


SHIPPED = Path(__file__).parents[3] / "deploy" / "rbac" / "tier-3-fence.yaml"
CONTAINER = {"name": "web", "image": "web:1", "env": []}
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [CONTAINER]}}
OBJECTS: dict[str, dict[str, Any]] = {
    "deployments": {"metadata": {"name": "web"}, "spec": {"replicas": 1, "template": TEMPLATE}},
    "statefulsets": {"metadata": {"name": "web"}, "spec": {"replicas": 1, "template": TEMPLATE}},
    "daemonsets": {"metadata": {"name": "web"}, "spec": {"template": TEMPLATE}},
    "cronjobs": {
        "metadata": {"name": "web"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": TEMPLATE}}},
    },
    "serviceaccounts": {"metadata": {"name": "default"}},
    "nodes": {"metadata": {"name": "n"}, "spec": {}},
    "pods": {"metadata": {"name": "p"}, "spec": {"containers": [CONTAINER]}},
    "secrets": {"metadata": {"name": "s"}, "type": "kubernetes.io/dockerconfigjson"},
}
PLAN = ("metadata", "annotations", {"imagepull/plan": "p8rw3kfz5n"})
_POD = ("spec", "template", "spec")


def _why(plural: str, *changes: tuple[Any, ...], user: str = WRITER.name) -> str:
    """What the fence says to an object changed in these places."""
    old = OBJECTS[plural]
    new = copy.deepcopy(old)
    for *path, value in changes:
        place: Any = new
        for step in path[:-1]:
            place = place[step] if isinstance(step, int) else place.setdefault(step, {})
        place[path[-1]] = value
    return _said(Deed(user, plural, old, new))


def _said(deed: Deed) -> str:
    return "".join(policy.denial(deed) for policy in fence())


def test_every_policy_that_is_shipped_has_its_like() -> None:
    """Those for what is made and deleted, and for images, are in the one for their resource here."""
    shipped = {each["metadata"]["name"] for each in yaml.safe_load_all(SHIPPED.read_text())}
    plain = {name.removesuffix("-deleted").removesuffix("-kept").removesuffix("-images") for name in shipped}
    assert plain == {policy.name for policy in fence()}


@pytest.mark.parametrize(
    ("plural", "change"),
    [
        ("deployments", (*_POD, "containers", 0, "image", "web:2")),
        ("deployments", (*_POD, "imagePullSecrets", [{"name": "s"}])),
        ("deployments", (*_POD, "nodeSelector", {"kubernetes.io/arch": "amd64"})),
        ("deployments", ("spec", "paused", True)),
        (
            "deployments",
            ("spec", "template", "metadata", "annotations", {"kubectl.kubernetes.io/restartedAt": "now"}),
        ),
        ("statefulsets", (*_POD, "containers", 0, "image", "web:2")),
        ("daemonsets", (*_POD, "containers", 0, "image", "web:2")),
        ("cronjobs", ("spec", "jobTemplate", *_POD, "containers", 0, "image", "web:2")),
        ("cronjobs", ("spec", "suspend", True)),
        ("serviceaccounts", ("imagePullSecrets", [{"name": "s"}])),
        ("nodes", ("spec", "unschedulable", True)),
        ("pods", ("spec", "containers", 0, "image", "web:2")),
    ],
)
def test_what_approved_changes_need_goes_through(plural: str, change: tuple[Any, ...]) -> None:
    """With the plan's id."""
    assert _why(plural, change, PLAN) == ""


@pytest.mark.parametrize(
    ("plural", "change", "why"),
    [
        ("deployments", ("spec", "replicas", 0), "replicas may not change"),
        ("deployments", (*_POD, "hostNetwork", True), "hostNetwork may not change"),
        (
            "deployments",
            (*_POD, "containers", 0, "env", [{"name": "x"}]),
            "of containers only images may change",
        ),
        (
            "deployments",
            (*_POD, "containers", [CONTAINER, CONTAINER]),
            "of containers only images may change",
        ),
        ("deployments", ("metadata", "labels", {"x": "y"}), "labels may not change"),
        ("deployments", ("metadata", "annotations", {"x": "y"}), "other annotations may not change"),
        (
            "deployments",
            ("spec", "template", "metadata", "annotations", {"x": "y"}),
            "of a template's metadata only restartedAt may change",
        ),
        ("statefulsets", ("spec", "paused", True), "paused may not change"),
        ("cronjobs", ("spec", "schedule", "0 0 * * *"), "schedule may not change"),
        ("cronjobs", ("spec", "jobTemplate", "spec", "backoffLimit", 9), "backoffLimit may not change"),
        ("serviceaccounts", ("secrets", [{"name": "s"}]), "secrets may not change"),
        ("nodes", ("spec", "taints", [{}]), "taints may not change"),
        ("pods", ("spec", "nodeName", "n"), "nodeName may not change"),
        ("secrets", ("data", {"x": "eA=="}), "a Secret is never changed"),
    ],
)
def test_everything_else_is_denied(plural: str, change: tuple[Any, ...], why: str) -> None:
    """In words that say what; to the writer, and to nobody else."""
    assert _why(plural, change) == f"imagepull may not: {why}"
    assert _why(plural, change, user=READER.name) == ""


def test_pods_go_only_where_they_come_back() -> None:
    """A bare one does not."""
    bare = OBJECTS["pods"]
    owned = {**bare, "metadata": {"name": "p", "ownerReferences": [{"uid": "u", "controller": True}]}}
    assert _said(Deed(WRITER.name, "pods", owned, None)) == ""
    assert "nothing would make this again" in _said(Deed(WRITER.name, "pods", bare, None))
    assert "nothing would make this again" in _said(Deed(WRITER.name, "secrets", OBJECTS["secrets"], None))


def test_secrets_are_ours_and_for_registries() -> None:
    """By type and label."""
    ours = {**OBJECTS["secrets"], "metadata": {"name": "s", "labels": {"imagepull/copied": "p8rw3kfz5n"}}}
    assert _said(Deed(WRITER.name, "secrets", None, ours)) == ""
    assert "only docker types" in _said(Deed(WRITER.name, "secrets", None, {**ours, "type": "Opaque"}))
    assert "is missing" in _said(Deed(WRITER.name, "secrets", None, OBJECTS["secrets"]))
    assert "nothing else is made" in _said(Deed(WRITER.name, "pods", None, OBJECTS["pods"]))


def test_fence_lets_the_one_job_through_that_asks_a_node() -> None:
    """There where that is done, with that image, and never changed."""
    (policy,) = [each for each in fence() if each.name.endswith("-jobs")]

    def why(change: Any = None, *, user: str = WRITER.name, old: Any = None) -> str:
        job = copy.deepcopy(dict(witnessing.job(WITNESS, Spot("", "node-1", "registry.example", 443))))
        if change is not None:
            change(job)
        return policy.denial(Deed(user, "jobs", old, job))

    assert why() == ""
    assert why(lambda job: job["metadata"].update(namespace="kube-system"))
    assert why(lambda job: job["metadata"].pop("labels"))
    assert why(lambda job: job["spec"]["template"]["spec"]["containers"][0].update(image="evil.example/x"))
    assert why(lambda job: job["spec"]["template"]["spec"].update(volumes=[{"name": "a"}]))
    assert why(lambda job: job["spec"]["template"]["spec"].pop("containers"))
    assert why(lambda job: job["spec"].update(parallelism=9))
    assert why(old={"metadata": {"name": "x"}, "spec": {}})
    assert why(lambda job: job["spec"].clear(), user=READER.name) == ""


def test_a_pod_that_asks_a_node_is_given_no_other_image() -> None:
    """It has the node's network."""
    old = {**OBJECTS["pods"], "metadata": {"name": "p", "labels": {"imagepull/witness": "true"}}}
    new = copy.deepcopy(old)
    new["spec"]["containers"][0]["image"] = "web:2"
    deed = Deed(WRITER.name, "pods", old, new)
    assert "stays as it is" in _said(deed)
