"""A transcript stands in for the registries that were asked."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from bot.facts.image import Platform, parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Identity, Step
from bot.ports.probing import RegistryProber
from bot.transcript.notebook import REMEDY, UNNOTED, Entry, Notebook
from bot.transcript.probing import NotedProber, ToldProber
from tests.fakes.registry import FakeProber, answered, single, tagged


IMAGE = parse("registry.example/shop/web:1.4")
AMD64 = Platform("linux", "amd64")
REGCRED = Identity("shop", "regcred", "registry.example", "a fingerprint")
QUESTIONS: dict[str, Callable[[RegistryProber], Awaitable[Any]]] = {
    "base": lambda prober: prober.base(IMAGE),
    "login": lambda prober: prober.login(IMAGE, REGCRED),
    "manifest": lambda prober: prober.manifest(IMAGE, ANONYMOUS),
    "whole manifest": lambda prober: prober.manifest(IMAGE, ANONYMOUS, whole=True),
    "manifest for somebody": lambda prober: prober.manifest(IMAGE, REGCRED),
    "tags": lambda prober: prober.tags(IMAGE, ANONYMOUS),
    "config": lambda prober: prober.config(IMAGE, ANONYMOUS, AMD64),
    "config for anything": lambda prober: prober.config(IMAGE, ANONYMOUS, None),
    "layers": lambda prober: prober.layers(IMAGE, ANONYMOUS, ["sha256:1", "sha256:2"]),
    "no layers": lambda prober: prober.layers(IMAGE, ANONYMOUS, []),
}


def _prober() -> FakeProber:
    return FakeProber(
        {
            "base": answered(401, Step.BASE, challenged=True),
            "manifest": answered(404, code="MANIFEST_UNKNOWN"),
            "manifest secret:shop/regcred": answered(403),
            "whole": single(),
            "tags": tagged("1.3", "1.5"),
            "config": answered(step=Step.CONFIG, said="it says: password=hunter22"),
        }
    )


@pytest.mark.parametrize("question", QUESTIONS)
async def test_every_question_is_passed_on_and_told_again(question: str) -> None:
    """The registry's own answer, now and later; and only to the question that was put."""
    ask, notebook = QUESTIONS[question], Notebook()
    heard = await ask(NotedProber(_prober(), notebook))
    assert "hunter22" not in str(heard)
    told = ToldProber(msgspec.json.decode(json.dumps(notebook.written()), type=list[Entry]))
    assert await ask(told) == heard
    for other, ask_other in QUESTIONS.items():
        if other != question:
            assert await ask_other(told) == Unread("registry registry.example", UNNOTED, REMEDY)


async def test_no_fingerprint_stands_among_the_arguments() -> None:
    """An identity is told by its names; equal images are one, however they are spelled."""
    notebook = Notebook()
    noted = NotedProber(_prober(), notebook)
    await noted.login(parse("docker.io/library/nginx"), REGCRED)
    (told,) = notebook.written()
    assert told["given"] == ["docker.io/library/nginx:latest", "secret:shop/regcred registry.example"]
    again = ToldProber(msgspec.json.decode(json.dumps([told]), type=list[Entry]))
    assert await again.login(parse("nginx"), REGCRED) == await again.login(parse("nginx:latest"), REGCRED)
