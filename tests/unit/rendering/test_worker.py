"""A user's words run in a process of their own, with a second and 64 MiB; then it is gone."""

import sys
import time
from collections.abc import Iterator

import pytest

from bot.errors import PlaybookError
from bot.rendering import worker


def _template(body: str) -> str:
    return "".join(
        f"{{% block {name} %}}{body if name == 'fix' else 'x'}{{% endblock %}}"
        for name in ("headline", "meaning", "evidence", "fix")
    )


@pytest.fixture
def renderer() -> Iterator[worker.Worker]:
    """A worker that ends with its test."""
    made = worker.Worker(seconds=1.0)
    yield made
    made.close()


def test_worker_says_what_the_process_in_here_would_say(renderer: worker.Worker) -> None:
    """Blocks come back with their marks."""
    blocks = renderer.render(_template("{{ image }}"), {"image": "nginx"})
    assert blocks == {"headline": "x", "meaning": "x", "evidence": "x", "fix": "\ue000nginx\ue001"}


def test_worker_lives_on_after_a_failure_in_words(renderer: worker.Worker) -> None:
    """An undefined name costs one message, not the process."""
    with pytest.raises(PlaybookError, match="'nothing' is undefined"):
        renderer.render(_template("{{ nothing }}"), {})
    process = renderer._process
    assert renderer.render(_template("y"), {})["fix"] == "y"
    assert renderer._process is process


@pytest.mark.attack(30, "huge range")
def test_worker_cuts_what_takes_too_long(renderer: worker.Worker) -> None:
    """A billion rounds end after a second, and the next words get a fresh process."""
    loops = "{% for a in n %}{% for b in n %}{% for c in n %}{% for d in n %}{% for e in n %}{% endfor %}" * 1
    began = time.monotonic()
    with pytest.raises(PlaybookError, match="longer than 1 s"):
        renderer.render(_template(loops + "{% endfor %}" * 4), {"n": ["x"] * 100})
    assert time.monotonic() - began < 10
    assert renderer.render(_template("y"), {})["fix"] == "y"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit on address space")
def test_worker_cuts_what_takes_too_much(renderer: worker.Worker) -> None:
    """A gigabyte ends the process, not the bot."""
    with pytest.raises(PlaybookError, match="cannot be said"):
        renderer.render(_template("{{ 'x' * 999999999 }}"), {})
    assert renderer.render(_template("y"), {})["fix"] == "y"


def test_worker_gets_nothing_of_our_environment(
    renderer: worker.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens stay out of a process that runs strangers' templates."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    renderer.render(_template("y"), {})
    assert renderer._process is not None
    if sys.platform == "linux":
        with open(f"/proc/{renderer._process.pid}/environ", "rb") as environ:  # noqa: PTH123
            assert b"canary" not in environ.read()


def test_worker_starts_again_after_it_was_killed(renderer: worker.Worker) -> None:
    """Whoever killed it."""
    renderer.render(_template("y"), {})
    assert renderer._process is not None
    renderer._process.kill()
    renderer._process.wait()
    assert renderer.render(_template("z"), {})["fix"] == "z"
