"""Dumps that may be mailed: they diagnose like the cluster and hold no secret (cases 31, 35 and 38)."""

import asyncio
import base64
import dataclasses
import json
import shutil
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cluster import dump_writer
from bot.cluster.dump import DumpReader
from bot.cluster.dump_contents import Gap
from bot.diagnosis import keyring
from bot.errors import UsageError
from bot.facts import image
from bot.facts.objects import PullSecret, Unread
from bot.ports.reading import Scan
from tests.fakes.objects import event, named, pod, terminated, waiting


AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[2] / "recordings"
DUMPS = sorted(path.parent for path in RECORDINGS.glob("*/**/dump/nodes.json"))
CANARY = "c4n4ryPassw0rd"
JSON_TYPE = "kubernetes.io/dockerconfigjson"
KINDS = ("ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


class Objects:
    """A source that holds these objects; ``unread`` kinds are forbidden."""

    def __init__(self, *objects: dict[str, Any], unread: tuple[str, ...] = (), log: str = "") -> None:
        self.objects = objects
        self.unread = unread
        self.log = log
        self.is_dump = False

    def covered(self) -> tuple[str, ...] | None:
        """Everywhere."""
        return None

    def is_partial(self, kind: str) -> bool:  # noqa: ARG002  # the same for each
        """No."""
        return False

    def gaps(self) -> tuple[Gap, ...]:
        """None."""
        return ()

    async def raw_list(self, kind: str, namespace: str | None) -> list[dict[str, Any]] | Unread:
        """Those of the kind."""
        if kind in self.unread:
            return Unread(kind, "forbidden")
        return [
            item
            for item in self.objects
            if item["kind"] == kind and namespace in (None, item["metadata"].get("namespace"))
        ]

    async def raw_log(self, namespace: str, pod: str, container: str) -> str | Unread:  # noqa: ARG002
        """The same for each."""
        return self.log or Unread("log", "no log kept")


def coded(text: str) -> str:
    """Base64."""
    return base64.b64encode(text.encode()).decode()


def content(folder: Path) -> bytes:
    """Every byte that was written, names of files included."""
    return b"".join(
        str(path).encode() + path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    )


async def facts(reader: DumpReader, namespaces: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Everything a diagnosis reads."""
    told = [
        ("look", await reader.look(Scan())),
        ("nodes", await reader.nodes()),
        ("names", await reader.namespaces()),
    ]
    for place in namespaces:
        told += [
            (f"pods {place}", await reader.pods(place)),
            (f"events {place}", await reader.events(place)),
            (f"accounts {place}", await reader.service_accounts(place)),
            (f"secrets {place}", await reader.secrets(place)),
            *[(f"{kind} {place}", await reader.owners(place, kind)) for kind in KINDS],
        ]
        pods = await reader.pods(place)
        for each in () if isinstance(pods, Unread) else pods:
            for container in each.containers:
                bad = [run for run in (container.ended, container.last_run) if run and run.exit_code]
                if bad:
                    log = await reader.log_tail(place, each.name, container.name, previous=False)
                    told.append((f"log {each.key} {container.name}", log))
    return iter(told)


def bare(value: Any) -> Any:
    """Facts without annotations, most of which a dump drops."""
    if isinstance(value, tuple):
        return tuple(map(bare, value))
    if dataclasses.is_dataclass(value):
        names = [each.name for each in dataclasses.fields(value) if each.name != "annotations"]
        return type(value), tuple((name, bare(getattr(value, name))) for name in names)
    if isinstance(value, dict):
        return tuple((key, bare(inner)) for key, inner in value.items())
    return value


def values_in(folder: Path) -> set[bytes]:
    """Every value of every Secret of a dump: user names, passwords, encoded and decoded."""
    found: set[bytes] = set()
    for item in json.loads((folder / "secrets.json").read_bytes())["items"]:
        for value in (item.get("data") or {}).values():
            raw = base64.b64decode(value)
            found |= {value.encode(), raw}
            try:
                document = json.loads(raw)
            except ValueError:
                continue
            for entry in document.get("auths", document).values():
                found |= {
                    str(entry[name]).encode() for name in ("username", "password", "auth") if name in entry
                }
    return found - {b""}


@pytest.mark.attack(35, "no value is written")
@pytest.mark.parametrize("source", DUMPS, ids=lambda path: "/".join(path.parts[-3:-1]))
async def test_recording_diagnoses_alike_before_and_after(source: Path, tmp_path: Path) -> None:
    """What a diagnosis reads of every recording is the same from its safe copy, which holds no Secret's value."""
    before = DumpReader.open(source)
    await dump_writer.write(before, tmp_path / "safe", None, before.observed_at)
    after = DumpReader.open(tmp_path / "safe")
    namespaces = before.covered() or ()
    for (name, one), (_, other) in zip(
        await facts(before, namespaces), await facts(after, namespaces), strict=True
    ):
        assert bare(one) == bare(other), name
    assert not any("live" in warning for warning in after.warnings)
    written = content(tmp_path / "safe")
    assert [value for value in values_in(source) if value in written] == []


@pytest.mark.attack(35, "mismatches stay decidable")
@pytest.mark.parametrize(
    "source", [path for path in DUMPS if values_in(path)], ids=lambda path: "/".join(path.parts[-3:-1])
)
async def test_recorded_secrets_match_alike_before_and_after(source: Path, tmp_path: Path) -> None:
    """The kubelet's lookup gives the same entries for every image of the dump."""
    before = DumpReader.open(source)
    await dump_writer.write(before, tmp_path / "safe", None, before.observed_at)
    after = DumpReader.open(tmp_path / "safe")
    for place in before.covered() or ():
        one, other = await before.secrets(place), await after.secrets(place)
        assert not isinstance(one, Unread)
        assert not isinstance(other, Unread)
        for failing in (await before.look(Scan())).pods:
            for container in failing.containers:
                reference = image.parsed(container.image)
                if reference:
                    assert keyring.match(reference, one) == keyring.match(reference, other)
                    assert keyring.near_miss(reference, one) == keyring.near_miss(reference, other)


async def test_second_copy_equals_the_first(tmp_path: Path) -> None:
    """A safe dump may be written again: structure stays structure."""
    source = next(path for path in DUMPS if values_in(path))
    first = DumpReader.open(source)
    await dump_writer.write(first, tmp_path / "one", None, first.observed_at)
    second = DumpReader.open(tmp_path / "one")
    await dump_writer.write(second, tmp_path / "two", None, second.observed_at)
    for name in ("secrets.json", "pods.json", "events.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def planted(plant: str) -> tuple[dict[str, Any], ...]:
    """Objects with a credential in every place where people put one."""
    applied = {
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"data": {"x": plant}}),
        "vault.example/token": plant,
    }
    env = [{"name": "TOKEN", "value": CANARY}]
    container = {
        "name": "app",
        "image": "quay.io/app:1",
        "env": env,
        "args": [f"--token={CANARY}", CANARY],
        "command": ["sh", "-c", plant],
    }
    failing = pod(
        "web-1",
        state=waiting("ErrImagePull", f"failed: {plant}"),
        last=terminated(1),
        metadata={"annotations": applied, "managedFields": [{"manager": CANARY}]},
        spec={
            "containers": [container],
            "imagePullSecrets": [{"name": "regcred"}],
            "volumes": [{"name": "v", "secret": {"secretName": CANARY}}],
        },
    )
    config = {
        "auths": {
            "quay.io": {"username": f"user-{CANARY}", "password": CANARY, "auth": coded(f"bob:{CANARY}")}
        }
    }
    return (
        failing,
        event("web-1", "Failed", f"Failed to pull image: {plant}"),
        named(
            "Secret",
            "regcred",
            type=JSON_TYPE,
            data={".dockerconfigjson": coded(json.dumps(config))},
            metadata={"name": "regcred", "annotations": applied},
        ),
        named(
            "Secret",
            "opaque",
            type="Opaque",
            data={"password": coded(CANARY)},
            stringData={"password": CANARY},
        ),
        named(
            "Deployment",
            "web",
            metadata={"name": "web", "annotations": applied},
            spec={"template": {"spec": {"containers": [container]}}},
        ),
        named("Node", "node-1", "", metadata={"name": "node-1", "annotations": applied}),
        named("ServiceAccount", "default", metadata={"name": "default", "annotations": applied}),
    )


PLANTS = [
    f"https://bob:{CANARY}@registry.corp.example/v2/",
    f"Authorization: Bearer {CANARY}",
    f"password={CANARY}",
    coded(f"bob:{CANARY}"),
    f'{{"auth": "{CANARY}"}}',
    CANARY,  # the very password of the Secret that is dumped
]


@pytest.mark.attack(38, "last-applied-configuration", "managed annotations")
@pytest.mark.parametrize("plant", PLANTS)
async def test_planted_credentials_are_not_written(plant: str, tmp_path: Path) -> None:
    """Case 38: annotations, environment, arguments, messages and logs are as safe as the Secret itself."""
    await dump_writer.write(
        Objects(*planted(plant), log=f"connecting with {plant}"), tmp_path / "safe", None, AT
    )
    written = content(tmp_path / "safe")
    assert CANARY.encode() not in written
    assert coded(f"bob:{CANARY}").encode() not in written
    reader = DumpReader.open(tmp_path / "safe")
    (found,) = (await reader.look(Scan())).pods
    assert (found.containers[0].image, found.pull_secrets) == ("quay.io/app:1", ("regcred",))
    kept = await reader.secret("shop", "regcred")
    assert isinstance(kept, PullSecret)
    assert [entry.key for entry in kept.entries] == ["quay.io"]
    log = await reader.log_tail("shop", "web-1", "app", previous=False)
    assert str(log).startswith("connecting with ")


@pytest.mark.attack(31, "dump")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.text(max_size=40), plant=st.sampled_from(PLANTS), after=st.text(max_size=40))
def test_canary_is_written_nowhere_amid_anything(before: str, plant: str, after: str, tmp_path: Path) -> None:
    """Case 31: whatever stands around it."""
    folder = tmp_path / "safe"
    shutil.rmtree(folder, ignore_errors=True)
    source = Objects(*planted(f"{before} {plant} {after}"), log=f"{before} {plant} {after}")
    asyncio.run(dump_writer.write(source, folder, None, AT))
    assert CANARY.encode() not in content(folder)


