"""A channel with what was said in it: messages in, threads counted, the oldest forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.demo.workspace.refusals import Object


@dataclass(slots=True)
class Channel:
    """A place where messages stand.

    Attributes:
        members: ids of users.
        im: of a direct message with the app, the user; else empty.
        messages: by ts, oldest first; replies among them.
        shown: ephemeral messages, by (user, ts).
        keeps: how many messages of each kind are kept.
    """

    id: str
    name: str
    members: list[str]
    created: int
    topic: str = ""
    private: bool = False
    archived: bool = False
    shared: bool = False
    im: str = ""
    keeps: int = 1_000
    messages: dict[str, Object] = field(default_factory=dict)
    shown: dict[tuple[str, str], Object] = field(default_factory=dict)

    def add(self, message: Object) -> None:
        """Put a message in; of a reply its parent is told."""
        self.messages[message["ts"]] = message
        self._count(message.get("thread_ts", ""))
        while len(self.messages) > self.keeps:
            self.messages.pop(next(iter(self.messages)))

    def show(self, user: str, message: Object) -> None:
        """Put an ephemeral message before one user."""
        self.shown[user, message["ts"]] = message
        while len(self.shown) > self.keeps:
            self.shown.pop(next(iter(self.shown)))

    def remove(self, ts: str) -> Object | None:
        """Take a message out; where it has replies, what Slack leaves in its place."""
        gone = self.messages[ts]
        if gone.get("reply_count"):
            kept = {name: gone[name] for name in ("ts", "thread_ts", *_COUNTED) if name in gone}
            self.messages[ts] = {**_TOMBSTONE, **kept}
            return self.messages[ts]
        del self.messages[ts]
        self._count(gone.get("thread_ts", ""))
        return None

    def replies(self, parent: str) -> list[Object]:
        """Of a thread, oldest first; without its parent."""
        return [
            each
            for each in self.messages.values()
            if each.get("thread_ts") == parent and each["ts"] != parent
        ]

    def top(self) -> Iterator[Object]:
        """What stands in the channel itself, oldest first."""
        for each in self.messages.values():
            if each.get("thread_ts", each["ts"]) == each["ts"] or each.get("reply_broadcast"):
                yield each

    def _count(self, parent: str) -> None:
        found = self.messages.get(parent)
        if found is None:
            return
        replies = self.replies(parent)
        for name in (*_COUNTED, "thread_ts"):
            found.pop(name, None)
        if replies:
            users = list(dict.fromkeys(each.get("user", "") for each in replies))
            found |= {
                "thread_ts": parent,
                "reply_count": len(replies),
                "reply_users": users,
                "reply_users_count": len(users),
                "latest_reply": replies[-1]["ts"],
            }


_COUNTED = ("reply_count", "reply_users", "reply_users_count", "latest_reply")
_TOMBSTONE = {
    "type": "message",
    "subtype": "tombstone",
    "text": "This message was deleted.",
    "user": "USLACKBOT",
    "hidden": True,
    "deleted": True,
}
