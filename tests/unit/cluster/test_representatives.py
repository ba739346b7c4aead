"""Of pods that are alike a few are kept, of failing ones all."""

import msgspec

from bot.cluster import shapes
from bot.cluster.representatives import Representatives


def _pod(
    uid: str, *, node: str = "n1", image: str = "app:1", secret: str = "", runs: bool = True
) -> shapes.PodShape:
    state = (
        {"running": {"startedAt": "2026-03-01T12:00:00Z"}}
        if runs
        else {"waiting": {"reason": "ErrImagePull"}}
    )
    secrets = [{"name": secret}] if secret else []
    spec = {"containers": [{"name": "c", "image": image}], "nodeName": node, "imagePullSecrets": secrets}
    status = {"phase": "Running", "containerStatuses": [{"name": "c", "state": state}]}
    plain = {"kind": "Pod", "metadata": {"uid": uid}, "spec": spec, "status": status}
    return msgspec.convert(plain, shapes.PodShape)


def test_representatives_keep_one_of_a_kind_on_each_node() -> None:
    """A second replica on the same node tells nothing new."""
    keep = Representatives()
    assert keep(_pod("1"))
    assert not keep(_pod("2"))
    assert keep(_pod("3", node="n2"))


def test_representatives_are_bounded_however_many_nodes_there_are() -> None:
    """A DaemonSet on a thousand nodes is a few witnesses."""
    keep = Representatives()
    assert sum(keep(_pod(str(number), node=f"n{number}")) for number in range(1000)) == 4


def test_representatives_tell_other_images_and_secrets_apart() -> None:
    """Each image and each pull secret in use is seen."""
    keep = Representatives()
    assert all(keep(each) for each in (_pod("1"), _pod("2", image="app:2"), _pod("3", secret="regcred")))


def test_representatives_keep_every_failing_pod() -> None:
    """What fails is never left out."""
    keep = Representatives()
    assert all(keep(_pod(str(number), runs=False)) for number in range(100))


def test_representatives_pick_the_same_again_when_a_list_starts_over() -> None:
    """After a 410 the list comes again from its beginning."""
    keep = Representatives()
    first = [keep(_pod(str(number), node=f"n{number % 3}")) for number in range(9)]
    again = [keep(_pod(str(number), node=f"n{number % 3}")) for number in range(9)]
    assert first == again
