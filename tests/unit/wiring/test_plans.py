"""What settings say becomes what a bot works with."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import PlaybookError
from bot.facts.cause import Severity
from bot.facts.people import Grant
from bot.incidents.lifecycle import Patience
from bot.incidents.routing import Match, Tenants
from bot.settings import Settings
from bot.slack.letters import SlackScribe
from bot.wiring import knowledge, plans
from bot.wiring.access import Access
from tests.fakes.store import FakeStore


SETTINGS = Settings.model_validate(
    {
        "clusters": {
            "eu": {"context": "prod", "allow_exec": ["aws"], "namespaces": {"exclude": ["kube-*"]}},
            "us": {"interval": "5m"},
        },
        "detection": {"hold": "2m", "flapping": "1h", "calm": "5s", "storm_after": 7},
        "people": {"ask": [{"who": "@sre", "clusters": "eu"}]},
        "routes": [
            {
                "match": {"severity": "high", "namespaces": "pay-*"},
                "channel": "#pay",
                "mentions": {"high": "@sre"},
                "tenants": {"key": "team", "channels": ["#a"]},
            },
            {"channel": "#rest", "severity_words": {"low": "whenever"}},
        ],
    }
)


def test_access_runs_named_programs_only() -> None:
    """Unlike in a terminal nobody asked for whatever the kubeconfig names."""
    made = plans.access("eu", SETTINGS.clusters["eu"])
    assert made == Access(name="eu", context="prod", may_exec=("aws",), exclude=("kube-*",))
    assert plans.access("us", SETTINGS.clusters["us"]).may_exec == ()


def test_patience_and_grants_are_the_settings_own() -> None:
    """Every time and every word arrives."""
    second, minute = timedelta(seconds=1), timedelta(minutes=1)
    assert plans.patience(SETTINGS) == Patience(2 * minute, 60 * minute, 5 * second, 7)
    assert plans.grants(SETTINGS) == (Grant(("@sre",), ("eu",), ("*",)),)
    assert plans.fresh(SETTINGS) == 10 * minute
    assert plans.fresh(Settings()) == 2 * minute


def test_routes_know_how_bad_causes_are() -> None:
    """Each route as it was written, in order."""
    made = plans.routes(SETTINGS, knowledge())
    first, last = made.routes
    assert first.match == Match(namespaces=("pay-*",), severity=(Severity.HIGH,))
    assert (first.channel, first.mentions, first.tenants) == (
        "#pay",
        {Severity.HIGH: "@sre"},
        Tenants("team", ("#a",)),
    )
    assert (last.match, last.channel, last.severity_words) == (Match(), "#rest", {Severity.LOW: "whenever"})
    assert made.severity("wrong-tag") in Severity


async def test_playbooks_that_cannot_be_used_make_no_plan(tmp_path: Path) -> None:
    """The reason names the folder."""
    wrong = Settings.model_validate({"playbooks": {"folder": str(tmp_path / "none")}})
    with pytest.raises(PlaybookError, match="none"):
        async with plans.planned(wrong, SlackScribe(), print):
            pass


async def test_plan_is_idle_when_no_look_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for one that hangs has an end."""
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "kubeconfig"
    file.write_text(
        '{"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}], '
        '"clusters": [{"name": "x", "cluster": {"server": "http://127.0.0.1:9"}}], "users": [{"name": "x", "user": {}}]}'
    )
    settings = Settings.model_validate({"clusters": {"eu": {"kubeconfig": str(file)}}})
    async with plans.planned(settings, SlackScribe(), print) as plan:
        await plan.idle(timedelta(seconds=1))
        async with plan.world("eu", FakeStore()) as world:
            assert (world.name, world.recollection is not None) == ("eu", True)
            began = asyncio.get_running_loop().time()
            await plan.idle(timedelta(milliseconds=20))
            assert asyncio.get_running_loop().time() - began >= 0.02
        await plan.idle(timedelta(seconds=1))
