"""Lists beyond the recorded ones: pages over namespaces, and tokens nobody gave."""

import base64
import json

import pytest

from bot.demo.cluster.lists import ahead, bad_version, check, listed
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.store import Store


def _store(*places: str) -> Store:
    split = (place.split("/") for place in places)
    return Store({"kind": "Pod", "metadata": {"namespace": space, "name": name}} for space, name in split)


def test_pages_follow_the_order_of_etcd() -> None:
    """By the whole key, in which a hyphen stands before a slash."""
    store = _store("a/x", "a-b/x", "a/b", "b/a")
    seen: list[str] = []
    query = {"limit": "1"}
    while True:
        page = listed(store, "pods", "", query)
        seen += [f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in page["items"]]
        if "continue" not in page["metadata"]:
            break
        query = {"limit": "1", "continue": page["metadata"]["continue"]}
    assert seen == ["a-b/x", "a/b", "a/x", "b/a"]


@pytest.mark.parametrize("told", ["1", "[]", '{"rv":"x","start":"a"}', '{"start":"a"}', "{"])
def test_strange_tokens_are_refused(told: str) -> None:
    """400, whatever stands in them."""
    token = base64.urlsafe_b64encode(told.encode()).decode()
    with pytest.raises(Refused) as refused:
        listed(_store("a/x"), "pods", "", {"continue": token})
    assert refused.value.code == 400
    assert json.loads(refused.value.body())["message"].startswith("invalid continue token: ")


def test_an_exact_version_shows_that_moment() -> None:
    """As long as it is not compacted."""
    store = _store("a/x")
    query = {"resourceVersion": str(store.version), "resourceVersionMatch": "Exact"}
    store.delete("pods", "a", "x")
    assert len(listed(store, "pods", "", query)["items"]) == 1
    store.compact()
    with pytest.raises(Refused) as refused:
        listed(store, "pods", "", query)
    assert refused.value.code == 410


def test_versions_are_numbers_that_have_been() -> None:
    """The future is refused, nonsense too."""
    store = _store("a/x")
    assert ahead(store, {"resourceVersion": str(store.version)}) is None
    assert ahead(store, {"resourceVersion": str(store.version + 1)}) is not None
    assert bad_version("12") == bad_version("") == ""
    assert "invalid syntax" in bad_version("x")


def test_options_may_not_contradict_each_other() -> None:
    """A watch's options are not a list's."""
    fine = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    check(fine, watched=True)
    with pytest.raises(Refused):
        check(fine, watched=False)
