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


def _told(**clusters: object) -> Settings:
    return Settings.model_validate({"clusters": clusters})


def test_teller_that_is_another_one_than_at_the_start_is_named() -> None:
    """New, exchanged or taken out, or another way to the cluster; where it may write is taken up at once."""
    teller = {"context": "b", "namespaces": "shop"}
    first = _told(eu={"context": "a", "teller": teller}, us={"context": "c"})
    same = _told(
        eu={"context": "a", "interval": "5m", "teller": {**teller, "namespaces": "pay"}}, us={"context": "d"}
    )
    assert tellers.changed(first, same) == ()
    assert tellers.changed(first, _told(us={"context": "c"})) == ()
    others = [
        _told(eu={"context": "a"}),
        _told(eu={"context": "z", "teller": teller}),
        _told(eu={"context": "a", "teller": {"token_file": "/t"}}),
    ]
    assert [tellers.changed(first, each) for each in others] == [("clusters.eu.teller",)] * 3
    new = _told(asia={"context": "a", "teller": teller}, us={"context": "c", "teller": teller})
    assert tellers.changed(first, new) == ("clusters.asia.teller", "clusters.us.teller")


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
