"""What approvals allow is counted in rights. What is wrong with a writer tests/contract/test_doctor.py tries."""

from pathlib import Path

import yaml

from bot.cluster.reviewing import Right
from bot.remediation.actions import table
from bot.settings import Settings
from bot.wiring import allowing
from bot.wiring.doctor import writers


RBAC = Path(__file__).parents[4] / "deploy" / "rbac"


def _needed(*rules: dict[str, object]) -> set[tuple[str, str, str]]:
    settings = Settings.model_validate(
        {
            "approvals": list(rules),
            "secrets": {
                "copies": [{"from": "a/b", "to": "pay", "registries": ["r.example"], "approvers": "@sre"}]
            },
        }
    )
    found = writers.needed("prod", allowing.policy(settings), ("shop", "pay"))
    return {(each.verb, each.resource, each.namespace) for each in found}


def test_needs_knows_every_action_that_writes() -> None:
    """And no other."""
    by_hand = {"manual", "wait", "watch-and-tell"}
    assert writers.NEEDS.keys() == table.ACTIONS.keys() - by_hand


def test_needs_are_what_is_shipped() -> None:
    """Each right that an action takes is in a file of tier 3."""
    roles = [
        each
        for name in ("repair", "copy", "cordon", "witness")
        for each in yaml.safe_load_all((RBAC / f"tier-3-{name}.yaml").read_text())
        if "rules" in each and not each["metadata"]["name"].endswith("-look")
    ]
    shipped = {
        Right(verb, resource, group)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert {right for needs in writers.NEEDS.values() for right in needs} == shipped


def test_needed_stays_within_the_rules() -> None:
    """Their clusters, namespaces and actions."""
    assert _needed({"actions": "recreate-pod", "namespaces": "shop", "approvers": "@sre"}) == {
        ("delete", "pods", "shop")
    }
    assert not _needed({"actions": "*", "clusters": "staging", "approvers": "@sre"})


def test_needed_knows_what_was_named_and_what_a_pattern_covers() -> None:
    """A pattern may cover more than was meant; a name does not."""
    settings = Settings.model_validate(
        {
            "approvals": [
                {"actions": ["recreate-pod", "cordon-*"], "namespaces": ["shop", "*"], "approvers": "@sre"}
            ]
        }
    )
    found = writers.needed("prod", allowing.policy(settings), ("shop", "pay"))
    assert found == {
        Right("delete", "pods", namespace="shop"): True,
        Right("delete", "pods", namespace="pay"): False,
        Right("patch", "nodes"): False,
    }


def test_needed_takes_nodes_and_copies_as_the_policy_does() -> None:
    """A node is in no namespace, and a copy goes where the settings say."""
    assert _needed({"actions": ["cordon-node"], "namespaces": "shop", "approvers": "@sre"}) == set()
    assert _needed({"actions": ["cordon-node", "copy-pull-secret"], "approvers": "@sre"}) == {
        ("patch", "nodes", ""),
        ("create", "secrets", "pay"),
    }


def test_needed_where_nodes_are_asked_is_a_namespace_of_its_own() -> None:
    """Only where the settings say where from, and only by a rule for all namespaces."""
    asking: dict[str, object] = {"actions": ["ask-node"], "approvers": "@sre"}
    site = {"witness": {"namespace": "asking", "image": "registry.corp.example/imagepull:1"}}
    assert _needed(asking) == set()
    settings = Settings.model_validate({"approvals": [asking], **site})
    found = writers.needed("prod", allowing.policy(settings), ("shop",))
    assert {(each.verb, each.resource, each.namespace): said for each, said in found.items()} == {
        ("create", "jobs", "asking"): True,
        ("delete", "jobs", "asking"): True,
    }
    narrow = Settings.model_validate({"approvals": [asking | {"namespaces": ["shop"]}], **site})
    assert writers.needed("prod", allowing.policy(narrow), ("shop",)) == {}