async def test_forbidden_kinds_come_back_as_forbidden(tmp_path: Path) -> None:
    """And what was read stays read."""
    source = Objects(*planted(CANARY), unread=("Secret", "Node"))
    written = await dump_writer.write(source, tmp_path / "safe", ("shop",), AT)
    assert {each.what for each in written.unread} >= {"Secret", "Node"}
    reader = DumpReader.open(tmp_path / "safe")
    for answer in (
        await reader.secret("shop", "regcred"),
        await reader.secrets("shop"),
        await reader.nodes(),
    ):
        assert isinstance(answer, Unread)
        assert answer.why == "forbidden"
    assert len(await reader.pods("shop")) == 1
    assert reader.observed_at == AT


async def test_gaps_survive_a_second_writing(tmp_path: Path) -> None:
    """A forbidden kind does not turn into one the dump merely lacks, nor into an absence."""
    await dump_writer.write(Objects(*planted(CANARY), unread=("Secret",)), tmp_path / "one", ("shop",), AT)
    first = DumpReader.open(tmp_path / "one")
    await dump_writer.write(first, tmp_path / "two", ("shop", "pay"), AT)
    second = DumpReader.open(tmp_path / "two")
    answer = await second.secrets("shop")
    assert isinstance(answer, Unread)
    assert answer.why == "forbidden"
    assert isinstance(await second.pods("pay"), Unread)


