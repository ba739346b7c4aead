"""A sweep finds each incident once, and nothing else."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from bot import wiring
from bot.demo import story
from bot.facts.verdict import Report
from bot.ports.reading import Scan
from bot.wiring import Access
from bot.workflows import sweep


async def _swept(dump: Path, scan: Scan) -> Report:
    async with wiring.opened(Access(dump=dump), wiring.knowledge()) as world:
        return await sweep.sweep(world, scan)


def _once(names: Iterable[str]) -> bool:
    listed = list(names)
    return len(listed) == len(set(listed))


async def test_sweep_tells_each_pod_in_one_incident() -> None:
    """Thirty failing pods, nine causes in nine places."""
    report = await _swept(story.RECORDINGS, Scan())
    assert len(report.incidents) == 9
    assert _once(pod for each in report.incidents for pod in each.pods)
    assert {pod for each in report.incidents for pod in each.pods} == {
        each.failure.pod.key for each in report.diagnoses
    }


@pytest.mark.parametrize("namespaces", [("shop",), ("shop", "media"), ("video",)])
async def test_sweep_keeps_to_its_namespaces(namespaces: tuple[str, ...]) -> None:
    """What was not asked about is not told."""
    report = await _swept(story.RECORDINGS, Scan(namespaces=namespaces))
    assert {each.failure.pod.namespace for each in report.diagnoses} <= set(namespaces)


async def test_sweep_says_what_it_stands_for() -> None:
    """The moment, and how many pods were looked at."""
    report = await _swept(story.RECORDINGS, Scan())
    assert report.looked_at == 65
    assert report.complete
    assert report.observed_at.endswith("Z")
