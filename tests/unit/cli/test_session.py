"""What was typed and what the settings say become the clusters that are looked at."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import wiring
from bot.cli import session
from bot.cli.asking import Asked, Output, Probe, Shape
from bot.errors import UsageError
from bot.wiring import Access
from tests import reports


SETTINGS = """
clusters:
  prod: {context: a, vantage: outside, namespaces: {exclude: ["kube-*"]}}
  dev: {kubeconfig: /x/config, allow_exec: [aws]}
detection: {stalled_after: 20m}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file with two clusters, and no other place that settings could come from."""
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "settings.yaml"
    path.write_text(SETTINGS)
    return path


def test_session_of_a_dump_has_no_namespace_of_its_own(config: Path) -> None:
    """A dump is one access, with its moment, and every pod of it is listed."""
    begun = session.begin(Asked(source=Path("x/dump"), at="2026-01-01T00:00:00Z", config=config))
    (access,) = begun.accesses
    assert (access.dump, access.name) == (Path("x/dump"), "x")
    assert access.at is not None
    assert begun.default_namespace() == ""
    assert begun.scan(None, full=False).full


def test_session_takes_the_settings_clusters_for_a_sweep(config: Path) -> None:
    """A sweep without a word about where looks at all of them; why looks at the current context."""
    swept = session.begin(Asked(config=config), every_cluster=True)
    assert [each.name for each in swept.accesses] == ["prod", "dev"]
    assert session.begin(Asked(config=config)).accesses == (Access(),)
    named = session.begin(Asked(config=config, context="b"), every_cluster=True)
    assert [each.context for each in named.accesses] == ["b"]


def test_session_hands_on_what_the_settings_say(config: Path) -> None:
    """A cluster's context, vantage and namespaces come from its settings; -c may name one twice."""
    begun = session.begin(Asked(clusters=("prod", "prod"), config=config))
    (access,) = begun.accesses
    assert (access.context, access.vantage, access.exclude) == ("a", "outside", ("kube-*",))
    assert begun.scan(None, full=False).stalled_after == timedelta(minutes=20)


def test_session_lets_the_option_win_over_the_settings(config: Path) -> None:
    """What is typed counts more than what is written."""
    begun = session.begin(Asked(config=config, stalled_after="90s", selector="app=web"))
    scan = begun.scan(("shop",), full=True)
    assert (scan.stalled_after, scan.labels, scan.namespaces) == (timedelta(seconds=90), "app=web", ("shop",))


@pytest.mark.parametrize("clusters", [(), ("prod",), ("dev",)])
def test_session_forbids_programs_when_asked(config: Path, clusters: tuple[str, ...]) -> None:
    """--no-exec leaves no program to start; without it the user's own runs as in kubectl."""
    forbidden = session.begin(Asked(config=config, clusters=clusters, no_exec=True))
    assert [each.may_exec for each in forbidden.accesses] == [()]
    allowed = session.begin(Asked(config=config, clusters=clusters))
    assert [each.may_exec for each in allowed.accesses] == [None]


@pytest.mark.parametrize(("name", "hint"), [("prd", "did you mean prod?"), ("zzz", "there are prod, dev")])
def test_session_names_the_nearest_cluster(config: Path, name: str, hint: str) -> None:
    """A cluster that the settings do not have."""
    with pytest.raises(UsageError) as caught:
        session.begin(Asked(clusters=(name,), config=config))
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("path", "name"),
    [("prod-eu", "prod-eu"), ("prod-eu/dump", "prod-eu"), ("x/pods.json", "pods"), ("a.b/", "a")],
)
def test_session_calls_a_dump_by_its_folder(config: Path, path: str, name: str) -> None:
    """The folder `dump` alone says nothing."""
    begun = session.begin(Asked(source=Path(path), config=config))
    assert begun.accesses[0].name == name


def test_session_tells_changes_as_they_were_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines for a person, one JSON document a look for a program."""
    known = wiring.knowledge()
    before, after = reports.report(), reports.report(reports.diagnosis())
    session.teller(Shape(), known)(before, after)
    assert " + " in capsys.readouterr().out
    session.teller(Shape(Output.JSON), known)(before, after)
    assert capsys.readouterr().out.startswith('{"schema": "imagepull/v1"')


def test_session_warns_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What is odd about a dump goes to stderr, harmless; what was told before is not told again."""
    session.warn("odd\x1b[31m")
    session.ignore("odd")
    assert capsys.readouterr().err == "imagepull: odd\\x1b[31m\n"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            Asked(source=Path("a b"), at="2026-01-01T00:00:00Z"),
            ("--from", "a b", "--at", "2026-01-01T00:00:00Z"),
        ),
        (Asked(context="x", kubeconfig=Path("k")), ("--kubeconfig", "k", "--context", "x")),
        (Asked(clusters=("prod",)), ("-c", "prod")),
        (
            Asked(
                clusters=("prod",),
                probe=Probe.CREDENTIALS,
                allow_registries=("a.example=10.0.0.7", "b.example"),
            ),
            (
                *("-c", "prod", "--probe", "credentials"),
                *("--allow-registry", "a.example=10.0.0.7", "--allow-registry", "b.example"),
            ),
        ),
        (Asked(), ()),
    ],
)
def test_session_says_how_to_look_there_again(config: Path, asked: Asked, words: tuple[str, ...]) -> None:
    """The next command, to be copied, leads to the same place."""
    begun = session.begin(replace(asked, config=config))
    assert session.again(begun.accesses[0], asked) == words


def test_session_hands_on_which_registries_may_be_asked(config: Path) -> None:
    """What was typed beside what the settings say; of a dump nothing may."""
    config.write_text("registries: {mirrors: {docker.io: m.example}}")
    begun = session.begin(Asked(config=config, probe=Probe.CREDENTIALS, allow_registries=("a.example",)))
    plan = begun.probing
    assert (plan.mode, plan.allowed, plan.mirrors) == (
        "credentials",
        {"a.example": ()},
        {"docker.io": "m.example"},
    )
    assert session.begin(Asked(config=config)).probing.mode == ""
    assert session.begin(Asked(source=Path("x"), config=config)).probing.mode == "off"
