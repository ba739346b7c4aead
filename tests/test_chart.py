"""The Helm chart is what the plain manifests are, one value chooses each right, and what cannot work is refused in a sentence."""

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from deploy import generate, objects
from tests import charts, installs
from tests.required import HELM, only_where


def test_chart_and_manifests_are_the_same() -> None:
    """By default they differ in the Namespace alone, which `helm install --create-namespace` makes."""
    plain = installs.comparable(installs.BASE)
    assert plain.pop(("Namespace", "", "imagepull"))
    assert installs.comparable(installs.RENDERED["nothing"]) == plain


@pytest.mark.parametrize("right", generate.RIGHTS)
def test_each_right_is_chosen_by_one_value(right: str) -> None:
    """It brings what its file in deploy/rbac says, there where it is wanted, and without it nothing of that is there."""
    file, value, by_namespace = generate.RIGHTS[right]
    source = [
        each
        for each in installs.read(installs.DEPLOY / "rbac" / file)
        if each["apiVersion"].startswith("rbac.")
    ]
    assert installs.resources(installs.MANIFESTS / "rights" / right) == source
    none = {name: [] if isinstance(held, list) else False for name, held in objects.VALUES["rights"].items()}
    bare = charts.objects(charts.rendered(installs.CHART, {"rights": none}))
    assert not [each for each in bare if each["apiVersion"].startswith("rbac.")]
    chosen = {**none, value: ["shop", "pay"] if by_namespace else True}
    found = charts.objects(charts.rendered(installs.CHART, {"rights": chosen}))
    granted = [each for each in found if each["apiVersion"].startswith("rbac.")]
    wanted = [
        {**each, "metadata": {**each["metadata"], **place}}
        for place in ([{"namespace": "shop"}, {"namespace": "pay"}] if by_namespace else [{}])
        for each in source
    ]
    assert granted == wanted


@pytest.mark.parametrize("namespace", ["imagepull", "ops", "123"])
def test_writer_comes_with_its_fence(namespace: str) -> None:
    """Any right of tier 3 brings the account, its token's Secret and every policy, for the account that it really is."""
    for chosen in ({"repair": ["shop"]}, {"copy": ["shop"]}, {"witness": True}, {"cordon": True}):
        found = charts.objects(charts.rendered(installs.CHART, {"rights": chosen}, namespace))
        assert "imagepull-writer" in installs.named("ServiceAccount", found)
        assert "imagepull-writer-token" in installs.named("Secret", found)
        text = (installs.DEPLOY / "rbac" / "tier-3-fence.yaml").read_text(encoding="utf-8")
        ours = text.replace("serviceaccount:imagepull:", f"serviceaccount:{namespace}:")
        fence = [each for each in found if each["apiVersion"].startswith("admissionregistration")]
        assert fence == [each for each in yaml.safe_load_all(ours) if each]
    quiet = charts.objects(charts.rendered(installs.CHART, {}))
    assert not [each for each in quiet if "writer" in each["metadata"]["name"]]
    subjects = [subject for each in found for subject in each.get("subjects", ())]
    assert {each["namespace"] for each in subjects} == {namespace}


def test_alerts_and_dashboard_come_as_they_are_where_they_are_wanted() -> None:
    """Off by default; on, what Prometheus and Grafana fill in themselves is left to them."""
    quiet = charts.objects(charts.rendered(installs.CHART, {}))
    assert installs.of("PrometheusRule", quiet) == []
    assert installs.named("ConfigMap", quiet) == {"imagepull"}
    over = {"prometheusRule": {"enabled": True, "labels": {"release": "p"}}, "dashboard": {"enabled": True}}
    found = charts.objects(charts.rendered(installs.CHART, over))
    (rule,) = installs.of("PrometheusRule", found)
    monitoring = installs.DEPLOY / "monitoring"
    told = yaml.safe_load((monitoring / "imagepull.rules.yaml").read_text(encoding="utf-8"))
    assert rule["spec"] == told
    assert "{{ $labels.instance }}" in json.dumps(rule)
    assert rule["metadata"]["labels"]["release"] == "p"
    (drawn,) = (each for each in found if each["metadata"]["name"] == "imagepull-dashboard")
    assert drawn["data"]["imagepull.json"] == (monitoring / "dashboard.json").read_text(encoding="utf-8")
    assert drawn["metadata"]["labels"]["grafana_dashboard"] == "1"


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"replicas": 2}, "postgresql"),
        ({"cluster": {"name": ""}}, "no cluster"),
        (
            {"cluster": {"name": ""}, "targets": {"a": {"secret": "a"}}, "rights": {"cordon": True}},
            "cluster.name",
        ),
        ({"witness": {"preload": True}}, "witness.preload:"),
        (
            {"rights": {"witness": True}, "settings": {"witness": {"image": "imagepull:1"}}},
            "settings.witness:",
        ),
        ({"rights": {"prove": ["imagepull"]}}, "rights.prove:"),
        ({"rights": {"proveAll": ["imagepull"]}}, "rights.proveAll:"),
        ({"rights": {"repair": ["imagepull"]}}, "rights.repair:"),
        ({"rights": {"copy": ["imagepull"]}}, "rights.copy:"),
    ],
)
def test_chart_refuses_what_cannot_work(over: installs.Object, why: str) -> None:
    """Several replicas on one file, nothing to look at, rights to the bot's own namespace: one sentence each."""
    with pytest.raises(charts.Refused, match=re.escape(why)):
        charts.rendered(installs.CHART, over)


