"""A CronJob or a rollout is stopped, and nothing else."""

import json

import pytest

from bot.facts.change import ObjectKey, Risk
from bot.ports.rehearsing import Declined, Reason
from bot.remediation.actions.suspend import Suspend
from bot.remediation.drafting import Draft, Limits, Unfit
from tests.fakes.rehearsing import Object, applied, undone
from tests.situations import deployed, failing, owned, situation, workload


ARGO = {"labels": {"argocd.argoproj.io/instance": "store"}}


def _cron(**more: object) -> list[Object]:
    job = workload("Job", "run", metadata=owned("CronJob", "report"))
    return [workload("CronJob", "report", more=more), job, failing("run-1", kind="Job", owner="run")]


@pytest.mark.parametrize(
    ("bodies", "field", "value"),
    [
        (_cron(suspend=False), "suspend", "false"),
        (_cron(), "suspend", "null"),
        (deployed(), "paused", "null"),
    ],
)
async def test_suspend_sets_one_field_that_is_not_set(bodies: list[Object], field: str, value: str) -> None:
    """The way back makes it what it was."""
    here = await situation(*bodies)
    draft = await Suspend().draft(here)
    assert isinstance(draft, Draft)
    (write,) = draft.writes
    assert json.loads(write.patch) == {"spec": {field: True}}
    assert [(each.path, each.value) for each in write.depends] == [(("spec", field), value)]
    live = await here.rehearse.read(write.key)
    body = dict(live.body)  # type: ignore[union-attr]  # it is there
    assert undone(write, applied(write, body)) == body
    assert draft.risk is Risk.MEDIUM


async def test_suspend_says_what_goes_on() -> None:
    """Neither stops what is there."""
    rollout = await Suspend().draft(await situation(*deployed()))
    cron = await Suspend().draft(await situation(*_cron()))
    assert isinstance(rollout, Draft)
    assert isinstance(cron, Draft)
    assert rollout.headline == "Pause the rollout of Deployment shop/web"
    assert "Pods that are there stay" in rollout.warnings[0]
    assert cron.headline == "Suspend CronJob shop/report"
    assert "A Job that was started goes on" in cron.warnings[0]


async def test_suspend_does_nothing_twice() -> None:
    """And says that it is done."""
    assert await Suspend().draft(await situation(*_cron(suspend=True))) == Unfit(
        "CronJob shop/report has suspend: true already"
    )


@pytest.mark.parametrize(("kind", "commands"), [("StatefulSet", 1), ("DaemonSet", 0)])
async def test_suspend_of_others_would_stop_what_runs(kind: str, commands: int) -> None:
    """Which a person decides."""
    found = await Suspend().draft(
        await situation(workload(kind, "db"), failing("db-0", kind=kind, owner="db"))
    )
    assert isinstance(found, Unfit)
    assert "without stopping what runs" in found.why
    assert len(found.commands) == commands


async def test_suspend_of_what_a_tool_owns_belongs_into_its_source() -> None:
    """Unless the settings let the bot do it."""
    bodies = deployed(metadata=dict(ARGO))
    found = await Suspend().draft(await situation(*bodies))
    assert isinstance(found, Unfit)
    assert found.change == " spec:\n+  paused: true"
    draft = await Suspend().draft(await situation(*bodies, limits=Limits(gitops=True)))
    assert isinstance(draft, Draft)
    assert "Argo CD" in draft.warnings[-1]


async def test_suspend_tells_what_is_gone_or_may_not_be_read() -> None:
    """In the API server's words."""
    key = ObjectKey("Deployment", "shop", "web")
    here = await situation(*deployed(), refusals={key: Declined(Reason.FORBIDDEN, "no")})
    assert await Suspend().draft(here) == Unfit("Deployment shop/web cannot be read: no")
    here = await situation(*deployed())
    here.rehearse.store.delete("deployments", "shop", "web")  # type: ignore[attr-defined]  # the fake's
    assert await Suspend().draft(here) == Unfit("Deployment shop/web is gone")
