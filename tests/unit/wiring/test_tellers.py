"""Events are written where the settings name who writes them; tests/unit/cluster/test_announcing.py tries it."""

import pytest
from pydantic import ValidationError

from bot.settings import Settings
from bot.wiring import knowledge, outlets, tellers
from bot.workflows import spreading


def test_cluster_with_a_teller_has_a_carrier_and_an_outlet() -> None:
    """For its own verdicts, in the namespaces that it may write in."""
    teller = {"context": "b", "namespaces": "shop-*"}
    settings = Settings.model_validate({"clusters": {"e[u]": {"context": "a", "teller": teller}, "us": {}}})
    assert list(tellers.carriers(settings)) == ["event/e[u]"]
    (outlet,) = outlets.outlets(settings, knowledge())
    (route,) = outlet.routing.routes
    assert (outlet.carrier, outlet.sends) == ("event/e[u]", spreading.verdicts)
    assert (route.match.cluster, route.match.namespaces) == (("e[[]u]",), ("shop-*",))


@pytest.mark.parametrize(
    "cluster",
    [
        {"context": "a", "teller": {"context": "a"}},
        {"context": "a", "teller": {}},
        {"context": "a", "writer": {"context": "b"}, "teller": {"context": "b"}},
    ],
)
def test_teller_is_nobody_else(cluster: dict[str, object]) -> None:
    """Neither who looks nor who changes."""
    with pytest.raises(ValidationError):
        Settings.model_validate({"clusters": {"eu": cluster}})
