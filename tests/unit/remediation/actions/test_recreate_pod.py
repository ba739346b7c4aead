"""New pods in the place of failing ones."""

from bot.facts.change import Risk
from bot.remediation.actions.recreate_pod import RecreatePod
from bot.remediation.drafting import Draft, Unfit
from bot.remediation.pods import MOST
from tests.fakes import objects
from tests.situations import deployed, failing, situation, workload


async def test_recreate_pod_deletes_what_fails() -> None:
    """Where nothing is lost the risk is low, and nothing is to be said."""
    draft = await RecreatePod().draft(await situation(*deployed(failing("web-1"), failing("web-2"))))
    assert isinstance(draft, Draft)
    assert (draft.risk, draft.headline) == (Risk.LOW, "Replace 2 failing pods of Deployment/web")
    assert len(draft.writes) == 2
    assert not draft.warnings
    assert not any(each.back for each in draft.writes)


async def test_recreate_pod_is_riskier_where_something_is_lost() -> None:
    """And says what."""
    statuses = [{"name": "app", "state": objects.waiting()}, {"name": "log", "state": objects.running()}]
    body = failing("web-1", status={"containerStatuses": statuses})
    draft = await RecreatePod().draft(await situation(*deployed(body)))
    assert isinstance(draft, Draft)
    assert draft.risk is Risk.MEDIUM
    assert draft.headline == "Replace the failing pod of Deployment/web"
    assert draft.warnings


async def test_recreate_pod_leaves_a_bare_pod_alone() -> None:
    """Deleting it would mend nothing."""
    assert isinstance(await RecreatePod().draft(await situation(failing("alone", kind=""))), Unfit)


async def test_recreate_pod_names_the_restart_where_very_many_fail() -> None:
    """Nobody reads a list of hundreds before saying yes."""
    many = [failing(f"web-{number}") for number in range(MOST + 1)]
    found = await RecreatePod().draft(await situation(*deployed(*many)))
    assert isinstance(found, Unfit)
    assert f"at most {MOST} are replaced at once" in found.why
    assert found.commands[0].line == "kubectl -n shop rollout restart deployment/web"


async def test_recreate_pod_lists_the_pods_of_what_cannot_be_restarted() -> None:
    """A Job has no rollout."""
    many = [failing(f"run-{number}", kind="Job", owner="run") for number in range(MOST + 1)]
    found = await RecreatePod().draft(await situation(workload("Job", "run"), *many))
    assert isinstance(found, Unfit)
    assert found.commands[0].line == "kubectl -n shop get pods --field-selector=status.phase=Pending"
