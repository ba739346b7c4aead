"""What was seen is not seen again, and the memory of it ends."""

from bot.errors import StoreError
from bot.slack.once import Once


def test_second_time_is_not_the_first() -> None:
    """Case 3: Slack sends again what it thinks was not heard."""
    once = Once(lambda: 0.0)
    assert [once.first("Ev1"), once.first("Ev1"), once.first("Ev2")] == [True, False, True]


def test_what_says_nothing_is_always_new() -> None:
    """Without a key nothing can be told apart."""
    once = Once(lambda: 0.0)
    assert once.first("")
    assert once.first("")


def test_memory_is_bounded_in_time_and_number() -> None:
    """The oldest go first."""
    now = [0.0]
    once = Once(lambda: now[0], seconds=10, most=3)
    for key in "abcd":
        assert once.first(key)
    assert once.first("a")
    assert not once.first("d")
    now[0] = 11.0
    assert once.first("d")


async def test_replicas_that_share_a_memory_act_once() -> None:
    """Who is told that another was first does nothing; who cannot ask acts."""
    heard: set[str] = set()

    async def first(key: str) -> bool:
        if key == "away":
            raise StoreError("the database cannot be reached", "start it")
        is_first = key not in heard
        heard.add(key)
        return is_first

    one, other = (Once(lambda: 0.0, shared=first) for _ in range(2))
    assert [await one.anywhere("a"), await other.anywhere("a")] == [True, False]
    assert await one.anywhere("away")
    assert await one.anywhere("")
    assert await one.anywhere("")
    assert await Once(lambda: 0.0).anywhere("a")
