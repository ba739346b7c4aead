"""Objects are shown whole, and a Secret without what is secret in it."""

import json
from typing import Any

import msgspec
import pytest

from bot.cluster.writing import whole
from bot.facts.change import ObjectKey
from tests.fakes import writes


KEY = ObjectKey("Secret", "shop", "regcred")


def _body(item: Any) -> bytes:
    item["metadata"] |= {"uid": "u1", "resourceVersion": "7"}
    return json.dumps(item).encode()


def test_live_shows_all_of_an_object() -> None:
    """As plain maps, with where it stands and which one it is."""
    item = writes.deployment()
    found = whole.live(writes.WEB, _body(item))
    assert found is not None
    assert (found.key, found.uid, found.version) == (writes.WEB, "u1", "7")
    assert found.body == item


@pytest.mark.attack(38, "last-applied-configuration")
def test_live_keeps_only_the_names_of_what_a_secret_holds() -> None:
    """No value, nor what kubectl wrote of them; other annotations stay."""
    item = {**writes.docker_secret(), "stringData": {"a": "hunter2"}}
    found = whole.live(KEY, _body(item))
    assert found is not None
    assert found.body["data"] == {".dockerconfigjson": ""}
    assert found.body["stringData"] == {"a": ""}
    assert found.body["metadata"]["annotations"] == {"note": "kept"}
    assert found.body["type"] == "kubernetes.io/dockerconfigjson"
    assert item["data"][".dockerconfigjson"] not in json.dumps(found.body)
    assert "hunter2" not in json.dumps(found.body)


def test_live_keeps_nothing_of_a_secret_of_another_shape() -> None:
    """What is no map of values is not shown either."""
    item = writes.named("Secret", "shop", "regcred", data=["hunter2"], stringData="hunter2")
    item["metadata"]["annotations"] = "hunter2"
    found = whole.live(KEY, _body(item))
    assert found is not None
    assert "hunter2" not in json.dumps(found.body)


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"<html>",
        b"[]",
        b'{"kind":"Secret"}',
        b'{"kind":"Secret","metadata":{"name":"regcred","namespace":"shop"}}',
        b'{"kind":"Secret","metadata":{"name":"other","namespace":"shop","uid":"u"}}',
        b'{"kind":"Secret","metadata":{"name":"regcred","namespace":"else","uid":"u"}}',
        b'{"kind":"Pod","metadata":{"name":"regcred","namespace":"shop","uid":"u"}}',
        b'{"kind":"Secret","metadata":{"name":["regcred"],"namespace":"shop","uid":"u"}}',
        b'{"a":' * 100_000,
    ],
)
def test_live_takes_nothing_else_for_the_object(body: bytes | None) -> None:
    """Another kind, another name, or no object at all."""
    assert whole.live(KEY, body) is None


def test_item_bears_the_kind_of_its_list() -> None:
    """Items of a list have none of their own."""
    found = whole.item(
        "Pod", msgspec.Raw(b'{"metadata":{"name":"a","namespace":"b","uid":"u","resourceVersion":"1"}}')
    )
    assert found is not None
    assert found.key == ObjectKey("Pod", "b", "a")
    assert found.body["kind"] == "Pod"


def test_is_controlled_asks_for_the_controller() -> None:
    """An owner that does not control does not count, and no owner does neither."""
    owner = '{"metadata":{"ownerReferences":[{"uid":"u1","controller":%s}]}}'
    told = [owner % "true", owner % "false", owner % "null", "{}", '{"metadata":{"ownerReferences":null}}']
    assert [whole.is_controlled(msgspec.Raw(each.encode()), "u1") for each in told] == [True, *[False] * 4]
    assert whole.is_controlled(msgspec.Raw(b'{"metadata":7}'), "u1")


@pytest.mark.parametrize(
    ("body", "ended"),
    [
        ({"kind": "Status", "status": "Success", "details": {"uid": "u1"}}, True),
        ({"kind": "Status", "status": "Success", "details": {"uid": "u2"}}, False),
        ({"kind": "Status", "status": "Success"}, False),
        ({"kind": "Status", "status": "Failure", "details": {"uid": "u1"}}, False),
        ({"kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "u1"}}, True),
        ({"kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "u2"}}, False),
        ({"kind": "PodList", "items": []}, False),
    ],
)
def test_is_ended_wants_to_hear_of_that_very_object(body: Any, ended: bool) -> None:
    """By its uid, whether the server shows the object or a Status."""
    assert whole.is_ended(writes.POD, "u1", json.dumps(body).encode()) is ended