async def test_only_the_namespaces_asked_for_are_written(tmp_path: Path) -> None:
    """With the nodes, which belong to none; of the others nothing is known."""
    objects = (
        pod("a"),
        pod("b", "pay"),
        named("Namespace", "shop", ""),
        named("Namespace", "pay", ""),
        named("Node", "n", ""),
    )
    await dump_writer.write(Objects(*objects), tmp_path / "safe", ("shop",), AT)
    reader = DumpReader.open(tmp_path / "safe")
    assert [each.name for each in await reader.pods("shop")] == ["a"]
    assert isinstance(await reader.pods("pay"), Unread)
    assert len(await reader.nodes()) == 1
    assert b'"pay"' not in content(tmp_path / "safe")


async def test_every_namespace_is_known_of_a_dump_of_all(tmp_path: Path) -> None:
    """An empty one is empty, not unknown."""
    await dump_writer.write(Objects(pod("a")), tmp_path / "safe", None, AT)
    assert await DumpReader.open(tmp_path / "safe").secrets("anywhere") == ()


async def test_single_objects_stay_single(tmp_path: Path) -> None:
    """A dump of one pod does not become a list of all pods by being written again."""
    (tmp_path / "pod.json").write_text(json.dumps(pod("web-1", state=waiting())))
    before = DumpReader.open(tmp_path / "pod.json")
    await dump_writer.write(before, tmp_path / "safe", None, before.observed_at)
    after = DumpReader.open(tmp_path / "safe")
    assert [each.name for each in (await after.look(Scan())).pods] == ["web-1"]
    assert isinstance(await after.pods("shop"), Unread)


async def test_stripped_secret_stays_unread(tmp_path: Path) -> None:
    """What somebody removed by hand does not come back as an empty Secret."""
    stripped = {"kind": "SecretList", "items": [named("Secret", "regcred", type=JSON_TYPE, data={})]}
    (tmp_path / "all.json").write_text(json.dumps(stripped))
    before = DumpReader.open(tmp_path / "all.json")
    await dump_writer.write(before, tmp_path / "safe", None, before.observed_at)
    assert isinstance(await DumpReader.open(tmp_path / "safe").secret("shop", "regcred"), Unread)