@pytest.mark.parametrize("name", installs.WANTED)
def test_notes_tell_the_next_step(name: str) -> None:
    """The Secret that is awaited, by its name and the keys that the mode needs; and what is not chosen."""
    notes = charts.rendered(installs.CHART, installs.WANTED[name])["NOTES.txt"]
    assert ("create secret generic imagepull-slack" in notes) == (name != "nothing of Slack")
    assert ("/invite" in notes) == (name != "nothing of Slack")
    told = installs.WANTED[name].get("settings", {}).get("webhooks")
    assert ("create secret generic imagepull-webhooks --from-file=on-call" in notes) == bool(told)
    assert ("signing-secret" in notes) == (name == "everything")
    assert ("imagepull-store" in notes) == (name == "everything")
    assert ("It changes nothing" in notes) == (name != "everything")
    assert "{{" not in notes
    assert "\n\n\n" not in notes


def test_nobody_waits_for_the_secret_of_a_slack_that_is_off() -> None:
    """Its volume is not there; those of whoever is told instead are, and Alertmanager's may be missing: not all want a token."""
    found = charts.objects(charts.rendered(installs.CHART, installs.WANTED["nothing of Slack"]))
    volumes = {each["name"]: each for each in installs.pod_of(found)["spec"]["volumes"]}
    assert "slack" not in volumes
    assert "optional" not in volumes["webhooks"]["secret"]
    assert volumes["alertmanager"]["secret"]["optional"] is True
    (policy,) = installs.of("NetworkPolicy", found)
    assert 9093 in {each["port"] for each in policy["spec"]["egress"][1]["ports"]}


SCHEMA = json.loads((installs.CHART / "values.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", installs.WANTED)
def test_schema_takes_what_can_be_given(name: str) -> None:
    """Helm looks at the values laid over the chart's own."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft7Validator(SCHEMA).validate(
        charts.merged(charts.values_of(installs.CHART), installs.WANTED[name])
    )


@pytest.mark.parametrize(
    "over",
    [
        {"replica": 2},
        {"replicas": "2"},
        {"rights": {"prove": "shop"}},
        {"rights": {"admin": True}},
        {"settings": {"clusters": {}}},
        {"settings": {"slack": {"bot_token": "x"}}},
        {"settings": {"store": {"keep_it": "1d"}}},
        {"targets": {"staging": {}}},
        {"targets": {"../x": {"secret": "x"}}},
        {"cluster": {"name": "a: b"}},
        {"image": {"tag": "a b"}},
        {"secrets": {"slack": "X"}},
    ],
)
def test_schema_refuses_what_is_misspelled(over: installs.Object) -> None:
    """At `helm install`, and not at the start of the pod."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(charts.merged(charts.values_of(installs.CHART), over))


def test_values_documented_can_be_given() -> None:
    """Each example of the page by itself, and all of them together."""
    page = (installs.ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(each) for each in re.findall(r"```yaml\n(.+?)```", page, re.DOTALL)]
    assert len(examples) == 4
    together: installs.Object = {}
    for each in examples:
        together = charts.merged(together, each)
        jsonschema.Draft7Validator(SCHEMA).validate(charts.merged(charts.values_of(installs.CHART), each))
        assert charts.rendered(installs.CHART, each)
    assert len(installs.named("ConfigMap", charts.objects(charts.rendered(installs.CHART, together)))) == 1


def test_values_are_told_one_by_one() -> None:
    """The page holds the values that the objects are made with."""
    assert charts.values_of(installs.CHART) == json.loads(json.dumps(objects.VALUES))


@only_where(HELM)
@pytest.mark.parametrize("name", installs.WANTED)
def test_helm_renders_the_same(name: str, tmp_path: Path) -> None:
    """Where there is a Helm, it finds nothing to complain of, and writes what we say it does."""
    assert HELM
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(installs.WANTED[name]), encoding="utf-8")
    call = ["-f", str(file), "--namespace", "imagepull"]
    subprocess.run([HELM, "lint", "--strict", str(installs.CHART), *call], check=True, capture_output=True)
    words = [HELM, "template", "imagepull", str(installs.CHART), *call]
    told = subprocess.run(words, check=True, capture_output=True, text=True)
    theirs = [each for each in yaml.safe_load_all(told.stdout) if each]
    assert installs.comparable(theirs) == installs.comparable(installs.RENDERED[name])
