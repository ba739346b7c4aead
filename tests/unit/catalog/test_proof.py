"""Examples: what is given, what is expected, and what a diagnosis says otherwise."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalog import proof
from bot.errors import PlaybookError
from bot.facts.verdict import Confidence, Report
from tests import reports


EXAMPLE = """
about: A mistyped tag.
given:
  pods: [{metadata: {name: web-1, namespace: shop}}]
  secrets: [{metadata: {name: s}, stringData: {a: b}, data: {c: ZA==}}]
  events: []
  logs: {shop/web-1/web: "exec format error"}
  registry: [{request: {}}]
options: {stalled_after: 2m}
expect:
  verdict: wrong-tag
  confidence: high
  symptom: manifest-not-found
  ruled_out: [image-removed]
  possible: []
  remedies: [manual, set-image]
"""


def _example(tmp_path: Path, text: str = EXAMPLE, recordings: Path | None = None) -> proof.Example:
    path = tmp_path / "causes/wrong-tag/examples/mistyped.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (found,) = proof.examples(tmp_path, "wrong-tag", recordings)
    return found


def _finds(report: Report) -> proof.Diagnose:
    return lambda _given: report


def test_example_is_proven_by_the_verdict_it_expects(tmp_path: Path) -> None:
    """Cause, confidence, symptom, ruled out, possible and remedies all have to agree."""
    example = _example(tmp_path)
    assert example.positive
    assert proof.prove(example, _finds(reports.report(reports.diagnosis()))) == ()


def test_prove_tells_everything_that_differs(tmp_path: Path) -> None:
    """A sentence each, so that the author sees what to mend."""
    judged = replace(
        reports.verdict(),
        cause=None,
        confidence=Confidence.LOW,
        ruled_out=(),
        possible=("image-removed",),
        remedies=(),
    )
    assert proof.prove(_example(tmp_path), _finds(reports.report(reports.diagnosis(judged=judged)))) == (
        "the verdict is not known, not wrong-tag",
        "the confidence is low, not high",
        "image-removed is not ruled out",
        "possible are image-removed, not none",
        "the remedies are none, not manual, set-image",
    )


def test_prove_tells_when_nothing_was_found(tmp_path: Path) -> None:
    """An example that finds no failure proves nothing."""
    assert proof.prove(_example(tmp_path), _finds(reports.report())) == ("no failure was found",)


def test_prove_can_expect_that_nothing_is_claimed(tmp_path: Path) -> None:
    """Look-alikes must be left alone."""
    text = EXAMPLE[: EXAMPLE.index("expect:")] + "expect: {verdict: nothing, near_miss: true}\n"
    example = _example(tmp_path, text)
    assert proof.prove(example, _finds(reports.report())) == ()
    assert proof.prove(example, _finds(reports.report(reports.diagnosis()))) == (
        "nothing was to be claimed, but wrong-tag was",
    )


def test_prove_looks_only_at_the_pod_that_is_named(tmp_path: Path) -> None:
    """Other failures of a recording are other examples' business."""
    example = _example(tmp_path, EXAMPLE + "  pod: web-2\n")
    other = reports.diagnosis("web-1", judged=replace(reports.verdict(), cause=None))
    assert proof.prove(example, _finds(reports.report(other, reports.diagnosis("web-2")))) == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  confidence: high", "  confidense: high", "unknown key 'confidense'"),
        ("  events: []", "  evnts: []", "unknown key 'evnts'"),
        ("stalled_after: 2m", "stalled: 2m", "unknown key 'stalled'"),
        ("  verdict: wrong-tag\n", "", "null for not known"),
        ("about: A mistyped tag.", "", "about"),
        ("  possible: []", "  near_miss: true", "another verdict"),
        ("  pods: [{metadata: {name: web-1, namespace: shop}}]\n", "", "either pods or a recording"),
        ("  events: []", "  events: [1]", "a list of objects"),
        ("  events: []", "  recording: ../../etc", "is not <runtime>/<scenario>"),
        ("  events: []", "  recording: /etc", "is not <runtime>/<scenario>"),
    ],
)
def test_example_names_the_field_that_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    """An example with a typing mistake must not prove less than it seems to."""
    with pytest.raises(PlaybookError, match=message):
        _example(tmp_path, EXAMPLE.replace(old, new))


def test_write_lays_the_given_out_as_a_dump(tmp_path: Path) -> None:
    """One file a kind, as kubectl writes them; secrets as the API server keeps them; an empty list stays one."""
    folder = proof.write(_example(tmp_path).given, tmp_path / "dump")
    pods = json.loads((folder / "pods.json").read_text(encoding="utf-8"))
    assert pods["items"][0]["kind"] == "Pod"
    assert json.loads((folder / "events.json").read_text(encoding="utf-8"))["items"] == []
    (secret,) = json.loads((folder / "secrets.json").read_text(encoding="utf-8"))["items"]
    assert secret["data"] == {"a": base64.b64encode(b"b").decode(), "c": "ZA=="}
    assert "stringData" not in secret
    assert (folder / "logs/shop/web-1/web.log").read_text(encoding="utf-8") == "exec format error"
    assert json.loads((folder / "registry.json").read_text(encoding="utf-8")) == {
        "exchanges": [{"request": {}}]
    }


def test_write_copies_a_recording_without_what_is_held_back(tmp_path: Path) -> None:
    """So that an example can show what cannot be known without a right."""
    dump = tmp_path / "recordings/containerd-2/wrong-tag/dump"
    dump.mkdir(parents=True)
    for name in ("pods", "secrets"):
        (dump / f"{name}.json").write_text("{}", encoding="utf-8")
    text = "about: a\ngiven: {recording: containerd-2/wrong-tag, without: [secrets]}\nexpect: {verdict: wrong-tag}\n"
    folder = proof.write(_example(tmp_path, text, tmp_path / "recordings").given, tmp_path / "out")
    assert [path.name for path in folder.iterdir()] == ["pods.json"]


def test_write_says_when_the_recording_is_not_carried(tmp_path: Path) -> None:
    """An installed package has no recordings; that is told, not passed over."""
    text = "about: a\ngiven: {recording: containerd-2/wrong-tag}\nexpect: {verdict: null}\n"
    example = _example(tmp_path, text)
    with pytest.raises(PlaybookError, match="containerd-2/wrong-tag"):
        proof.write(example.given, tmp_path / "out")
