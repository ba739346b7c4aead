"""Another list of pull secrets, with new pods where none come by themselves."""

from typing import Any

import pytest

from bot.facts.change import Verb
from bot.remediation import pull_secrets
from bot.remediation.drafting import Limits, Situation, Unfit
from bot.remediation.pods import MOST
from bot.remediation.relisting import Relisting, relisted
from tests.fakes.rehearsing import Object
from tests.situations import account, deployed, failing, owned, situation, workload


ARGO = {"labels": {"argocd.argoproj.io/instance": "store"}}


async def _relisted(here: Situation, *more: str) -> Relisting | Unfit:
    held = await pull_secrets.holder(here)
    assert not isinstance(held, Unfit)
    return await relisted(here, held, (*held.names, *more), "said")


def _of(kind: str, *login: str, **more: Any) -> list[Object]:
    spec = {"imagePullSecrets": [{"name": each} for each in login]} if login else {}
    bodies = [workload(kind, "web", *login, more=more), failing("web-1", kind, "web", spec=spec)]
    if kind == "Deployment":
        return deployed(login=login, more=more)
    if kind == "CronJob":
        bodies = [
            bodies[0],
            workload("Job", "run", metadata=owned("CronJob", "web")),
            failing("run-1", "Job", "run"),
        ]
    return [*bodies, account()]


async def test_an_accounts_new_list_needs_new_pods() -> None:
    """A pod that is there never gets it."""
    found = await _relisted(await situation(*deployed(), account()), "new")
    assert isinstance(found, Relisting)
    assert [(each.verb, each.key.kind) for each in found.writes] == [
        (Verb.PATCH, "ServiceAccount"),
        (Verb.DELETE, "Pod"),
    ]
    assert found.writes[0].said == "said"
    assert not found.warnings


@pytest.mark.parametrize(
    ("kind", "more", "verbs"),
    [
        ("Deployment", {}, [Verb.PATCH]),
        ("DaemonSet", {"updateStrategy": {"type": "RollingUpdate"}}, [Verb.PATCH]),
        ("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, [Verb.PATCH, Verb.DELETE]),
        ("StatefulSet", {"updateStrategy": {"type": "RollingUpdate"}}, [Verb.PATCH, Verb.DELETE]),
        ("CronJob", {}, [Verb.PATCH]),
    ],
)
async def test_a_templates_new_list_makes_pods_where_it_rolls_out(
    kind: str, more: dict[str, Any], verbs: list[Verb]
) -> None:
    """A StatefulSet waits for its failing pod, and a Job that was started keeps its template."""
    found = await _relisted(await situation(*_of(kind, "old", **more)), "new")
    assert isinstance(found, Relisting)
    assert [each.verb for each in found.writes] == verbs
    assert found.warnings or Verb.DELETE in verbs


async def test_a_list_that_is_there_already_needs_pods_alone() -> None:
    """And where these come by themselves nothing is to be done."""
    found = await _relisted(await situation(*deployed(), account("default", "late")))
    assert isinstance(found, Relisting)
    assert [each.verb for each in found.writes] == [Verb.DELETE]
    nothing = await _relisted(await situation(*deployed(login=["old"])))
    assert isinstance(nothing, Unfit)


async def test_what_others_get_too_is_told() -> None:
    """One or many, or nobody knows."""
    robot = [*deployed(failing(spec={"serviceAccountName": "robot"}), account="robot"), account("robot")]
    told = []
    for count in (1, 2):
        others = [workload("Deployment", f"other-{number}", account="robot") for number in range(count)]
        found = await _relisted(await situation(*robot, *others), "new")
        assert isinstance(found, Relisting)
        told.append(found.warnings[0].partition(" ServiceAccount")[0])
    assert told == ["1 other workload uses", "2 other workloads use"]


async def test_a_paused_deployment_gets_nothing() -> None:
    """Nothing of it would roll out."""
    found = await _relisted(await situation(*_of("Deployment", "old", paused=True)), "new")
    assert isinstance(found, Unfit)
    assert "paused" in found.why


async def test_what_a_tool_owns_is_changed_in_its_source() -> None:
    """Unless the settings say so; then it is a warning."""
    bodies = [*deployed(login=["old"], metadata=dict(ARGO)), account()]
    found = await _relisted(await situation(*bodies), "new")
    assert isinstance(found, Unfit)
    assert "Argo CD (application store)" in found.why
    assert found.change.splitlines()[-1] == "+      - name: new"
    allowed = await _relisted(await situation(*bodies, limits=Limits(gitops=True)), "new")
    assert isinstance(allowed, Relisting)
    assert "Argo CD" in allowed.warnings[0]


async def test_an_account_that_a_tool_owns_is_changed_in_its_source() -> None:
    """Even where the workload is nobody's."""
    found = await _relisted(await situation(*deployed(), account("default", **ARGO)), "new")
    assert isinstance(found, Unfit)
    assert found.why.startswith("ServiceAccount shop/default is owned by Argo CD")


async def test_new_pods_of_an_owned_workload_change_nothing_of_its_source() -> None:
    """So they need nobody's leave."""
    bodies = [*deployed(metadata=dict(ARGO)), account("default", "late")]
    assert isinstance(await _relisted(await situation(*bodies)), Relisting)


async def test_very_many_failing_pods_are_left_to_a_restart() -> None:
    """The account alone is changed, and the command is told."""
    many = [failing(f"web-{number}") for number in range(MOST + 1)]
    found = await _relisted(await situation(*deployed(*many), account()), "new")
    assert isinstance(found, Relisting)
    assert [each.verb for each in found.writes] == [Verb.PATCH]
    assert "kubectl -n shop rollout restart deployment/web" in found.warnings[-1]


async def test_no_list_is_changed_where_no_new_pods_can_come() -> None:
    """As for a Job that has failed too often."""
    job = workload("Job", "run", more={"backoffLimit": 0})
    found = await _relisted(await situation(job, failing("run-1", "Job", "run"), account()), "new")
    assert isinstance(found, Unfit)
