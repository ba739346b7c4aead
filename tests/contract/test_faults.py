"""Faults of what the bot stands on that no other suite provokes: a right that is missing, a full disk, twenty thousand failures, words with secrets."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot import wiring
from bot.cli import audit, doctor
from bot.cluster.client import ApiClient
from bot.cluster.reader import ApiReader
from bot.demo.cluster.faults import Fault
from bot.errors import ClusterUnreadable, StoreError
from bot.facts.episode import MOST_MEMBERS
from bot.facts.evidence import Answer
from bot.facts.verdict import Report
from bot.incidents.lifecycle import Turn
from bot.ports.reading import Scan
from bot.registry.unasked import UnaskedRegistry
from bot.store import opening
from bot.wiring.doctor.examining import Examination
from bot.workflows import sweep
from bot.workflows.world import World
from tests import proposed
from tests.fakes import dying, objects
from tests.fakes.api_server import Asked, FakeApiServer, Identity
from tests.fakes.logins import TokenLogin
from tests.lives import Memory, incident
from tests.surroundings import surroundings


CLUSTER = Path(__file__).parents[1] / "recordings/clusters/private-four-namespaces/dump"
CANARY = "c4n4ryPassw0rd"


# --- 24 ---------------------------------------------------------------------------------------------------------------


_WHOLE: list[Report] = []


def _owned(kind: str, by: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """A workload of a kind, perhaps made by another, and a pod of its that fails on a node of another platform."""
    name = kind.lower()
    meta = {"uid": f"uid-{name}"} | ({"ownerReferences": [_reference(by)]} if by else {})
    owner = objects.named(kind, name, metadata=meta)
    message = 'failed to pull and unpack image "registry.example/web:9": no match for platform in manifest: not found'
    state = objects.waiting("ErrImagePull", message)
    return [owner, objects.pod(f"{name}-1", state=state, metadata={"ownerReferences": [_reference(owner)]})]


def _reference(owner: dict[str, Any]) -> dict[str, Any]:
    name = owner["metadata"]["name"]
    return {"kind": owner["kind"], "name": name, "uid": f"uid-{name}", "controller": True}


def _all_kinds() -> list[dict[str, Any]]:
    """Beside the recording: pods of every other kind of workload, and one whose program is for another machine."""
    cron = objects.named("CronJob", "cronjob", metadata={"uid": "uid-cronjob"})
    made = [cron, *_owned("Job", cron), *_owned("StatefulSet"), *_owned("DaemonSet")]
    crashed = objects.waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container")
    return [
        *made,
        objects.pod("other", state=crashed, last=objects.terminated(1)),
        objects.named("Namespace", "shop", ""),
    ]


async def _swept(missing: str) -> Report:
    """A sweep of a recorded cluster, and some more, by somebody who may read all but this."""
    recorded = [
        json.loads(path.read_text()) for path in sorted(CLUSTER.glob("*.json")) if path.stem != "registry"
    ]
    known = wiring.knowledge()

    def allow(asked: Asked) -> bool:
        return missing not in (asked.resource, f"{asked.resource}/{asked.verb}")

    async with (
        FakeApiServer(
            [*recorded, *_all_kinds()], tokens={"made-up": Identity(allow=allow)}, date=None
        ) as server,
        ApiClient(TokenLogin(server.url, ["made-up"])) as client,
    ):
        reader, prober = ApiReader(client, "here"), UnaskedRegistry()
        causes, registries = known.catalog.causes, known.registries
        world = World(
            reader=reader, prober=prober, signatures=known.signatures, causes=causes, registries=registries
        )
        return await sweep.sweep(world, Scan())


def _answers(report: Report) -> dict[tuple[str, str, str], Answer]:
    return {
        (each.failure.pod.key, each.failure.container, said.check): said.answer
        for each in report.diagnoses
        for said in each.verdict.evidence
    }


@pytest.mark.attack(24, "403 on each right alone", "unchecked is said")
@pytest.mark.parametrize(
    "missing",
    [
        "events",
        "namespaces",
        "nodes",
        "secrets",
        "secrets/list",
        "serviceaccounts",
        "replicasets",
        "deployments",
        "statefulsets",
        "daemonsets",
        "jobs",
        "cronjobs",
        "pods/log",
    ],
)
async def test_each_right_that_is_missing_is_told(missing: str) -> None:
    """The diagnosis goes on, says what it could not read, and turns no answer round: it only knows less."""
    if not _WHOLE:
        _WHOLE.append(await _swept(""))
    (whole,), less = _WHOLE, await _swept(missing)
    assert less.diagnoses
    told = " ".join(what for what, why, _ in less.unchecked if "forbidden" in why).lower()
    known, said = _answers(whole), _answers(less)
    assert ("logs" if missing == "pods/log" else missing.partition("/")[0]) in told
    turned = {
        key: answer
        for key, answer in said.items()
        if answer is not Answer.UNKNOWN and known.get(key, answer) not in (answer, Answer.UNKNOWN)
    }
    assert turned == {}
    sure = {each.verdict.cause for each in less.diagnoses if each.verdict.confidence.value == "high"}
    assert sure <= {each.verdict.cause for each in whole.diagnoses}


# --- 29 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.attack(24, "403 on each right alone", "unchecked is said")
@pytest.mark.parametrize("missing", ["pods", "pods/list"])
async def test_sweep_of_nobody_s_pods_is_none(missing: str) -> None:
    """Without the one right that everything begins with, it says so, and not that nothing fails."""
    with pytest.raises(ClusterUnreadable, match="may not list pods"):
        await _swept(missing)


@pytest.mark.attack(29, "bounded memory")
def test_twenty_thousand_random_images_take_bounded_memory() -> None:
    """What is remembered of them names so many and counts the rest, however many there are."""
    storm = [
        incident(f"ns{number % 300}/w{number}", image=f"registry.example/x:{number}")
        for number in range(20_000)
    ]
    memory = Memory()
    memory.look(*storm)
    assert memory.look(*storm) == [Turn.OPENED]
    (only,) = memory.live
    assert (only.workloads, len(only.parts[0].members)) == (20_000, MOST_MEMBERS)
    assert len(msgspec.json.encode(only)) < 400 * MOST_MEMBERS
    assert memory.look() == [Turn.RESOLVED]


# --- 31 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.attack(31, "audit export")
def test_no_secret_is_in_the_exported_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever an API server or a person put into the words of what happened."""
    url = f"sqlite:///{tmp_path / 'imagepull.db'}"
    config = tmp_path / "imagepull.yaml"
    config.write_text(f"store: {{url: '{url}'}}\n")
    said = {
        "answer": f"denied: https://bob:{CANARY}@registry.example",
        "sent": json.dumps({"password": CANARY}),
        "why": f"Authorization: Bearer {CANARY}",
    }

    async def fill() -> None:
        async with opening.opened(url) as store:
            await store.ledger.note([proposed.entry(details=said)])

    asyncio.run(fill())
    assert audit.run_export(config, None) == 0
    assert audit.run_export(config, tmp_path / "kept.jsonl") == 0
    told = capsys.readouterr().out + (tmp_path / "kept.jsonl").read_text()
    assert "denied" in told
    assert CANARY not in told


