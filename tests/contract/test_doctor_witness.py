"""The doctor on who reads what nodes say: whole, lacking, and more than it should be, on the simulated API server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from bot.facts.finding import Finding, State
from tests.surroundings import Surroundings, surroundings


RBAC = Path(__file__).parents[2] / "deploy" / "rbac" / "tier-3-witness.yaml"
SPACE = "imagepull-witness"
KEY = "clusters.prod rights"
LOOK = "imagepull-witness-look"


@asynccontextmanager
async def _around(folder: Path) -> AsyncIterator[Surroundings]:
    """What is shipped stands, and who looks may look nowhere else than in namespaces that are named."""
    async with surroundings(folder) as whole:
        for each in yaml.safe_load_all(RBAC.read_text()):
            whole.cluster.store.put(each)
        role = whole.cluster.store.get("clusterroles", "", "imagepull-explain")
        rules = [each for each in role["rules"] if "batch" not in each["apiGroups"]]
        whole.cluster.store.put({**role, "rules": rules})
        whole.told["witness"] = {"image": "imagepull:0.1.0"}
        whole.told["approvals"] = [{"actions": "ask-node", "approvers": "@sre"}]
        yield whole


async def _told(whole: Surroundings) -> list[Finding]:
    found = (await whole.examined()).findings
    mine = (f"in {SPACE}:", f"whole in {SPACE}")
    return [each for each in found if each.key == KEY and any(words in each.says for words in mine)]


def _put(whole: Surroundings, name: str, **changed: Any) -> None:
    role = whole.cluster.store.get("roles", SPACE, name)
    whole.cluster.store.put({**role, **changed})


async def test_reader_of_what_nodes_say_has_what_is_shipped(tmp_path: Path) -> None:
    """And nobody is looked at where no approval lets nodes be asked."""
    async with _around(tmp_path) as whole:
        assert [each.state for each in await _told(whole)] == [State.OK]
        whole.told["approvals"] = [{"actions": "recreate-pod", "approvers": "@sre"}]
        assert await _told(whole) == []


async def test_reader_that_may_not_read_what_nodes_say_is_found(tmp_path: Path) -> None:
    """With what is lost and the command, which grants it to the account that the file names."""
    async with _around(tmp_path) as whole:
        _put(whole, LOOK, rules=[])
        (found,) = await _told(whole)
        assert found.state is State.WRONG
        assert "may not get jobs.batch; lost: what a node says" in found.says
        assert found.remedy == f"kubectl --context reader apply -n {SPACE} -f deploy/rbac/{RBAC.name}"
        whole.told["approvals"] = [{"actions": "*", "approvers": "@sre"}]
        (found,) = await _told(whole)
        assert found.state is State.WARNING


async def test_reader_that_may_make_jobs_there_is_too_wide(tmp_path: Path) -> None:
    """What it makes there would have the node's network."""
    async with _around(tmp_path) as whole:
        binding = whole.cluster.store.get("rolebindings", SPACE, "imagepull-witness")
        subjects = [{"kind": "ServiceAccount", "name": "imagepull", "namespace": "imagepull"}]
        whole.cluster.store.put({**binding, "subjects": subjects})
        whole.told["clusters"]["prod"]["namespaces"] = {"include": ["shop", "pay"]}
        states = {each.state: each.says for each in await _told(whole)}
        assert set(states) == {State.OK, State.WARNING}
        assert states[State.WARNING].endswith("and may create/delete jobs.batch")
