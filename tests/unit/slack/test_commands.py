"""What people type means what they meant, and never anything else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.ports.answering import Question
from bot.slack import commands
from bot.slack.commands import Command, Verb
from tests import slack


def _why(*words: str, namespace: str = "", cluster: str = "") -> Command:
    return Command(Verb.WHY, Question(words, namespace, cluster))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Command(Verb.ASK)),
        ("  ", Command(Verb.ASK)),
        ("why", _why()),
        ("why web-7d4f", _why("web-7d4f")),
        ("web-7d4f", _why("web-7d4f")),
        ("web", _why("web")),
        ("shop/web-7d4f", _why("shop/web-7d4f")),
        ("deploy/web sts/db", _why("deploy/web", "sts/db")),
        ("deploy web", _why("deploy", "web")),
        ("-n shop", _why(namespace="shop")),
        ("why web -n shop -c prod-eu", _why("web", namespace="shop", cluster="prod-eu")),
        ("why -nshop web --cluster=prod-eu", _why("web", namespace="shop", cluster="prod-eu")),
        ("why web --namespace shop", _why("web", namespace="shop")),
        ("why web -- -n shop", _why("web", namespace="shop")),
        ("WHY web", _why("web")),
        ("fix deploy/web", Command(Verb.FIX, Question(("deploy/web",)))),
        ("list", Command(Verb.LIST)),
        ("incidents prod-eu", Command(Verb.LIST, Question(cluster="prod-eu"))),
        ("list -c prod-eu", Command(Verb.LIST, Question(cluster="prod-eu"))),
        ("sweep", Command(Verb.SWEEP)),
        (
            "sweep arn:aws:eks:eu-west-1:12:cluster/x",
            Command(Verb.SWEEP, Question(cluster="arn:aws:eks:eu-west-1:12:cluster/x")),
        ),
        ("history", Command(Verb.HISTORY)),
        ("clusters", Command(Verb.CLUSTERS)),
        ("help", Command(Verb.HELP)),
        ("--help", Command(Verb.HELP)),
        ("ack k7q2mzr4ta", Command(Verb.ACK, incident="k7q2mzr4ta")),
        ("acknowledge #K7Q2MZR4TA", Command(Verb.ACK, incident="k7q2mzr4ta")),
        ("snooze k7q2mzr4ta", Command(Verb.SNOOZE, incident="k7q2mzr4ta", span=timedelta(hours=1))),
        ("snooze k7q2mzr4ta for 2h", Command(Verb.SNOOZE, incident="k7q2mzr4ta", span=timedelta(hours=2))),
    ],
)
def test_words_mean_a_command(typed: str, meant: Command) -> None:
    """Verbs, names alone, and options wherever they stand."""
    assert commands.read(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "why web -n shop",
        "\u201cwhy\u201d \u2018web\u2019 \u2013n shop",
        "why `web` \u2014namespace=shop",
        "why `web` \u2013namespace shop",
        "```why web -n shop```",
        "why *web* _-n_ ~shop~",
        "why \u201cweb\u201d \u2212n \u201cshop\u201d",
        'why "web" --namespace="shop"',
        "why <http://web|web> -n shop",
        "why web -n <https://shop|shop>",
        "why\u00a0web\u2003-n\tshop",
    ],
)
def test_what_clients_insert_is_undone(typed: str) -> None:
    """Curly quotes, long dashes, backticks, styles, links and odd spaces."""
    assert commands.read(typed) == _why("web", namespace="shop")


def test_links_that_slack_makes_are_names_again() -> None:
    """A name with dots looks like a host to Slack, and an address like a link."""
    assert commands.read("why <http://web.shop|web.shop>") == _why("web.shop")
    assert commands.read("why -c <mailto:ops@prod|ops@prod> web").question.cluster == "ops@prod"


@pytest.mark.parametrize(
    ("typed", "said", "hint"),
    [
        ("lsit", "did you mean list", "why lsit"),
        ("swep", "did you mean sweep", "why swep"),
        ("wyh web", "did you mean why", "why wyh"),
        ("why web --namespce=shop", "no option", "--namespace"),
        ("why web -x", "no option", "-n"),
        ("why web -n", "wants the name", "-n NAME"),
        ("why web -n -c prod", "wants the name", "-n NAME"),
        ("why web -n shop -n pay", "two values", "give one"),
        ("why shop/web -n pay", "-n says pay", "give one"),
        ("why web;curl", "cannot be", "lower-case"),
        ("why $(reboot)", "cannot be", "lower-case"),
        ("why ../../etc/passwd", "too many parts", "NAMESPACE/POD"),
        ("why ../web", "cannot be", "lower-case"),
        ("why wеb", "cannot be", "CYRILLIC"),  # noqa: RUF001 - the look-alike is the subject
        ("why web\u2011a", "cannot be", "NON-BREAKING HYPHEN"),
        ("why w\u200beb", "cannot be", "ZERO WIDTH"),
        ("why <@U012AB3CD|bob>", "cannot be", "lower-case"),
        ("why &lt;web&gt;", "cannot be", "lower-case"),
        ("why web -c bad|name", "cluster", "clusters"),
        ("fix", "wants to know", "fix web"),
        ("fix web set-imge", "did you mean set-image", "pod/set-imge"),
        ("fix web db roll-back", "for one thing", "deploy/web roll-back"),
        ("fix #k7q2mzr4ta", "what to do", "fix deploy/web"),
        ("fix #k7q2mzr4ta web roll-back", "what to do", "fix deploy/web"),
        ("fix #K;x roll-back", "cannot be an incident", "list"),
        ("fix #k7q2mzr4ta roll-back -n shop", "no options", "list"),
        ("fix undo p;x", "cannot be a plan", "history"),
        ("fix undo p8rw3kfz -c eu", "no options", "fix undo ID"),
        ("fix undo", "one plan", "pod/undo"),
        ("list -n shop", "about clusters", "why -n shop"),
        ("list a b", "one cluster", "-c CLUSTER"),
        ("ack", "one incident", "list"),
        ("ack ../x", "cannot be an incident", "list"),
        ("ack k7q2mzr4ta -n shop", "no options", "list"),
        ("snooze", "how long", "snooze"),
        ("snooze k7q2mzr4ta soon", "not a duration", "2h"),
        ("snooze k7q2mzr4ta 31d", "too long", "30d"),
        ("clusters prod", "nothing more", "list -c"),
        ("why " + "x " * 21, "too many", "sweep"),
        ("why " + "x " * 1_000, "too many", "help"),
        ("x" * 9_000, "too many", "one line"),
    ],
)
def test_what_is_off_is_said_with_what_would_do(typed: str, said: str, hint: str) -> None:
    """One line each, with the nearest thing that there is."""
    with pytest.raises(UsageError) as caught:
        commands.read(typed)
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message


@given(st.one_of(slack.hostile(), st.text(max_size=200)))
def test_anything_is_a_command_or_a_usage_error(typed: str) -> None:
    """Never another exception, and every word of a command is one that the API could have."""
    try:
        command = commands.read(typed)
    except UsageError:
        return
    assert all(word.isascii() and not set(word) & set("<>;$`|& ") for word in command.question.words)
    assert commands.read(commands.spelled(command)) == command or command.verb is Verb.ASK


@pytest.mark.parametrize("typed", ["<" * 8_000, "<@" * 4_000, "-" * 8_000, "\u201c" * 8_000, "<a|" * 2_600])
def test_no_text_takes_long(typed: str) -> None:
    """Whatever is repeated."""
    with pytest.raises(UsageError):
        commands.read(typed) and commands.read("why " + typed + ";")


@pytest.mark.parametrize(
    "text",
    ["<@U0BOT> why web", "<@U0BOT|imagepull>: why web", "hey <@U0BOT> why web", "why web <@U0BOT>"],
)
def test_mention_is_not_part_of_the_words(text: str) -> None:
    """Wherever it stands."""
    assert commands.after_mention(text, "U0BOT").split()[-2:] == ["why", "web"]


def test_mention_alone_says_nothing() -> None:
    """Then the bot asks."""
    assert commands.after_mention("<@U0BOT>", "U0BOT") == ""


def test_spelled_command_is_read_again() -> None:
    """What a button carries is what one could type."""
    command = Command(Verb.WHY, Question(("shop/web", "deploy/x"), "shop", "prod"))
    assert commands.spelled(command) == "why shop/web deploy/x -n shop -c prod"
    snooze = Command(Verb.SNOOZE, incident="k7q2mzr4ta", span=timedelta(hours=4))
    assert commands.read(commands.spelled(snooze)) == snooze


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (
            "fix deploy/web roll-back -n shop -c eu",
            Command(Verb.FIX, Question(("deploy/web",), "shop", "eu"), action="roll-back"),
        ),
        ("fix deploy web Set-Image", Command(Verb.FIX, Question(("deploy", "web")), action="set-image")),
        ("fix roll-back", Command(Verb.FIX, Question(("roll-back",)))),
        ("fix web web-app", Command(Verb.FIX, Question(("web", "web-app")))),
        ("fix #k7q2mzr4ta roll-back", Command(Verb.FIX, incident="k7q2mzr4ta", action="roll-back")),
        ("fix undo p8rw3kfz", Command(Verb.FIX, undo="p8rw3kfz")),
        ("fix pod/undo", Command(Verb.FIX, Question(("pod/undo",)))),
    ],
)
def test_fix_may_name_what_is_to_be_done(typed: str, meant: Command) -> None:
    """An action last, an incident by its sign, or a plan that is to be undone; all spelled as they are read."""
    assert commands.read(typed) == meant
    assert commands.read(commands.spelled(meant)) == meant
    assert meant.is_wish is (bool(meant.action) or bool(meant.undo))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fix deploy/web roll back -n shop", "fix deploy/web roll-back -n shop"),
        ("fix deploy/web -n shop Attach pull secret", "fix deploy/web attach-pull-secret -n shop"),
        ("fix #ab12 set image", "fix #ab12 set-image"),
    ],
)
def test_action_may_be_spelled_with_spaces(typed: str, meant: str) -> None:
    """As it stands on its button."""
    assert commands.spelled(commands.read(typed)) == meant
