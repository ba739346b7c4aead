"""Markup: what is typed becomes what Slack stores."""

import pytest

from bot.demo.workspace.markup import escaped, linked, rich
from tests.fakes.workspace import service


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("@imagepull why web", "<@U0IMAGEPULL> why web"),
        ("ask @sre in #random", "ask <!subteam^S0000000SRES> in <#C00000RANDOM|random>"),
        ("@here & <b>", "<!here> &amp; &lt;b&gt;"),
        ("@nobody a@dana.example @morgan", "@nobody a@dana.example @morgan"),
    ],
)
def test_names_become_ids(typed: str, stored: str) -> None:
    """Those of people, groups and channels that there are."""
    assert linked(service().space, typed) == stored


def test_rich_text_says_the_same() -> None:
    """In elements, without entities."""
    text = "a &amp; <@U1> <!subteam^S1> <#C1|x> <!here>"
    [block] = rich(text)
    kinds = [each["type"] for each in block["elements"][0]["elements"]]
    assert kinds == ["text", "user", "text", "usergroup", "text", "channel", "text", "broadcast"]
    assert block["elements"][0]["elements"][0]["text"] == "a & "
    assert escaped("<") == "&lt;"
