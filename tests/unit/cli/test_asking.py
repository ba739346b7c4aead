"""What was typed is checked before anything is opened."""

from pathlib import Path
from typing import Any

import pytest

from bot.cli.asking import Asked, Depth, Output, Probe, Shape, depth
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
        {"source": Path("dump"), "probe": Probe.ANONYMOUS},
        {"source": Path("dump"), "probe": Probe.OFF},
        {"source": Path("dump"), "allow_registries": ("registry.corp.example",)},
        {"probe": Probe.OFF, "allow_registries": ("registry.corp.example",)},
        {"allow_registries": ("https://registry.corp.example",)},
        {"allow_registries": ("registry",)},
        {"allow_registries": ("*.corp.example",)},
        {"allow_registries": ("registry.corp.example=",)},
        {"allow_registries": ("registry.corp.example=10.0.0.1/8",)},
        {"allow_registries": ("registry.corp.example=169.254.169.254",)},
        {"allow_registries": ("registry.corp.example=0.0.0.0/0",)},
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


def test_asking_reads_which_registries_are_allowed() -> None:
    """A host may be given several times, with other addresses."""
    typed = ("a.example", "b.example:5000=10.20.0.0/16", "b.example:5000=[fd00::7]:5000", "[::1]:5000=::1")
    allowed = Asked(allow_registries=typed).allowed
    assert {host: [str(each) for each in addresses] for host, addresses in allowed.items()} == {
        "a.example": [],
        "b.example:5000": ["10.20.0.0/16", "[fd00::7]:5000"],
        "[::1]:5000": ["::1"],
    }


def test_asking_does_not_repeat_a_password() -> None:
    """Whoever pastes a URL with one gets it back struck out."""
    with pytest.raises(UsageError) as caught:
        Asked(allow_registries=("https://bob:hunter2-canary@registry.corp.example",))
    assert "hunter2-canary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("other", [{"output": Output.JSON}, {"watch": True}])
def test_proof_is_of_one_look_in_one_form(other: dict[str, Any]) -> None:
    """A transcript is JSON already, and has an end."""
    with pytest.raises(UsageError, match="--prove"):
        Shape(prove=True, **other)
    assert Shape(prove=True, exit_code=True).prove


@pytest.mark.parametrize(
    ("output", "shape"),
    [
        (Output.SLACK, {"watch": True}),
        (Output.SLACK, {"prove": True}),
        (Output.JSON, {"prove": True}),
        (Output.TEXT, {"prove": True, "watch": True}),
    ],
)
def test_shape_refuses_what_contradicts(output: Output, shape: dict[str, bool]) -> None:
    """Whole messages are no changes, and a transcript is no answer; each with a way out."""
    with pytest.raises(UsageError) as caught:
        Shape(output, **shape)  # type: ignore[arg-type]
    assert caught.value.hint
    Shape(output)
