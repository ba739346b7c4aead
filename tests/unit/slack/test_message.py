"""What is too long for one message is several, and what is too long for those a file."""

from bot.slack import elements, limits
from bot.slack.message import File, Message, message, messages, words
from tests import slack


def _blocks(number: int, size: int = 10) -> list[elements.Block]:
    line = [elements.line(elements.run(f"{each:05}" + "x" * size)) for each in range(number)]
    return [block for each in line for block in elements.rich([each])]


def test_blocks_stay_in_order_across_messages() -> None:
    """And none is lost."""
    blocks = _blocks(120)
    made = messages("told", blocks, 9, "rest.txt")
    assert len(made) == 3
    assert [block for each in made for block in each.blocks] == blocks
    assert slack.wrong(*made) == []


def test_long_blocks_make_more_messages() -> None:
    """Fifty are the most, and their characters count as well."""
    made = messages("told", _blocks(20, 2500), 9, "rest.txt")
    assert [len(each.blocks) for each in made] == [4, 4, 4, 4, 4]
    assert slack.wrong(*made) == []


def test_what_remains_is_a_file() -> None:
    """Whole, and the last message leads to it."""
    made = messages("told", _blocks(20, 2500), 2, "rest.txt")
    assert len(made) == 2
    assert words(made[-1].blocks[-1]) == "The rest is in the file rest.txt."
    (file,) = made[-1].files
    assert file.name == "rest.txt"
    assert [f"{each:05}" in file.content for each in (7, 8, 19)] == [False, True, True]
    assert slack.wrong(*made) == []


def test_nothing_is_no_message() -> None:
    """Not an empty one."""
    assert messages("told", [], 3, "rest.txt") == ()


def test_payload_asks_slack_to_look_for_nothing() -> None:
    """No markup in the fallback, no names, no previews of links."""
    payload = message("<!here>", [elements.note("x")]).payload()
    assert payload["text"] == "&lt;!here&gt;"
    assert {name: payload[name] for name in ("mrkdwn", "parse", "unfurl_links", "unfurl_media")} == {
        "mrkdwn": False,
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_values_hold_files_and_thread() -> None:
    """As what would be posted, in order."""
    reply = Message("reply", ())
    values = Message("told", (), (File("a.txt", "x"),), (reply,)).values()
    assert values["files"] == [{"name": "a.txt", "content": "x"}]
    assert [each["text"] for each in values["thread"]] == ["reply"]


def test_words_are_the_block_without_its_form() -> None:
    """A line for a line, an item with its mark."""
    section = elements.line(elements.run("a "), elements.run("b", is_code=True))
    listed = {"type": "rich_text_list", "style": "bullet", "elements": [section, section]}
    assert words(elements.rich([elements.title("T"), listed])[0]) == "T\n- a b\n- a b"
    assert words(elements.header("H")) == "H"
    assert words(elements.note("n")) == "n"
    assert limits.fits([section])
