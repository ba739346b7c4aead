"""A channel: threads are counted, the oldest is forgotten."""

from bot.demo.workspace.channels import Channel
from bot.demo.workspace.refusals import Object


def _message(ts: str, thread: str = "", **more: object) -> Object:
    return {"ts": ts, "user": "U1", **({"thread_ts": thread} if thread else {}), **more}


def _channel(keeps: int = 10) -> Channel:
    return Channel("C1", "x", [], 0, keeps=keeps)


def test_a_parent_knows_its_replies() -> None:
    """And forgets them when they go."""
    channel = _channel()
    for each in (_message("1"), _message("2", "1"), _message("3", "1", user="U2")):
        channel.add(each)
    assert channel.messages["1"]["reply_users"] == ["U1", "U2"]
    assert channel.messages["1"]["latest_reply"] == "3"
    channel.remove("2")
    channel.remove("3")
    assert channel.messages["1"] == _message("1")


def test_replies_stand_only_in_their_thread() -> None:
    """But for those that are told to everybody."""
    channel = _channel()
    for each in (_message("1"), _message("2", "1"), _message("3", "1", reply_broadcast=True)):
        channel.add(each)
    assert [each["ts"] for each in channel.top()] == ["1", "3"]


def test_a_parent_leaves_a_stone() -> None:
    """Replies do not lose their thread."""
    channel = _channel()
    channel.add(_message("1", text="secret"))
    channel.add(_message("2", "1"))
    left = channel.remove("1")
    assert left is not None
    assert (left["subtype"], left["text"]) == ("tombstone", "This message was deleted.")
    assert channel.replies("1")


def test_the_oldest_is_forgotten() -> None:
    """Memory is bounded, of messages for all and of those for one."""
    channel = _channel(keeps=2)
    for ts in "123":
        channel.add(_message(ts))
        channel.show("U1", _message(ts))
    assert list(channel.messages) == ["2", "3"]
    assert list(channel.shown) == [("U1", "2"), ("U1", "3")]
