"""What plans are made of, held against what a real API server answered to the same: its objects in, its own dry runs out."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.facts.change import ObjectKey
from bot.remediation import differences, fields, patching
from bot.remediation.revisions import Revision
from tests.recorded import RECORDINGS


Object = dict[str, Any]
WRITES: Path = RECORDINGS / "api-server" / "writes"


def answered(name: str) -> Object:
    """The body of a recorded answer."""
    told = json.loads((WRITES / f"{name}.json").read_text(encoding="utf-8"))
    found: Object = json.loads(told["response"]["body"])
    return found


def sent(name: str) -> Any:
    """The body of a recorded request."""
    told = json.loads((WRITES / f"{name}.json").read_text(encoding="utf-8"))
    return json.loads(told["request"]["body"])


@pytest.mark.parametrize(("kind", "name"), [("StatefulSet", "db"), ("DaemonSet", "logship")])
def test_a_patch_of_what_differs_makes_what_the_whole_revision_made(kind: str, name: str) -> None:
    """The server's own rollback replaced the template; ours names the image alone, and comes to the same."""
    live = answered(f"{name}-patch-image")
    made = answered(f"{name}-rollback")
    kept = answered(f"{name}-controllerrevisions")["items"]
    first = min(kept, key=lambda each: each["revision"])
    template = {name: value for name, value in first["data"]["spec"]["template"].items() if name != "$patch"}
    patch = patching.turned(live["spec"]["template"], template)
    image = template["spec"]["containers"][0]["image"]
    container = template["spec"]["containers"][0]["name"]
    assert patch == {"spec": {"containers": [{"name": container, "image": image}]}}
    after = patching.imagined(live, {"spec": {"template": patch}})
    assert after["spec"]["template"] == made["spec"]["template"]
    key = ObjectKey(kind, "shop", name)
    assert [each.where for each in differences.between(key, live, made)] == [
        f"{key}: spec.template.spec.containers[{container}].image"
    ]
    assert Revision("", 1, template).named == {container: image}


def test_a_deployment_goes_back_by_what_differs_from_its_old_replica_set() -> None:
    """Without the hash; the server's dry run of the whole template comes to the same."""
    live = answered("rollout-3-deadline-exceeded")
    sets = answered("rollout-4-replicasets")["items"]
    made = answered("rollout-5-rollback-dryrun")
    wanted = sent("rollout-5-rollback-dryrun")[1]["value"]
    old = next(
        each
        for each in sets
        if each["spec"]["template"]["spec"]["containers"] == wanted["spec"]["containers"]
    )
    template = json.loads(json.dumps(old["spec"]["template"]))
    del template["metadata"]["labels"]["pod-template-hash"]
    patch = {"spec": {"template": patching.turned(live["spec"]["template"], template)}}
    assert patching.imagined(live, patch)["spec"]["template"] == made["spec"]["template"]
    key = ObjectKey("Deployment", "shop", "ro")
    (only,) = differences.between(key, live, made)
    assert only.where.endswith("containers[web].image")


@pytest.mark.parametrize(
    ("exchange", "path"),
    [
        ("pod-patch-image-dryrun", "spec.containers[app].image"),
        ("patch-smp-dryrun", "spec.template.spec.containers[web].image"),
    ],
)
def test_what_a_patch_is_told_to_write_is_what_the_server_made(exchange: str, path: str) -> None:
    """Its answer holds what was sent, where that is told to stand."""
    made, patch = answered(exchange), sent(exchange)
    assert [differences.dotted(place) for place, _ in patching.told(patch)] == [path]
    assert all(fields.found(made, place) == value for place, value in patching.told(patch))
    assert patching.imagined(made, patch)["spec"] == made["spec"]


def test_a_no_op_is_no_difference() -> None:
    """Though the server notes a manager and a time for it."""
    made = answered("patch-smp-noop")
    patch = sent("patch-smp-noop")
    key = ObjectKey("Deployment", "shop", "x")
    assert differences.between(key, made, patching.imagined(made, patch)) == ()
