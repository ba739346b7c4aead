"""API bytes become structs, whatever a server, kubectl or a person left out."""

import json

import msgspec
import pytest

from bot.cluster import shapes


def test_decode_object_reads_a_single_object() -> None:
    """A single object comes with its kind."""
    ((kind, pod),) = shapes.decode_object(b'{"kind":"Pod","metadata":{"name":"web"}}')
    assert kind == "Pod"
    assert isinstance(pod, shapes.PodShape)
    assert pod.metadata is not None
    assert pod.metadata.name == "web"


def test_decode_object_reads_a_typed_list() -> None:
    """The items of a server's list carry no kind of their own."""
    found = list(
        shapes.decode_object(b'{"kind":"EventList","items":[{"reason":"Failed"},{"reason":"BackOff"}]}')
    )
    assert [(kind, getattr(shape, "reason", "")) for kind, shape in found] == [
        ("Event", "Failed"),
        ("Event", "BackOff"),
    ]


def test_decode_object_reads_a_mixed_list() -> None:
    """What kubectl writes is a List of whatever was asked for."""
    raw = b'{"kind":"List","items":[{"kind":"Pod"},{"kind":"Node"},{"kind":"PodList","items":[{}]}]}'
    assert [kind for kind, _ in shapes.decode_object(raw)] == ["Pod", "Node", "Pod"]


def test_decode_object_reads_foreign_kinds_as_metadata() -> None:
    """A custom resource may have any spec."""
    raw = b'{"kind":"Rollout","metadata":{"name":"x"},"spec":"anything"}'
    ((kind, shape),) = shapes.decode_object(raw)
    assert (kind, type(shape)) == ("Rollout", shapes.ForeignShape)


@pytest.mark.parametrize("items", ["null", "[]"])
def test_decode_object_takes_empty_lists(items: str) -> None:
    """Go writes an empty list as null or as nothing."""
    assert list(shapes.decode_object(f'{{"kind":"PodList","items":{items}}}'.encode())) == []


def test_decode_object_takes_null_everywhere() -> None:
    """A null stands for "not set" in every field of every shape."""
    for kind in ("Pod", "Event", "Node", "ServiceAccount", "Secret", "Namespace", "Deployment"):
        shape = shapes.shape_of(kind)
        nulls = {field.encode_name: None for field in msgspec.structs.fields(shape)}
        ((_, found),) = shapes.decode_object(json.dumps({"kind": kind, **nulls}).encode())
        assert found == shape()


def test_decode_object_refuses_what_has_another_form() -> None:
    """A pod whose status is a number is not a pod."""
    with pytest.raises(msgspec.ValidationError):
        list(shapes.decode_object(b'{"kind":"Pod","status":5}'))


def test_convert_object_equals_decoding() -> None:
    """A YAML file, already plain dicts, gives the same as JSON."""
    plain = {"kind": "List", "items": [{"kind": "Pod", "metadata": {"name": "a"}}, {"kind": "Node"}]}
    assert list(shapes.convert_object(plain)) == list(shapes.decode_object(json.dumps(plain).encode()))


def test_secret_repr_hides_its_values() -> None:
    """A secret that ends up in a traceback shows its type only."""
    secret = shapes.SecretShape(type="Opaque", data={"password": "canary"})
    assert "canary" not in repr(secret)
