"""`why` on a dump: what is named is diagnosed in full, and without a name the failures are listed."""

import json

import pytest

from bot.cli import why
from bot.cli.asking import Asked, Output, Shape
from bot.demo import story
from bot.errors import TargetNotFound, UsageError


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
