"""The thread has everything that the alert had no room for, in messages or in files."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.document import CommandLine
from bot.facts.text import Paragraph, Span
from bot.slack import blocks, thread
from bot.slack.message import Message, words
from tests import slack


def _text(*messages: Message) -> str:
    return "\n".join(words(block) for each in messages for block in each.blocks)


def test_thread_has_everything() -> None:
    """Evidence, what was ruled out, the node's own words, what could not be checked."""
    told = _text(*thread.thread(slack.document(message="pull access denied")))
    for heading in (
        "Evidence in full",
        "· not web0: ",
        "What the node says\npull access denied",
        "Not checked",
    ):
        assert heading in told
    assert told.index("✘") < told.index("\n? ")


@given(slack.hostile(), st.integers(0, 4))
@settings(deadline=None, max_examples=20)
def test_thread_is_valid_and_inert(text: str, many: int) -> None:
    """Case 9 and 10, in full length."""
    assert slack.wrong(thread.with_thread(slack.document(text, many))) == []


@pytest.mark.parametrize("text", ['"\\' * 2500, "\u202e" * 5000, "<&>`" * 1250])
def test_thread_of_anything_fits(text: str) -> None:
    """Case 11: a long error is a file, and so are many pods; a hundred of everything ends in one."""
    told = thread.with_thread(slack.document(text[:300], 100, message=text))
    assert slack.wrong(told) == []
    assert len(told.thread) <= 4
    names = {file.name for each in told.thread for file in each.files}
    assert {"message.txt", "pods.txt", "everything-else.txt"} <= names


def test_files_hold_what_is_long_whole() -> None:
    """And show every character in it."""
    document = slack.document(
        "p", 400, message="e" * 5000 + "\u202e", ruled_out=(), evidence=(), unchecked=()
    )
    files = {file.name: file.content for each in thread.thread(document) for file in each.files}
    assert files["message.txt"] == "e" * 5000 + "\\u202e\n"
    assert [len(files[f"{noun}s.txt"].splitlines()) for noun in ("pod", "workload", "node")] == [400] * 3


def test_thread_names_all_of_whom_the_alert_names_a_few() -> None:
    """In the message up to twenty, and nothing that the alert has already."""
    assert "3 pods" not in _text(*thread.thread(slack.document(many=3)))
    (made,) = thread.thread(slack.document(many=4, message="m", evidence=()))
    assert "4 workloads\nweb/0\nweb/1\nweb/2\nweb/3" in _text(made)
    assert made.files == ()


def test_commands_that_no_message_holds_are_a_file() -> None:
    """Whole, to be copied from there."""
    long = CommandLine("Do it.", ("x" * 3000,))
    made = thread.thread(slack.document(commands=(long,)))
    assert [file.content for file in made[-1].files] == [f"# Do it.\n{'x' * 3000}\n"]
    assert "1 longer command in the file" in _text(*made)


def test_thread_says_in_full_what_the_alert_said_briefly() -> None:
    """And nothing twice where the alert said it all."""
    assert "in full" not in _text(*thread.thread(slack.document())).replace("Evidence in full", "")
    wordy = tuple(Paragraph((Span(f"{number} " + "w" * 1400),)) for number in range(6))
    told = _text(*thread.thread(slack.document(meaning=wordy, fix=wordy)))
    for heading in ("What it means, in full", "What to do, in full"):
        assert heading in told
    assert told.count("w" * 1400) == 12


def test_document_without_anything_has_no_thread() -> None:
    """No empty message is posted."""
    bare = slack.document(evidence=(), proof=(), ruled_out=(), unchecked=(), message="", commands=())
    assert thread.thread(bare) == ()


def test_names_that_are_only_counted_are_counted() -> None:
    """A document that names a thousand pods of ten thousand says so, in the thread and in the file."""
    document = slack.document()
    pods = tuple(f"shop/web-{number}" for number in range(30))
    document = replace(document, where=replace(document.where, pods=pods, more_pods=9_970))
    told = thread.thread(document)
    assert any("10000 pods" in words(block) for message in told for block in message.blocks)
    (listed,) = [file for message in told for file in message.files if file.name == "pods.txt"]
    assert listed.content.endswith("\nand 9970 more\n")
    alert = blocks.alert(document)
    assert "10000 pods" in alert.text
    assert any("10000 pods" in field["text"] for field in alert.blocks[1]["fields"])
    assert slack.wrong(alert, *told) == []
