"""What is wrong with a line for another program: words in, complaints out; held against ``tools.yaml``.

A misspelled flag, a flag of another sub-command, a value that is missing, a name too many. Of kubectl also what it is asked about:
kinds, verbs, field selectors, output, patches, and files that the line names in this repository.
"""

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests import expressions
from tests.written import ROOT, TOOLS


_NUMBER: Final = re.compile(r"-\d+")


@dataclass
class Call:
    """A line, taken apart.

    Attributes:
        path: the sub-command, ``rollout status``; "" where the program has none.
        names: what stands there without a dash.
        flags: each flag by its long name, with its value; "" for one that takes none.
        rest: what stands behind ``--``, or behind what is run in a container: another program's line.
        whole: it is no part of one.
        wrong: what is wrong with it.
    """

    program: str
    path: str = ""
    names: list[str] = field(default_factory=list)
    flags: list[tuple[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    whole: bool = True
    wrong: list[str] = field(default_factory=list)

    def values(self, *names: str) -> list[str]:
        """What a flag was given, each time."""
        return [value for name, value in self.flags if name in names]

    def has(self, *names: str) -> bool:
        """Whether it stands there."""
        return any(name in names for name, _ in self.flags)


@dataclass(frozen=True)
class Flag:
    """How a flag is given.

    Attributes:
        name: the longest of its spellings.
        takes: "=" for a value, "[=]" for one that only stands behind an equals sign, "" for none.
    """

    name: str
    takes: str


def faults(words: Sequence[str], *, whole: bool = True, folder: Path = ROOT) -> list[str]:
    """What is wrong with a line.

    Args:
        words: the program first.
        whole: it is meant to be typed as it stands; else it is named within a sentence, and may lack what it is about.
        folder: where its page lies, for the files that it names.
    """
    call = _taken_apart(words, whole=whole)
    if not call.wrong:
        call.wrong += _count(call)
        call.wrong += _MORE.get(call.program, _nothing)(call, folder)
        if call.rest and call.rest[0] in TOOLS:
            call.wrong += faults(call.rest, folder=folder)
    return call.wrong


def signature(words: Sequence[str]) -> tuple[str, ...]:
    """What two lines share that a program judges alike: program, sub-command, and flags."""
    call = _taken_apart(words)
    return (call.program, call.path, *sorted({name for name, _ in call.flags}))


def _nothing(_: Call, __: Path) -> Iterator[str]:
    yield from ()


def _tool(program: str) -> Mapping[str, Any]:
    tool: Mapping[str, Any] = TOOLS[program]
    return TOOLS[tool["like"]] if "like" in tool else tool


@functools.cache
def _known(program: str, path: str) -> Mapping[str, Flag]:
    """Every spelling of every flag of a sub-command."""
    tool = _tool(program)
    told = f"{tool.get('flags', '')} {' '.join(tool['commands'][path].split()[1:])}"
    found = {}
    for each in [*told.split(), "--help"]:
        takes = next((end for end in ("[=]", "=") if each.endswith(end)), "")
        spellings = each.removesuffix(takes).split("|")
        found |= dict.fromkeys(spellings, Flag(max(spellings, key=len), takes))
    return found


def _taken_apart(words: Sequence[str], *, whole: bool = True) -> Call:
    program, *left = words
    call = Call(program, whole=whole)
    if program == "kubectl" and left[:1] == ["imagepull"]:
        return call  # a plugin, which has its own words
    call.path, known = _path(call, left)
    if call.wrong:
        return call
    wants = len(call.path.split())
    style = _tool(program).get("style", "gnu")
    while left:
        word = left.pop(0)
        if word == "--" and style == "gnu":
            call.rest = left
            break
        if word.startswith(("-", "+")) and (len(word) > 1 and (word[0] == "-" or style == "dig")):
            _flag(call, word, left, known, style)
        elif wants:
            wants -= 1  # a word of the sub-command's own name
        else:
            call.names.append(word)
            if _runs_what_follows(call):
                call.rest = left
                break
    return call


def _runs_what_follows(call: Call) -> bool:
    """Whether the words behind this one are for another program."""
    if call.program == "chroot":
        return True
    return call.program in ("docker", "podman", "nerdctl") and call.path in ("run", "exec")


def _path(call: Call, words: Sequence[str]) -> tuple[str, Mapping[str, Flag]]:
    """The longest sub-command that the words name; flags may stand between and take a value."""
    commands = _tool(call.program)["commands"]
    anything = {name: flag for path in commands for name, flag in _known(call.program, path).items()}
    plain: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            known = anything.get(word)
            skip = known is not None and known.takes == "=" and not plain
        else:
            plain.append(word)
    for length in range(min(4, len(plain)), -1, -1):
        path = " ".join(plain[:length])
        if path in commands:
            return path, _known(call.program, path)
    call.wrong.append(f"{call.program} has no command {' '.join(plain[:2])!r}")
    return "", {}


def _flag(call: Call, word: str, left: list[str], known: Mapping[str, Flag], style: str) -> None:
    name, equals, value = word.partition("=")
    if style == "gnu" and not word.startswith("--") and name not in known:
        _short(call, word, left, known)
        return
    flag = known.get(name) or (known.get("-") if _NUMBER.fullmatch(word) else None)
    if flag is None:
        call.wrong.append(f"{call.program} {call.path}".strip() + f" has no flag {name}")
    elif equals and not flag.takes and value not in ("true", "false"):
        call.wrong.append(f"{name} takes no value")
    else:
        call.flags.append((flag.name, value if equals or flag.takes != "=" else _value(call, name, left)))


def _value(call: Call, name: str, left: list[str]) -> str:
    if not left and not call.whole:
        return ""
    if not left or re.match(r"--?[A-Za-z]", left[0]):
        call.wrong.append(f"{name} lacks its value")
        return ""
    return left.pop(0)


def _short(call: Call, word: str, left: list[str], known: Mapping[str, Flag]) -> None:
    """``-it``, ``-sSI``, ``-oyaml``: flags of one letter side by side, the last one perhaps with a value."""
    letters = word[1:]
    while letters:
        flag = known.get(f"-{letters[0]}")
        if flag is None:
            call.wrong.append(f"{call.program} {call.path}".strip() + f" has no flag -{letters[0]}")
            return
        letters = letters[1:]
        if flag.takes == "=":
            value = letters.removeprefix("=") or _value(call, f"-{flag.name.lstrip('-')}", left)
            call.flags.append((flag.name, value))
            return
        call.flags.append((flag.name, ""))


def _count(call: Call) -> Iterator[str]:
    """Whether as many names stand there as the command takes."""
    told = _tool(call.program)["commands"][call.path].split()[0]
    least, _, most = told.removesuffix("+").partition("-")
    highest = len(call.names) if told.endswith("+") else int(most or least)
    if len(call.names) > highest:
        yield f"{call.program} {call.path} takes {told} names, not {call.names}"
    if (call.whole or call.names) and len(call.names) < int(least):
        yield f"{call.program} {call.path} needs {told} names"


# https://kubernetes.io/docs/reference/kubectl/#resource-types, and the kinds of others that pages name.
_KINDS: Final[Mapping[str, str]] = {
    alias: plural
    for plural, aliases in {
        "certificates": "certificate cert",
        "clusterrolebindings": "clusterrolebinding",
        "clusterroles": "clusterrole",
        "configmaps": "configmap cm",
        "cronjobs": "cronjob cj",
        "daemonsets": "daemonset ds",
        "deployments": "deployment deploy",
        "endpoints": "ep",
        "endpointslices": "endpointslice",
        "events": "event ev",
        "jobs": "job",
        "leases": "lease",
        "namespaces": "namespace ns",
        "networkpolicies": "networkpolicy netpol",
        "nodes": "node no",
        "persistentvolumeclaims": "persistentvolumeclaim pvc",
        "poddisruptionbudgets": "poddisruptionbudget pdb",
        "pods": "pod po",
        "prometheusrules": "prometheusrule",
        "replicasets": "replicaset rs",
        "resourcequotas": "resourcequota quota",
        "rolebindings": "rolebinding",
        "roles": "role",
        "secrets": "secret",
        "serviceaccounts": "serviceaccount sa",
        "servicemonitors": "servicemonitor",
        "services": "service svc",
        "statefulsets": "statefulset sts",
        "validatingadmissionpolicies": "validatingadmissionpolicy",
        "validatingadmissionpolicybindings": "validatingadmissionpolicybinding",
    }.items()
    for alias in (plural, *aliases.split())
}
_ROLLED: Final = {"deployments", "daemonsets", "statefulsets"}
_TEMPLATED: Final = {*_ROLLED, "cronjobs", "jobs", "replicasets", "pods"}
_ABOUT_KINDS: Final[Mapping[str, set[str] | None]] = {
    **dict.fromkeys(("get", "describe", "delete", "edit", "patch", "label", "annotate", "wait")),
    **{f"rollout {verb}": _ROLLED for verb in ("history", "pause", "restart", "resume", "status", "undo")},
    "scale": {"deployments", "replicasets", "statefulsets"},
    "set image": _TEMPLATED,
}
_VERBS: Final = frozenset(
    [
        "get",
        "list",
        "watch",
        "create",
        "update",
        "patch",
        "delete",
        "deletecollection",
        "use",
        "bind",
        "escalate",
        "impersonate",
        "*",
        "approve",
        "sign",
    ]
)
# https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/#list-of-supported-fields
_EVERY: Final = {"metadata.name", "metadata.namespace"}
_SELECTED: Final[Mapping[str, set[str]]] = {
    "pods": {
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
    }
    | {"status.podIP", "status.nominatedNodeName", "spec.hostNetwork"},
    "events": {"reason", "source", "type", "reportingComponent", "involvedObject.kind", "involvedObject.name"}
    | {
        "involvedObject.namespace",
        "involvedObject.uid",
        "involvedObject.fieldPath",
        "involvedObject.apiVersion",
    },
    "secrets": {"type"},
    "nodes": {"spec.unschedulable"},
    "namespaces": {"status.phase"},
    "replicasets": {"status.replicas"},
    "jobs": {"status.successful"},
}
_ENDINGS: Final = {"json", "yaml", "name", "wide"}
_LANGUAGES: Final[Mapping[str, Callable[[str], str]]] = {
    "jsonpath": expressions.jsonpath,
    "jsonpath-as-json": expressions.jsonpath,
    "custom-columns": expressions.columns,
    "go-template": expressions.go_template,
}
_PRINTED: Final = {
    "get",
    "config view",
    "api-resources",
    "events",
    "config get-contexts",
    "auth whoami",
    "version",
}


def _kubectl(call: Call, folder: Path) -> Iterator[str]:
    kinds = list(_kinds(call))
    yield from (f"{each!r} is no kind" for each in kinds if each not in _KINDS and not _filled(each))
    plurals = {_KINDS[each] for each in kinds if each in _KINDS}
    fits = _ABOUT_KINDS.get(call.path)
    if fits and plurals - fits:
        yield f"{call.path} is not for {', '.join(sorted(plurals - fits))}"
    yield from _outputs(call)
    yield from _selectors(call, plurals)
    yield from _patches(call)
    yield from _rights(call)
    yield from _files(folder, kustomize=call.values("--kustomize"), plain=call.values("--filename"))


def _filled(word: str) -> bool:
    return word.isupper() or word.startswith("$")


def _kinds(call: Call) -> Iterator[str]:
    """The kinds that a line is about: ``pods,events``, ``deployment/web``, ``deployments.apps``."""
    if call.path not in _ABOUT_KINDS or call.has("--filename", "--kustomize", "--raw"):
        return
    first = (
        call.names[:1] if "/" not in "".join(call.names[:1]) else [each for each in call.names if "/" in each]
    )
    for each in first:
        for kind in each.partition("/")[0].split(","):
            yield kind.partition(".")[0].lower() if not _filled(kind) else kind


def _outputs(call: Call) -> Iterator[str]:
    for each in call.values("--output"):
        language, equals, text = each.partition("=")
        if equals and language in _LANGUAGES:
            yield from filter(None, [_LANGUAGES[language](text)])
        elif call.path in _PRINTED and each not in _ENDINGS and not _filled(each):
            yield f"no output {each!r}"
    for each in call.values("--sort-by"):
        yield from filter(None, [expressions.jsonpath(each)])
    for each in call.values("--dry-run"):
        if each not in ("client", "server", "none"):
            yield f"no dry run {each!r}"


def _selectors(call: Call, plurals: set[str]) -> Iterator[str]:
    for each in call.values("--field-selector"):
        for part in each.split(","):
            found = re.fullmatch(r"([\w.]+)(=|==|!=)(.*)", part)
            if found is None:
                yield f"{part!r} selects no field"
            elif plurals and any(found[1] not in _SELECTED.get(plural, set()) | _EVERY for plural in plurals):
                yield f"the API server does not select {', '.join(sorted(plurals))} by {found[1]}"


def _patches(call: Call) -> Iterator[str]:
    if call.path != "patch":
        return
    for each in call.values("--patch"):
        try:
            patch = json.loads(each)
        except ValueError as problem:
            yield f"the patch is no JSON: {problem}"
            continue
        listed = call.values("--type") == ["json"]
        if isinstance(patch, list) is not listed:
            yield f"a patch of type {'json is a list' if listed else 'strategic or merge is an object'}"
    if not call.has("--patch", "--patch-file"):
        yield "patch needs --patch or --patch-file"
    yield from (
        f"no patch of type {each!r}"
        for each in call.values("--type")
        if each not in ("json", "merge", "strategic")
    )


def _rights(call: Call) -> Iterator[str]:
    for each in call.values("--as"):
        if each.startswith("system:serviceaccount") and not re.fullmatch(
            r"system:serviceaccount:[^:]+:[^:]+", each
        ):
            yield f"{each!r} names no ServiceAccount"
    if call.path == "auth can-i" and not call.has("--list"):
        verb, kind = [*call.names, "", ""][:2]
        if verb not in _VERBS:
            yield f"{verb!r} is no verb"
        if kind.partition("/")[0].partition(".")[0] not in _KINDS and not kind.startswith("/"):
            yield f"{kind!r} is no kind"


def _files(folder: Path, *, plain: Sequence[str], kustomize: Sequence[str] = ()) -> Iterator[str]:
    """Files that lie in this repository are there."""
    for each in (*plain, *kustomize):
        if not re.match(r"(\.\./)*(deploy|rbac)/[a-z]", each) or _has_a_gap(each):
            continue
        place = next((base / each for base in (ROOT, folder) if (base / each).exists()), None)
        if place is None:
            yield f"there is no {each}"
        elif each in kustomize and not (place / "kustomization.yaml").exists():
            yield f"{each} has no kustomization"


def _has_a_gap(text: str) -> bool:
    return bool(re.search(r"\b[A-Z]{2,}\b", text))


def _helm(call: Call, folder: Path) -> Iterator[str]:
    charts = call.names[-1:] if call.path in ("install", "upgrade", "template", "lint") else []
    yield from _files(folder, plain=charts)
    yield from (f"{each!r} sets nothing" for each in call.values("--set", "--set-string") if "=" not in each)


def _docker(call: Call, _: Path) -> Iterator[str]:
    for each in call.values("--platform"):
        if not all(re.fullmatch(r"[a-z]+/[a-z0-9]+(/v\d)?|[A-Z]+", part) for part in each.split(",")):
            yield f"{each!r} is no platform"
    yield from (f"{each!r} mounts nothing" for each in call.values("--volume") if ":" not in each)
    yield from (f"{each!r} sets nothing" for each in call.values("--build-arg") if "=" not in each)


def _curl(call: Call, _: Path) -> Iterator[str]:
    yield from (
        f"{each!r} is no address" for each in call.names if not re.match(r"https?://\S+$|[A-Z]+$|\$", each)
    )


def _skopeo(call: Call, _: Path) -> Iterator[str]:
    if call.path != "login":
        transports = r"(docker://|docker-archive:|oci:|dir:|docker-daemon:|containers-storage:)."
        yield from (f"{each!r} names no transport" for each in call.names if not re.match(transports, each))


_MORE: Final[Mapping[str, Callable[[Call, Path], Iterator[str]]]] = {
    "kubectl": _kubectl,
    "helm": _helm,
    "docker": _docker,
    "podman": _docker,
    "nerdctl": _docker,
    "curl": _curl,
    "skopeo": _skopeo,
}
