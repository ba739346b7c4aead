"""People: they see what they may, with what only they see."""

import pytest

from bot.demo.workspace.content import spoken
from bot.demo.workspace.people import Person
from bot.demo.workspace.refusals import Refused
from tests.fakes.workspace import call, service


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


async def test_people_use_what_they_see() -> None:
    """A button in a message, a modal, Home; without an app Slack says that nobody answers."""
    made = service()
    dana = Person(made, "dana")
    text = {"type": "plain_text", "text": "x"}
    row = {"type": "actions", "elements": [{"type": "button", "action_id": "go", "text": text}]}
    call(made, "chat.postMessage", channel="#image-pulls", text="x", blocks=[row])
    await dana.clicks(dana.sees("#image-pulls")[0], "go")
    assert dana.warnings == ["imagepull did not respond."]
    with pytest.raises(Refused, match="no_such_element"):
        await dana.clicks(dana.sees("#image-pulls")[0], "other")
    search = {"type": "input", "label": text, "element": {"type": "external_select", "action_id": "find"}}
    view = {"type": "modal", "title": text, "submit": text, "blocks": [search]}
    call(made, "views.open", trigger_id=made.tickets.trigger(dana.id), view=view)
    assert await dana.suggests(dana.modals[-1], "find", "w") == []
    assert list((await dana.submits()).values()) == ["Please complete this required field."]
    assert await dana.submits({"find": {"text": text, "value": "v"}}) == {}
    await dana.closes()
    with pytest.raises(Refused, match="not_found"):
        await dana.submits()
    assert dana.home is None
    dana.opens_home()
    await made.delivery.close()
