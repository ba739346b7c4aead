"""chat.*: where the app may speak, and what of it it may change."""

import pytest

from tests.fakes.workspace import call, refusal, service


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("#nowhere", "channel_not_found"),
        ("#board", "channel_not_found"),
        ("#random", "not_in_channel"),
        ("#old-alerts", "is_archived"),
        ("", "invalid_arguments"),
        ("U0000DEPLOYB", "cannot_dm_bot"),
        ("U0000000MORG", "channel_not_found"),
        ("#image-pulls", ""),
        ("U0000000DANA", ""),
    ],
)
def test_the_app_speaks_where_it_may(channel: str, error: str) -> None:
    """And is told why not elsewhere."""
    made = service()
    # nothing is sent: no loop runs here
    made.emit = lambda *_: None  # type: ignore[method-assign]
    assert refusal(made, "chat.postMessage", channel=channel, text="x") == error


def test_public_channels_can_be_opened_by_a_scope() -> None:
    """chat:write.public."""
    made = service()
    made.bot.scopes.add("chat:write.public")
    assert refusal(made, "chat.postMessage", channel="#random", text="x") == ""


def test_only_its_own_is_changed() -> None:
    """Not what others said, nor what is not there."""
    made = service()
    channel = made.space.channel("#image-pulls")
    theirs = made.space.post(channel, {"user": "U0000000DANA", "text": "x"})
    for method, error in (("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")):
        assert refusal(made, method, channel=channel.id, ts=theirs["ts"], text="y") == error
        assert refusal(made, method, channel=channel.id, ts="1.0", text="y") == "message_not_found"
    ours = call(made, "chat.postMessage", channel=channel.id, text="x")
    assert refusal(made, "chat.update", channel=channel.id, ts=ours["ts"], text="x" * 4_001) == "msg_too_long"
    channel.archived = True
    assert refusal(made, "chat.delete", channel=channel.id, ts=ours["ts"]) == "is_archived"


def test_metadata_stays_until_it_is_taken_away() -> None:
    """An update without it keeps it, an empty one takes it."""
    made = service()
    metadata = {"event_type": "a", "event_payload": {}}
    ours = call(made, "chat.postMessage", channel="#image-pulls", text="x", metadata=metadata)
    where = {"channel": ours["channel"], "ts": ours["ts"]}
    assert call(made, "chat.update", **where, text="y")["message"]["metadata"] == metadata
    assert "metadata" not in call(made, "chat.update", **where, text="y", metadata={})["message"]


def test_ephemeral_messages_are_for_members() -> None:
    """Of the channel."""
    made = service()
    for user, error in (
        ("U0000000GUST", "user_not_in_channel"),
        ("Unobody", "user_not_found"),
        ("U0000000DANA", ""),
    ):
        assert refusal(made, "chat.postEphemeral", channel="#image-pulls", user=user, text="x") == error


def test_threads_and_their_links() -> None:
    """A reply knows its thread, and so does the link to it."""
    made = service()
    ours = call(made, "chat.postMessage", channel="#image-pulls", text="x")
    reply = call(
        made,
        "chat.postMessage",
        channel="#image-pulls",
        text="y",
        thread_ts=ours["ts"],
        reply_broadcast="true",
    )
    assert reply["message"]["reply_broadcast"] is True
    link = call(made, "chat.getPermalink", channel=ours["channel"], message_ts=reply["ts"])["permalink"]
    assert f"thread_ts={ours['ts']}" in link
    assert (
        refusal(made, "chat.getPermalink", channel=ours["channel"], message_ts="1.0") == "message_not_found"
    )
    assert (
        refusal(made, "chat.postMessage", channel="#image-pulls", text="x", thread_ts="1.0")
        == "thread_not_found"
    )


def test_a_text_takes_the_blocks_away() -> None:
    """Attachments stay; a message of blocks is not called edited, one of text is."""
    made = service()
    blocks = [{"type": "divider"}]
    ours = call(
        made,
        "chat.postMessage",
        channel="#image-pulls",
        text="x",
        blocks=blocks,
        attachments=[{"fallback": "y"}],
    )
    where = {"channel": ours["channel"], "ts": ours["ts"]}
    changed = call(made, "chat.update", **where, blocks=[*blocks, *blocks])["message"]
    assert (len(changed["blocks"]), "edited" in changed) == (2, False)
    kept = call(made, "chat.update", **where, attachments=[{"fallback": "z"}])["message"]
    assert len(kept["blocks"]) == 2
    told = call(made, "chat.update", **where, text="y")["message"]
    assert ("blocks" in told, "attachments" in told, "edited" in told) == (False, True, True)


def test_a_long_text_is_cut_and_said_to_be() -> None:
    """In a warning beside the answer."""
    made = service()
    told = call(made, "chat.postMessage", channel="#image-pulls", text="x" * 40_001)
    assert (len(told["message"]["text"]), told["warning"]) == (40_000, "message_truncated")
