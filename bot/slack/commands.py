"""What people type at the bot: words in, a command out, or what is off with them and what would do.

Nothing here is a shell: a word is what stands between spaces, quotes around it are dropped, and what Slack's clients
made of it (links, mentions, curly quotes, long dashes) is undone. The value of a button is read the same way, because
what comes back from a click may be anything.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from bot.errors import UsageError
from bot.facts import times
from bot.facts.target import checked_namespace, quoted
from bot.ports.answering import Question
from bot.slack import names
from bot.workflows import targets


class Verb(StrEnum):
    """What can be asked for."""

    ASK = "ask"
    WHY = "why"
    LIST = "list"
    SWEEP = "sweep"
    FIX = "fix"
    ACK = "ack"
    SNOOZE = "snooze"
    HISTORY = "history"
    CLUSTERS = "clusters"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody wants.

    Attributes:
        verb: ``ASK`` when they typed nothing and are to be asked what they mean.
        question: of ``why`` and ``fix``; of the others only its cluster.
        incident: of ``ack`` and ``snooze``; of ``fix`` the one whose alert had the button.
        span: of ``snooze``.
        action: of ``fix``, the id of what is to be done; "" to be told what there is.
        undo: of ``fix``, the id of a plan that is to be undone.
        offers: of ``why``, that what may be asked for is told as well; nobody can type it.
    """

    verb: Verb
    question: Question = field(default_factory=Question)
    incident: str = ""
    span: timedelta = timedelta()
    action: str = ""
    undo: str = ""
    offers: bool = False

    @property
    def is_wish(self) -> bool:
        """Whether somebody wants something changed, and not only told."""
        return bool(self.action or self.undo)


_LONGEST = 8_000
_MOST_WORDS = 120
# A chat is no script: what a screen can hold of diagnoses is less still.
_MOST_TARGETS = 20
_LONGEST_SNOOZE = timedelta(days=30)
_SPELLED = {"acknowledge": Verb.ACK, "incidents": Verb.LIST, "-h": Verb.HELP, "--help": Verb.HELP}
_VERBS = {str(verb): verb for verb in Verb if verb is not Verb.ASK}
_FLAGS = {"-n": "namespace", "--namespace": "namespace", "-c": "cluster", "--cluster": "cluster"}
_LONG = ("namespace", "cluster")
_USAGE = "`help` shows what there is"
# https://docs.slack.dev/messaging/formatting-message-text: <@U…|name>, <#C…|name>, <!here>, <https://…|shown>
_MARKED = re.compile(r"<([@#!]?)([^<>|]{0,3000})(?:\|([^<>]{0,3000}))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
# What quotes a word, and what Slack writes around styled ones; no name holds any of them.
_QUOTES = "'\"`*_~\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
# What clients put where somebody typed - or --: hyphens, dashes, bars, signs; the last two stand for two.
_DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe58\ufe63\uff0d\u2014\u2015"
_DOUBLE = "\u2014\u2015"
_CLUSTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,252}")
_INCIDENT = re.compile(r"[a-z0-9]{4,40}")
_PLAN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,63}")
_CAUSE = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_SURE = 0.7
# Names of workloads look much like those of actions.
_SURE_OF_AN_ACTION = 0.8
_UNDO = "undo"
_MENTION = r"<@{}(?:\|[^<>]{{0,200}})?>[\s:,]*"


