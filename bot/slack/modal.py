"""The form that asks what is meant: clusters and failing pods in, a view out; what was filled in, a question out.

Slack gives three seconds to open it, so it opens empty and is filled when the desk has answered. What comes back is
read as if somebody had typed it: nothing in a form is trusted.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import UsageError
from bot.ports.answering import ClusterState, Failing, Question
from bot.slack import commands
from bot.slack.answers import plain
from bot.slack.commands import Command, Verb
from bot.slack.elements import note
from bot.slack.escaping import CUT
from bot.slack.incoming import Caller, identity, moment, text
from bot.slack.limits import Block, length


VIEW: Final = "ask-view"
CLUSTER: Final = "ask-cluster"
POD: Final = "ask-pod"
TYPED: Final = "ask-typed"
# How many a search shows: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
MOST_OPTIONS: Final = 100
_OPTION = 75
_LONGEST_TYPED = 300
# 3,000 characters may be hidden in a form, and each of a name may be written as six.
_LONGEST_ADDRESS = 600
_LONGEST_CLUSTER = 253
_TITLE = "Why is it not pulled?"
_ALL = "Choose nothing, and you are told all that fails in the cluster."


@dataclass(frozen=True, slots=True)
class Form:
    """What a form knows, hidden in it; comes back with every click.

    Attributes:
        caller: who was to fill it in, where the answer goes.
        cluster: which one was chosen.
    """

    caller: Caller
    cluster: str = ""

    def hidden(self) -> str:
        """As a text that Slack carries."""
        caller = self.caller
        known = {
            "channel": caller.channel,
            "thread": caller.thread,
            "private": caller.private,
            "at": caller.response_url if len(caller.response_url) <= _LONGEST_ADDRESS else "",
            "cluster": self.cluster if len(self.cluster) <= _LONGEST_CLUSTER else "",
        }
        return json.dumps(known, separators=(",", ":"))


def opening(form: Form) -> Block:
    """The form while it is not known yet what may be chosen."""
    return {**_view(form), "blocks": [note("Looking for what fails …")]}


def refusing(form: Form, why: str, hint: str) -> Block:
    """The form when there is nothing to choose."""
    return {**_view(form), "blocks": [note(f"{why} {hint}".strip() or "-")]}


def asking(form: Form, clusters: Sequence[ClusterState]) -> Block:
    """The form to fill in; its cluster is the one whose pods can be searched."""
    blocks = [_clusters(form, clusters), _pods(form), _typed(), note(_ALL)]
    return {**_view(form), "blocks": blocks, "submit": plain("Ask", 24)}


def chosen(clusters: Sequence[ClusterState], asked: str = "") -> str:
    """Which cluster's pods are offered first: the one that was asked for, else where most is open; "" for none."""
    named = [each.name for each in clusters]
    if asked in named:
        return asked
    return max(clusters, key=lambda each: each.open).name if clusters else ""


def named(value: str, clusters: Sequence[ClusterState]) -> str:
    """The cluster that an option means; "" for none that may be asked about."""
    return next((each.name for each in clusters if _key(each.name) == value), "")


def form(view: Any, caller: Caller) -> Form:
    """What a view knows, once more; what it says of where answers go is checked where they are sent."""
    try:
        known = json.loads(text(view, "private_metadata"))
    except (ValueError, RecursionError):
        known = {}
    channel = identity(known, "channel")
    # What others read stays so, whatever a view says of it.
    private = isinstance(known, Mapping) and known.get("private") is True and channel.startswith("D")
    place = Caller(
        caller.user,
        caller.team,
        channel,
        moment(known, "thread"),
        private=private,
        response_url=text(known, "at"),
        trigger=caller.trigger,
    )
    return Form(place, text(known, "cluster"))


def options(failing: Sequence[Failing]) -> list[Block]:
    """Pods to choose from; no two alike."""
    found = {reference(each): each for each in failing[:MOST_OPTIONS]}
    return [
        {
            "text": plain(_middle(f"{each.namespace}/{each.pod}"), _OPTION),
            "value": value,
            "description": plain(each.reason, _OPTION),
        }
        for value, each in found.items()
    ]


