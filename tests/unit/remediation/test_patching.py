"""Patches put together, taken apart and imagined."""

import copy
from typing import Any

import pytest

from bot.demo.cluster import patches
from bot.facts.change import Style
from bot.remediation import fields, patching


Object = dict[str, Any]
SPEC = ("spec", "template", "spec")
TEMPLATE: Object = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {
        "initContainers": [{"name": "first", "image": "a:1"}, {"name": "second", "image": "b:1"}],
        "containers": [
            {
                "name": "web",
                "image": "web:1",
                "env": [{"name": "MODE", "value": "on"}, {"name": "KEY", "value": "x"}],
                "ports": [{"containerPort": 80}],
                "volumeMounts": [
                    {"name": "data", "mountPath": "/a"},
                    {"name": "data", "mountPath": "/b"},
                ],
                "args": ["--serve"],
            },
            {"name": "side", "image": "side:1"},
        ],
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "nodeSelector": {"disk": "ssd"},
        "volumes": [{"name": "data", "emptyDir": {}}],
    },
}


def test_written_gives_named_entries_their_fields_in_one_list() -> None:
    """Two containers of one list, and a map beside them."""
    found = patching.written(
        [
            ((*SPEC, "containers", "name=web", "image"), "web:2"),
            ((*SPEC, "containers", "name=side", "image"), "side:2"),
            ((*SPEC, "volumes", "name=data", "image", "reference"), "data:2"),
            ((*SPEC, "nodeSelector", "kubernetes.io/arch"), "arm64"),
            (("spec", "paused"), None),
        ]
    )
    assert found == {
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {"name": "web", "image": "web:2"},
                        {"name": "side", "image": "side:2"},
                    ],
                    "volumes": [{"name": "data", "image": {"reference": "data:2"}}],
                    "nodeSelector": {"kubernetes.io/arch": "arm64"},
                }
            },
            "paused": None,
        }
    }


def test_told_names_every_field_where_it_is_found_afterwards() -> None:
    """Each path leads to its value in the object that the patch makes."""
    changes = [
        ((*SPEC, "containers", "name=web", "image"), "web:2"),
        ((*SPEC, "nodeSelector", "kubernetes.io/arch"), "arm64"),
        ((*SPEC, "nodeSelector", "disk"), None),
    ]
    patch = patching.written(changes)
    assert list(patching.told(patch)) == changes
    body = patching.imagined({"spec": {"template": TEMPLATE}}, patch)
    assert all(fields.found(body, path) == value for path, value in changes)


def test_told_takes_a_replaced_list_whole() -> None:
    """Where it is replaced, where it is not merged by name, and in a merge patch."""
    replaced = {"spec": {"volumes": [{"name": "a"}, {"$patch": "replace"}]}}
    assert list(patching.told(replaced)) == [(("spec", "volumes"), [{"name": "a"}])]
    account = {"imagePullSecrets": [{"name": "a"}]}
    assert list(patching.told(account)) == [(("imagePullSecrets",), [{"name": "a"}])]
    merged = {"spec": {"containers": [{"name": "a", "image": "b"}]}}
    assert list(patching.told(merged, Style.MERGE)) == [
        (("spec", "containers"), [{"name": "a", "image": "b"}])
    ]


def test_told_says_what_a_patch_takes_out_or_puts_in_by_name_alone() -> None:
    """An entry that goes must be absent; one that only has a name must be there."""
    patch = {
        "spec": {"imagePullSecrets": [{"name": "old", "$patch": "delete"}, {"name": "new"}]},
    }
    assert list(patching.told(patch)) == [
        (("spec", "imagePullSecrets", "name=old"), None),
        (("spec", "imagePullSecrets", "name=new", "name"), "new"),
    ]


def _changed(**changes: Any) -> Object:
    then = copy.deepcopy(TEMPLATE)
    for path, value in changes.items():
        here: Any = then
        *steps, last = path.split("__")
        for step in steps:
            here = here[int(step)] if step.isdigit() else here[step]
        if value is None:
            del here[int(last) if last.isdigit() else last]
        else:
            here[int(last) if last.isdigit() else last] = value
    return then


@pytest.mark.parametrize(
    "then",
    [
        _changed(spec__containers__0__image="web:0"),
        _changed(spec__containers__0__env__1__value="y", spec__containers__1__image="side:0"),
        _changed(spec__containers__1=None),
        _changed(spec__containers__0__env__0=None),
        _changed(spec__containers__0__ports=[{"containerPort": 81}]),
        _changed(spec__containers__0__args=["--old", "--serve"]),
        _changed(spec__containers__0__volumeMounts__1=None),
        _changed(spec__tolerations=None, spec__nodeSelector=None),
        _changed(spec__tolerations=[{"key": "b"}]),
        _changed(spec__initContainers=list(reversed(TEMPLATE["spec"]["initContainers"]))),
        _changed(spec__volumes=[{"name": "data", "configMap": {"name": "c"}}, {"name": "more"}]),
        _changed(spec__volumes=[{"name": "data", "configMap": {"name": "c"}}]),
        _changed(spec__hostNetwork=True, metadata__labels={"app": "web", "tier": "front"}),
        _changed(metadata__labels={}),
        _changed(spec__initContainers=None),
    ],
)
def test_turned_makes_one_template_into_another_and_back(then: Object) -> None:
    """As the simulated API server merges, and as is imagined here."""
    for now, wanted in ((TEMPLATE, then), (then, TEMPLATE)):
        patch = {"spec": {"template": patching.turned(now, wanted)}}
        body = {"spec": {"template": now}}
        assert patches.strategic("Deployment", body, patch) == patching.imagined(body, patch)
        assert patching.imagined(body, patch)["spec"]["template"] == wanted


def test_turned_holds_only_what_differs() -> None:
    """A value that stays is not sent, nor stored with the plan."""
    patch = patching.turned(TEMPLATE, _changed(spec__containers__0__image="web:0"))
    assert patch == {"spec": {"containers": [{"image": "web:0", "name": "web"}]}}


def test_imagined_replaces_an_accounts_own_list_and_what_a_directive_says() -> None:
    """A ServiceAccount's list does not merge; a template with a directive is another one from then on."""
    account = {"imagePullSecrets": [{"name": "a"}]}
    assert patching.imagined(account, {"imagePullSecrets": [{"name": "b"}]}) == {
        "imagePullSecrets": [{"name": "b"}]
    }
    patch = {"spec": {"template": {"$patch": "replace", "spec": {"hostNetwork": True}}}}
    assert patching.imagined({"spec": {"template": TEMPLATE}}, patch) == {
        "spec": {"template": {"spec": {"hostNetwork": True}}}
    }
    gone = {"spec": {"imagePullSecrets": [{"name": "a", "$patch": "delete"}]}}
    assert patching.imagined({"spec": {"imagePullSecrets": [{"name": "a"}, {"name": "b"}]}}, gone) == {
        "spec": {"imagePullSecrets": [{"name": "b"}]}
    }
