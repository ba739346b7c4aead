"""From the words after ``why`` to the things that are meant.

Words and a default namespace in -> :class:`~bot.facts.target.Target` values out. A dump has no current
namespace, so there a name is looked for in every one; when it is in several, nothing is guessed.
"""

import difflib
from collections.abc import Iterable, Sequence

from bot.errors import ClusterUnreadable, TargetNotFound, UsageError
from bot.facts import target
from bot.facts.objects import Unread
from bot.facts.target import Target
from bot.ports.reading import ClusterReader, Scan


# A person names a handful; a thousand are a script gone wrong.
_MOST = 100
_POD = "Pod"
# What people most often mean when they leave the kind out.
_WORKLOADS = {"Deployment": "deploy", "StatefulSet": "sts", "DaemonSet": "ds", "Job": "job", "CronJob": "cj"}


class Ambiguous(UsageError):
    """A name that is in several namespaces.

    Attributes:
        targets: each thing that may be meant.
    """

    def __init__(self, wanted: Target, homes: Sequence[str]) -> None:
        super().__init__(f"{wanted.name} is in several namespaces: {', '.join(homes)}", "say which with -n")
        self.targets = tuple(Target(wanted.kind, home, wanted.name) for home in homes)


def parse(words: Sequence[str], namespace: str, *, namespace_given: bool) -> tuple[Target, ...]:
    """Read every word, in kubectl's two ways: ``KIND/NAME …`` and ``KIND NAME …``.

    Args:
        words: as typed.
        namespace: for words that name none.
        namespace_given: ``-n`` was typed, so a word that names another namespace contradicts it.

    Raises:
        UsageError: too many words, a word that nothing can be called, or two namespaces for one thing.
    """
    if len(words) > _MOST:
        raise UsageError(
            f"{len(words):,} targets are too many", f"{_MOST} at most; `imagepull sweep` looks at everything"
        )
    targets = tuple(dict.fromkeys(target.parse(word, namespace) for word in _joined(words)))
    if namespace_given:
        for each in targets:
            if each.namespace != namespace:
                kind = target.near_kind(each.namespace)
                raise UsageError(
                    f"-n says {namespace}, and the target says {each.namespace}",
                    f"did you mean {kind}/{each.name}?" if kind else "give one of them",
                )
    return targets


async def placed(reader: ClusterReader, targets: Iterable[Target], scan: Scan) -> tuple[Target, ...]:
    """Give a namespace to every target that has none yet, by looking in all that the scan allows.

    Raises:
        TargetNotFound: it is in none.
        Ambiguous: it is in several.
        ClusterUnreadable: it is in none of those that could be read.
    """
    return tuple([each if each.namespace else await _placed(reader, each, scan) for each in targets])


async def workload_named(reader: ClusterReader, wanted: Target, scan: Scan) -> Target | None:
    """The one workload that is called like a pod that is not there; None where there is none, or are several."""
    if wanted.kind:
        return None
    namespaces = (wanted.namespace,) if wanted.namespace else await _namespaces(reader, scan)
    found = [
        each
        for kind in _WORKLOADS
        for namespace in namespaces
        if await _is_in(reader, each := Target(kind, namespace, wanted.name), namespace) is True
    ]
    return found[0] if len(found) == 1 else None


async def namespaces_exist(reader: ClusterReader, names: Iterable[str]) -> None:
    """Refuse a namespace that is not there: an empty one and a misspelled one look alike otherwise.

    Raises:
        TargetNotFound: the cluster tells its namespaces, and this is none of them.
    """
    known = await reader.namespaces()
    if isinstance(known, Unread):
        return
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "kubectl get namespaces lists them"
            raise TargetNotFound(f"there is no namespace {name!r} in {reader.name}", hint)


def _joined(words: Sequence[str]) -> Sequence[str]:
    if len(words) > 1 and "/" not in words[0] and target.kind_of(words[0]) is not None:
        return [f"{words[0]}/{name}" if "/" not in name else name for name in words[1:]]
    return words


async def _placed(reader: ClusterReader, wanted: Target, scan: Scan) -> Target:
    namespaces = await _namespaces(reader, scan)
    found = {namespace: await _is_in(reader, wanted, namespace) for namespace in namespaces}
    homes = [namespace for namespace, there in found.items() if there is True]
    if len(homes) > 1:
        raise Ambiguous(wanted, homes)
    if homes:
        return Target(wanted.kind, homes[0], wanted.name)
    if unread := next((each for each in found.values() if isinstance(each, Unread)), None):
        raise ClusterUnreadable(f"{unread.what}: {unread.why}", unread.remedy)
    if len(namespaces) == 1:  # the diagnosis knows what is near in there
        return Target(wanted.kind, namespaces[0], wanted.name)
    kind = (wanted.kind or _POD).lower()
    raise TargetNotFound(f"no {kind} {wanted.name} in {reader.name}", await _near(reader, wanted, namespaces))


async def _near(reader: ClusterReader, wanted: Target, namespaces: Sequence[str]) -> str:
    """A workload of that name, when a pod was looked for; else where the names are."""
    for kind, short in _WORKLOADS.items() if not wanted.kind else ():
        for namespace in namespaces:
            if await _is_in(reader, Target(kind, namespace, wanted.name), namespace) is True:
                return f"did you mean {short}/{wanted.name} -n {namespace}?"
    return "`imagepull sweep` lists what fails there"


async def _namespaces(reader: ClusterReader, scan: Scan) -> Sequence[str]:
    if scan.namespaces is not None:
        return scan.namespaces
    known = await reader.namespaces()
    if not isinstance(known, Unread):
        return known
    pods = await reader.pods("")  # healthy ones too: somebody may ask why one of them is well
    found = (await reader.look(scan)).pods if isinstance(pods, Unread) else pods
    return sorted({pod.namespace for pod in found})


async def _is_in(reader: ClusterReader, wanted: Target, namespace: str) -> bool | Unread:
    if not wanted.kind:
        pod = await reader.pod(namespace, wanted.name)
        return pod if isinstance(pod, Unread) else pod is not None
    owners = await reader.owners(namespace, wanted.kind)
    if not isinstance(owners, Unread) and any(owner.name == wanted.name for owner in owners):
        return True
    pods = await reader.pods(namespace)
    if isinstance(pods, Unread):
        return pods
    return any(
        owner.kind == wanted.kind and owner.name == wanted.name for pod in pods for owner in pod.owners
    )
