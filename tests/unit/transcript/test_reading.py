"""A transcript stands in for the cluster it was taken of."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from bot.errors import ClusterUnreadable
from bot.facts.objects import Node, Owner, PodEvent, PullSecret, SecretEntry, ServiceAccount, Unread
from bot.ports.reading import ClusterReader, Scan
from bot.transcript.notebook import REMEDY, UNNOTED, Entry, Notebook
from bot.transcript.reading import NotedReader, ToldReader
from tests.cases import pod
from tests.fakes.cluster import DENIED, FakeReader


QUESTIONS: dict[str, Callable[[ClusterReader], Awaitable[Any]]] = {
    "look": lambda reader: reader.look(Scan(("shop",), "app=web")),
    "pod": lambda reader: reader.pod("shop", "web-1"),
    "no pod": lambda reader: reader.pod("shop", "nobody"),
    "pods": lambda reader: reader.pods("shop"),
    "all pods": lambda reader: reader.pods(""),
    "neighbours": lambda reader: reader.neighbours("shop"),
    "events_of": lambda reader: reader.events_of("shop", "web-1"),
    "events": lambda reader: reader.events("shop"),
    "nodes": lambda reader: reader.nodes(),
    "service_accounts": lambda reader: reader.service_accounts("shop"),
    "secret": lambda reader: reader.secret("shop", "regcred"),
    "secrets": lambda reader: reader.secrets("shop"),
    "namespaces": lambda reader: reader.namespaces(),
    "owners": lambda reader: reader.owners("shop", "ReplicaSet"),
    "log_tail": lambda reader: reader.log_tail("shop", "web-1", "app", previous=False),
    "previous log_tail": lambda reader: reader.log_tail("shop", "web-1", "app", previous=True),
}


def _reader() -> FakeReader:
    return FakeReader(
        pods=[pod()],
        events=[PodEvent("shop", "web-1", "Failed", "no")],
        nodes=[Node("node-a")],
        secrets=[PullSecret("shop", "regcred", entries=(SecretEntry("r.example"),))],
        accounts=[ServiceAccount("shop", "default")],
        owners=[Owner("ReplicaSet", "shop", "web")],
        logs={"shop/web-1/app": "a log"},
        namespaces=["shop"],
    )


def _again(notebook: Notebook) -> ToldReader:
    return ToldReader("prod", msgspec.json.decode(json.dumps(notebook.written()), type=list[Entry]))


@pytest.mark.parametrize("question", QUESTIONS)
async def test_every_question_is_passed_on_and_told_again(question: str) -> None:
    """The witness's own answer, now and later; and only to the question that was put."""
    ask, notebook = QUESTIONS[question], Notebook()
    heard = await ask(NotedReader(_reader(), notebook))
    assert heard == await ask(_reader())
    told = _again(notebook)
    assert await ask(told) == heard
    for other, ask_other in QUESTIONS.items():
        if other not in (question, "look"):
            assert await ask_other(told) == Unread((await ask_other(told)).what, UNNOTED, REMEDY)


async def test_what_nobody_may_see_stays_unseen() -> None:
    """A reason is told as a reason."""
    notebook = Notebook()
    noted = NotedReader(FakeReader(nodes=DENIED, secrets=DENIED), notebook)
    heard = [await noted.nodes(), await noted.secret("shop", "regcred")]
    told = _again(notebook)
    assert heard == [await told.nodes(), await told.secret("shop", "regcred")]
    assert isinstance(heard[0], Unread)


async def test_a_look_that_was_not_taken_cannot_be_taken() -> None:
    """It ends the asking with a line and a way out."""
    with pytest.raises(ClusterUnreadable, match="not in the transcript") as caught:
        await ToldReader("prod", ()).look(Scan())
    assert caught.value.hint


def test_names_are_kept() -> None:
    """What people call the cluster."""
    assert NotedReader(_reader(), Notebook()).name == "fake"
    assert ToldReader("prod", ()).name == "prod"