async def test_structure_on_a_live_secret_is_not_copied(tmp_path: Path) -> None:
    """Anybody may annotate a live Secret with entries it does not have."""
    forged = {"imagepull/structure": '{"entries":[{"key":"quay.io"}]}'}
    source = Objects(
        named("Secret", "regcred", type=JSON_TYPE, metadata={"name": "regcred", "annotations": forged})
    )
    await dump_writer.write(source, tmp_path / "safe", None, AT)
    found = await DumpReader.open(tmp_path / "safe").secret("shop", "regcred")
    assert isinstance(found, PullSecret)
    assert (found.entries, found.flaw) == ((), "no-data")


async def test_odd_objects_are_noted_and_not_taken_for_absent(tmp_path: Path) -> None:
    """One that is not of the API's form makes its kind unread in its namespace."""
    odd = {**pod("odd"), "status": {"phase": ["x"]}}
    written = await dump_writer.write(Objects(pod("good"), odd), tmp_path / "safe", None, AT)
    assert len(written.unread) == 1
    assert isinstance(await DumpReader.open(tmp_path / "safe").pods("shop"), Unread)


@pytest.mark.attack(35, "../ in log paths")
@pytest.mark.parametrize("name", ["../../outside", "/abs", "..", ".", "a/b", "a\0b", "", "x" * 300])
async def test_names_do_not_lead_out_of_the_folder(name: str, tmp_path: Path) -> None:
    """A log is written only under names that an API server allows."""
    crashed = pod(name, state=waiting("CrashLoopBackOff"), last=terminated(1))
    await dump_writer.write(Objects(crashed, log="text"), tmp_path / "in" / "safe", None, AT)
    assert b".log" not in content(tmp_path)
    assert str(tmp_path / "in").encode() in content(tmp_path)
    assert content(tmp_path) == content(tmp_path / "in")


def modes_below(folder: Path) -> tuple[set[int], set[int]]:
    """Permissions of the files, and of the folders."""
    files, folders = set(), {stat.S_IMODE(folder.stat().st_mode)}
    for path in folder.rglob("*"):
        (folders if path.is_dir() else files).add(stat.S_IMODE(path.stat().st_mode))
    return files, folders


async def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    """Names of pods and hosts are nobody else's business."""
    crashed = pod("web-1", state=waiting("CrashLoopBackOff"), last=terminated(1))
    await dump_writer.write(Objects(crashed, log="text"), tmp_path / "safe", None, AT)
    assert modes_below(tmp_path / "safe") == ({0o600}, {0o700})


@pytest.mark.parametrize("name", ["notes.txt", "unread.json", "pods.json"])
async def test_folder_with_something_else_in_it_is_refused(name: str, tmp_path: Path) -> None:
    """Nothing is overwritten that is not ours."""
    (tmp_path / name).write_text("{}")
    with pytest.raises(UsageError) as caught:
        await dump_writer.write(Objects(pod()), tmp_path, None, AT)
    assert caught.value.hint
    assert (tmp_path / name).read_text() == "{}"


async def test_earlier_dump_of_ours_is_replaced(tmp_path: Path) -> None:
    """Its files go, logs too, and what else lies there stays."""
    crashed = pod("old", state=waiting("CrashLoopBackOff"), last=terminated(1))
    await dump_writer.write(Objects(crashed, log="text"), tmp_path / "safe", None, AT)
    await dump_writer.write(Objects(pod("new")), tmp_path / "safe", None, AT)
    assert [each.name for each in await DumpReader.open(tmp_path / "safe").pods("shop")] == ["new"]
    assert not (tmp_path / "safe" / "logs").exists()


async def test_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    """One line, with the system's reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        await dump_writer.write(Objects(pod()), tmp_path / "file" / "below", None, AT)
    with pytest.raises(UsageError):
        await dump_writer.write(Objects(pod()), tmp_path / "file", None, AT)


async def test_registry_answers_are_written_as_they_are_given(tmp_path: Path) -> None:
    """Whoever gives them knows the secrets that were met; an older dump's answers go with the dump."""
    auths = {"auths": {"r.example": {"password": CANARY}}}
    data = {".dockerconfigjson": base64.b64encode(json.dumps(auths).encode()).decode()}
    source = Objects(named("Secret", "regcred") | {"type": JSON_TYPE, "data": data})
    known: set[str] = set()

    def answers(secrets: Iterable[str]) -> bytes:
        known.update(secrets)
        return b'{"exchanges": []}'

    written = await dump_writer.write(source, tmp_path / "out", None, AT, answers)
    assert CANARY in known
    assert "registry.json" in written.files
    assert (tmp_path / "out" / "registry.json").read_bytes() == b'{"exchanges": []}'
    assert stat.S_IMODE((tmp_path / "out" / "registry.json").stat().st_mode) == 0o600
    again = await dump_writer.write(source, tmp_path / "out", None, AT)
    assert "registry.json" not in again.files
    assert not (tmp_path / "out" / "registry.json").exists()
