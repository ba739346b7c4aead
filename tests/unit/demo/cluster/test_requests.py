"""Paths, as the API server takes them apart."""

import pytest

from bot.demo.cluster.requests import Asked, forbidden, forbidden_path, is_review, known_group, understood


@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("GET", "/api/v1/pods", {}, ("list", "pods", "", "", "")),
        ("GET", "/api/v1/namespaces/a/pods", {"watch": "1"}, ("watch", "pods", "a", "", "")),
        ("GET", "/api/v1/watch/namespaces/a/pods", {}, ("watch", "pods", "a", "", "")),
        ("GET", "/api/v1/namespaces/a/pods/b", {"watch": "1"}, ("get", "pods", "a", "b", "")),
        ("GET", "/api/v1/namespaces/a/pods/b/log", {}, ("get", "pods", "a", "b", "log")),
        ("GET", "/api/v1/namespaces/a", {}, ("get", "namespaces", "", "a", "")),
        ("PUT", "/api/v1/namespaces/a/status", {}, ("update", "namespaces", "", "a", "status")),
        (
            "DELETE",
            "/apis/apps/v1/namespaces/a/deployments",
            {},
            ("deletecollection", "deployments", "a", "", ""),
        ),
        ("PATCH", "/api/v1/nodes/n%2d1", {}, ("patch", "nodes", "", "n-1", "")),
        ("POST", "/apis/batch/v1/namespaces/a/jobs", {}, ("create", "jobs", "a", "", "")),
    ],
)
def test_path_is_understood(
    method: str, path: str, query: dict[str, str], expected: tuple[str, str, str, str, str]
) -> None:
    """Verb, resource, namespace, name and subresource."""
    asked = understood(method, path, query)
    assert asked is not None
    assert (asked.verb, asked.plural, asked.namespace, asked.name, asked.part) == expected


@pytest.mark.parametrize("path", ["/", "/version", "/api", "/api/v1", "/apis/apps/v1", "/nosuch/pods"])
def test_path_of_no_resource_is_none(path: str) -> None:
    """Discovery and unknown roots are asked for otherwise."""
    assert understood("GET", path, {}) is None


def test_selector_names_what_is_asked_for() -> None:
    """The authorizer takes the name from a fieldSelector."""
    asked = Asked("list", "secrets", "a", query={"fieldSelector": "type=x,metadata.name=b"})
    assert asked.selected_name == "b"
    assert forbidden("jane", asked).details == {"name": "b", "kind": "secrets"}


def test_groups_are_known_by_name_and_version() -> None:
    """Only what is served, and only in v1."""
    for path, known in (
        ("/apis/apps/v1/deployments", True),
        ("/apis/apps/v1beta1/deployments", False),
        ("/apis/nosuch.example.com/v1/things", False),
        ("/api/v1/podz", True),
    ):
        asked = understood("GET", path, {})
        assert asked is not None
        assert known_group(asked, path) is known


def test_reviews_are_told_from_resources() -> None:
    """By their own group only."""
    assert is_review(Asked("create", "selfsubjectaccessreviews", group="authorization.k8s.io"))
    assert not is_review(Asked("create", "selfsubjectaccessreviews"))


def test_a_path_is_refused_by_name() -> None:
    """The message says which path, the details nothing."""
    refused = forbidden_path("jane", "/metrics")
    assert refused.message == 'forbidden: User "jane" cannot get path "/metrics"'
    assert refused.details == {}
