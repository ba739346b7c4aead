"""A dump answers like a cluster: what it lacks is unknown, what it lists as empty is absent."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cluster.dump import DumpReader
from bot.errors import BotError, ClusterUnreadable, UsageError
from bot.facts.objects import Pod, PullSecret, Unread
from bot.ports.reading import ClusterReader, Scan
from tests.fakes.objects import EARLIER, NOW, event, named, pod, terminated, waiting


NOW_TIME = datetime(2026, 11, 22, 9, tzinfo=UTC)
FAILING = pod("web-1", state=waiting(), spec={"imagePullSecrets": [{"name": "regcred"}]})
HEALTHY = pod("web-2")
JSON_TYPE = "kubernetes.io/dockerconfigjson"


def listed(kind: str, *items: dict[str, Any]) -> dict[str, Any]:
    """What the API answers to a list: the items carry no kind."""
    bare = [
        {key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for item in items
    ]
    return {"kind": f"{kind}List", "apiVersion": "v1", "items": bare}


def dump(folder: Path, /, **files: Any) -> DumpReader:
    """A dump of these JSON files."""
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return DumpReader.open(folder)


def full(folder: Path, **more: Any) -> DumpReader:
    """A dump of one failing and one healthy pod, with everything around them."""
    files = {
        "pods": listed("Pod", FAILING, HEALTHY),
        "events": listed(
            "Event", event("web-1"), event("web-2", "Pulled", "done"), event("web-2", "Started", "x")
        ),
        "serviceaccounts": listed("ServiceAccount", named("ServiceAccount", "default")),
        "secrets": listed("Secret"),
        "nodes": listed("Node", named("Node", "node-1", "")),
        "namespaces": listed("Namespace", named("Namespace", "shop", ""), named("Namespace", "pay", "")),
        "deployments": listed("Deployment", named("Deployment", "web")),
    }
    return dump(folder, **(files | more))


async def test_look_gives_the_suspects_with_their_events(tmp_path: Path) -> None:
    """Healthy pods are counted and left out, and so are their good events."""
    sighting = await full(tmp_path).look(Scan())
    assert [each.name for each in sighting.pods] == ["web-1"]
    assert list(sighting.events) == ["shop/web-1"]
    assert (sighting.seen, sighting.complete, sighting.unread) == (2, True, ())
    assert sighting.observed_at == NOW_TIME


async def test_look_keeps_failed_events_of_pods_that_recovered(tmp_path: Path) -> None:
    """They are how a recovery is told."""
    reader = full(tmp_path, events=listed("Event", event("web-2"), event("gone")))
    assert list((await reader.look(Scan())).events) == ["shop/gone", "shop/web-2"]


async def test_look_obeys_namespaces_and_labels(tmp_path: Path) -> None:
    """As the API server would."""
    other = pod("web-1", "pay", state=waiting(), metadata={"labels": {"app": "x"}})
    reader = full(tmp_path, pods=listed("Pod", FAILING, other))
    assert [each.key for each in (await reader.look(Scan(namespaces=("pay",)))).pods] == ["pay/web-1"]
    found = await reader.look(Scan(labels="app=x"))
    assert [each.key for each in found.pods] == ["pay/web-1"]
    assert found.events == {}


async def test_look_says_what_the_dump_lacks(tmp_path: Path) -> None:
    """No pods in it: nothing was looked at, and nothing is said to be healthy."""
    reader = dump(tmp_path, nodes=listed("Node", named("Node", "n", "")))
    sighting = await reader.look(Scan())
    assert ([each.what for each in sighting.unread], sighting.complete) == (["pods", "events"], False)
    assert all(each.why == "not in the dump" and "kubectl get" in each.remedy for each in sighting.unread)


async def test_reads_of_what_is_there(tmp_path: Path) -> None:
    """Every question of the port."""
    reader: ClusterReader = full(tmp_path)
    assert reader.name == tmp_path.name
    found = await reader.pod("shop", "web-1")
    assert isinstance(found, Pod)
    assert await reader.pod("shop", "absent") is None
    assert [each.name for each in await reader.pods("shop")] == ["web-1", "web-2"]
    assert await reader.neighbours("shop") == await reader.pods("shop")
    assert [each.reason for each in await reader.events_of("shop", "web-2")] == ["Pulled", "Started"]
    assert [each.reason for each in await reader.events("shop")] == ["Failed", "Pulled"]
    assert [each.name for each in await reader.nodes()] == ["node-1"]
    assert [each.name for each in await reader.service_accounts("shop")] == ["default"]
    assert await reader.namespaces() == ("pay", "shop")
    assert [each.name for each in await reader.owners("shop", "Deployment")] == ["web"]


async def test_empty_list_is_an_absence(tmp_path: Path) -> None:
    """``secrets.json`` is there and holds none: then the Secret does not exist."""
    reader = full(tmp_path)
    assert await reader.secret("shop", "regcred") is None
    assert await reader.secrets("shop") == ()


async def test_empty_list_of_kubectl_is_told_by_its_file(tmp_path: Path) -> None:
    """``kubectl get secrets -o json`` writes a ``List`` without a word of what it is a list of."""
    reader = full(tmp_path, secrets={"kind": "List", "items": []})
    assert await reader.secrets("shop") == ()
    assert isinstance(await reader.owners("shop", "Job"), Unread)


async def test_kind_that_the_dump_lacks_is_unread(tmp_path: Path) -> None:
    """Each read says so, with the command that would add it."""
    reader = dump(tmp_path, pods=listed("Pod", FAILING))
    for answer in (
        await reader.events("shop"),
        await reader.events_of("shop", "web-1"),
        await reader.nodes(),
        await reader.service_accounts("shop"),
        await reader.secret("shop", "regcred"),
        await reader.secrets("shop"),
        await reader.namespaces(),
        await reader.owners("shop", "Rollout"),
        await reader.log_tail("shop", "web-1", "app", previous=False),
    ):
        assert isinstance(answer, Unread)
        assert answer.why == "not in the dump"
        assert answer.remedy


async def test_namespace_of_which_the_dump_holds_nothing_is_unread(tmp_path: Path) -> None:
    """A dump of ``-n shop`` says nothing of ``pay``, even when the list of namespaces names it."""
    reader = full(tmp_path)
    for answer in (
        await reader.pods("pay"),
        await reader.secrets("pay"),
        await reader.pod("pay", "x"),
        await reader.secret("pay", "y"),
    ):
        assert isinstance(answer, Unread)
    assert (await reader.look(Scan(namespaces=("pay",)))).complete is False


async def test_listed_namespace_is_empty_in_a_dump_of_several(tmp_path: Path) -> None:
    """Objects of two namespaces come from ``-A``; then a third that is only named holds nothing."""
    names = [named("Namespace", name, "") for name in ("shop", "pay", "empty")]
    reader = full(
        tmp_path, pods=listed("Pod", FAILING, pod("x", "pay")), namespaces=listed("Namespace", *names)
    )
    assert await reader.secrets("empty") == ()
    assert isinstance(await reader.secrets("unheard-of"), Unread)


async def test_single_objects_say_nothing_of_their_neighbours(tmp_path: Path) -> None:
    """``kubectl get pod web-1 -o json`` is one pod, not all of them."""
    reader = dump(
        tmp_path,
        pod=FAILING,
        secret=named("Secret", "other", type="Opaque"),
        namespace=named("Namespace", "shop", ""),
    )
    assert isinstance(await reader.pod("shop", "web-1"), Pod)
    assert isinstance(await reader.pod("shop", "web-9"), Unread)
    assert isinstance(await reader.pods("shop"), Unread)
    assert isinstance(await reader.secret("shop", "regcred"), Unread)
    assert isinstance(await reader.namespaces(), Unread)
    sighting = await reader.look(Scan())
    assert ([each.name for each in sighting.pods], sighting.complete) == (["web-1"], False)


async def test_yaml_and_json_and_folders_mix(tmp_path: Path) -> None:
    """Any number of files, of either sort, at any depth."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pods.yaml").write_text(yaml.safe_dump({"kind": "List", "items": [FAILING]}))
    (tmp_path / "rest.json").write_text(
        json.dumps(listed("Event", event())) + "\n" + json.dumps(listed("Node"))
    )
    reader = DumpReader.open(tmp_path)
    sighting = await reader.look(Scan())
    assert (len(sighting.pods), len(sighting.events), sighting.observed_at) == (1, 1, NOW_TIME)
    assert await reader.nodes() == ()


