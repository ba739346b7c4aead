"""What is taken from a dump's files, object by object."""

import json
from pathlib import Path

import pytest

from bot.cluster import dump_contents, dump_files
from bot.cluster.dump_contents import Contents, Gap
from bot.errors import ClusterUnreadable
from tests.fakes.objects import named, pod, waiting


def taken(folder: Path, *documents: object, name: str = "objects.json") -> Contents:
    """The contents of one file with these documents."""
    place = folder / name
    place.write_text("\n".join(map(json.dumps, documents)))
    contents = Contents()
    dump_contents.take_file(contents, place, folder)
    return contents


def test_objects_are_reduced_to_facts_by_kind(tmp_path: Path) -> None:
    """Kinds we do not know are owners of which the metadata is kept."""
    rollout = {
        "kind": "Rollout",
        "apiVersion": "argoproj.io/v1alpha1",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": 7,
    }
    contents = taken(tmp_path, pod("web", state=waiting()), rollout, named("Namespace", "shop", ""))
    assert contents.suspects == {("shop", "web")}
    assert contents.kinds["Rollout"]["shop", "web"].name == "web"
    assert contents.kinds["Namespace"] == {("", "shop"): "shop"}
    assert (contents.places, contents.listed) == ({"shop"}, set())


def test_empty_list_takes_its_kind_from_the_file_name(tmp_path: Path) -> None:
    """Plural, singular, kubectl's short names, with words around them."""
    empty = {"kind": "List", "items": []}
    for name, kind in (
        ("secrets.json", "Secret"),
        ("shop-sa.json", "ServiceAccount"),
        ("get_rs_2.json", "ReplicaSet"),
    ):
        assert taken(tmp_path, empty, name=name).listed == {kind}
    assert taken(tmp_path, empty, name="unknown.json").listed == set()


def test_damaged_copy_does_not_replace_a_good_one(tmp_path: Path) -> None:
    """And a good one mends a damaged one."""
    odd = {**pod("web"), "spec": 7}
    for documents in ((odd, pod("web")), (pod("web"), odd)):
        contents = taken(tmp_path, *documents)
        assert (len(contents.kinds["Pod"]), contents.damaged) == (1, set())


def test_name_is_told_even_of_an_object_with_odd_metadata(tmp_path: Path) -> None:
    """So that it is damaged and not absent."""
    contents = taken(tmp_path, {"kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "labels": 7}})
    assert contents.damaged == {("Pod", "shop", "web")}


def marker(folder: Path, content: str) -> dump_contents.Marker | None:
    """What is read of a marker file."""
    (folder / dump_files.MARKER).write_text(content)
    return dump_contents.read_marker(dump_files.survey(folder))


def test_marker_is_read_back(tmp_path: Path) -> None:
    """What ``imagepull dump`` could not read."""
    gap = {"kind": "Secret", "namespace": "shop", "why": "forbidden"}
    found = marker(
        tmp_path, json.dumps({"format": dump_contents.FORMAT, "unread": [gap], "namespaces": ["shop"]})
    )
    assert found is not None
    assert (found.unread, found.namespaces) == ([Gap("Secret", "shop", "forbidden")], ["shop"])


def test_marker_of_another_hand_is_left_alone(tmp_path: Path) -> None:
    """A file that happens to have this name."""
    assert marker(tmp_path, "{}") is None
    (tmp_path / dump_files.MARKER).unlink()
    assert dump_contents.read_marker(dump_files.survey(tmp_path)) is None


@pytest.mark.parametrize("content", ["", "[", '{"unread": 7}', '{"x":' + "[" * 100_000])
def test_damaged_marker_is_refused(tmp_path: Path, content: str) -> None:
    """Guessing what it said could turn an unknown into a no."""
    with pytest.raises(ClusterUnreadable):
        marker(tmp_path, content)


def test_registry_answers_are_no_strange_file(tmp_path: Path) -> None:
    """They are kept under whatever name they came."""
    contents = dump_contents.Contents()
    for name, content in (("answers.json", '{"exchanges": []}'), ("other.json", '{"a": 1}')):
        (tmp_path / name).write_text(content)
        dump_contents.take_file(contents, tmp_path / name, tmp_path)
    assert contents.answers == [tmp_path / "answers.json"]
    assert contents.strange == {"other.json"}
