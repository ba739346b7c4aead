"""Whoever puts questions to a registry, with answers given beforehand: a question in -> the answer of a script out."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bot.facts.image import ImageReference
from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Identity, Step, Told
from bot.registry import codes
from bot.registry.asking import Outcome, Question
from bot.registry.endpoints import api_host
from bot.registry.wire import Failed, Reply


Given = Reply | Failed | Unread


class FakeAsker:
    """Answers by ``GET /v2/…``; of several answers the last one stays; what was not given is not recorded.

    Attributes:
        asked: the questions as ``GET /v2/…``, in order.
        questions: themselves.
        logins: who wanted to know whether it is known.
    """

    def __init__(
        self,
        answers: Mapping[str, Given | Sequence[Given]] | None = None,
        *,
        step: Step | None = None,
        repeats: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._answers = {
            question: list(given) if isinstance(given, Sequence) else [given]
            for question, given in (answers or {}).items()
        }
        self._step = step
        self._repeats = repeats
        self.asked: list[str] = []
        self.questions: list[Question] = []
        self.logins: list[Identity] = []

    async def put(self, question: Question) -> Outcome | Unread:
        """The next answer given for it."""
        line = f"{question.method} {question.path}"
        self.asked.append(line)
        self.questions.append(question)
        answers = self._answers.get(line, [Failed(Fault.NOT_RECORDED)])
        given = answers.pop(0) if len(answers) > 1 else answers[0]
        return self._outcome(question, given)

    async def login(self, image: ImageReference, identity: Identity) -> Outcome | Unread:
        """The answer to the base endpoint."""
        self.logins.append(identity)
        return await self.put(Question(image, identity, Step.BASE, "/v2/"))

    def _outcome(self, question: Question, given: Given) -> Outcome | Unread:
        if isinstance(given, Unread):
            return given
        step, host = self._step or question.step, api_host(question.image.registry)
        if isinstance(given, Failed):
            return Outcome(
                Told(question.identity, step, host, fault=given.fault, said=given.detail), None, given.remedy
            )
        body = b"" if question.method == "HEAD" else given.body
        if len(body) > question.most:
            return Outcome(Told(question.identity, step, host, fault=Fault.TOO_LARGE), None)
        code, said = codes.first(body) if given.status >= 400 else ("", "")
        told = Told(question.identity, step, host, given.status, code=code, said=said)
        return Outcome(told, Reply(given.status, given.headers, body), repeats=self._repeats)


def recorded(path: Path) -> dict[str, Given | Sequence[Given]]:
    """The anonymous answers of a ``registry.json``, for :class:`FakeAsker`."""
    found: dict[str, Given | Sequence[Given]] = {}
    for exchange in json.loads(path.read_text(encoding="utf-8"))["exchanges"]:
        request, response = exchange["request"], exchange.get("response")
        if exchange["identity"] != "anonymous" or "Authorization" in request["headers"] or response is None:
            continue
        headers = {name.lower(): value for name, value in response["headers"].items()}
        url = urlsplit(request["url"])
        line = f"{request['method']} {url.path}{'?' if url.query else ''}{url.query}"
        found[line] = Reply(response["status"], headers, (response.get("body") or "").encode())
    return found