async def test_newest_copy_of_an_object_counts(tmp_path: Path) -> None:
    """By resourceVersion, whichever file comes first; odd versions do no harm."""
    old = pod("web-1", state=waiting(), metadata={"resourceVersion": "9"})
    new = pod("web-1", metadata={"resourceVersion": "10"})
    odd = pod("web-1", state=waiting(), metadata={"resourceVersion": "x"})
    for files in ((old, new, odd), (odd, new, old), (new, odd, old)):
        reader = dump(tmp_path, **{f"f{number}": listed("Pod", item) for number, item in enumerate(files)})
        sighting = await reader.look(Scan())
        assert (sighting.pods, sighting.seen) == ((), 1)


async def test_damaged_object_is_unread_and_the_rest_is_read(tmp_path: Path) -> None:
    """One odd pod is neither taken for absent nor the end of everything."""
    odd = {**pod("odd"), "status": {"phase": ["Pending"]}}
    reader = full(tmp_path, pods=listed("Pod", FAILING, odd))
    assert isinstance(await reader.pod("shop", "odd"), Unread)
    assert isinstance(await reader.pods("shop"), Unread)
    sighting = await reader.look(Scan())
    assert ([each.name for each in sighting.pods], sighting.complete) == (["web-1"], False)
    assert any("odd" in warning for warning in reader.warnings)


