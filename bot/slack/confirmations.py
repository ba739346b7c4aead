"""What somebody is told about what they just did: an action in, one line to them out."""

from bot.facts.text import shown
from bot.ports.answering import Listed
from bot.rendering import phrases
from bot.slack.answers import said
from bot.slack.elements import line, note, rich, run
from bot.slack.escaping import visible
from bot.slack.message import Message, message


_TITLE = 200


def looking(words: str) -> Message:
    """The bot has heard, and the answer takes a while."""
    told = f"Looking: {visible(shown(words), _TITLE)} …"
    return message(told, [note(told)])


def busy() -> Message:
    """Too many ask at once."""
    return said("Too many are asking at once, and this was not looked at.", "try again in a minute")


def fell_over() -> Message:
    """Something is wrong with us, and not with what was asked."""
    return said("That went wrong here, and not with you.", "try again; the bot's log says more")


def acknowledged(incident: Listed) -> Message:
    """Somebody looks after it now."""
    return _done("You look after this now", incident)


def snoozed(incident: Listed) -> Message:
    """It is silent for a while."""
    until = f" until {phrases.spelled(incident.snoozed_until)}" if incident.snoozed_until else ""
    return _done(f"Silent{until}, but for its end", incident)


def shared_before() -> Message:
    """A second click shares nothing again."""
    return said("This was shared already.")


def _done(told: str, incident: Listed) -> Message:
    title = visible(shown(incident.title), _TITLE)
    lines = [
        line(run(f"{told}: "), run(title, bold=True), run(" "), run(visible(incident.id, 40), is_code=True))
    ]
    return message(f"{told}: {title}", rich(lines))
