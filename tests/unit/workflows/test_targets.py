"""Words become the things that are meant, and nothing is guessed."""

import json
from pathlib import Path

import pytest

from bot.cluster.dump import DumpReader
from bot.errors import TargetNotFound, UsageError
from bot.facts.target import Target
from bot.ports.reading import Scan
from bot.workflows import targets
from tests.fakes import objects


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["web"], [Target("", "here", "web")]),
        (
            ["deploy/web", "sts/db"],
            [Target("Deployment", "here", "web"), Target("StatefulSet", "here", "db")],
        ),
        (
            ["deploy", "web", "api"],
            [Target("Deployment", "here", "web"), Target("Deployment", "here", "api")],
        ),
        (["po", "web", "shop/api"], [Target("", "here", "web"), Target("", "shop", "api")]),
        (["job"], [Target("", "here", "job")]),
        (["web", "web"], [Target("", "here", "web")]),
        (["web", "deploy/web"], [Target("", "here", "web"), Target("Deployment", "here", "web")]),
    ],
)
def test_targets_are_read_in_kubectls_two_ways(words: list[str], expected: list[Target]) -> None:
    """KIND/NAME and KIND NAME mean the same, and each thing is asked about once."""
    assert list(targets.parse(words, "here", namespace_given=False)) == expected


def test_targets_are_a_handful() -> None:
    """A script gone wrong is refused before anything is opened."""
    with pytest.raises(UsageError, match="1,000 targets"):
        targets.parse(["web"] * 1000, "here", namespace_given=False)


def test_targets_agree_with_the_namespace() -> None:
    """Two namespaces for one thing contradict each other."""
    assert targets.parse(["shop/web"], "shop", namespace_given=True)
    with pytest.raises(UsageError, match="-n says pay"):
        targets.parse(["shop/web"], "pay", namespace_given=True)
    with pytest.raises(UsageError) as caught:
        targets.parse(["deplyo/web"], "pay", namespace_given=True)
    assert caught.value.hint == "did you mean deploy/web?"


@pytest.fixture
def reader(tmp_path: Path) -> DumpReader:
    """A dump with a pod of one name in one namespace, and of another name in two."""
    pods = [objects.pod("only"), objects.pod("both"), objects.pod("both", "pay")]
    owner = objects.named("Deployment", "web", spec={"template": {"spec": {"containers": []}}})
    spaces = [objects.named("Namespace", name, "") for name in ("pay", "shop")]
    (tmp_path / "all.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [*pods, owner, *spaces]})
    )
    return DumpReader.open(tmp_path)


async def test_targets_of_a_dump_are_looked_for(reader: DumpReader) -> None:
    """Without a namespace a name is found where it is."""
    found = await targets.placed(reader, [Target("", "", "only"), Target("Deployment", "", "web")], Scan())
    assert found == (Target("", "shop", "only"), Target("Deployment", "shop", "web"))


async def test_targets_that_have_a_namespace_stay_there(reader: DumpReader) -> None:
    """What was said is not looked up again."""
    assert await targets.placed(reader, [Target("", "pay", "x")], Scan()) == (Target("", "pay", "x"),)


async def test_targets_in_several_namespaces_are_asked_back(reader: DumpReader) -> None:
    """The answer names the namespaces to choose from."""
    with pytest.raises(UsageError, match="pay, shop"):
        await targets.placed(reader, [Target("", "", "both")], Scan())


async def test_targets_that_are_nowhere_say_what_is_near(reader: DumpReader) -> None:
    """A bare name may have meant a workload."""
    with pytest.raises(TargetNotFound) as caught:
        await targets.placed(reader, [Target("", "", "web")], Scan())
    assert caught.value.hint == "did you mean deploy/web -n shop?"
    with pytest.raises(TargetNotFound) as caught:
        await targets.placed(reader, [Target("", "", "nothing")], Scan())
    assert "sweep" in caught.value.hint


async def test_targets_of_a_dump_without_namespaces_may_be_well(tmp_path: Path) -> None:
    """A healthy pod is found by its name alone, also where nothing lists the namespaces."""
    (tmp_path / "pods.json").write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "PodList",
                "items": [objects.pod("well")],
            }
        )
    )
    reader = DumpReader.open(tmp_path)
    assert await targets.placed(reader, [Target("", "", "well")], Scan()) == (Target("", "shop", "well"),)


async def test_targets_namespaces_are_there(reader: DumpReader) -> None:
    """A misspelled namespace is not one where all is well; one that is there may be empty."""
    await targets.namespaces_exist(reader, ["shop", "pay"])
    for wrong, hint in (("shpo", "did you mean shop?"), ("zzz", "kubectl get namespaces")):
        with pytest.raises(TargetNotFound, match=f"no namespace '{wrong}'") as caught:
            await targets.namespaces_exist(reader, ["shop", wrong])
        assert hint in caught.value.hint


async def test_targets_namespaces_that_nobody_may_list_are_believed(tmp_path: Path) -> None:
    """What cannot be known is not denied."""
    pods = {"apiVersion": "v1", "kind": "PodList", "items": [objects.pod("web")]}
    (tmp_path / "pods.json").write_text(json.dumps(pods))
    await targets.namespaces_exist(DumpReader.open(tmp_path), ["pay"])
