"""conversations.*: what the app can see, by its scopes and by where it is."""

from tests.fakes.workspace import call, refusal, service


def test_channels_are_listed_by_kind() -> None:
    """Public ones all, private ones where the app is; each kind needs its scope."""
    made = service()
    names = [each["name"] for each in call(made, "conversations.list")["channels"]]
    assert "random" in names
    assert "sre-private" not in names
    private = call(made, "conversations.list", types="private_channel")["channels"]
    assert [each["name"] for each in private] == ["sre-private"]
    assert "old-alerts" not in str(call(made, "conversations.list", exclude_archived="true"))
    assert refusal(made, "conversations.list", types="im") == "missing_scope"
    assert refusal(made, "conversations.list", types="odd") == "invalid_types"
    page = call(made, "conversations.list", limit=2)
    assert len(page["channels"]) == 2
    assert page["response_metadata"]["next_cursor"]


def test_one_channel_is_told() -> None:
    """With its members when they are asked for."""
    made = service()
    told = call(made, "conversations.info", channel="C000PAYMENTS", include_num_members=True)["channel"]
    assert (told["is_ext_shared"], told["num_members"], told["is_member"]) == (True, 4, True)
    assert made.seed.app.user_id in call(made, "conversations.members", channel="C000PAYMENTS")["members"]
    assert refusal(made, "conversations.info", channel="C0BOARDROOM0") == "channel_not_found"


def test_history_is_read_where_the_app_is() -> None:
    """Latest first, between two times, without replies."""
    made = service()
    made.bot.scopes.add("channels:history")
    assert refusal(made, "conversations.history", channel="C00000RANDOM") == "not_in_channel"
    assert refusal(made, "conversations.history", channel="C0SREPRIVATE") == "missing_scope"
    sent = [call(made, "chat.postMessage", channel="#image-pulls", text=each)["ts"] for each in "abc"]
    call(made, "chat.postMessage", channel="#image-pulls", text="r", thread_ts=sent[0])
    where = {"channel": "C0IMAGEPULLS"}
    told = call(made, "conversations.history", **where)
    assert [each["text"] for each in told["messages"]] == ["c", "b", "a"]
    for more, texts in (
        ({"oldest": sent[0]}, "cb"),
        ({"latest": sent[1]}, "a"),
        ({"oldest": sent[1], "latest": sent[1], "inclusive": "true"}, "b"),
    ):
        found = call(made, "conversations.history", **where, **more)["messages"]
        assert "".join(each["text"] for each in found) == texts
    assert refusal(made, "conversations.history", **where, oldest="x") == "invalid_ts_oldest"
    thread = call(made, "conversations.replies", **where, ts=sent[0])["messages"]
    assert [each["text"] for each in thread] == ["a", "r"]
    assert refusal(made, "conversations.replies", **where, ts="1.0") == "thread_not_found"


def test_public_channels_are_joined() -> None:
    """Once; private ones, archived ones and direct messages are not."""
    made = service()
    assert call(made, "conversations.join", channel="C00000RANDOM")["channel"]["is_member"]
    assert call(made, "conversations.join", channel="C00000RANDOM")["warning"] == "already_in_channel"
    for channel, error in (
        ("C0SREPRIVATE", "method_not_supported_for_channel_type"),
        ("C00000000OLD", "is_archived"),
    ):
        assert refusal(made, "conversations.join", channel=channel) == error


def test_direct_messages_are_opened() -> None:
    """With people who are there."""
    made = service()
    channel = call(made, "conversations.open", users="U0000000DANA")["channel"]["id"]
    whole = call(made, "conversations.open", users="U0000000DANA", return_im="true")["channel"]
    assert (whole["id"], whole["is_im"]) == (channel, True)
    assert call(made, "conversations.open", channel=channel)["channel"]["user"] == "U0000000DANA"
    for users, error in (
        ("Unobody", "user_not_found"),
        ("U0000000MORG", "user_disabled"),
        ("U0000DEPLOYB", "cannot_dm_bot"),
        ("U0000000DANA,U00000000SAM", "missing_scope"),
    ):
        assert refusal(made, "conversations.open", users=users) == error
