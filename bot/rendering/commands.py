"""Commands with the real names filled in, to be copied: argument lists in, argument lists out.

Never a shell line: a channel quotes the arguments when it prints them. A command is left out when a name it
needs is not known, could be taken for an option, or cannot be seen as what it is; and there are none
for an image reference that does not parse, since copying one would be guessing.
"""

import json
from collections.abc import Iterable, Mapping

from bot.facts.document import CommandLine
from bot.facts.objects import ContainerKind
from bot.facts.playbook import JSONPATH_WORDS, PLACEHOLDER, Command
from bot.facts.text import shown
from bot.facts.verdict import Diagnosis
from bot.rendering import view


def filled(
    commands: Iterable[Command], diagnosis: Diagnosis, nodes: tuple[str, ...]
) -> tuple[CommandLine, ...]:
    """The commands that make sense for this diagnosis."""
    if diagnosis.failure.reference is None:
        return ()
    names = _names(diagnosis, nodes)
    made = (_filled(command, names) for command in commands if _fits(command, diagnosis))
    return tuple(each for each in made if each)


def named(command: Command, names: Mapping[str, str]) -> CommandLine | None:
    """One command with these names; None where one of them is missing or may not stand in a command."""
    return _filled(command, names)


def _fits(command: Command, diagnosis: Diagnosis) -> bool:
    if command.kinds and diagnosis.workload.kind not in command.kinds:
        return False
    answers = {each.check: each.answer for each in diagnosis.verdict.evidence}
    return all(answers.get(each.check) is each.expect for each in command.when)


def _filled(command: Command, names: Mapping[str, str]) -> CommandLine | None:
    arguments = []
    for argument in command.run:
        wanted = [name for name in PLACEHOLDER.findall(argument) if name not in JSONPATH_WORDS]
        if not all(_usable(names.get(name, "")) for name in wanted):
            return None
        quoted = '"' in argument  # JSON: a value must not end its string
        for name in wanted:
            value = json.dumps(names[name])[1:-1] if quoted else names[name]
            argument = argument.replace(f"{{{name}}}", value)  # noqa: PLW2901 - one argument, step by step
        arguments.append(argument)
    return CommandLine(command.why, tuple(arguments))


def _usable(value: str) -> bool:
    """Whether a value may stand in a command: one word, no option, nothing invisible, no braces to be filled again."""
    one_word = len(value.split()) == 1
    return one_word and not value.startswith("-") and shown(value) == value and "{" not in value


def _names(diagnosis: Diagnosis, nodes: tuple[str, ...]) -> dict[str, str]:
    failure, workload = diagnosis.failure, diagnosis.workload
    reference = failure.reference
    assert reference is not None
    answers = diagnosis.verdict.evidence
    details = {
        f"{each.check}.{view.snake(key)}": text for each in answers for key, text in each.details.items()
    }
    return details | {
        "image": failure.image,
        "image_name": reference.name,
        "registry": reference.registry,
        "repository": reference.repository,
        "tag": reference.effective_tag or "",
        "namespace": failure.pod.namespace,
        "pod": failure.pod.name,
        # An image volume's or debug container's image is not set through the container of that name.
        "container": "" if failure.volume or failure.kind is ContainerKind.EPHEMERAL else failure.container,
        "node": nodes[0] if nodes else failure.pod.node,
        "workload": f"{workload.kind.lower()}/{workload.name}",
        "workload_kind": workload.kind.lower(),
        "workload_name": workload.name,
        "service_account": failure.pod.service_account,
        "secret": view.detail(answers, "secret").partition(", ")[0],  # of several, the first
        "other_namespace": view.detail(answers, "other_namespace"),
        "platform": view.detail(answers, "platform"),
        "host": view.host(diagnosis),
    }
