"""Where people keep objects: manifests in -> the workloads in them out; a cluster or dump in -> a dump that is safe to pass on."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.wiring.access import Access, login_to
from bot.wiring.replays import recorded, transcript_at


if TYPE_CHECKING:
    from bot.cluster.dump import DumpReader
    from bot.cluster.dump_writer import Answers, Written
    from bot.facts.precheck import Manifests


def read_manifests(
    sources: Sequence[str], namespace: str, stdin: Callable[[int], bytes], *, recursive: bool
) -> "Manifests":
    """What the files, folders and stdin (``-``) hold; what is wrong with one stands beside what the others hold.

    Args:
        sources: as they were named.
        namespace: of objects that name none.
        stdin: gives at most so many bytes of it.
        recursive: read the folders inside folders too.
    """
    from bot.cluster import manifests  # noqa: PLC0415  # only here

    return manifests.read(sources, namespace, stdin, recursive=recursive)


async def write_dump(access: Access, namespaces: tuple[str, ...] | None, folder: Path) -> "Written":
    """Write what ``--from`` reads; of a dump, a copy that is safe to pass on.

    Args:
        access: the cluster or dump.
        namespaces: only these; None for all.
        folder: a new or empty folder, or an earlier dump, which is replaced.

    Raises:
        UsageError: the folder holds something else.
        ClusterUnreadable: nobody can get in.
    """
    from bot.cluster import dump_writer  # noqa: PLC0415  # only here

    if access.dump is not None:
        from bot.cluster.dump import DumpReader  # noqa: PLC0415  # a live cluster needs no dump reader

        if transcript_at(access.dump) is not None:
            raise UsageError("a transcript is no dump", "it holds no secret: pass it on as it is")
        reader = await asyncio.to_thread(DumpReader.open, access.dump, access.at)
        answers = _safe_answers(reader, namespaces)
        return await dump_writer.write(reader, folder, namespaces, reader.observed_at, answers)
    from bot.cluster.client import ApiClient  # noqa: PLC0415  # a third of a second that a dump does not need
    from bot.cluster.dump_source import LiveSource  # noqa: PLC0415  # likewise

    async with ApiClient(login_to(access)) as client:
        return await dump_writer.write(LiveSource(client), folder, namespaces, datetime.now(UTC))


def _safe_answers(reader: "DumpReader", namespaces: tuple[str, ...] | None) -> "Answers":
    """What is recorded of registries, without secrets and without the identities of other namespaces."""
    from bot.registry import transcript  # noqa: PLC0415  # only here

    exchanges, _ = recorded(reader)
    kept = [each for each in exchanges if namespaces is None or each.namespace in ("", *namespaces)]
    return lambda known: transcript.copied(kept, transcript.Secrets(known)) if kept else b""