async def test_damaged_object_is_passed_on_as_unread(tmp_path: Path) -> None:
    """A safe copy of the dump must not take it for absent either; nor is a list of nodes whole without one of them."""
    odd = {**pod("odd"), "status": {"phase": ["Pending"]}}
    node = {"kind": "Node", "metadata": {"name": "n1"}, "status": 7}
    reader = full(tmp_path, pods=listed("Pod", FAILING, odd), nodes=listed("Node", node))
    assert {(gap.kind, gap.namespace) for gap in reader.gaps()} == {("Pod", "shop"), ("Node", "")}
    assert isinstance(await reader.nodes(), Unread)


async def test_object_of_an_odd_version_is_not_absent(tmp_path: Path) -> None:
    """Its kind and its name are told, whatever stands beside them."""
    odd = {**pod("odd"), "apiVersion": ["v1"]}
    reader = full(tmp_path, pods={"kind": "List", "items": [FAILING, odd]})
    found = await reader.pods("shop")
    assert not isinstance(found, Unread)
    assert {each.name for each in found} == {"web-1", "odd"}


@pytest.mark.parametrize("text", ["<html>log in first</html>", '{"error": "log in first"}'])
async def test_file_without_objects_is_left_out_and_told(tmp_path: Path, text: str) -> None:
    """A login page saved as nodes.json is no list of nodes, and nobody should have to guess why it is missing."""
    dump(tmp_path, pods=listed("Pod", FAILING))
    (tmp_path / "nodes.json").write_text(text, encoding="utf-8")
    reader = DumpReader.open(tmp_path)
    assert any("'nodes.json' holds no Kubernetes object" in warning for warning in reader.warnings)
    assert isinstance(await reader.nodes(), Unread)


async def test_nameless_objects_are_left_out_and_told(tmp_path: Path) -> None:
    """Missing metadata of every degree; an event needs no name."""
    nameless = [{}, {"metadata": None}, {"metadata": {"name": ""}}, {"metadata": {"name": 7}}]
    unnamed_event = {**event("web-1"), "metadata": {"namespace": "shop"}}
    reader = full(
        tmp_path, pods=listed("Pod", FAILING, *nameless), events=listed("Event", unnamed_event, unnamed_event)
    )
    assert len(await reader.pods("shop")) == 1
    assert len(await reader.events("shop")) == 2
    assert any("4 objects have no name" in warning for warning in reader.warnings)


def secret(name: str = "regcred", **more: Any) -> dict[str, Any]:
    """A pull secret with live values."""
    data = {".dockerconfigjson": "eyJhdXRocyI6eyJxdWF5LmlvIjp7ImF1dGgiOiJkWE5sY2pwd1lYTnoifX19"}
    return named("Secret", name, **({"type": JSON_TYPE, "data": data} | more))


@pytest.mark.attack(35, "warning for live Secrets")
async def test_live_secrets_are_reduced_and_warned_about(tmp_path: Path) -> None:
    """Case 35: the structure answers, the values stay nowhere, and a person is told."""
    reader = full(tmp_path, secrets=listed("Secret", secret(), secret("unnamed", type="Opaque")))
    found = await reader.secret("shop", "regcred")
    assert isinstance(found, PullSecret)
    assert [entry.key for entry in found.entries] == ["quay.io"]
    assert [each.name for each in await reader.secrets("shop")] == ["regcred"]
    assert any("secrets.json" in warning and "live" in warning for warning in reader.warnings)
    assert "dXNlc" not in repr(vars(reader))
    assert "pass" not in repr(found.entries).replace("has_password", "")


async def test_named_secret_of_another_type_is_given(tmp_path: Path) -> None:
    """Its wrong type is the finding."""
    reader = full(tmp_path, secrets=listed("Secret", secret(type="Opaque"), secret("other", type="Opaque")))
    assert [(each.name, each.flaw) for each in await reader.secrets("shop")] == [("regcred", "wrong-type")]


