"""Discovery: what is listed is what is served."""

from typing import Any

import pytest

from bot.demo.cluster.discovery import found
from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.refusals import Refused


def test_every_resource_is_listed_in_its_group() -> None:
    """With its subresources, so that a client can find its way by asking."""
    groups: Any = found("/apis")
    names = [group["preferredVersion"]["groupVersion"] for group in groups["groups"]]
    lists: list[Any] = [found("/api/v1"), *(found(f"/apis/{name}") for name in names)]
    listed = {entry["name"] for each in lists for entry in each["resources"]}
    assert {*RESOURCES, "pods/log", "pods/eviction", "selfsubjectaccessreviews"} <= listed


def test_a_group_tells_its_version() -> None:
    """One, v1."""
    group: Any = found("/apis/apps")
    assert [each["version"] for each in group["versions"]] == ["v1"]


@pytest.mark.parametrize("path", ["/nosuch", "/apis/nosuch", "/apis/apps/v9", "/healthz/x"])
def test_unknown_paths_are_nowhere(path: str) -> None:
    """404, as text."""
    with pytest.raises(Refused) as refused:
        found(path)
    assert refused.value.plain
