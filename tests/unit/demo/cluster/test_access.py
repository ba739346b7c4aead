"""RBAC: rules, bindings and reviews beyond the recorded ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.cluster.access import ADMIN, ANONYMOUS, Access, User, Wish, account
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.store import Store


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def _access(rule: dict[str, Any], *, subject: dict[str, str] | None = None, namespace: str = "") -> Access:
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    place = {"namespace": namespace} if namespace else {}
    role = {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": [rule]}
    binding = {
        "kind": kind,
        "metadata": {"name": "b", **place},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [subject or {"kind": "User", "name": "jane"}],
    }
    return Access(Store([role, binding]), {"t": User("jane", ("team",))})


JANE = User("jane", ("team",))
READ = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


@pytest.mark.parametrize(
    ("rule", "wish", "allowed"),
    [
        (READ, Wish("get", "", "pods", "a"), True),
        (READ, Wish("get", "", "pods/log", "a"), False),
        (READ, Wish("list", "", "pods", "a"), False),
        (READ, Wish("get", "apps", "pods", "a"), False),
        ({**READ, "resources": ["*/log"]}, Wish("get", "", "pods/log", "a"), True),
        ({**READ, "resources": ["*"], "verbs": ["*"]}, Wish("patch", "", "pods/log", "a"), True),
        ({**READ, "resourceNames": ["x"]}, Wish("get", "", "pods", "a", "x"), True),
        ({**READ, "resourceNames": ["x"]}, Wish("get", "", "pods", "a"), False),
        ({"nonResourceURLs": ["/metrics/*"], "verbs": ["get"]}, Wish("get", path="/metrics/x"), True),
        ({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, Wish("get", path="/metrics/x"), False),
    ],
)
def test_rules_cover_what_they_say(rule: dict[str, Any], wish: Wish, allowed: bool) -> None:
    """Verb, group, resource and name must all fit."""
    assert _access(rule).ruling(JANE, wish).allowed is allowed


def test_a_binding_counts_in_its_namespace_only() -> None:
    """And says so in its reason."""
    access = _access(READ, namespace="a", subject={"kind": "Group", "name": "team"})
    ruling = access.ruling(JANE, Wish("get", "", "pods", "a"))
    assert ruling.reason == 'RBAC: allowed by RoleBinding "b/a" of ClusterRole "r" to Group "team"'
    assert not access.ruling(JANE, Wish("get", "", "pods", "b")).allowed
    assert not access.ruling(JANE, Wish("get", "", "pods")).allowed


def test_masters_may_everything_and_strangers_almost_nothing() -> None:
    """Health and the version are public."""
    access = _access(READ)
    assert access.ruling(ADMIN, Wish("delete", "", "nodes")).allowed
    assert access.ruling(ANONYMOUS, Wish("get", path="/version")).allowed
    assert not access.ruling(ANONYMOUS, Wish("get", path="/apis")).allowed
    assert access.ruling(JANE, Wish("get", path="/apis/apps/v1")).allowed


def test_tokens_are_known_or_refused() -> None:
    """No token is nobody, another scheme or token is refused."""
    access = _access(READ)
    assert access.user("Bearer t", NOW).name == "jane"
    assert access.user("", NOW) is ANONYMOUS
    for header in ("Bearer x", "Basic t"):
        with pytest.raises(Refused):
            access.user(header, NOW)


def test_an_issued_token_expires() -> None:
    """At the time it was told."""
    store = Store([{"kind": "ServiceAccount", "metadata": {"name": "s", "namespace": "a"}}])
    access = Access(store, {})
    token = access.issue("a", "s", {"spec": {"expirationSeconds": 600}}, NOW)["status"]["token"]
    user = access.user(f"Bearer {token}", NOW + timedelta(seconds=599))
    assert user.name == account("a", "s").name
    with pytest.raises(Refused):
        access.user(f"Bearer {token}", NOW + timedelta(seconds=600))


def test_an_administrators_rules_are_all() -> None:
    """A star for everything."""
    told = _access(READ).review(ADMIN, "SelfSubjectRulesReview", {"spec": {"namespace": "a"}}, NOW)
    assert told["status"]["resourceRules"] == [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]


def test_a_path_can_be_asked_about() -> None:
    """By nonResourceAttributes."""
    spec = {"nonResourceAttributes": {"verb": "get", "path": "/version"}}
    told = _access(READ).review(JANE, "SelfSubjectAccessReview", {"spec": spec}, NOW)
    assert told["status"]["allowed"]
