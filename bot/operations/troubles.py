"""How calls of others ended, counted: a kind in, two counters out.

Kinds are this code's own words, never what Slack or a registry said.
"""

from collections.abc import Collection
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from bot.ports.counting import Trouble


OTHER: Final = "other"


class Troubles:
    """What Slack and registries did not do, of one replica.

    Args:
        registry: exposes it.
        in_slack: the bot is meant to be there; else there is nothing to tell of it.
    """

    def __init__(self, registry: CollectorRegistry, *, in_slack: bool = True) -> None:
        self._slack = Counter(
            "imagepull_slack_errors",
            "Calls of Slack's Web API that failed, by kind",
            ["kind"],
            registry=registry if in_slack else None,
        )
        # Of a series that begins at one nobody sees that it grew.
        for each in Trouble:
            self._slack.labels(each.value)
        self._registries = Counter(
            "imagepull_registry_answers",
            "Questions to registries by how they ended: the class of the status, 429, or why there was no answer",
            ["registry", "ending"],
            registry=registry,
        )

    def slack(self, kind: Trouble) -> None:
        """A call failed."""
        self._slack.labels(kind.value).inc()

    def asked(self, registry: str, ending: str, named: Collection[str]) -> None:
        """A question ended.

        Args:
            registry: its host.
            ending: one of this code's words.
            named: the registries of the settings; all others are one.
        """
        self._registries.labels(registry if registry in named else OTHER, ending).inc()