@pytest.mark.attack(31, "doctor")
async def test_doctor_repeats_no_secret_of_a_server(tmp_path: Path) -> None:
    """What an API server, an admission webhook and Slack say, a database's address and a token of the wrong kind."""
    url = f"https://bob:{CANARY}@somewhere.example"
    async with surroundings(tmp_path) as whole:
        printed = ""
        for fault, verb in ((Fault.UNAVAILABLE, "list"), (Fault.WEBHOOK_DOWN, "patch")):
            whole.cluster.faults.add(fault=fault, verb=verb, times=-1, by=url, message=url)
        whole.slack.service.bot.trouble = f"no_{url}"
        printed += _printed(await whole.examined())
        assert "Slack does not take the bot token" in printed
        assert "may not be listed" in printed
        whole.tokens(SLACK_APP_TOKEN=f"xoxb-{CANARY}")
        printed += _printed(await whole.examined())
        whole.told["store"]["url"] = f"postgresql://imagepull:{CANARY}@127.0.0.1:1/none"
        printed += _printed(await whole.examined())
    assert CANARY not in printed


def _printed(found: Examination) -> str:
    return doctor.text(found, 100, colour=False) + json.dumps(doctor.document(found))


# --- 32 ---------------------------------------------------------------------------------------------------------------


def _let_nothing_grow(connection: Any, _: Any) -> None:
    """SQLite takes it for a full disk when a file may have no more pages than it has."""
    connection.execute("PRAGMA max_page_count = 1")


async def _fill(store: opening.Store) -> None:
    for number in range(1_000):
        await store.keeper.save([dying.begun(f"more-{number}")], [], [])


@pytest.mark.attack(32, "disk full")
async def test_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """One clear line at each write; what is stored can be read, and when there is room all goes on."""
    url = f"sqlite:///{tmp_path / 'imagepull.db'}"
    async with opening.opened(url) as store:
        await store.keeper.save([dying.begun("first")], [], [])
    event.listen(Engine, "connect", _let_nothing_grow)
    try:
        async with opening.opened(url) as store:
            with pytest.raises(StoreError) as refused:
                await _fill(store)
            assert await store.keeper.episode("first") is not None
    finally:
        event.remove(Engine, "connect", _let_nothing_grow)
    assert "full" in refused.value.message
    assert refused.value.hint
    async with opening.opened(url) as store:
        assert await store.keeper.episode("first") is not None
        await store.keeper.save([dying.begun("last")], [], [])
