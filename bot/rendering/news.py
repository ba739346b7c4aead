"""What has changed about an incident, in phrases: two notices or documents in, what somebody would want to hear of out.

The phrases are plain text with the documents' own values in them; a channel adds its markup and its limits.
"""

from collections.abc import Iterator

from bot.facts.document import Document
from bot.facts.notice import Notice, Share, Storm
from bot.rendering import phrases


def between(before: Notice, after: Notice) -> tuple[str, ...]:
    """Each difference in what is broken and why; none in what people did about it."""
    return tuple(_differences(before, after))


def of_documents(before: Document, after: Document) -> Iterator[str]:
    """Each difference between two documents about the same thing."""
    was, now = before.where, after.where
    yield from _numbers(
        ("pod", was.pod_count, now.pod_count),
        ("workload", was.workload_count, now.workload_count),
        ("node", was.node_count, now.node_count),
    )
    for name, old, new in (
        ("cause", before.cause or "not known", after.cause or "not known"),
        ("confidence", before.confidence, after.confidence),
        ("severity", before.severity, after.severity),
        ("scope", was.scope, now.scope),
        ("place", phrases.lies(was), phrases.lies(now)),
    ):
        if old != new:
            yield f"{name} {new}, before {old}"


def _differences(before: Notice, after: Notice) -> Iterator[str]:
    old, new = _by_cluster(before), _by_cluster(after)
    for cluster in sorted(new.keys() - old.keys()):
        yield f"also in {cluster}: {phrases.many(new[cluster].pods, 'pod')}"
    for cluster in sorted(old.keys() - new.keys()):
        unwatched = after.gap is not None and after.gap.cluster == cluster
        yield f"no longer looked at in {cluster}" if unwatched else f"over in {cluster}"
    several = len(new) > 1
    if after.gap and after.gap.namespaces and (after.storm or after.gap.cluster in new):
        spaces = phrases.some(after.gap.namespaces)
        yield (
            f"{after.gap.cluster}: no longer looked at: {spaces}"
            if several
            else f"no longer looked at: {spaces}"
        )
    for cluster in sorted(old.keys() & new.keys()):
        for each in of_documents(old[cluster].document, new[cluster].document):
            yield f"{cluster}: {each}" if several else each
    if before.storm and after.storm:
        yield from _of_storms(before.storm, after.storm)


def _by_cluster(notice: Notice) -> dict[str, Share]:
    return {each.cluster: each for each in notice.shares}


def _of_storms(before: Storm, after: Storm) -> Iterator[str]:
    yield from _numbers(
        ("incident", before.incidents, after.incidents),
        ("pod", before.pods, after.pods),
        ("workload", before.workloads, after.workloads),
        ("namespace", before.namespaces, after.namespaces),
    )


def _numbers(*rows: tuple[str, int, int]) -> Iterator[str]:
    for noun, old, new in rows:
        if old != new:
            yield f"{phrases.many(new, noun)}, before {old}"
