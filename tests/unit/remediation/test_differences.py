"""What a change makes of an object, in lines for people."""

import copy
import json
from typing import Any

from bot.facts.change import ANNOTATION, Copying, Difference, ObjectKey
from bot.remediation import differences


KEY = ObjectKey("Deployment", "shop", "web")
BODY: dict[str, Any] = {
    "metadata": {"name": "web", "generation": 3, "resourceVersion": "7"},
    "spec": {
        "replicas": 2,
        "template": {
            "spec": {
                "containers": [
                    {"name": "web", "image": "web:1", "env": [{"name": "PASSWORD", "value": "hunter2"}]},
                    {"name": "side", "image": "side:1"},
                ]
            }
        },
    },
    "status": {"replicas": 1},
}


def _after() -> dict[str, Any]:
    return copy.deepcopy(BODY)


def test_between_names_a_field_as_people_do() -> None:
    """Entries of a list of named things by their names."""
    after = _after()
    after["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2"
    assert differences.between(KEY, BODY, after) == (
        Difference("Deployment shop/web: spec.template.spec.containers[web].image", "web:1", "web:2"),
    )


def test_between_leaves_out_what_the_server_and_we_note() -> None:
    """Counters, versions, the status and the plan's id are no change."""
    after = _after()
    after["metadata"] |= {"generation": 4, "resourceVersion": "8", "managedFields": [{"manager": "x"}]}
    after["metadata"]["annotations"] = {
        ANNOTATION: "a-plan",
        "deprecated.daemonset.template.generation": "4",
    }
    after["status"] = {}
    assert differences.between(KEY, BODY, after) == ()


def test_between_says_that_a_secretive_value_changes_and_not_what_it_is() -> None:
    """Passwords stand in environments, arguments and annotations; also in a whole entry that comes or goes."""
    after = _after()
    container = after["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "PASSWORD", "value": "secret2"}, {"name": "KEY", "value": "secret3"}]
    container["args"] = ["--key=secret4"]
    after["metadata"]["annotations"] = {"note": "secret5", "kubectl.kubernetes.io/restartedAt": "now"}
    after["spec"]["template"]["spec"]["volumes"] = [
        {"name": "a", "csi": {"volumeAttributes": {"x": "secret6"}}},
        {"name": "a", "csi": {"volumeAttributes": {"x": "secret7"}}},
    ]
    found = differences.between(KEY, BODY, after)
    told = str(found)
    assert "hunter2" not in told
    assert "secret" not in told
    assert [each.where.partition(": ")[2] for each in found] == [
        "metadata.annotations.note",
        "metadata.annotations[kubectl.kubernetes.io/restartedAt]",
        "spec.template.spec.containers[web].env[PASSWORD].value",
        "spec.template.spec.containers[web].env[KEY].name",
        "spec.template.spec.containers[web].env[KEY].value",
        "spec.template.spec.containers[web].args",
        "spec.template.spec.volumes",
    ]
    assert [(each.before, each.after) for each in found][1:3] == [
        ("", "now"),
        (differences.HIDDEN, differences.HIDDEN),
    ]


def test_between_spells_and_cuts_what_strangers_wrote() -> None:
    """Controls become escapes and long text is cut, in names and in values."""
    after = _after()
    after["spec"]["selector"] = {"a\u202eb": "x" * 5000}
    (found,) = differences.between(KEY, BODY, after)
    assert "\u202e" not in found.where
    assert len(found.after) < 400


def test_between_tells_what_comes_what_goes_and_what_changes_its_place() -> None:
    """A missing map is an empty one; an order is a change of its own."""
    after = _after()
    after["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/arch": "arm64"}
    after["spec"]["template"]["spec"]["containers"].reverse()
    del after["spec"]["replicas"]
    assert differences.between(KEY, BODY, after) == (
        Difference("Deployment shop/web: spec.replicas", "2", ""),
        Difference("Deployment shop/web: spec.template.spec.containers", '["web","side"]', '["side","web"]'),
        Difference("Deployment shop/web: spec.template.spec.nodeSelector[kubernetes.io/arch]", "", "arm64"),
    )


def test_what_goes_and_what_is_copied_is_one_line() -> None:
    """Of a copy the registry and where it comes from, and nothing that is in it."""
    copying = Copying(ObjectKey("Secret", "a", "login"), "u", "1", (".dockerconfigjson",), "registry.example")
    key = ObjectKey("Secret", "shop", "login")
    assert differences.copied(key, copying) == Difference(
        "Secret shop/login", "", "registry.example, copied from Secret a/login"
    )
    assert differences.deleted(key) == Difference("Secret shop/login", "is there", "")


def test_as_diff_heads_the_lines_of_each_object() -> None:
    """What was and what is to be, under the field."""
    found = (
        Difference("Deployment shop/web: spec.a", "1", "2"),
        Difference("Deployment shop/web: spec.b", "", "3"),
        Difference("CronJob shop/job: spec.c", "4", ""),
    )
    assert differences.as_diff(found).split("\n") == [
        "--- Deployment shop/web",
        "+++ Deployment shop/web",
        "@@ spec.a @@",
        "-1",
        "+2",
        "@@ spec.b @@",
        "+3",
        "--- CronJob shop/job",
        "+++ CronJob shop/job",
        "@@ spec.c @@",
        "-4",
    ]
    assert differences.places(found) == ("spec.a", "spec.b", "spec.c")


def test_recorded_is_a_patch_without_what_may_be_secret() -> None:
    """What it does can be read; one that holds nothing of the kind stays as it was sent."""
    assert differences.recorded('{"spec":{"paused":true}}') == '{"spec":{"paused":true}}'
    containers = [
        {
            "name": "web",
            "image": "web:1",
            "env": [{"name": "PASSWORD", "value": "secret1"}, {"name": "OLD", "$patch": "delete"}],
            "args": ["--key=secret2"],
            "command": None,
        }
    ]
    notes = {"note": "secret3", "kubectl.kubernetes.io/restartedAt": "now", "gone": None}
    patch = {"metadata": {"annotations": notes}, "spec": {"containers": containers, "replicas": 2}}
    told = differences.recorded(json.dumps(patch))
    assert "secret" not in told
    shown = json.loads(told)
    assert shown["metadata"]["annotations"] == {**notes, "note": differences.HIDDEN}
    container = shown["spec"]["containers"][0]
    assert (container["image"], container["command"]) == ("web:1", None)
    assert container["env"] == [
        {"name": "PASSWORD", "value": differences.HIDDEN},
        {"name": "OLD", "$patch": "delete"},
    ]


def test_what_is_created_is_told_by_what_it_does() -> None:
    """In a line, with nothing hidden in it."""
    found = differences.created(ObjectKey("Job", "a", "b"), "ask \u202enode-a")
    assert (found.where, found.before, found.after) == ("Job a/b", "", r"ask \u202enode-a")
