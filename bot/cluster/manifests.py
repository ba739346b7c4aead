"""Reads what somebody is about to deploy: files, folders and stdin in -> :class:`~bot.facts.precheck.Manifests` out.

Every kind with a pod template is taken, also one that nobody here knows. Values of Secrets are reduced to structure
while they are read, as those of a cluster are, and are sent nowhere. A file that cannot be read is a
:class:`~bot.facts.precheck.Problem` beside what the others hold.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.cluster import dump_files, dump_yaml, manifest_shapes, pull_secrets, reduce, shapes
from bot.errors import BotError
from bot.facts.objects import PullSecret, ServiceAccount, Unread
from bot.facts.precheck import Manifests, Planned, Problem, Skipped


STDIN: Final = "-"
LARGEST: Final = 16 * 1024 * 1024  # the API server takes 3 MiB of an object, and a bundle has a few hundred
MOST_FILES: Final = 2_000
_DEEPEST_FOLDER = 16
_DEEPEST_LIST = 4
_DOCUMENTS = (".json", ".yaml", ".yml")
_RENDER = "render it first: helm template … | imagepull check -f -"
# Where kinds that make a Secret say what it will be called, beside their own name:
# https://external-secrets.io/latest/api/externalsecret/, https://github.com/bitnami-labs/sealed-secrets#overview,
# https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/sources/vault
_NAMES_OF_MADE = (("target", "name"), ("template", "metadata", "name"), ("destination", "name"))


@dataclass(slots=True)
class _Gathered:
    """What was read so far."""

    namespace: str
    workloads: list[Planned] = field(default_factory=list)
    secrets: dict[tuple[str, str], PullSecret] = field(default_factory=dict)
    promised: dict[tuple[str, str], Unread] = field(default_factory=dict)
    accounts: list[ServiceAccount] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class _NotRead(Exception):
    """Why a source is not read, and what to do about it."""

    def __init__(self, why: str, hint: str) -> None:
        super().__init__(why)
        self.hint = hint


def read(
    sources: Sequence[str], namespace: str, stdin: Callable[[int], bytes], *, recursive: bool = False
) -> Manifests:
    """Read every source; what is wrong with one does not keep the others from being read.

    Args:
        sources: files and folders as they were named; ``-`` for stdin.
        namespace: of objects that name none.
        stdin: gives at most so many bytes of it.
        recursive: read the folders inside folders too.
    """
    gathered = _Gathered(namespace)
    for source in dict.fromkeys(sources):
        try:
            for name, content in _contents(source, stdin, recursive=recursive):
                _take_source(gathered, name, content, alone=name == source)
        except _NotRead as problem:
            gathered.problems.append(Problem(source, str(problem), problem.hint))
    return Manifests(
        workloads=tuple(gathered.workloads),
        secrets=tuple(gathered.secrets.values()),
        promised=gathered.promised,
        accounts=tuple(gathered.accounts),
        skipped=tuple(gathered.skipped),
        problems=tuple(gathered.problems),
    )


def _contents(
    source: str, stdin: Callable[[int], bytes], *, recursive: bool
) -> Iterator[tuple[str, bytes | _NotRead]]:
    """Each file that a source stands for, with its content or why it has none."""
    if source == STDIN:
        yield source, _capped(stdin(LARGEST + 1))
        return
    if "://" in source:
        raise _NotRead("is an address, and nothing is fetched", "curl -sSL … | imagepull check -f -")
    place = Path(source)
    try:
        mode = place.stat().st_mode
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "is no path"
        hint = "name a file, a folder, or - for stdin"
        raise _NotRead(f"cannot be read: {why}", hint) from None
    if not stat.S_ISDIR(mode):
        yield source, _content(place, mode)
        return
    files = _files(place, recursive=recursive)
    if not files:
        raise _NotRead(
            "holds no .yaml, .yml or .json file", "-R reads the folders in it" if not recursive else ""
        )
    for file in files:
        yield str(file), _content(file, file.stat().st_mode)


def _files(folder: Path, *, recursive: bool) -> list[Path]:
    found = []
    for place in _walk(folder, _DEEPEST_FOLDER if recursive else 0):
        found.append(place)
        if len(found) > MOST_FILES:
            raise _NotRead(f"holds more than {MOST_FILES:,} files", "name a smaller folder")
    return found


def _walk(folder: Path, deeper: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise _NotRead(f"cannot be opened: {error.strerror}", "check its permissions") from None
    for entry in entries:
        place = Path(entry.path)
        if entry.name.startswith("."):
            continue  # .git, .github: nothing that is deployed
        if entry.is_dir(follow_symlinks=False):
            if deeper:
                yield from _walk(place, deeper - 1)
        elif place.suffix.lower() in _DOCUMENTS and place.is_file():
            yield place


def _content(place: Path, mode: int) -> bytes | _NotRead:
    try:
        # Named by a person: a pipe of the shell's `<(helm template …)` is as good as a file.
        if stat.S_ISFIFO(mode):
            with place.open("rb") as pipe:
                return _capped(pipe.read(LARGEST + 1))
        if place.stat().st_size > LARGEST:
            return _too_large()
        return dump_files.read(place, place.parent)
    except BotError as problem:
        return _NotRead(problem.message.removeprefix(f"{place.name!r} "), problem.hint)
    except OSError as problem:
        return _NotRead(f"cannot be read: {problem.strerror}", "check its permissions")


def _capped(raw: bytes) -> bytes | _NotRead:
    if len(raw) > LARGEST:
        return _too_large()
    if b"\0" in raw:
        return _NotRead("holds NUL bytes, so it is not text", "save it as UTF-8")
    return raw


def _too_large() -> _NotRead:
    return _NotRead(f"has more than {LARGEST // 1024**2} MiB", "split it")


def _take_source(gathered: _Gathered, source: str, content: bytes | _NotRead, *, alone: bool) -> None:
    """Take one file in: wholly or, when it cannot be read, not at all."""
    found = content if isinstance(content, _NotRead) else _objects(content)
    if isinstance(found, _NotRead):
        gathered.problems.append(Problem(source, str(found), found.hint))
        return
    if not found and alone:
        gathered.problems.append(
            Problem(source, "holds no Kubernetes object", "name a file with kind: Deployment or the like")
        )
    for each in found:
        _take(gathered, source, each)


def _objects(raw: bytes) -> list[dict[str, Any]] | _NotRead:
    """Every object of a file, lists taken apart."""
    try:
        return [each for value in _values(raw) for each in _taken_apart(value, 0)]
    except dump_yaml.Refused as refused:
        hint = _RENDER if b"{{" in raw else "mend it, or leave it out"
        return _NotRead(str(refused), hint)
    except RecursionError:
        return _NotRead("is nested too deeply", "mend it, or leave it out")


def _values(raw: bytes) -> list[Any]:
    text = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        try:
            return [msgspec.json.decode(text)]
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # several documents, or YAML that begins with a brace
    return list(dump_yaml.documents(raw, aliases=True))


def _taken_apart(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        value = {"kind": "List", "items": value}
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return
    items = value.get("items")
    if not value["kind"].endswith("List") or not isinstance(items, list):
        yield value
        return
    inner = value["kind"].removesuffix("List")
    for item in items if depth < _DEEPEST_LIST else ():
        named = {"kind": inner, **item} if inner and isinstance(item, dict) else item
        yield from _taken_apart(named, depth + 1)


def _take(gathered: _Gathered, source: str, each: dict[str, Any]) -> None:
    kind = called = each["kind"]
    try:
        title = msgspec.convert(each.get("metadata") or {}, manifest_shapes.TitleShape)
        name = title.name or (f"{title.generate_name}…" if title.generate_name else "")
        place, called = (title.namespace or gathered.namespace, name), f"{kind}/{name}"
        if kind == "Secret":
            _take_secret(gathered, each, place)
        elif kind == "ServiceAccount":
            account = reduce.to_service_account(msgspec.convert(each, shapes.ServiceAccountShape))
            gathered.accounts.append(ServiceAccount(*place, account.pull_secrets))
        elif (spec := _template(each)) is not None:
            gathered.workloads.append(_planned(source, kind, place, spec))
        else:
            _skip(gathered, source, each, place)
    except (msgspec.ValidationError, RecursionError) as error:
        why = str(error) if isinstance(error, msgspec.ValidationError) else "nested too deeply"
        gathered.problems.append(Problem(source, f"{called} is not of the API's form: {why}", "mend it"))


def _template(each: dict[str, Any]) -> manifest_shapes.TemplateSpec | None:
    """The spec of the pods that an object makes; None when none is found in it."""
    kind, spec = each["kind"], each.get("spec")
    template = _inside(each, "template", "spec") if kind == "PodTemplate" else None
    if kind == "Pod":
        template = spec
    for path in (("template", "spec"), ("jobTemplate", "spec", "template", "spec")):
        template = template or _inside(spec, *path)
    if not isinstance(template, dict) or not isinstance(template.get("containers"), list):
        return None
    return msgspec.convert(template, manifest_shapes.TemplateSpec)


def _inside(value: Any, *path: str) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _planned(source: str, kind: str, place: tuple[str, str], spec: manifest_shapes.TemplateSpec) -> Planned:
    return Planned(
        source,
        kind,
        *place,
        containers=manifest_shapes.containers(spec),
        pull_secrets=tuple(each.name for each in spec.image_pull_secrets or () if each.name),
        service_account=spec.service_account_name or spec.service_account or "",
        placement=manifest_shapes.placement(spec, kind),
    )


def _take_secret(gathered: _Gathered, each: dict[str, Any], place: tuple[str, str]) -> None:
    written = msgspec.convert(each, manifest_shapes.WrittenSecret)
    stored = written.as_stored()
    what = f"secret {place[1]} in {place[0]}"
    if written.sops is not None:
        gathered.promised[place] = Unread(what, "encrypted in its file", "decrypt it before the check")
        return
    found = pull_secrets.to_pull_secret(stored)
    # The API server takes neither; a placeholder is more likely than a mistake.
    if pull_secrets.is_stripped(stored) or (found.type_right and found.flaw == "not-json"):
        gathered.promised[place] = Unread(
            what, "its file does not hold its value", "fill it in before the check"
        )
    else:
        gathered.secrets[place] = replace(found, namespace=place[0], name=place[1])


def _skip(gathered: _Gathered, source: str, each: dict[str, Any], place: tuple[str, str]) -> None:
    kind = each["kind"]
    if kind.endswith("Secret"):
        made = [_inside(each.get("spec"), *path) for path in _NAMES_OF_MADE]
        for name in {place[1], *(name for name in made if isinstance(name, str) and name)}:
            what = f"secret {name} in {place[0]}"
            why = f"{kind}/{place[1]} will make it"
            gathered.promised[place[0], name] = Unread(what, why, "apply it first")
    gathered.skipped.append(Skipped(source, kind, place[1], _is_foreign(each) and _names_images(each)))


def _is_foreign(each: dict[str, Any]) -> bool:
    """Whether a kind is none of Kubernetes' own, so that only its controller knows what it starts."""
    group, slash, _ = str(each.get("apiVersion") or "").partition("/")
    return bool(slash) and "." in group and not group.endswith(".k8s.io")


def _names_images(value: Any) -> bool:
    """Whether an object speaks of container images anywhere."""
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            if isinstance(each.get("image"), str) or isinstance(each.get("containers"), list):
                return True
            todo.extend(each.values())
        elif isinstance(each, list):
            todo.extend(each)
    return False
