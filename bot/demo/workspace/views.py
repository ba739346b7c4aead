"""What a person has open: modals in a stack, and the app's Home."""

from collections.abc import Iterable

from bot.demo.workspace.refusals import Object, Refused


# https://docs.slack.dev/surfaces/modals#adding_views
MOST_IN_A_STACK = 3


class Views:
    """The views of everybody, as Slack keeps them.

    Attributes:
        stacks: user -> modals, the one in front last.
        homes: user -> what the app last published for them.
    """

    def __init__(self) -> None:
        self.stacks: dict[str, list[Object]] = {}
        self.homes: dict[str, Object] = {}

    def stack(self, user: str) -> list[Object]:
        """The modals of a user; empty when there are none."""
        return self.stacks.get(user, [])

    def find(self, view_id: str = "", external_id: str = "") -> tuple[str, Object]:
        """Who has this view, and the view.

        Raises:
            Refused: nobody has it.
        """
        for user, view in self._all():
            if (view_id and view["id"] == view_id) or (external_id and view["external_id"] == external_id):
                return user, view
        raise Refused("not_found")

    def knows(self, external_id: str) -> bool:
        """Whether the app has given this name to a view that is there."""
        return any(view["external_id"] == external_id for _, view in self._all())

    def open(self, user: str, view: Object) -> None:
        """Put a modal before the user instead of whatever was open."""
        view |= {"root_view_id": view["id"], "previous_view_id": None}
        self.stacks[user] = [view]

    def push(self, user: str, view: Object) -> None:
        """Put a modal on top of the one in front."""
        stack = self.stacks.setdefault(user, [])
        if len(stack) >= MOST_IN_A_STACK:
            raise Refused("push_limit_reached")
        under = stack[-1]
        stack.append(view | {"root_view_id": under["root_view_id"], "previous_view_id": under["id"]})

    def replace(self, user: str, old: Object, new: Object) -> Object:
        """Put a view in another's place: it keeps its id, and what was typed into the blocks that stay."""
        kept = {name: old[name] for name in ("id", "root_view_id", "previous_view_id")}
        blocks = {each["block_id"] for each in new["blocks"]}
        values = {name: value for name, value in old["state"]["values"].items() if name in blocks}
        made = {**new, **kept, "state": {"values": values}}
        if self.homes.get(user) is old:
            self.homes[user] = made
        else:
            self.stacks[user] = [made if each is old else each for each in self.stack(user)]
        return made

    def close(self, user: str, view: Object, *, everything: bool = False) -> list[Object]:
        """Take a view away, or the whole stack; returns what went, the one in front first."""
        stack = self.stack(user)
        gone = list(reversed(stack)) if everything else [view]
        self.stacks[user] = [each for each in stack if each not in gone]
        return gone

    def _all(self) -> Iterable[tuple[str, Object]]:
        for user, stack in self.stacks.items():
            yield from ((user, view) for view in stack)
        yield from self.homes.items()
