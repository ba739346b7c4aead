"""What the server will not keep, beyond what was recorded."""

from typing import Any

import pytest

from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.refusals import Refused
from bot.demo.cluster.validation import changes, ephemeral_changes, flaws, undecodable


def _pod(**spec: Any) -> dict[str, Any]:
    containers = [{"name": "a", "image": "x:1"}]
    return {"metadata": {"name": "p", "uid": "u"}, "spec": {"containers": containers, **spec}}


def test_an_ordinary_pod_has_no_flaw() -> None:
    """Nor has it as its own successor."""
    assert not list(flaws(RESOURCES["pods"], _pod()))
    assert not list(changes(RESOURCES["pods"], _pod(), _pod(tolerations=[{}])))


@pytest.mark.parametrize(
    ("plural", "spec", "place"),
    [
        ("pods", {"containers": []}, "spec.containers"),
        ("pods", {"containers": [{"image": "x"}]}, "spec.containers[0].name"),
        (
            "deployments",
            {"template": {"spec": {"containers": [{"name": "a", "image": "x"}]}}},
            "spec.selector",
        ),
        (
            "cronjobs",
            {"jobTemplate": {"spec": {"template": {"spec": {}}}}},
            "spec.jobTemplate.spec.template.spec.containers",
        ),
    ],
)
def test_what_must_be_there_is_missed(plural: str, spec: dict[str, Any], place: str) -> None:
    """By its path."""
    found = list(flaws(RESOURCES[plural], {"metadata": {"name": "a"}, "spec": spec}))
    assert place in [each.place for each in found]


def test_pods_change_in_their_images_only() -> None:
    """Anything else is refused as a whole."""
    assert [each.place for each in changes(RESOURCES["pods"], _pod(), _pod(nodeName="n"))] == ["spec"]
    image = _pod(containers=[{"name": "a", "image": "y:2"}])
    assert not list(changes(RESOURCES["pods"], _pod(), image))


def test_ephemeral_containers_stay_as_they_are() -> None:
    """New ones may come."""
    old = _pod(ephemeralContainers=[{"name": "d", "image": "1"}])
    more = _pod(ephemeralContainers=[{"name": "d", "image": "1"}, {"name": "e", "image": "2"}])
    assert not list(ephemeral_changes(old, more))
    assert list(ephemeral_changes(old, _pod()))


@pytest.mark.parametrize(
    ("plural", "item", "said"),
    [
        ("secrets", {"data": {"a": "ab%"}}, "illegal base64 data at input byte 2"),
        ("secrets", {"data": {"a": "abc"}}, "illegal base64 data at input byte 0"),
        ("leases", {"spec": {"renewTime": "soon"}}, 'cannot parse "soon" as "2006"'),
    ],
)
def test_what_cannot_be_decoded_is_no_object(plural: str, item: dict[str, Any], said: str) -> None:
    """400."""
    with pytest.raises(Refused) as refused:
        undecodable(RESOURCES[plural], item)
    assert refused.value.message.endswith(said)
