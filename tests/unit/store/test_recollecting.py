"""Whatever a runtime says can be kept."""

from bot.ports.keeping import Words
from bot.store.opening import Store
from tests.fakes.cluster import NOW


async def test_words_with_characters_that_no_database_takes_are_kept(store: Store) -> None:
    """A zero byte and half of a character are not worth losing the rest."""
    await store.recollection.note_words([Words("eu", "uid-1", "app", "web\0:1", "one\0two\ud800", NOW)])
    (kept,) = await store.recollection.words("eu", ["uid-1"])
    assert (kept.image, kept.message) == (
        "web\N{REPLACEMENT CHARACTER}:1",
        "one\N{REPLACEMENT CHARACTER}two?",
    )
