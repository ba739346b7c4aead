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


def test_changes_have_an_identity_of_their_own() -> None:
    """The identity that looks must not be the one that writes."""
    with pytest.raises(ValidationError, match="identity that the bot looks with"):
        Cluster.model_validate({"context": "prod", "writer": {"context": "prod"}})
    with pytest.raises(ValidationError, match="no identity"):
        Cluster.model_validate({"context": "prod", "writer": {}})


@pytest.mark.parametrize(
    "writer",
    [{"context": "prod-writer"}, {"kubeconfig": "/etc/writer"}, {"token_file": "/run/secrets/writer"}],
)
def test_a_writer_is_another_context_kubeconfig_or_token(writer: dict[str, str]) -> None:
    """Any of them is enough."""
    assert Cluster.model_validate({"context": "prod", "writer": writer}).writer is not None
