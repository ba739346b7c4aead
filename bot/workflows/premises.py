"""Whether the reasons for a change still hold: a plan and the cluster as it is now in, what is different out.

A change is made for a failure that somebody saw. Between that and the moment at which it is made the failure may be gone,
have another cause, or the image that was proven may be another one.
"""

from collections.abc import Callable, Iterator, Sequence

from bot.diagnosis.checks.claims import Case
from bot.diagnosis.scene import Scene
from bot.errors import TargetNotFound
from bot.facts import image as images
from bot.facts.change import Plan, Pledge
from bot.facts.image import Platform
from bot.facts.target import Target
from bot.facts.text import shown
from bot.facts.verdict import Diagnosis, Report
from bot.ports.reading import Scan
from bot.remediation import proving
from bot.remediation.proving import Proof
from bot.rendering import compose
from bot.workflows import diagnose
from bot.workflows.world import World


_POD = "Pod"
_MOST_NAMED = 3


async def doubt(world: World, scan: Scan, plan: Plan) -> str:
    """What of a plan's reasons does not hold any more, in words without a full stop; "" when all do.

    A way back needs no reason but what stands in its objects.

    Raises:
        BotError: it cannot be told.
    """
    if plan.undoes:
        return ""
    try:
        report = await _now(world, scan, plan)
    except TargetNotFound:
        return f"{plan.premise.workload} is not there any more"
    failing = [each for each in report.diagnoses if _is_meant(each, plan)]
    if not failing:
        return f"{_meant(plan)} does not fail to get its image any more"
    same = [each for each in failing if each.failure.image == plan.premise.image]
    if not same:
        return f"{_meant(plan)} is to run another image by now: {shown(failing[0].failure.image)}"
    alike = [each for each in same if (each.verdict.cause or "") == plan.premise.cause]
    if not alike:
        return f"{_meant(plan)} fails from another cause by now: {same[0].verdict.cause or 'not known'}"
    return await _moved(world, report, alike[0], plan.pledge) if plan.pledge else ""


async def happening(world: World, scan: Scan, plan: Plan, title: Callable[[str | None], str]) -> str:
    """What is wrong with a plan's workload now, in short and without a full stop; "" for nothing.

    Raises:
        BotError: it cannot be told.
    """
    try:
        report = await _now(world, scan, plan)
    except TargetNotFound:
        return f"{plan.premise.workload} is not there any more"
    causes = dict.fromkeys(each.verdict.cause for each in report.diagnoses if _is_of(each, plan))
    return "; ".join(_told(list(causes), title))


def _told(causes: Sequence[str | None], title: Callable[[str | None], str]) -> Iterator[str]:
    yield from (title(each) for each in causes[:_MOST_NAMED])
    if len(causes) > _MOST_NAMED:
        yield f"{len(causes) - _MOST_NAMED} more causes"


async def _now(world: World, scan: Scan, plan: Plan) -> Report:
    kind, _, name = plan.premise.workload.partition("/")
    target = Target("" if kind == _POD else kind, plan.premise.namespace, name)
    return await diagnose.why(world, (target,), scan)


async def _moved(world: World, report: Report, failing: Diagnosis, pledge: Pledge) -> str:
    """Why an image that was proven is not what it was; "" where it is."""
    image = images.parsed(pledge.image)
    if image is None:
        return f"{shown(pledge.image)} cannot be read"
    failures = [each.failure for each in report.diagnoses]
    scene = Scene(world.reader, world.registries, failures, compose.moment(report.observed_at))
    case = Case(failing.failure, failing.workload, scene, world.prober, mirrors=world.mirrors)
    found = await proving.proven(case, image, _platforms(pledge))
    if not isinstance(found, Proof):
        return f"{shown(pledge.image)} is not proven any more: {found}"
    if found.digest != pledge.digest:
        return f"{shown(pledge.image)} was {pledge.digest} when it was approved, and is {found.digest} by now"
    return ""


def _platforms(pledge: Pledge) -> tuple[Platform, ...]:
    parts = (each.split("/", 2) for each in pledge.platform.split(",") if each)
    return tuple(Platform(*part) for part in parts if len(part) > 1)


def _is_of(diagnosis: Diagnosis, plan: Plan) -> bool:
    premise = plan.premise
    return (diagnosis.workload.namespace, str(diagnosis.workload)) == (premise.namespace, premise.workload)


def _is_meant(diagnosis: Diagnosis, plan: Plan) -> bool:
    return _is_of(diagnosis, plan) and plan.premise.container in ("", diagnosis.failure.container)


def _meant(plan: Plan) -> str:
    premise = plan.premise
    return f"container {premise.container} of {premise.workload}" if premise.container else premise.workload
