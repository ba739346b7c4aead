"""What the desk answers fits Slack, alone and shared, whatever stands in it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.ports.answering import Choice, Nothing, Question, Several
from bot.slack import answers, commands, names
from bot.slack.commands import Command, Verb
from bot.slack.message import Message, words
from tests import slack
from tests.fakes import slack_limits
from tests.fakes.desk import told


WHY = Command(Verb.WHY)
# What stands in our own buttons: named by us, and read again as if somebody had typed it.
_OURS = ("action_id", "value", "rich text user")


def _text(*messages: Message) -> str:
    return "\n".join(json.dumps(each.payload(), ensure_ascii=False) for each in messages)


def _wrong(*messages: Message) -> list[str]:
    return [each for each in slack.wrong(*messages) if not each.startswith(_OURS)]


def _buttons(each: Message) -> list[Any]:
    blocks = [
        *each.blocks,
        *({"elements": [block["accessory"]]} for block in each.blocks if "accessory" in block),
    ]
    return [one for block in blocks for one in block.get("elements", ()) if one.get("type") == "button"]


def test_one_diagnosis_is_an_alert_with_its_thread() -> None:
    """As the channel would have got it."""
    (alert,) = answers.told(told(slack.document("web")))
    assert alert.thread
    assert _wrong(alert) == []


def test_few_are_told_one_by_one_and_many_as_a_list() -> None:
    """And a sweep is always a list."""
    one = slack.document("web")
    assert len(answers.told(told(one, one, one))) == 3
    assert "4 incidents" in _text(*answers.told(told(one, one, one, one)))
    assert "1 incident" in _text(*answers.told(told(one, is_list=True)))
    assert "no image pull failure" in _text(*answers.told(told()))


def test_alone_there_is_no_thread_and_a_button_to_share() -> None:
    """What leads to a thread that is not there is left out."""
    messages = answers.told(told(slack.document("web", many=30)))
    (seen,) = answers.alone(messages, "abc why web")
    assert not seen.thread
    assert not seen.files
    assert "In the thread" not in _text(seen)
    assert "Only you see this" in _text(seen)
    assert [each["action_id"] for each in _buttons(seen)] == [names.SHARE]
    assert "In the thread" in _text(*messages)
    kept = answers.shared(messages)
    assert "You shared this here" in _text(kept)
    assert _buttons(kept) == []


def test_alone_a_long_list_is_short() -> None:
    """Its last message, which holds the button, is kept."""
    whole = tuple(Message(f"told {number}", ({"type": "divider"},)) for number in range(5))
    made = answers.alone(whole, "abc")
    assert [each.text for each in made] == ["told 0", "told 1", "told 4"]
    assert "everything in full" in _text(made[-1])


def test_shared_message_names_by_id_who_shared_it() -> None:
    """A name can be chosen, an id cannot."""
    messages = answers.told(told(slack.document("web")))
    first = answers.attributed(messages, "U1")[0]
    assert {"type": "user", "user_id": "U1"} in first.blocks[0]["elements"][0]["elements"]
    assert first.thread == messages[0].thread


def test_full_messages_get_their_end_in_another() -> None:
    """No block too many."""
    blocks = tuple({"type": "divider"} for _ in range(50))
    whole = (Message("told", blocks),)
    assert [len(each.blocks) for each in answers.alone(whole, "abc")] == [50, 2]
    assert [len(each.blocks) for each in answers.attributed(whole, "U1")] == [1, 50]
    assert _wrong(*answers.alone(whole, "abc"), *answers.attributed(whole, "U1")) == []


def test_fix_tells_what_to_do_first() -> None:
    """The words and the commands; nothing is promised."""
    (made,) = answers.fixes(told(slack.document("web")))
    text = _text(made)
    assert text.index("What to do") < text.index("Confidence")
    assert "kubectl get pod web" in text
    assert "Nothing is changed" in text
    assert "Remedies" not in text
    assert "needs approval" not in text
    assert made.thread
    assert "Nothing is changed" not in _text(*answers.fixable(told(slack.document("web"))))
    bare = slack.document("web", fix=(), commands=())
    assert "Nobody has written down" in _text(*answers.fixes(told(bare)))


def test_choice_is_asked_as_if_it_had_been_typed() -> None:
    """Its value is read by the same reader."""
    question = Question(("web",), "shop", "prod-eu")
    made = answers.several(Several("several", (Choice(question, "web in shop"),)), WHY)
    (button,) = _buttons(made)
    assert commands.read(button["value"]).question == question
    assert button["action_id"].startswith(names.CHOOSE)


def test_choice_keeps_what_was_asked() -> None:
    """Of a fix, and of a change."""
    question = Question(("deploy/web",), "shop", "prod-eu")
    for asked in (Command(Verb.FIX), Command(Verb.FIX, action="roll-back")):
        (button,) = _buttons(answers.several(Several("several", (Choice(question, "web"),)), asked))
        assert commands.read(button["value"]) == Command(Verb.FIX, question, action=asked.action)


def test_many_and_long_choices_fit() -> None:
    """More than a screen are counted, and one that no button holds is named."""
    long = Choice(Question(tuple(f"{number}" * 250 for number in range(9))), "x" * 4_000)
    made = answers.several(Several("several", (long,) * 30), WHY)
    assert _wrong(made) == []
    assert _buttons(made) == []
    assert "and 10 more" in _text(made)


def test_refusal_is_one_line_with_a_hint() -> None:
    """The same for what went wrong and for what is not there."""
    made = answers.nothing(Nothing("there is no pod web", "`list` shows what is open"))
    assert [words(block) for block in made.blocks] == [
        "there is no pod web",
        "/imagepull list shows what is open",
    ]


def test_hint_says_what_is_typed_here() -> None:
    """A hint of the terminal's has a slash, and what is no command only loses its quotes."""
    for hint, said in (
        ("`imagepull sweep` lists what fails there", "/imagepull sweep lists what fails there"),
        ("`list -c CLUSTER` tells of one", "/imagepull list -c CLUSTER tells of one"),
        ("run `imagepull doctor` there", "run imagepull doctor there"),
        ("a lone ` stays", "a lone ` stays"),
    ):
        assert words(answers.said("no", hint).blocks[-1]) == said
    assert words(answers.refused(UsageError("off")).blocks[0]) == "off"


