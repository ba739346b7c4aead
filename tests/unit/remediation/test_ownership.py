"""Whose a workload is."""

from typing import Any

import pytest

from bot.remediation import ownership
from bot.remediation.ownership import Owned
from tests.situations import deployed, evidence, failing, owned, situation, workload


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "store:apps/Deployment:shop/web"}},
            "Argo CD (application store)",
        ),
        ({"labels": {"argocd.argoproj.io/instance": "store"}}, "Argo CD (application store)"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, "Flux (Kustomization apps)"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "web"}}, "Flux (HelmRelease web)"),
        ({"annotations": {"meta.helm.sh/release-name": "web"}}, "Helm (web)"),
        (
            {"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "web"}},
            "Helm (web)",
        ),
        ({"labels": {"app.kubernetes.io/managed-by": "some-operator"}}, "some-operator"),
        (
            {
                "labels": {"app.kubernetes.io/instance": "store"},
                "managedFields": [{"manager": "kubectl"}, {"manager": "argocd-controller"}],
            },
            "Argo CD (store)",
        ),
        ({"managedFields": [{"manager": "kustomize-controller"}]}, "Flux"),
        ({"managedFields": [{"manager": "kubectl"}]}, None),
        ({"annotations": {"meta.helm.sh/release-name": "a\u202eb"}}, "Helm (a\\u202eb)"),
        (owned("Kafka", "queue"), "Kafka (queue)"),
        (owned("Deployment", "web"), None),
        ({"labels": {"app": "web"}}, None),
        ({}, None),
    ],
)
def test_owner_in_reads_what_tools_write_on_what_they_apply(
    meta: dict[str, Any], expected: str | None
) -> None:
    """An operator is told by the owner reference of its controller."""
    found = ownership.owner_in({"metadata": meta})
    assert (str(found) if found else None) == expected


async def test_owner_of_a_workload_is_read_from_the_live_object() -> None:
    """And from its kind, where that is nobody's but an operator's."""
    argo = {"labels": {"argocd.argoproj.io/instance": "store"}}
    assert await ownership.owner_of(await situation(*deployed(metadata=argo))) == Owned(
        "Argo CD", "application store"
    )
    assert await ownership.owner_of(await situation(*deployed())) is None
    custom = failing("db-1", kind="Cluster", owner="db")
    assert await ownership.owner_of(await situation(custom)) == Owned("Cluster", "db")


async def test_owner_of_believes_the_diagnosis_where_the_object_says_nothing() -> None:
    """It may have seen more."""
    told = evidence(owner_is_gitops={"tool": "flux", "name": "apps"})
    assert await ownership.owner_of(await situation(*deployed(), told=told)) == Owned("flux", "apps")
    denied = evidence(owner_is_gitops=False)
    assert await ownership.owner_of(await situation(*deployed(), told=denied)) is None


def test_what_is_theirs_is_told_with_the_change_for_its_source() -> None:
    """Both the refusal and the warning name the owner."""
    found = ownership.theirs(Owned("Helm", "web"), "Deployment shop/web", "+ x")
    assert "owned by Helm (web)" in found.why
    assert found.change == "+ x"
    assert ownership.warned(Owned("Helm"), "Deployment shop/web").startswith(
        "Deployment shop/web is owned by Helm,"
    )


async def test_a_bare_replica_set_is_nobodys() -> None:
    """Kinds that Kubernetes brings are no operators."""
    bare = [workload("ReplicaSet", "web-rs"), failing("web-1")]
    assert await ownership.owner_of(await situation(*bare)) is None


def test_what_tenants_wrote_is_shown_and_never_obeyed() -> None:
    """A release may be called anything."""
    assert "\n" not in str(Owned("Helm", "a\nb"))
