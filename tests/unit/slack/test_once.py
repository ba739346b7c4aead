"""What was seen is not seen again, and the memory of it ends."""

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
