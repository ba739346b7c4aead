"""What the bot warns of before it breaks, by the settings: nothing unless it is named."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.facts.forewarning import Kind
from bot.settings.kinds import Duration, Interval, Section, one_or_several, span


Kinds = Annotated[tuple[Kind, ...], BeforeValidator(one_or_several, json_schema_input_type=str | list[str])]


class Warnings(Section):
    """What the bot warns of before it breaks; nothing unless it is named here."""

    kinds: Kinds = ()
    """``token-expires``, ``image-gone``, ``retired-registry``; none unless they are named."""
    every: Interval = span("24h")
    """How long what a registry said of an image is good for. Rounds come 24 times as often, and each asks for what is due."""
    before: Duration = span("7d")
    """How long before its end a token is warned of, if it lives long enough for that."""
    retired_within: Duration = span("540d")
    """How long after its end a registry is still told of; what lies ahead always is."""
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """How much of a registry's budget warnings may use: what is beyond is left to failures."""
    images: Annotated[int, Field(ge=1)] = 200
    """How many different images of a cluster are asked for in a round at most; the next one goes on with the others."""
