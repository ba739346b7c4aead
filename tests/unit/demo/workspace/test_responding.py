"""response_url: to one person or to all, instead of the source or beside it."""

import pytest

from bot.demo.workspace.content import spoken
from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.responding import Responding
from tests.fakes.workspace import service


DANA = "U0000000DANA"


def test_an_answer_is_for_one_or_for_all() -> None:
    """For one unless the app says otherwise; threads are kept."""
    made = service()
    channel = made.space.channel("#random")
    name = made.tickets.hook(channel.id, DANA)
    responding = Responding(made)
    responding.respond(name, {"text": "a"})
    responding.respond(name, {"text": "b", "response_type": "in_channel", "thread_ts": "1.0"})
    responding.respond(name, {"text": "c", "replace_original": True})
    assert [each["text"] for each in made.space.messages(DANA, channel)] == ["a", "b", "c"]
    assert [(each["text"], each["thread_ts"]) for each in channel.messages.values()] == [("b", "1.0")]


@pytest.mark.parametrize("ephemeral", [True, False])
def test_the_source_is_replaced_and_deleted(ephemeral: bool) -> None:
    """Whoever saw it."""
    made = service()
    channel = made.space.channel("#random")
    said = spoken(made.seed, {"text": "a", "blocks": []})
    source = made.space.show(channel, DANA, said) if ephemeral else made.space.post(channel, said)
    name = made.tickets.hook(channel.id, DANA, source["ts"], ephemeral=ephemeral)
    Responding(made).respond(name, {"text": "b", "replace_original": True})
    [shown] = made.space.messages(DANA, channel)
    assert (shown["text"], shown["ts"], "blocks" in shown) == ("b", source["ts"], False)
    Responding(made).respond(name, {"delete_original": "true"})
    assert made.space.messages(DANA, channel) == []
    Responding(made).respond(name, {"delete_original": "true"})


def test_nothing_is_no_answer() -> None:
    """Nor is a URL that nobody got."""
    made = service()
    with pytest.raises(Refused, match="no_text"):
        Responding(made).respond(made.tickets.hook("C00000RANDOM", DANA), {})
    with pytest.raises(Refused, match="expired_url"):
        Responding(made).respond("x", {"text": "a"})
