"""What failed lately is found by a piece of its name, and nothing is kept without end."""

from datetime import timedelta

from bot.ports.answering import Failing
from bot.workflows import lately
from bot.workflows.lately import Lately
from tests.fakes.cluster import NOW
from tests.lives import MINUTE, SECOND
from tests.reports import diagnosis, report


def _pods(*names: str) -> list[Failing]:
    return [Failing("eu", *name.split("/"), "ErrImagePull") for name in names]


def _names(found: tuple[Failing, ...]) -> list[str]:
    return [f"{each.namespace}/{each.pod}" for each in found]


def _known(*names: str) -> Lately:
    seen = Lately(MINUTE)
    seen.note("eu", _pods(*names), NOW)
    return seen


def test_names_that_begin_so_come_first() -> None:
    """Then those that hold it; by namespace and name."""
    seen = _known("shop/my-web-1", "shop/web-2", "pay/web-1", "shop/api-1")
    assert _names(seen.find("eu", "web", lambda _: True, 10)) == ["pay/web-1", "shop/web-2", "shop/my-web-1"]
    assert _names(seen.find("eu", "Shop/W", lambda _: True, 10)) == ["shop/web-2"]
    assert _names(seen.find("eu", "", lambda _: True, 2)) == ["pay/web-1", "shop/api-1"]


def test_misspelled_name_finds_the_nearest() -> None:
    """Only when nothing holds what was typed."""
    seen = _known("shop/checkout-7d4f", "shop/search-5b6c")
    assert _names(seen.find("eu", "chekout", lambda _: True, 10)) == ["shop/checkout-7d4f"]
    assert not seen.find("eu", "zzzzzz", lambda _: True, 10)


def test_hidden_pods_are_not_found() -> None:
    """Neither by their name nor by one like it."""
    seen = _known("shop/web-1", "pay/web-2")
    assert _names(seen.find("eu", "web", lambda each: each.namespace == "shop", 10)) == ["shop/web-1"]
    assert not seen.find("eu", "wev-2", lambda each: False, 10)  # noqa: ARG005


def test_look_is_fresh_for_a_while() -> None:
    """An older one is better than none, and says so."""
    seen = _known("shop/web-1")
    assert seen.knows("eu", NOW + MINUTE)
    assert not seen.knows("eu", NOW + MINUTE + SECOND)
    assert not seen.knows("us", NOW)
    assert not seen.find("us", "", lambda _: True, 5)
    seen.forget(["us"])
    assert not seen.knows("eu", NOW)


def test_storm_is_kept_in_bounds() -> None:
    """Twenty thousand names, each once; asking for one of them takes no time to speak of."""
    seen = Lately(timedelta(hours=1))
    seen.note("eu", (each for number in range(30_000) for each in _pods(f"shop/web-{number}") * 2), NOW)
    assert len(seen.find("eu", "", lambda _: True, 50_000)) == 20_000


def test_failing_pods_of_a_report() -> None:
    """Each with its reason."""
    found = list(lately.failing(report(diagnosis())))
    assert found
    assert all(each.reason for each in found)
