"""Paths and rights of what is asked."""

from bot.cluster.resources import PLURALS, Resource
from bot.cluster.shapes import WORKLOAD_KINDS
from bot.facts.objects import Unread


def test_path_knows_the_groups() -> None:
    """Core resources stand under /api, the others under their group."""
    assert Resource("pods").path == "/api/v1/pods"
    assert Resource("pods", "shop", "web", "log").path == "/api/v1/namespaces/shop/pods/web/log"
    assert Resource("deployments", "shop").path == "/apis/apps/v1/namespaces/shop/deployments"
    assert Resource("jobs", "shop").path == "/apis/batch/v1/namespaces/shop/jobs"


def test_path_quotes_every_part() -> None:
    """A name with a slash cannot lead elsewhere."""
    assert Resource("pods", "a/../b", "c?d").path == "/api/v1/namespaces/a%2F..%2Fb/pods/c%3Fd"


def test_right_names_verb_place_and_tier() -> None:
    """What to grant, in the words of RBAC."""
    assert Resource("secrets", "shop", "regcred").right == "get secrets in namespace shop (tier 2a)"
    assert Resource("secrets", "shop").right == "list secrets in namespace shop (tier 2b)"
    assert Resource("pods").right == "list pods in the whole cluster (tier 0)"
    assert Resource("pods", "shop", "web", "log").right == "get pods/log in namespace shop (tier 1)"
    assert Resource("pods", "shop").right_to_watch == "watch pods in namespace shop (tier 0)"


def test_unread_tells_the_right_only_when_it_would_help() -> None:
    """A timeout is not mended by a grant."""
    assert Resource("pods", "shop").unread("forbidden").remedy.startswith("list pods")
    assert Resource("nodes").unread("timed out") == Unread("nodes", "timed out", "")


def test_plurals_cover_every_workload_kind() -> None:
    """Every kind that can be decoded can be asked for."""
    assert PLURALS.keys() == WORKLOAD_KINDS
