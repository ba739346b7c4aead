"""Names of resources and kinds, as the API spells them."""

import pytest

from bot.demo.cluster.kinds import BY_KIND, RESOURCES, served


@pytest.mark.parametrize(
    ("plural", "version", "qualified", "kind"),
    [
        ("pods", "v1", "pods", "Pod"),
        ("deployments", "apps/v1", "deployments.apps", "Deployment.apps"),
        ("leases", "coordination.k8s.io/v1", "leases.coordination.k8s.io", "Lease.coordination.k8s.io"),
    ],
)
def test_resource_is_spelled_as_refusals_do(plural: str, version: str, qualified: str, kind: str) -> None:
    """The core group has no name; the others stand behind the resource."""
    found = RESOURCES[plural]
    assert (found.api_version, found.qualified, found.qualified_kind) == (version, qualified, kind)
    assert BY_KIND[found.kind] is found


def test_resource_is_served_in_its_group_only() -> None:
    """A pod is no app."""
    assert served("", "pods") is RESOURCES["pods"]
    assert served("apps", "pods") is None
    assert served("", "podz") is None


def test_selectable_fields_always_hold_name_and_namespace() -> None:
    """Every resource can be selected by them."""
    assert all("metadata.name" in each.selectable for each in RESOURCES.values())
