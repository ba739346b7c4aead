"""What the server fills in."""

from typing import Any

import pytest

from bot.demo.cluster.defaults import born, filled, suffix
from bot.demo.cluster.kinds import RESOURCES


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("web", "Always"),
        ("host:5000/web", "Always"),
        ("web:latest", "Always"),
        ("web:1", "IfNotPresent"),
        ("web@sha256:1", "IfNotPresent"),
    ],
)
def test_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    """A tag that moves is pulled always."""
    pod = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "x", "image": image}]}}
    assert filled(RESOURCES["pods"], pod)["spec"]["containers"][0]["imagePullPolicy"] == policy
    assert "restartPolicy" not in pod["spec"]


def test_templates_are_filled_wherever_they_stand() -> None:
    """A CronJob's template has a Job's template around it."""
    template = {"spec": {"containers": [{"name": "x", "image": "y"}]}}
    item: dict[str, Any] = {
        "metadata": {"name": "a"},
        "spec": {"jobTemplate": {"spec": {"template": template}}},
    }
    found = filled(RESOURCES["cronjobs"], item)["spec"]
    assert found["jobTemplate"]["spec"]["template"]["spec"]["dnsPolicy"] == "ClusterFirst"
    assert found["concurrencyPolicy"] == "Allow"


def test_a_secrets_text_becomes_data() -> None:
    """And its type is opaque where none is named."""
    found = filled(RESOURCES["secrets"], {"metadata": {"name": "a"}, "stringData": {"k": "v"}})
    assert (found["data"], found["type"], "stringData" in found) == ({"k": "dg=="}, "Opaque", False)


def test_a_new_pod_gets_its_token_and_its_class() -> None:
    """Unless it wants none."""
    pod = {"metadata": {}, "spec": {"containers": [{"name": "x", "resources": {"limits": {"cpu": "1"}}}]}}
    found = born(RESOURCES["pods"], pod, "token")
    assert found["spec"]["volumes"][0]["name"] == "token"
    assert found["status"] == {"phase": "Pending", "qosClass": "Burstable"}
    plain = {"metadata": {}, "spec": {"containers": [], "automountServiceAccountToken": False}}
    assert "volumes" not in born(RESOURCES["pods"], plain)["spec"]


def test_a_job_selects_its_own_pods() -> None:
    """By its uid, in the selector and on the template."""
    job: dict[str, Any] = {"metadata": {"name": "j", "uid": "u"}, "spec": {}}
    spec = born(RESOURCES["jobs"], job)["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()


def test_suffixes_hold_no_words() -> None:
    """No vowels."""
    assert not set(suffix(200)) & set("aeiou")
