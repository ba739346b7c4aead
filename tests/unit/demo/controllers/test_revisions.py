"""ControllerRevisions: made once for each template, and renumbered when one comes back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.cluster.store import Store
from bot.demo.controllers.making import Maker
from bot.demo.controllers.revisions import in_force


def _owner(image: str) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": image}]}}
    return {"metadata": {"namespace": "a", "name": "o", "uid": "u"}, "spec": {"template": template}}


@pytest.mark.parametrize(
    ("kind", "label"),
    [("StatefulSet", "controller.kubernetes.io/hash"), ("DaemonSet", "controller-revision-hash")],
)
def test_a_template_that_comes_back_is_the_newest(kind: str, label: str) -> None:
    """Under its old name."""
    maker = Maker(Store(), "x", lambda: datetime(2026, 11, 22, tzinfo=UTC))
    first = in_force(maker, kind, _owner("i:1"))
    assert first["metadata"]["name"] == f"o-{first['metadata']['labels'][label]}"
    assert in_force(maker, kind, _owner("i:1")) == first
    assert in_force(maker, kind, _owner("i:2"))["revision"] == 2
    again = in_force(maker, kind, _owner("i:1"))
    assert (again["metadata"]["name"], again["revision"]) == (first["metadata"]["name"], 3)
    assert len(list(maker.store.every("controllerrevisions"))) == 2
