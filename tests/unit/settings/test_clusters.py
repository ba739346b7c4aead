"""A cluster has one way in and times that can be kept."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.settings import Cluster


def test_cluster_is_looked_at_every_minute_unless_told() -> None:
    """Times have defaults that suit most."""
    cluster = Cluster()
    assert (cluster.interval, cluster.deadline) == (timedelta(minutes=1), timedelta(minutes=2))


@pytest.mark.parametrize("more", [{"context": "prod"}, {"kubeconfig": "other"}])
def test_cluster_has_one_way_in(more: dict[str, str]) -> None:
    """A pod's own identity and a kubeconfig are two."""
    with pytest.raises(ValidationError, match="keep one of them"):
        Cluster.model_validate({"in_cluster": True, **more})
