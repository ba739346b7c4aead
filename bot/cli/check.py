"""``imagepull check``: manifests in, what is to be expected of their images out, for people and for pipelines.

Exit codes: 0 nothing wrong was found, 1 something will not pull (with ``--strict`` also when something could not be
checked), 2 the call or a file is off; the other files are checked and printed first.
"""

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot import wiring
from bot.cli import check_output, check_report, progress, session, telling
from bot.cli.asking import Asked, Output
from bot.cli.layout import Page
from bot.cli.session import Session
from bot.errors import BotError, ClusterUnreadable, UsageError
from bot.facts import target
from bot.facts.evidence import Answer
from bot.facts.image import Platform
from bot.facts.precheck import Forecast, Manifests, Outcome, Precheck
from bot.ports.reading import Scan
from bot.rendering.phrases import many
from bot.rendering.voice import Voice
from bot.wiring import Knowledge, Probers
from bot.workflows.precheck import precheck
from bot.workflows.world import World


_FAILING, _USAGE = 1, 2
_DEFAULT_NAMESPACE: Final = "default"
# https://github.com/opencontainers/image-spec/blob/main/image-index.md: GOOS, GOARCH and a variant
_PLATFORM = re.compile(r"[a-z0-9]{1,20}/[a-z0-9_]{1,20}(?:/[a-z0-9.]{1,10})?")
# Why no cluster was asked, and what would help.
_ABSENT = ("no cluster was asked", "leave out --no-cluster; --platform says what the nodes run")
_UNREACHABLE = ("the cluster cannot be asked", "--context; --platform says what the nodes run")
_KINDS = "a Pod, Deployment, StatefulSet, DaemonSet, Job, CronJob or any kind with a pod template"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to check and against what.

    Attributes:
        sources: files and folders as typed; ``-`` for stdin.
        recursive: read the folders inside folders.
        platforms: as typed; they stand for the cluster's nodes.
        cluster: whether one is asked at all.
        strict: what could not be checked fails the call.
    """

    sources: tuple[str, ...]
    recursive: bool = False
    platforms: tuple[str, ...] = ()
    cluster: bool = True
    strict: bool = False


def run(asked: Asked, plan: Plan, output: Output) -> int:
    """Check, print, and give the exit code.

    Raises:
        UsageError: the options contradict each other, or nothing of what was named holds a workload.
    """
    platforms = _checked(asked, plan)
    here = session.begin(asked)
    manifests = wiring.read_manifests(
        plan.sources, _namespace(here, plan), sys.stdin.buffer.read, recursive=plan.recursive
    )
    if not manifests.workloads and not manifests.problems:
        raise _no_workload(manifests, plan)
    known = wiring.knowledge(here.known.playbooks.folder)
    with progress.shown(f"checking {many(len(manifests.workloads), 'workload')}"):
        found = asyncio.run(_find(here, known, manifests, plan, platforms))
    return _tell(found, manifests, known, plan, output)


def _checked(asked: Asked, plan: Plan) -> tuple[Platform, ...]:
    if not plan.sources:
        raise UsageError("nothing to check was named", "-f FILE, -f FOLDER, or -f - for stdin")
    if not plan.cluster and (asked.context or asked.kubeconfig or asked.clusters or asked.source):
        raise UsageError("--no-cluster asks none, and the other options name one", "give one of them")
    found = []
    for each in plan.platforms:
        if not _PLATFORM.fullmatch(each):
            raise UsageError(f"{target.quoted(each)} is not a platform", "write it as linux/arm64")
        found.append(Platform(*each.split("/")))
    return tuple(dict.fromkeys(found))


def _namespace(here: Session, plan: Plan) -> str:
    """The namespace of objects that name none, as kubectl would take it."""
    if here.asked.namespaces or not plan.cluster:
        return here.asked.namespaces[0] if here.asked.namespaces else _DEFAULT_NAMESPACE
    try:
        return here.default_namespace() or _DEFAULT_NAMESPACE
    except ClusterUnreadable:
        return _DEFAULT_NAMESPACE  # said again, and told, when the cluster is opened


def _no_workload(manifests: Manifests, plan: Plan) -> UsageError:
    if any(each.kind == "Kustomization" for each in manifests.skipped):
        hint = "render it first: kustomize build … | imagepull check -f -"
    else:
        hint = f"name a file with {_KINDS}"
    named = (
        target.quoted(plan.sources[0]) if len(plan.sources) == 1 else f"any of {len(plan.sources)} sources"
    )
    return UsageError(f"there is no workload in {named}", hint)


async def _find(
    here: Session, known: Knowledge, manifests: Manifests, plan: Plan, platforms: Sequence[Platform]
) -> Precheck:
    if not manifests.workloads:  # what is wrong with the files is all there is to tell
        return Precheck("", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), ())
    async with wiring.probing(here.probing, known) as probers:
        if not plan.cluster:
            return await _alone(known, probers, manifests, platforms, _ABSENT)
        try:
            async with wiring.opened(here.accesses[0], known, session.warn, probers) as world:
                await world.reader.nodes()  # an API server that does not answer says so at the first question
                return await precheck(world, manifests, await _now(here, world), platforms)
        except ClusterUnreadable as error:
            if here.is_dump:
                raise
            telling.complain(error, "the cluster is not asked")
            return await _alone(known, probers, manifests, platforms, _UNREACHABLE)


async def _alone(
    known: Knowledge,
    probers: Probers,
    manifests: Manifests,
    platforms: Sequence[Platform],
    why: tuple[str, str],
) -> Precheck:
    """What can be said without a cluster."""
    with wiring.without_cluster(known, probers, *why) as world:
        return await precheck(world, manifests, datetime.now(UTC), platforms)


async def _now(here: Session, world: World) -> datetime:
    """The moment of the dump, which only looking tells; else the present one."""
    if not here.is_dump:
        return datetime.now(UTC)
    return (await world.reader.look(Scan(namespaces=()))).observed_at


def _tell(found: Precheck, manifests: Manifests, known: Knowledge, plan: Plan, output: Output) -> int:
    with Voice(known.catalog) as voice:
        unchecked = _unchecked(found, manifests, voice)
        if output is Output.JSON:
            values = check_output.as_values(found, manifests, unchecked, voice.answer)
            sys.stdout.write(json.dumps(values, indent=2) + "\n")
        else:
            page = Page(telling.width(), colour=telling.coloured())
            told = check_report.text(found, manifests, unchecked, voice.answer, page)
            sys.stdout.write(told)
        for warning in voice.warnings:
            session.warn(warning)
    sys.stdout.flush()
    for problem in manifests.problems:
        telling.complain(BotError(problem.why, problem.hint), problem.source)
    return _code(found, manifests, strict=plan.strict and bool(unchecked))


def _code(found: Precheck, manifests: Manifests, *, strict: bool) -> int:
    if manifests.problems:
        return _USAGE
    outcomes = {each.outcome for each in found.forecasts}
    if Outcome.WILL_FAIL in outcomes or strict:
        return _FAILING
    return 0


def _unchecked(found: Precheck, manifests: Manifests, voice: Voice) -> list[check_output.Row]:
    """What could not be checked, why, and what would change that; each once."""
    rows: dict[check_output.Row, None] = {}
    for forecast in found.forecasts:
        rows |= dict.fromkeys((each.what, each.why, each.remedy) for each in forecast.unread)
        rows |= dict.fromkeys(_open(forecast, voice))
    for each in manifests.skipped:
        if each.names_images:
            rows[f"{each.kind}/{each.name}", "speaks of images in a way that is not known here", ""] = None
    return list(rows)


def _open(forecast: Forecast, voice: Voice) -> Sequence[check_output.Row]:
    """The answers without which nothing is proven."""
    told = [forecast.answer(check) for check in forecast.missing]
    if forecast.missing:
        told += [each for landing in forecast.landings for each in landing.evidence[-1:]]
    missing = [each for each in told if each is not None and each.answer is Answer.UNKNOWN]
    about = f"{forecast.image}: "
    return [
        (each.what or about + voice.claim(each.check), each.why_unknown, each.would_answer)
        for each in missing
    ]
