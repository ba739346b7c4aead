"""What the bot may do in the demo's clusters: what is shipped for it, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.demo.cluster.access import Access, User, Wish
from bot.demo.cluster.store import Store
from bot.demo.rights import (
    COPY,
    CORDON,
    EXPLAIN,
    LOOK,
    PROVE_ALL,
    READER,
    REPAIR,
    WITNESS,
    WITNESS_LOOK,
    WRITER,
    Reach,
    rights,
)


DEPLOY = Path(__file__).parents[3] / "deploy" / "rbac"
REACH = Reach(proves=["shop", "platform"], repairs=["shop"], copies=["payments"], cordons=True)


def _may(user: User, verb: str, resource: str, namespace: str = "", group: str = "") -> bool:
    access = Access(Store(rights(REACH)), {})
    return access.ruling(user, Wish(verb, group, resource, namespace, "x")).allowed


@pytest.mark.parametrize(
    ("tier", "rules"),
    [
        ("0-look", LOOK),
        ("1-explain", EXPLAIN),
        ("2b-prove-all", PROVE_ALL),
        ("3-repair", REPAIR),
        ("3-copy", COPY),
        ("3-cordon", CORDON),
        ("3-witness", WITNESS),
    ],
)
def test_rules_are_those_that_are_shipped(tier: str, rules: list[dict[str, Any]]) -> None:
    """Word for word."""
    shipped = yaml.safe_load_all((DEPLOY / f"tier-{tier}.yaml").read_text())
    found = [each["rules"] for each in shipped if each["kind"] in ("Role", "ClusterRole")]
    assert found[0] == rules
    assert found[1:] == ([WITNESS_LOOK] if tier == "3-witness" else [])


@pytest.mark.parametrize("verb", ["create", "update", "patch", "delete", "deletecollection"])
@pytest.mark.parametrize("resource", ["pods", "secrets", "serviceaccounts", "nodes", "pods/eviction"])
def test_who_looks_never_writes(verb: str, resource: str) -> None:
    """Nothing, nowhere."""
    assert not any(_may(READER, verb, resource, namespace) for namespace in ("", "shop", "payments"))


@pytest.mark.parametrize(
    ("verb", "resource", "namespace", "group", "allowed"),
    [
        ("patch", "deployments", "shop", "apps", True),
        ("patch", "deployments", "payments", "apps", False),
        ("delete", "deployments", "shop", "apps", False),
        ("patch", "cronjobs", "shop", "batch", True),
        ("delete", "pods", "shop", "", True),
        ("delete", "pods", "platform", "", False),
        ("create", "secrets", "payments", "", True),
        ("create", "secrets", "shop", "", False),
        ("get", "secrets", "payments", "", False),
        ("patch", "secrets", "payments", "", False),
        ("patch", "nodes", "", "", True),
        ("delete", "nodes", "", "", False),
        ("patch", "rolebindings", "shop", "rbac.authorization.k8s.io", False),
    ],
)
def test_who_writes_is_fenced_in(verb: str, resource: str, namespace: str, group: str, allowed: bool) -> None:
    """To what an approval can be about, where it can be about it."""
    assert _may(WRITER, verb, resource, namespace, group) is allowed


def test_reader_reads_what_it_may() -> None:
    """Secrets where it is let, pods everywhere."""
    assert _may(READER, "list", "pods", "payments")
    assert _may(READER, "list", "secrets", "shop")
    assert not _may(READER, "list", "secrets", "payments")
    assert not _may(READER, "list", "secrets")
