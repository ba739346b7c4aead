"""What is asked for is what is shipped. What is wrong with a reader tests/contract/test_doctor_witness.py tries."""

from pathlib import Path

import pytest
import yaml

from bot.cluster.reviewing import Right
from bot.settings import Settings
from bot.wiring import allowing
from bot.wiring.doctor import witness, writers


RBAC = Path(__file__).parents[4] / "deploy" / "rbac"


def test_rights_are_what_is_shipped() -> None:
    """In the role of whoever looks, bound to that account."""
    shipped = list(yaml.safe_load_all((RBAC / witness.READ.file).read_text()))
    look = [each for each in shipped if each["metadata"]["name"].endswith("-look")]
    (role,) = [each for each in look if "rules" in each]
    (binding,) = [each for each in look if "subjects" in each]
    granted = {
        Right(verb, resource, group)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert granted == set(witness.READ.rights)
    assert [each["name"] for each in binding["subjects"]] == [witness.READ.account]


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ({"actions": "ask-node"}, True),
        ({"actions": "*"}, False),
        ({"actions": "recreate-pod"}, None),
        ({"actions": "ask-node", "clusters": "staging"}, None),
    ],
)
def test_asks_where_a_rule_allows_it(rule: dict[str, str], asked: bool | None) -> None:
    """By its name, or by a pattern that may mean less."""
    told = {"approvals": [{**rule, "approvers": "@sre"}], "witness": {"image": "imagepull:1"}}
    assert writers.asks("prod", allowing.policy(Settings.model_validate(told))) is asked
    without = Settings.model_validate({"approvals": told["approvals"]})
    assert writers.asks("prod", allowing.policy(without)) is None