def reference(pod: Failing) -> str:
    """What stands for a pod in an option: its name where that is short enough, else a digest of it."""
    return _key(f"{pod.namespace}/{pod.pod}")


def is_digest(value: str) -> bool:
    """Whether it stands for a name that no option can hold."""
    return value.startswith("#")


def command(view: Any, cluster: str, pod: str) -> Command:
    """What a filled form asks.

    Args:
        view: as Slack sends it.
        cluster: of the form.
        pod: ``namespace/name`` of the one that was chosen; "" for none.

    Raises:
        UsageError: what was typed is no name.
    """
    words = _answer(view, TYPED, "value") or pod
    if not words:
        return Command(Verb.WHY, Question(cluster=cluster))
    asked = commands.read(f"why {words}").question
    question = Question(asked.words, asked.namespace, asked.cluster or cluster)
    return Command(Verb.WHY, question, offers=True)


def picked(view: Any) -> str:
    """The value of the pod that was chosen; "" for none."""
    return _answer(view, POD, "selected_option", "value")


def wrong(error: UsageError) -> Mapping[str, Any]:
    """What an answer to the form says when something typed in it is no name."""
    told = f"{error.message}. {error.hint}"[:_LONGEST_TYPED]
    return {"response_action": "errors", "errors": {TYPED: told}}


def _answer(view: Any, block: str, *path: str) -> str:
    """What was filled in; the block of the pods is called after its cluster."""
    state = view.get("state") if isinstance(view, Mapping) else None
    values = state.get("values") if isinstance(state, Mapping) else None
    for name, filled in values.items() if isinstance(values, Mapping) else ():
        if str(name).split(":")[0] == block:
            return text(filled, block, *path)
    return ""


def _view(form: Form) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": VIEW,
        "title": plain(_TITLE, 24),
        "close": plain("Close", 24),
        "private_metadata": form.hidden(),
    }


def _clusters(form: Form, clusters: Sequence[ClusterState]) -> Block:
    # The chosen one must be among the options, of which there are at most a hundred.
    known = sorted(clusters, key=lambda each: (each.name != form.cluster, each.name))[:MOST_OPTIONS]
    offered = {_key(each.name): plain(_middle(each.name), _OPTION) for each in known}
    listed = [{"text": label, "value": value} for value, label in offered.items()]
    select = {"type": "static_select", "action_id": CLUSTER, "options": listed}
    first = [each for each in listed if each["value"] == _key(form.cluster)]
    return {
        "type": "input",
        "block_id": CLUSTER,
        "dispatch_action": True,
        "label": plain("Cluster", _OPTION),
        "element": {**select, "initial_option": first[0]} if first else select,
    }


def _pods(form: Form) -> Block:
    select = {
        "type": "external_select",
        "action_id": POD,
        "min_query_length": 0,
        "placeholder": plain("Search the failing pods", _OPTION),
    }
    # Another cluster is another field: what was chosen of the one before does not stay.
    digest = hashlib.sha256(form.cluster.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return {
        "type": "input",
        "block_id": f"{POD}:{digest}",
        "optional": True,
        "label": plain("Failing pod", _OPTION),
        "element": select,
    }


def _typed() -> Block:
    field = {
        "type": "plain_text_input",
        "action_id": TYPED,
        "max_length": _LONGEST_TYPED,
        "placeholder": plain("deploy/web -n shop", _OPTION),
    }
    return {
        "type": "input",
        "block_id": TYPED,
        "optional": True,
        "label": plain("Or anything else", _OPTION),
        "element": field,
    }


def _key(name: str) -> str:
    if name.isprintable() and 0 < length(name) <= _OPTION and not is_digest(name):
        return name
    return "#" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _middle(name: str) -> str:
    """A long name without its middle: what tells pods apart stands at the end."""
    if length(name) <= _OPTION:
        return name
    half = (_OPTION - 1) // 2
    return f"{name[:half]}{CUT}{name[-half:]}"
