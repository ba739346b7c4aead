"""What has changed about an incident: the document before and the one after in, a few phrases out."""

from datetime import datetime

from bot.facts.document import Document
from bot.rendering import news, phrases
from bot.slack import parts
from bot.slack.elements import line, rich, run, title
from bot.slack.escaping import visible
from bot.slack.message import Message, message


_PHRASE = 600


def between(before: Document, after: Document) -> tuple[str, ...]:
    """Each difference that somebody would want to hear of; never empty."""
    found = tuple(visible(each, _PHRASE) for each in news.of_documents(before, after))
    return found or ("the evidence was looked at again",)


def told(before: Document, after: Document, at: datetime) -> Message:
    """The same as a message for the thread."""
    found = between(before, after)
    lines = [title(f"Changed at {phrases.spelled(at)}"), *(line(run(f"· {each}")) for each in found)]
    return message(f"Changed: {'; '.join(found)}: {parts.headline(after)}", rich(lines))
