"""Rights are weighed: what is missing of a tier, and what is too much."""

from pathlib import Path

import pytest
import yaml

from bot.cluster.reviewing import Right, Rule
from bot.facts.finding import State
from bot.wiring.doctor import rights
from bot.wiring.doctor.rights import Tier


RBAC = Path(__file__).parents[4] / "deploy" / "rbac"


def _rule(group: str, resource: str, *verbs: str) -> Rule:
    return Rule(verbs, (group,), (resource,))


@pytest.mark.attack("T2", "2a by name", "2b by list")
@pytest.mark.attack("T1", "rights")
@pytest.mark.attack("T0", "rights")
@pytest.mark.parametrize(
    "tier", [rights.LOOK, rights.EXPLAIN, rights.PROVE, rights.PROVE_ALL], ids=lambda tier: tier.name
)
def test_tiers_are_those_that_are_shipped(tier: Tier) -> None:
    """Not a right more, and none less; 2b holds 2a in its file, and what watches stands beside what looks."""
    roles = [each for each in yaml.safe_load_all((RBAC / tier.file).read_text()) if "rules" in each]
    shipped = {
        Right(verb, resource, group)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert set(rights.WATCH.rights) <= shipped or tier is not rights.LOOK
    shipped = {each for each in shipped if each.verb != "watch"}
    assert set(tier.rights) | (set(rights.PROVE.rights) if tier is rights.PROVE_ALL else set()) == shipped


def test_missing_is_wrong_of_tier_0_alone() -> None:
    """Without the others something is not known; without it, everything."""
    lacking = rights.LOOK.rights[:2]
    assert [each.state for each in rights.missing("k", rights.LOOK, lacking, "")] == [State.WRONG]
    found = list(rights.missing("k", rights.EXPLAIN, lacking, "prod"))
    assert [each.state for each in found] == [State.WARNING]
    assert found[0].remedy == "kubectl --context prod apply -f deploy/rbac/tier-1-explain.yaml"
    assert not list(rights.missing("k", rights.LOOK, (), ""))


def test_no_right_is_granted_where_the_tokens_lie() -> None:
    """The command leaves that namespace out and says why; where no other lacks the right, it grants nothing."""
    told = rights.apply(rights.PROVE, "", ("imagepull", "pay", "shop"))
    assert told.startswith("kubectl apply -n pay -f deploy/rbac/tier-2a-prove.yaml  # never -n imagepull")
    assert told.endswith("likewise -n shop")
    alone = rights.apply(rights.PROVE, "", ("imagepull",))
    assert "kubectl" not in alone
    assert "leave imagepull out" in alone


def test_excessive_finds_what_writes_climbs_or_is_all() -> None:
    """Reads are none of it, nor what everybody may ask about themselves."""
    rules = [
        _rule("", "pods", "get", "list", "delete"),
        _rule("authorization.k8s.io", "selfsubjectaccessreviews", "create"),
        _rule("", "users", "impersonate"),
        _rule("apps", "*", "get"),
    ]
    assert set(rights.excessive(rules)) == {
        Right("delete", "pods"),
        Right("impersonate", "users"),
        Right("get", "*", "apps"),
    }
    assert Right("delete", "pods") not in rights.excessive(rules, {Right("delete", "pods")})


def test_spelled_says_it_in_few_words() -> None:
    """Verbs of one resource stand together, and not everything stands there."""
    assert (
        rights.spelled([Right("get", "pods"), Right("list", "pods"), Right("patch", "nodes")])
        == "get/list pods, patch nodes"
    )
    assert rights.spelled([Right("get", f"r{number}") for number in range(9)]).endswith("and 3 more")


def test_account_is_made_where_it_is_missing_and_can_be_copied_whole() -> None:
    """In that cluster, and with what comes next behind a #, so that a shell takes the line as it stands."""
    told = rights.account("clusters.eu.teller", "eu", "imagepull-teller")
    command, _, after = told.partition("  # ")
    assert command == "kubectl --context eu create serviceaccount -n imagepull imagepull-teller"
    assert "clusters.eu.teller" in after


def test_apply_tells_what_it_leaves_to_be_done() -> None:
    """The other namespaces, and that a login of another name gets nothing by it; nothing of that disturbs a shell."""
    mine = "system:serviceaccount:imagepull:imagepull"
    assert rights.apply(rights.LOOK, "", me=mine) == "kubectl apply -f deploy/rbac/tier-0-look.yaml"
    told = rights.apply(rights.PROVE, "eu", ("shop", "pay", "crm"), "jane")
    command, _, after = told.partition("  # ")
    assert command == "kubectl --context eu apply -n shop -f deploy/rbac/tier-2a-prove.yaml"
    assert "pay, crm" in after
    assert "to the account imagepull, and this login is another" in after
    assert "jane" not in told