async def test_stripped_secret_is_unread(tmp_path: Path) -> None:
    """Somebody took the values out by hand: nothing can be said of what was in it."""
    reader = full(tmp_path, secrets=listed("Secret", secret(data={".dockerconfigjson": "***"})))
    assert isinstance(await reader.secret("shop", "regcred"), Unread)
    assert isinstance(await reader.secrets("shop"), Unread)
    assert await reader.secret("shop", "other") is None


@pytest.mark.attack(35, "../ in log paths")
async def test_logs_are_found_by_walking(tmp_path: Path) -> None:
    """The last 4 kB; the previous run's where there is one; a name leads nowhere but to its own file."""
    (tmp_path.parent / "outside.log").write_text("no")
    place = tmp_path / "logs" / "shop" / "web-1"
    place.mkdir(parents=True)
    (place / "app.log").write_text("x" * 5000 + "exec format error")
    (place / "app.previous.log").write_text("before")
    reader = full(tmp_path)
    text = await reader.log_tail("shop", "web-1", "app", previous=False)
    assert isinstance(text, str)
    assert (len(text), text[-17:]) == (4096, "exec format error")
    assert await reader.log_tail("shop", "web-1", "app", previous=True) == "before"
    for name in ("../../../outside", "/etc/passwd", "..", "", "a\0b"):
        assert isinstance(await reader.log_tail("shop", "web-1", name, previous=False), Unread)
        assert isinstance(await reader.log_tail("shop", name, "app", previous=False), Unread)


def test_now_may_be_given(tmp_path: Path) -> None:
    """Otherwise it is the newest moment in the dump, and a dump without any needs it."""
    assert full(tmp_path).observed_at == NOW_TIME
    assert NOW > EARLIER
    at = datetime(2030, 1, 1, tzinfo=UTC)
    assert DumpReader.open(tmp_path, at).observed_at == at
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "pods.json").write_text(json.dumps(listed("Pod", {"metadata": {"name": "x"}})))
    with pytest.raises(UsageError) as caught:
        DumpReader.open(bare)
    assert "--at" in caught.value.hint
    assert DumpReader.open(bare, at).observed_at == at


@pytest.mark.parametrize("content", ["", "{}", '{"name": "package"}', "[]"])
def test_folder_without_objects_is_refused(tmp_path: Path, content: str) -> None:
    """With the command that would fill it."""
    (tmp_path / "package.json").write_text(content)
    with pytest.raises(ClusterUnreadable) as caught:
        DumpReader.open(tmp_path)
    assert "kubectl get" in caught.value.hint


def test_damaged_file_is_named(tmp_path: Path) -> None:
    """Cut off in the middle: nothing in it can be trusted."""
    (tmp_path / "pods.json").write_text(json.dumps(listed("Pod", FAILING))[:-20])
    with pytest.raises(BotError) as caught:
        DumpReader.open(tmp_path)
    assert "pods.json" in caught.value.message


async def test_crashed_pods_are_suspects(tmp_path: Path) -> None:
    """``exec format error`` shows after a good pull."""
    reader = full(
        tmp_path, pods=listed("Pod", pod("crash", state=waiting("CrashLoopBackOff"), last=terminated(1)))
    )
    assert [each.name for each in (await reader.look(Scan())).pods] == ["crash"]


def test_registry_answers_lie_beside_the_objects(tmp_path: Path) -> None:
    """As bytes, by the name of their file; who reads them is another's business."""
    reader = full(tmp_path, registry={"exchanges": [1]}, answers={"image": "x", "exchanges": [2]})
    assert [(name, json.loads(raw)["exchanges"]) for name, raw in reader.registry_answers()] == [
        ("registry.json", [1]),
        ("answers.json", [2]),
    ]
    assert not [line for line in reader.warnings if "json" in line]


def test_registry_answers_alone_are_no_dump(tmp_path: Path) -> None:
    """Nothing can be said of a cluster by them."""
    with pytest.raises(ClusterUnreadable, match="no Kubernetes objects"):
        dump(tmp_path, registry={"exchanges": []}, more={"exchanges": []})


def test_secret_values_are_read_again_for_whoever_strikes_them(tmp_path: Path) -> None:
    """The reader keeps none of them."""
    auths = {"auths": {"r.example": {"auth": base64.b64encode(b"bob:c4nary99").decode()}}}
    content = {".dockerconfigjson": base64.b64encode(json.dumps(auths).encode()).decode()}
    secret = named("Secret", "regcred") | {"type": JSON_TYPE, "data": content}
    reader = full(tmp_path, secrets=listed("Secret", secret, {"metadata": {"name": "odd"}, "data": 7}))
    assert "c4nary99" in reader.secret_values()
    assert "c4nary99" not in str(vars(reader))