def read(text: str) -> Command:
    """Read what stands after ``/imagepull``, after a mention, or in the value of a button.

    Raises:
        UsageError: nothing can be meant by it; the hint says what could.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"{len(text):,} characters are too many", "a command is one line")
    words, options = _parted(_words(text))
    if not words:
        return _why(words, options) if options else Command(Verb.ASK)
    verb = _verb(words[0])
    if verb is None:
        return _why(words, options)
    return _READERS[verb](words[1:], options)


def after_mention(text: str, bot: str) -> str:
    """What somebody said to the bot: what stands after its first mention, or before one that stands last."""
    before, *after = re.split(_MENTION.format(re.escape(bot)), text, maxsplit=1)
    return next((each for each in (*after, before) if each.strip()), "")


def spelled(command: Command) -> str:
    """A command as :func:`read` reads it."""
    question = command.question
    words = [str(command.verb), *question.words]
    sign = "#" if command.verb is Verb.FIX else ""
    words += [f"{sign}{command.incident}"] if command.incident else []
    words += [_UNDO, command.undo] if command.undo else []
    words += [command.action] if command.action else []
    words += [times.spelled(command.span)] if command.span else []
    words += ["-n", question.namespace] if question.namespace else []
    words += ["-c", question.cluster] if question.cluster else []
    return " ".join(words)


def about(incident: str, cause: str) -> str:
    """What a button says of the verdict that it stands under; :func:`verdict` reads it."""
    return f"{incident} {cause}"


def verdict(value: str) -> tuple[str, str]:
    """The incident and the cause that a button means.

    Raises:
        UsageError: the value says neither.
    """
    incident, _, cause = value.partition(" ")
    if not _INCIDENT.fullmatch(incident) or not _CAUSE.fullmatch(cause):
        raise UsageError("this button says nothing that it may", "press the one under the message")
    return incident, cause


def checked_cluster(name: str) -> str:
    """The name itself when the settings could have such a cluster.

    Raises:
        UsageError: they could not.
    """
    if not _CLUSTER.fullmatch(name):
        raise UsageError(f"{quoted(name)} cannot be a cluster's name", "`clusters` lists them")
    return name


def _words(text: str) -> list[str]:
    plain = _MARKED.sub(_meant, text)
    for entity, character in _ENTITIES:
        plain = plain.replace(entity, character)
    found = plain.split()
    if len(found) > _MOST_WORDS:
        raise UsageError(f"{len(found):,} words are too many", _USAGE)
    return [word for word in (_dashed(each.strip(_QUOTES)) for each in found) if word]


def _meant(found: re.Match[str]) -> str:
    """What was typed, before Slack made a link or a mention of it."""
    sign, target, label = found[1], found[2], found[3]
    if not sign:
        return label or target
    return (label or f"{sign}{target}") if sign == "!" else f"{sign}{label or target}"


def _dashed(word: str) -> str:
    """An option with the dashes that were typed; a dash inside a name stays what it is, and is refused."""
    if word[:1] not in (*_DASHES, "-"):
        return word
    rest = word.lstrip(_DASHES + "-")
    run = word[: len(word) - len(rest)]
    if run.strip("-"):
        is_long = run[0] in _DOUBLE or len(run) > 1 or rest.partition("=")[0].lower() in _LONG
        run = "--" if is_long and len(rest) > 1 else "-"
    return run + rest


def _parted(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Names on one side and options on the other."""
    found: list[str] = []
    options: dict[str, str] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            continue
        if not word.startswith("-") or (not found and word in _SPELLED):
            found.append(word)
            continue
        name, value = _option(word, left)
        if options.setdefault(name, value) != value:
            raise UsageError(
                f"two values for {name}: {quoted(options[name])} and {quoted(value)}", "give one"
            )
    return found, options


def _option(word: str, left: list[str]) -> tuple[str, str]:
    flag, equals, value = word.partition("=")
    if flag not in _FLAGS and flag[:2] in _FLAGS and not flag.startswith("--"):
        flag, equals, value = flag[:2], "=", word[2:].removeprefix("=")
    name = _FLAGS.get(flag)
    if name is None:
        near = difflib.get_close_matches(flag, _FLAGS, n=1)
        hint = f"did you mean {near[0]}?" if near else "-n NAMESPACE and -c CLUSTER are all there are"
        raise UsageError(f"{quoted(flag)} is no option", hint)
    if not equals:
        value = left.pop(0) if left and not left[0].startswith("-") else ""
    value = value.strip(_QUOTES)
    if not value:
        raise UsageError(f"{flag} wants the name of a {name}", f"write {flag} NAME")
    return name, checked_namespace(value) if name == "namespace" else checked_cluster(value)


def _verb(word: str) -> Verb | None:
    """What a first word asks for; None when it is a name.

    Raises:
        UsageError: it looks like a verb and is none.
    """
    spelling = word.lower()
    known = _VERBS.get(spelling) or _SPELLED.get(spelling)
    if known or re.search(r"[-/.0-9]", word):
        return known
    near = difflib.get_close_matches(spelling, _VERBS, n=1, cutoff=_SURE)
    near = near or [each for each in _VERBS if sorted(each) == sorted(spelling)]
    if near:
        raise UsageError(
            f"{quoted(word)} is no command: did you mean {near[0]}?", f"for a thing of that name: why {word}"
        )
    return None


def _why(words: Sequence[str], options: dict[str, str], verb: Verb = Verb.WHY) -> Command:
    namespace, cluster = options.get("namespace", ""), options.get("cluster", "")
    if len(words) > _MOST_TARGETS:
        raise UsageError(f"{len(words):,} targets are too many", f"{_MOST_TARGETS} at most, or `sweep`")
    # Where none was named the answer finds one; for the rules that names obey any will do.
    targets.parse(words, namespace or "default", namespace_given=bool(namespace))
    return Command(verb, Question(tuple(words), namespace, cluster))


def _fix(words: Sequence[str], options: dict[str, str]) -> Command:
    if not words:
        raise UsageError("fix wants to know what", "write fix web-7d4f, or fix deploy/web -n shop")
    if words[0].lower() == _UNDO:
        return _undo(words[1:], options)
    words = _joined(words)
    action = _action(words[-1]) if len(words) > 1 else ""
    if words[0].startswith("#"):
        return _fix_of_incident(words, options, action)
    if not action:
        return _why(words, options, Verb.FIX)
    command = _why(words[:-1], options, Verb.FIX)
    if len(targets.parse(words[:-1], "default", namespace_given=False)) > 1:
        raise UsageError(f"{action} is for one thing", f"write fix deploy/web {action}")
    return replace(command, action=action)


