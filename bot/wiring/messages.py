"""What a channel would get: reports with their documents in, Slack's messages as plain values out."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from bot.facts.document import Document
from bot.facts.verdict import Report


if TYPE_CHECKING:
    from bot.slack.message import Message

Told = Iterable[tuple[Report, Sequence[Document]]]

SCHEMA = "imagepull-slack/v1"


def slack_alerts(told: Told) -> dict[str, Any]:
    """An alert with its thread for each document, and what else is to be said of the look."""
    from bot.slack import listing, thread  # noqa: PLC0415  # only where Slack is asked for

    return _values(
        message
        for report, documents in told
        for message in (*map(thread.with_thread, documents), *listing.remarks(report, documents))
    )


def slack_list(told: Told) -> dict[str, Any]:
    """The incidents of each cluster as a list."""
    from bot.slack import listing  # noqa: PLC0415  # likewise

    return _values(message for report, documents in told for message in listing.incidents(report, documents))


def slack_manifest(mode: Literal["socket", "http"], url: str, *, history: bool) -> dict[str, Any]:
    """What Slack makes the app of.

    Args:
        mode: whether the bot connects to Slack, or Slack to the bot.
        url: where Slack's requests arrive in mode http.
        history: with the scopes that let an uncertain delivery be looked up.
    """
    from bot.slack import manifest  # noqa: PLC0415  # likewise

    return manifest.manifest(mode, url, history=history)


def _values(messages: "Iterable[Message]") -> dict[str, Any]:
    return {"schema": SCHEMA, "messages": [each.values() for each in messages]}


def webhook_schema() -> dict[str, Any]:
    """What a webhook says, as a JSON Schema."""
    from bot.carriers import body  # noqa: PLC0415  # only where it is asked for

    return body.schema()
