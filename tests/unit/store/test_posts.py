"""Posts stand in one row each until they arrived; tests/contract/test_dispatching.py tries what they are for."""

from bot.ports.dispatching import Post, State
from bot.ports.keeping import Kind
from bot.store.opening import Store
from tests.fakes import dying
from tests.fakes.cluster import NOW
from tests.lives import MINUTE


async def test_number_is_given_once(store: Store) -> None:
    """A receiver knows a post by its key, long after it left the table."""
    keys = []
    for name in ("a", "b"):
        post = Post(name, "webhook/ops", Kind.MESSAGE, "words", state=State.OPENED)
        await store.keeper.save([dying.begun(name)], [], [post])
        (taken,) = await store.dispatches.due(NOW, MINUTE, 1, ["webhook/ops"])
        keys.append(taken.key)
        assert await store.dispatches.done(taken)
    assert keys == ["imagepull_a_1", "imagepull_b_2"]
