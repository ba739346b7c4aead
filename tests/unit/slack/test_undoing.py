"""Who comes second puts it right, so that in the end it stands there once."""

from dataclasses import replace

import pytest

from bot.ports.keeping import Kind
from bot.slack import undoing
from tests.fakes import mailroom
from tests.fakes.mailroom import Mailroom, message, reply


async def _twice(made: Mailroom) -> None:
    """Two have the same letter in hand, and both send it: the first stood still for longer than the lease."""
    one = await mailroom.taken(made.store, made.hasty)
    other = replace(one, tries=1)
    mine = await mailroom.postman(made).bring(one)
    theirs = await mailroom.postman(made).bring(replace(other, tries=0))
    posted = one.letter.kind is Kind.MESSAGE and not mine.is_edit
    assert await made.store.delivered(other, theirs.address if posted else None)
    assert not await made.store.delivered(one, mine.address if posted else None)
    await undoing.undo(made.store, mailroom.postman(made), one, mine)


@pytest.mark.parametrize("without", [(), tuple(mailroom.HISTORY)])
async def test_what_is_there_twice_is_taken_back(without: tuple[str, ...]) -> None:
    """A message, a reply, an edit; also where nobody can look."""
    async with mailroom.workspace(*without) as made:
        made.slack.service.rates.limits.on = False
        await made.say(message("one"), reply("a"), reply("file:b"))
        for seen in (["one"], ["one", "  a"], ["one", "  a", "  file:b"]):
            await _twice(made)
            assert made.seen() == seen
        await made.say(message("two"))
        await _twice(made)
        assert made.seen() == ["two", "  a", "  file:b"]


async def test_what_the_other_one_found_stays() -> None:
    """They sent nothing: it is there once."""
    async with mailroom.workspace() as made:
        await made.say(message("one"), reply("a"), reply("file:b"))
        for seen in (["one"], ["one", "  a"], ["one", "  a", "  file:b"]):
            one = await mailroom.taken(made.store, made.hasty)
            mine = await mailroom.postman(made).bring(one)
            theirs = await mailroom.postman(made).bring(replace(one, tries=1))
            address = theirs.address if one.letter.kind is Kind.MESSAGE else None
            assert await made.store.delivered(one, address)
            for arrival in (mine, theirs):
                await undoing.undo(made.store, mailroom.postman(made), one, arrival)
            assert made.seen() == seen


async def test_what_was_forgotten_meanwhile_is_taken_back() -> None:
    """The incident was dropped with all that was to be told of it."""
    async with mailroom.workspace() as made:
        await made.say(message("one"))
        one = await mailroom.taken(made.store, made.hasty)
        mine = await mailroom.postman(made).bring(one)
        (episode,) = made.store.shelf.episodes.values()
        await made.store.save([], [episode], [])
        assert not await made.store.delivered(one, mine.address)
        await undoing.undo(made.store, mailroom.postman(made), one, mine)
        assert made.seen() == []


async def test_edit_that_came_late_gives_way_to_the_latest() -> None:
    """Else the message would say what was true before."""
    async with mailroom.workspace() as made:
        await made.say(message("one"))
        first = await mailroom.taken(made.store, made.hasty)
        await made.store.delivered(first, (await mailroom.postman(made).bring(first)).address)
        await made.say(message("two"))
        second = await mailroom.taken(made.store, made.hasty)
        await made.store.delivered(second)
        await made.say(message("three"))
        third = await mailroom.taken(made.store, made.hasty)
        await mailroom.postman(made).bring(third)
        await made.store.delivered(third)
        late = await mailroom.postman(made).bring(second)
        assert made.seen() == ["two"]
        await undoing.undo(made.store, mailroom.postman(made), second, late)
        assert made.seen() == ["three"]
