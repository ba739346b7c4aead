"""Says every sentence once before it counts: a playbook in, what went wrong in any situation out.

Words meet every combination of the answers they ask for, with the details that a check gives and without
those it may not give, for one pod and for many, with and without a tag, node or host. A sentence that would fail at
three in the morning fails here.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping

from bot.errors import PlaybookError
from bot.facts.evidence import Answer
from bot.facts.playbook import Catalog, CheckWords, Playbook
from bot.rendering import admission, environment, view


_MOST = 600  # situations for one template: beyond that, answers vary one at a time
_MOST_OPTIONAL = 4
_NOW = "2026-01-02T03:04:05+00:00"
# An image reference that does not parse: all that is known then. Only some causes meet it.
_UNPARSED: dict[str, view.Value] = {
    "cluster": "cluster",
    "namespace": "namespace",
    "pod": "pod",
    "workload": "Deployment/workload",
    "workload_kind": "Deployment",
    "workload_name": "workload",
    "container": "container",
    "container_kind": "main",
    "image": "Not A Reference",
    "reason": "ErrImagePull",
    "title": "title",
    "confidence": "low",
    "severity": "low",
    "scope": "workload",
    "pods": 1,
    "workloads": 1,
    "nodes": [],
    "namespaces": ["namespace"],
    "possible": [],
    "symptom": {"id": "symptom"},
    "_now": _NOW,
}
_BARE: dict[str, view.Value] = {
    **_UNPARSED,
    "image": "registry.example/team/app@sha256:" + "0" * 64,
    "registry": "registry.example",
    "repository": "team/app",
    "image_name": "registry.example/team/app",
    "digest": "sha256:" + "0" * 64,
    "host": "registry.example",
}
_FULL: dict[str, view.Value] = {
    **{name: value for name, value in _BARE.items() if name != "digest"},
    "image": "registry.example/team/app:1",
    "confidence": "high",
    "scope": "registry",
    "pods": 20,
    "workloads": 4,
    "nodes": ["node-1", "node-2"],
    "namespaces": ["one", "two"],
    "possible": ["another title"],
    "tag": "1",
    "node": "node-1",
    "platform": "linux/arm64",
    "volume": "volume",
    "since": _NOW,
    "symptom": dict.fromkeys(view.SYMPTOM_FIELDS, "value"),
}
_UNPARSEABLE = "invalid-reference"  # the symptom that comes with such a reference


def rehearse(playbook: Playbook, catalog: Catalog) -> tuple[str, ...]:
    """What is wrong with a playbook's words, a sentence each; empty when nothing is."""
    made = environment.environment()
    known = frozenset(view.snake(check) for check in catalog.checks) or None
    scene = admission.message_scene(f"{playbook.origin}/message.j2", known)
    try:
        admission.admit(playbook.words, scene, made)
    except PlaybookError as error:
        return (f"{error.message}{f' ({error.hint})' if error.hint else ''}",)
    faults: dict[str, None] = {}
    named = admission.details_named(playbook.words, made)
    known_then = (_BARE, _FULL, _UNPARSED) if _UNPARSEABLE in playbook.cause.symptoms else (_BARE, _FULL)
    for attributes in _situations(known_then, named, _always(catalog, made)):
        faults.update(dict.fromkeys(_said(playbook.words, attributes, made)))
    return tuple(f"{playbook.origin}/message.j2: {fault}" for fault in faults)


def rehearse_sentences(catalog: Catalog) -> tuple[str, ...]:
    """What is wrong with the sentences of checks and actions."""
    made = environment.environment()
    faults: dict[str, None] = {}
    for words in catalog.checks.values():
        for answer, source in _sentences(words).items():
            scene = admission.details_scene(f"checks.yaml: {words.id}: {answer}")
            faults.update(dict.fromkeys(_told(source, scene, made)))
    for action in catalog.actions.values():
        scene = admission.sentence_scene(f"actions.yaml: {action.id}")
        for attributes in (_BARE, _FULL):
            faults.update(dict.fromkeys(_sentence(action.summary, scene, attributes, made)))
    return tuple(faults)