def _undo(words: Sequence[str], options: dict[str, str]) -> Command:
    if len(words) != 1 or options:
        hint = "write fix undo ID; `history` names it. For a pod of that name: pod/undo"
        raise UsageError("fix undo takes one plan and no options", hint)
    return Command(Verb.FIX, undo=plan(words[0]))


def _joined(words: Sequence[str]) -> list[str]:
    """The words, those of an action that somebody spelled with spaces as one."""
    for count in (2, 3):
        spelling = "-".join(words[-count:]).lower()
        if len(words) > count and spelling in names.ACTIONS:
            return [*words[:-count], spelling]
    return list(words)


def _fix_of_incident(words: Sequence[str], options: dict[str, str], action: str) -> Command:
    _refuse_options(Verb.FIX, options)
    if not action or len(words) != 2:
        raise UsageError(
            f"fix {quoted(words[0])} wants to know what to do", "write fix deploy/web to be told"
        )
    return Command(Verb.FIX, incident=_incident(words[0]), action=action)


def _action(word: str) -> str:
    """The action that a last word names; "" for a name of something else.

    Raises:
        UsageError: it looks like an action and is none.
    """
    spelling = word.lower()
    if spelling in names.ACTIONS:
        return spelling
    if re.search(r"[/.0-9]", word):
        return ""
    near = difflib.get_close_matches(spelling, names.ACTIONS, n=1, cutoff=_SURE_OF_AN_ACTION)
    if near:
        hint = f"for a pod of that name: pod/{word}"
        raise UsageError(f"{quoted(word)} is nothing that can be done: did you mean {near[0]}?", hint)
    return ""


def plan(word: str) -> str:
    """The id of a plan, as somebody typed it.

    Raises:
        UsageError: no plan could be called so.
    """
    name = word.removeprefix("#")
    if not _PLAN.fullmatch(name):
        raise UsageError(f"{quoted(word)} cannot be a plan", "its card and `history` name it")
    return name


def _of_cluster(verb: Verb, words: Sequence[str], options: dict[str, str]) -> Command:
    if "namespace" in options:
        raise UsageError(f"{verb} is about clusters", f"for one namespace: why -n {options['namespace']}")
    named = [*words, *([options["cluster"]] if "cluster" in options else [])]
    if len(set(named)) > 1:
        raise UsageError(f"{verb} takes one cluster, or none", f"write {verb} -c CLUSTER")
    return Command(verb, Question(cluster=checked_cluster(named[0]) if named else ""))


def _list(words: Sequence[str], options: dict[str, str]) -> Command:
    return _of_cluster(Verb.LIST, words, options)


def _sweep(words: Sequence[str], options: dict[str, str]) -> Command:
    return _of_cluster(Verb.SWEEP, words, options)


def _history(words: Sequence[str], options: dict[str, str]) -> Command:
    return _of_cluster(Verb.HISTORY, words, options)


def _acknowledge(words: Sequence[str], options: dict[str, str]) -> Command:
    _refuse_options(Verb.ACK, options)
    if len(words) != 1:
        raise UsageError("ack wants one incident", "write ack ID; `list` names them")
    return Command(Verb.ACK, incident=_incident(words[0]))


def _snooze(words: Sequence[str], options: dict[str, str]) -> Command:
    _refuse_options(Verb.SNOOZE, options)
    named = [each for each in words if each.lower() != "for"]
    if not 1 <= len(named) <= 2:
        raise UsageError("snooze wants an incident and how long", "write snooze ID 2h; `list` names them")
    span = times.duration(named[1].lower()) if len(named) > 1 else times.duration(names.SPANS[0])
    if span > _LONGEST_SNOOZE:
        raise UsageError(f"{times.spelled(span)} is too long", f"{times.spelled(_LONGEST_SNOOZE)} at most")
    return Command(Verb.SNOOZE, incident=_incident(named[0]), span=span)


def _refuse_options(verb: Verb, options: dict[str, str]) -> None:
    if options:
        raise UsageError(f"{verb} takes an incident and no options", "`list` names the incidents")


def _incident(word: str) -> str:
    name = word.lower().removeprefix("#")
    if not _INCIDENT.fullmatch(name):
        raise UsageError(f"{quoted(word)} cannot be an incident", "`list` names them")
    return name


def _clusters(words: Sequence[str], options: dict[str, str]) -> Command:
    if words or options:
        raise UsageError("clusters takes nothing more", "`list -c CLUSTER` tells of one")
    return Command(Verb.CLUSTERS)


def _help(_words: Sequence[str], _options: dict[str, str]) -> Command:
    return Command(Verb.HELP)


_READERS = {
    Verb.WHY: _why,
    Verb.LIST: _list,
    Verb.SWEEP: _sweep,
    Verb.FIX: _fix,
    Verb.ACK: _acknowledge,
    Verb.SNOOZE: _snooze,
    Verb.HISTORY: _history,
    Verb.CLUSTERS: _clusters,
    Verb.HELP: _help,
}
