"""A notice stands open until something else is said."""

from datetime import UTC, datetime

from bot.facts.notice import Notice, Standing


def test_notice_is_open_at_first() -> None:
    """Nothing is over, looked after or snoozed that nobody said so of."""
    now = datetime(2026, 5, 1, tzinfo=UTC)
    notice = Notice("k7q2mzr4ta", now, now)
    assert notice.standing is Standing.OPEN
    assert (notice.ended, notice.acknowledged_by, notice.snoozed_until, notice.mention) == (
        None,
        "",
        None,
        "",
    )
