"""People: they see what they may, with what only they see."""

from bot.demo.workspace.content import spoken
from bot.demo.workspace.people import Person
from tests.fakes.workspace import service


async def test_people_see_their_channels() -> None:
    """Messages and ephemeral ones in order; nothing where they are not."""
    made = service()
    dana, gus = Person(made, "dana"), Person(made, "gus")
    first = await dana.sends("#image-pulls", "a")
    assert first is not None
    channel = made.space.channel("#image-pulls")
    made.space.show(channel, dana.id, spoken(made.seed, {"text": "b"}))
    await dana.sends("#image-pulls", "c", thread=first)
    assert [each["text"] for each in dana.sees("#image-pulls")] == ["a", "b", "c"]
    assert [each["text"] for each in dana.sees("#image-pulls", thread=first)] == ["c"]
    assert gus.sees("#image-pulls") == []
    await dana.sends("@imagepull", "hello")
    assert [each["text"] for each in dana.sees("@imagepull")] == ["hello"]
    await made.delivery.close()
