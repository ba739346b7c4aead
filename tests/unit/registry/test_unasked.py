"""A registry that nobody asks says so, to every question."""

import pytest

from bot.facts import image
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS
from bot.registry.unasked import UnaskedRegistry


IMAGE = image.parse("registry.corp.example/a:1")


@pytest.mark.parametrize("question", ["base", "login", "manifest", "tags", "config", "layers"])
async def test_unasked_says_why_to_every_question(question: str) -> None:
    """Whatever the question, the answer says what was not asked, why, and what would allow it."""
    nobody = UnaskedRegistry("no network", "--probe anonymous")
    answers = {
        "base": lambda: nobody.base(IMAGE),
        "login": lambda: nobody.login(IMAGE, ANONYMOUS),
        "manifest": lambda: nobody.manifest(IMAGE, ANONYMOUS, whole=True),
        "tags": lambda: nobody.tags(IMAGE, ANONYMOUS),
        "config": lambda: nobody.config(IMAGE, ANONYMOUS, None),
        "layers": lambda: nobody.layers(IMAGE, ANONYMOUS, ("sha256:1",)),
    }
    assert await answers[question]() == Unread(
        "registry registry.corp.example", "no network", "--probe anonymous"
    )