def _said(source: str, attributes: Mapping[str, object], made: environment.Environment) -> Iterator[str]:
    try:
        blocks = environment.render(source, attributes, made)
    except PlaybookError as error:
        yield error.message
        return
    if len(environment.paragraphs(blocks["headline"])) != 1:
        yield "the headline is not one line"
    for name in ("meaning", "fix"):
        if not environment.paragraphs(blocks[name]):
            yield f"the block {name!r} may come out empty"


def _sentence(
    source: str, scene: admission.Scene, attributes: Mapping[str, object], made: environment.Environment
) -> Iterator[str]:
    try:
        admission.admit(source, scene, made)
        if not environment.spans(environment.sentence(source, attributes, made)):
            yield f"{scene.where}: may come out empty"
    except PlaybookError as error:
        yield error.message if error.message.startswith(scene.where) else f"{scene.where}: {error.message}"


def _told(source: str, scene: admission.Scene, made: environment.Environment) -> Iterator[str]:
    """A check's sentence, with and without each of the details that may be missing."""
    try:
        used, optional = admission.names_used(source, made), admission.names_optional(source, made)
    except PlaybookError as error:
        yield f"{scene.where}: {error.message}"
        return
    for number in range(min(len(optional), _MOST_OPTIONAL) + 1):
        for missing in itertools.combinations(optional, number):
            names = [name for name in used if name not in missing]
            yield from _sentence(source, scene, dict.fromkeys(names, "1"), made)


def _always(catalog: Catalog, made: environment.Environment) -> dict[tuple[str, str], frozenset[str]]:
    """Check and answer -> the details that come with that answer: what its sentence names and does not ask for."""
    return {
        (view.snake(words.id), answer): _certain(source, made)
        for words in catalog.checks.values()
        for answer, source in _sentences(words).items()
    }


def _certain(source: str, made: environment.Environment) -> frozenset[str]:
    try:
        return frozenset(admission.names_used(source, made)) - frozenset(
            admission.names_optional(source, made)
        )
    except PlaybookError:
        return frozenset()  # told where the sentence itself is rehearsed


def _sentences(words: CheckWords) -> dict[str, str]:
    return {"yes": words.yes, "no": words.no, "unknown": words.unknown}


def _situations(
    known_then: Iterable[Mapping[str, view.Value]],
    named: Mapping[str, frozenset[str]],
    always: Mapping[tuple[str, str], frozenset[str]],
) -> Iterator[dict[str, view.Value]]:
    choices = [_answers(check, details, always) for check, details in named.items()]
    every = {check: _answer(Answer.UNKNOWN, {}) for check, _ in always}
    for attributes in known_then:
        for chosen in _combined(choices):
            yield {**attributes, "evidence": {**every, **dict(zip(named, chosen, strict=True))}}


def _combined(choices: list[list[view.Value]]) -> Iterator[tuple[view.Value, ...]]:
    number = 1
    for each in choices:
        number *= len(each)
    if number <= _MOST:
        yield from itertools.product(*choices)
        return
    # One at a time: each answer of each check beside every first, and beside every last, answer of the others.
    for base in (0, -1):
        for index, each in enumerate(choices):
            for value in each:
                yield tuple(value if place == index else other[base] for place, other in enumerate(choices))


def _answers(
    check: str, details: frozenset[str], always: Mapping[tuple[str, str], frozenset[str]]
) -> list[view.Value]:
    found: list[view.Value] = []
    for answer in Answer:
        for given in (details & always.get((check, str(answer)), frozenset()), details):
            each = _answer(answer, dict.fromkeys(given, "1"))
            if each not in found:
                found.append(each)
    return found


def _answer(answer: Answer, details: Mapping[str, str]) -> dict[str, view.Value]:
    return {**details, "answer": str(answer), **{str(each): answer is each for each in Answer}}
