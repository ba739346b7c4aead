"""Every ``imagepull`` and ``make`` line that anybody is told to type is typed: in front of a simulated cluster, workspace and store."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests import calls, newcomer, written
from tests.newcomer import Newcomer
from tests.written import FILLED, ROOT, Command


OURS = [each for each in written.commands() if each.is_ours]
MAKE = [each for each in written.commands() if each.program == "make"]
# What stands in a line for something of the reader's own, by the word before it or by itself.
FILLS = {
    ("--kubeconfig", FILLED): "kubeconfig",
    ("--from", FILLED): "dump",
    ("--from", "TRANSCRIPT"): "proof.json",
    ("-o", FILLED): "json",
    ("export", "FILE"): "new.jsonl",
    ("-f", "FILE"): "deploy.yaml",
    ("--config", "/etc/imagepull.yaml"): "imagepull.yaml",
    ("--from", "bot/demo/recordings/demo"): str(ROOT / "bot" / "demo" / "recordings" / "demo"),
    ("why", FILLED): "deploy/web",
    (FILLED, FILLED): "web",
}
# The shipped playbooks are the project's own: a newcomer's folder stands in for it.
OWN = ("--folder", "own")
# What ends otherwise than with 0, as its page says.
ENDINGS = {"playbooks check": 1, "forewarn": 0, "--exit-code": 1, "--strict": 1}
# Named in sentences; by themselves they say that something is missing.
NAMED = {("audit",), ("check",), ("playbooks",)}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """Somebody with a cluster, a workspace and settings."""
    with (
        pytest.MonkeyPatch.context() as patch,
        newcomer.arrived(tmp_path_factory.mktemp("home"), patch) as made,
    ):
        yield made


def filled(words: Sequence[str], digest: str = "0" * 64) -> list[str]:
    """The line as somebody would type it who put their own words in."""
    found = list(words)
    for place, word in enumerate(words):
        found[place] = FILLS.get((words[place - 1], word), word).replace("DIGEST", digest)
    return found if found[:1] != ["playbooks"] or "--folder" in found else [*found, *OWN]


def lines() -> list[Command]:
    """Each line that can be typed as it stands, once; what only mentions a command is parsed."""
    found = {tuple(filled(each.arguments)): each for each in reversed(OURS) if each.arguments not in NAMED}
    whole = (each for each in found.values() if not newcomer.parse(filled(each.arguments), whole=True))
    return sorted(whole, key=str)


LINES = lines()


def _typed(here: Newcomer, each: Command) -> newcomer.Told:
    words = filled(each.arguments, _digest(here))
    if words[:1] == ["dump"]:
        here.lacks(words[-1])
    if words[:1] == ["init"]:
        return _typed_elsewhere(here, words)
    if words[:2] in (["audit", "export"], ["playbooks", "new"]):
        here.lacks(*words[2:3], f"own/causes/{words[2]}" if words[2:] else "none")
    given = newcomer.manifest() if words[:1] == ["check"] else "manifest for a/b:1 not found\n"
    return here.types(words, (here.folder / each.reads).read_text() if each.reads else given, each.writes)


def _typed_elsewhere(here: Newcomer, words: Sequence[str]) -> newcomer.Told:
    """What writes settings is typed where there are none."""
    there = here.folder / "fresh"
    there.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(there)
        for each in there.iterdir():
            each.unlink()
        return here.types([str(Path(word).expanduser()) for word in words])


def _digest(here: Newcomer) -> str:
    kept = (here.folder / "kept.jsonl").read_text()
    return str(re.findall(r'"digest": ?"([0-9a-f]{64})"', kept)[-1])


@pytest.mark.parametrize("each", OURS, ids=str)
def test_each_line_is_understood(each: Command) -> None:
    """By the real command line, to the last word; within a sentence the last one may be missing."""
    assert not newcomer.parse(filled(each.arguments), whole=not each.mentioned)


@pytest.mark.parametrize("each", LINES, ids=str)
def test_each_line_does_what_it_is_said_to(here: Newcomer, each: Command) -> None:
    """It ends as its page says, without a word about a fault of ours."""
    told = _typed(here, each)
    ending = next((code for key, code in ENDINGS.items() if key in " ".join(each.arguments)), 0)
    assert told.code == ending, told.err
    assert "internal" not in told.err


def test_how_many_lines_are_typed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """And how many are only parsed, because they mention a command without what it is about."""
    typed = {tuple(filled(each.arguments)) for each in LINES}
    parsed = {tuple(filled(each.arguments)) for each in OURS} - typed
    assert typed
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{len(OURS)} imagepull lines: {len(typed)} different ones typed, {len(parsed)} parsed alone, "
            f"{len(MAKE)} make lines"
        )


def test_what_a_container_is_told_to_run_is_understood() -> None:
    """The image's own words, behind its name, and what is run in the bot's pod."""
    found = []
    for each in written.commands():
        if each.words[:2] == ("docker", "run"):
            found.append((each, calls.taken_apart(each.words).rest))
        elif each.program == "kubectl" and "imagepull" in (rest := calls.taken_apart(each.words).rest)[:1]:
            found.append((each, rest[1:]))
    assert {each.program for each, _ in found} == {"docker", "kubectl"}
    assert not [each for each, words in found if newcomer.parse(words, whole=True)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("why --bogus", "--bogus"),
        ("why -n", "requires an argument"),
        ("wy", "no command"),
        ("audit shwo", "no command"),
        ("sweep --prove", "--prove"),
        ("why -o yaml", "yaml"),
        ("playbooks new", "Missing argument"),
    ],
)
def test_a_broken_line_is_found(line: str, says: str) -> None:
    """Misspelled, of another command, without its value."""
    assert says in newcomer.parse(line.split(), whole=True)


@pytest.mark.parametrize("target", sorted({word for each in MAKE for word in each.words[1:]}))
def test_each_make_line_is_a_target(target: str) -> None:
    """It is there, and every recipe can be laid out; what is cheap runs."""
    told = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip()


def test_make_alone_says_what_can_be_asked_for() -> None:
    """Every documented target stands in the list."""
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    listed = {line.split()[0] for line in told.stdout.splitlines()}
    assert {word for each in MAKE for word in each.words[1:]} <= listed