def test_help_fits_one_screen() -> None:
    """Of a phone."""
    made = answers.helped()
    lines = "\n".join(words(block) for block in made.blocks if block["type"] != "actions").splitlines()
    assert len(lines) <= 12
    assert all(len(each) <= 110 for each in lines)
    assert slack_limits.check(made.payload()) == []
    for verb in commands.Verb:
        if verb not in (commands.Verb.ASK, commands.Verb.HELP):
            assert verb in _text(made)


@pytest.mark.parametrize("many", [0, 1, 25])
@settings(max_examples=12, deadline=None)
@given(slack.hostile())
def test_hostile_answers_stay_inert_and_fit(many: int, text: str) -> None:
    """Cases 9 to 11: as posted, as shared, and as only the asker sees it."""
    answer = told(slack.document(text, many=many))
    for messages in (answers.told(answer), answers.fixes(answer), answers.fixable(answer)):
        assert _wrong(*messages) == []
        assert _wrong(*answers.alone(messages, "a" * 16)) == []
        assert _wrong(*answers.attributed(messages, "U1"), answers.shared(messages)) == []


@settings(max_examples=40, deadline=None)
@given(slack.hostile(), st.integers(min_value=1, max_value=3))
def test_hostile_choices_and_refusals_stay_inert(text: str, many: int) -> None:
    """Whatever somebody typed or named."""
    choices = (Choice(Question((text,) * many, text, text), text),) * many
    made = (
        answers.several(Several(text, choices), WHY),
        answers.nothing(Nothing(text, text)),
        answers.said(text),
    )
    assert _wrong(*made) == []
