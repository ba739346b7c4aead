"""What was typed is checked before anything is opened."""

from pathlib import Path

import pytest

from bot.cli.asking import Asked, Depth, Output, Shape, depth
from bot.errors import UsageError


def test_asking_takes_what_agrees() -> None:
    """Nothing said, a dump, a context, a cluster of the settings: each alone is fine."""
    Asked()
    Asked(source=Path("dump"), at="2026-01-01T00:00:00Z", stalled_after="10m", namespaces=("shop", "pay"))
    Asked(context="prod", kubeconfig=Path("config"), everywhere=True, selector="app in (a, b),!c")
    Asked(clusters=("one", "two"))


@pytest.mark.parametrize(
    "typed",
    [
        {"source": Path("dump"), "context": "prod"},
        {"source": Path("dump"), "kubeconfig": Path("config")},
        {"source": Path("dump"), "clusters": ("one",)},
        {"clusters": ("one",), "context": "prod"},
        {"at": "2026-01-01T00:00:00Z"},
        {"everywhere": True, "namespaces": ("shop",)},
        {"selector": "a=b&limit=1"},
        {"selector": "a" * 1001},
        {"namespaces": ("../etc",)},
        {"namespaces": ("shop",) * 1000},
        {"stalled_after": "0s"},
        {"source": Path("dump"), "at": "now"},
    ],
)
def test_asking_refuses_what_contradicts(typed: dict[str, object]) -> None:
    """Contradictions and unreadable values end with a way out."""
    with pytest.raises(UsageError) as caught:
        Asked(**typed)  # type: ignore[arg-type]
    assert caught.value.hint


def test_asking_comes_out_as_text_unless_said_otherwise() -> None:
    """The plain defaults."""
    assert Shape() == Shape(Output.TEXT, exit_code=False, watch=False, depth=Depth.USUAL)


def test_depth_is_full_or_quick_or_both_in_turn() -> None:
    """Nothing said means both in turn; the two together contradict each other."""
    assert depth(full=False, quick=False) is Depth.USUAL
    assert depth(full=True, quick=False) is Depth.FULL
    assert depth(full=False, quick=True) is Depth.QUICK
    with pytest.raises(UsageError):
        depth(full=True, quick=True)
