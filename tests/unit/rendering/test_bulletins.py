"""Warnings in words: everything that came from outside made visible, and bounded however much there is."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.catalog import warnings
from bot.facts.forewarning import Ending, Forewarning, Item, Kind, User
from bot.facts.text import plain
from bot.rendering.bulletins import Announcer


WORDS = warnings.load(Path(__file__).parents[3] / "playbooks")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
TOKEN = {"namespace": "shop", "secret": "regcred", "key": "r.example", "expires": "2026-11-25 09:00 UTC"}


def token(*users: User, **details: str) -> Forewarning:
    """A Secret whose token ends."""
    item = Item("r.example", TOKEN | details, users or (User("shop", "Deployment/web", 3),))
    return Forewarning("w1", "prod", Kind.TOKEN, "shop/regcred", NOW, (item,))


def test_a_warning_says_what_when_who_and_what_to_do() -> None:
    """With commands that hold real names."""
    told = Announcer(WORDS).bulletin(token())
    assert plain(told.headline) == "The token in pull secret regcred of shop expires on 2026-11-25 09:00 UTC"
    assert "3 pods of 1 workload run with it now" in " ".join(plain(each.text) for each in told.meaning)
    assert told.lines[0].users == ("shop: Deployment/web",)
    assert told.severity == "low"
    assert told.commands[0].argv[:6] == ("kubectl", "-n", "shop", "get", "secret", "regcred")
    assert Announcer(WORDS).bulletin(token(), "SEV-4").severity == "SEV-4"


def test_what_is_past_is_not_told_as_coming() -> None:
    """The token has ended by now."""
    assert plain(Announcer(WORDS).bulletin(token(past="yes")).headline).endswith("has expired")


@pytest.mark.parametrize("hostile", ["--token=x", "a b", "x\u202ey", "{key}"])
def test_no_command_holds_what_is_no_name(hostile: str) -> None:
    """A name that could be taken for an option, or is not what it seems, is not to be copied."""
    told = Announcer(WORDS).bulletin(token(secret=hostile))
    assert not any(hostile in each for command in told.commands for each in command.argv)
    assert "\u202e" not in repr(told.headline)


def test_names_are_bounded() -> None:
    """Some are told, the rest is counted."""
    users = tuple(User("shop", f"Deployment/w{number}", 1) for number in range(40))
    items = tuple(Item(f"r.example/a:{number}", {"registry": "r.example"}, users) for number in range(30))
    told = Announcer(WORDS).bulletin(Forewarning("w1", "prod", Kind.IMAGE, "r.example", NOW, items, more=5))
    assert (len(told.lines), told.more) == (20, 15)
    assert (len(told.lines[0].users), told.lines[0].more) == (5, 35)
    assert "35 images" in plain(told.headline)


def test_words_that_fail_keep_no_warning_back() -> None:
    """The title stands in, and the rehearsal says why."""
    broken: dict[Kind, Any] = {
        **WORDS,
        Kind.TOKEN: replace(WORDS[Kind.TOKEN], words="{% block headline %}{{ nothing }}{% endblock %}"),
    }
    announcer = Announcer(broken)
    assert plain(announcer.bulletin(token()).headline) == WORDS[Kind.TOKEN].title
    assert "cannot be said" in announcer.rehearse(token())
    assert not Announcer(WORDS).rehearse(token())


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("ending", Ending)
def test_each_end_has_a_last_word(kind: Kind, ending: Ending) -> None:
    """Which is a sentence."""
    assert Announcer(WORDS).last_word(kind, ending).endswith(".")
