"""reactions.add: once, with a name, under a message."""

from tests.fakes.workspace import call, refusal, service


def test_a_sign_stands_once() -> None:
    """Under what is there."""
    made = service()
    ts = call(made, "chat.postMessage", channel="#image-pulls", text="x")["ts"]
    where = {"channel": "C0IMAGEPULLS", "timestamp": ts}
    for name, error in (
        ("eyes", ""),
        (":eyes:", "already_reacted"),
        ("no name", "invalid_name"),
        ("tada", ""),
    ):
        assert refusal(made, "reactions.add", **where, name=name) == error
    assert (
        refusal(made, "reactions.add", channel="C0IMAGEPULLS", timestamp="1", name="x") == "message_not_found"
    )
    message = made.space.channel("#image-pulls").messages[ts]
    assert [each["name"] for each in message["reactions"]] == ["eyes", "tada"]
