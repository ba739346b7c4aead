"""The demo's workspace: what it holds fits together."""

from bot.demo.workspace.seed import Seed, Timing


def test_every_name_is_somebodys() -> None:
    """Members of groups and channels are people of the workspace, or the app."""
    seed = Seed()
    handles = {each.handle for each in seed.people} | {seed.app.handle}
    named = {name for each in (*seed.groups, *seed.channels) for name in each.members}
    assert named <= handles


def test_there_is_one_of_each_kind() -> None:
    """A guest, somebody deactivated, a bot, somebody from elsewhere; a private, a shared and an archived channel."""
    seed = Seed()
    for kind in ("is_restricted", "is_ultra_restricted", "deleted", "is_bot", "team"):
        assert any(getattr(each, kind) for each in seed.people)
    for kind in ("private", "archived", "shared"):
        assert any(getattr(each, kind) for each in seed.channels)


def test_slack_waits_three_seconds() -> None:
    """For acks and for views."""
    assert (Timing().ack, Timing().trigger, Timing().response_url) == (3.0, 3.0, 1800.0)
