"""Asks of manifests, before they are deployed, what a diagnosis would ask of their failing pods afterwards.

A stand-in for each container is put to the same checks; what they answer is told as it is. Nothing is pulled, and
what could not be asked stays UNKNOWN.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.diagnosis import forecast, investigate, landing
from bot.diagnosis.checks import hearing, table
from bot.diagnosis.checks.claims import Case, unread
from bot.diagnosis.checks.hearing import Voice
from bot.diagnosis.forecast import Answers, Expected
from bot.diagnosis.scene import Scene
from bot.facts import image as images
from bot.facts.evidence import Answer, Evidence
from bot.facts.failure import PullFailure, Source, Symptom, Workload
from bot.facts.image import Platform
from bot.facts.objects import Container, Node, Pod, PullSecret, Unread
from bot.facts.precheck import Forecast, Landing, Manifests, Outcome, Planned, Precheck
from bot.facts.testimony import ANONYMOUS
from bot.workflows.planned import DEFAULT_ACCOUNT, PlannedProber, PlannedReader
from bot.workflows.world import World


NAME: Final = ("reference-parses",)
OF_FILES: Final = ("registry-retired", "registry-is-well-known")
SECRETS: Final = (
    "secret-named",
    "secret-exists",
    "secret-type-right",
    "secret-well-formed",
    "secret-matches-registry",
    "secret-key-nearly-matches",
    "credential-expired",
)
# Asked as of a pod of which nothing is heard: as if the nodes met what we meet.
ROAD: Final = ("registry-host-exists", "registry-answers")
REGISTRY: Final = (
    "repository-exists",
    "manifest-exists",
    "anonymous-pull-works",
    "credential-accepted",
    "repository-permitted",
    "media-type-is-image",
    "rate-limit-exhausted",
    "probe-is-blocked-too",
)
# Only where nobody is let in: whether others are, and how.
WITHOUT_CREDENTIALS: Final = (
    "secret-for-registry-exists",
    "registry-uses-node-identity",
    "siblings-on-host-pull",
)
PLATFORM: Final = ("platform-offered", "config-platform-matches")
_SILENT, _NEVER = "pull-stalled", "never-pull"
# Registries are asked a few at a time; the rest waits.
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class _Look:
    """What every question needs.

    Attributes:
        nodes: where pods may land: the cluster's nodes, or one for each platform that was given instead.
        given: the platforms were given, so that nothing but them is known of the nodes.
    """

    world: World
    reader: PlannedReader
    scene: Scene
    prober: PlannedProber
    nodes: tuple[Node, ...] | Unread
    given: bool

    def case(self, pod: Pod, container: Container, symptom: str = "") -> Case:
        """A container of a pod as if nobody had heard of it yet."""
        failure = PullFailure(
            pod=pod,
            container=container.name,
            kind=container.kind,
            image=container.image,
            reference=images.parsed(container.image),
            reason="",
            message="",
            source=Source.SILENCE,
            symptom=Symptom(symptom, symptom),
        )
        kind, _, name = pod.name.partition("/")
        whose = Workload(kind, pod.namespace, name)
        return Case(failure, whose, self.scene, self.prober, self.world.vantage, self.world.mirrors)


@dataclass(frozen=True, slots=True)
class _Subject:
    """One image of one workload.

    Attributes:
        pod: a stand-in for the pods that the workload will make.
        account: why the pull secrets of its ServiceAccount are not known; None when they are.
        places: where it may land; why that is not known, when it is not.
    """

    planned: Planned
    containers: tuple[Container, ...]
    pod: Pod
    account: Unread | None
    places: tuple[Landing, ...] | Unread


async def precheck(
    world: World, manifests: Manifests, now: datetime, platforms: Sequence[Platform] = ()
) -> Precheck:
    """Tell what is to be expected of every image.

    Args:
        world: the cluster to deploy to, and who may ask registries.
        manifests: what is to be deployed.
        now: the moment that credentials are to be good at.
        platforms: take these for the cluster's nodes.
    """
    asked = [each for planned in manifests.workloads for each in landing.asked_for(planned.placement)]
    reader = PlannedReader(world.reader, manifests, tuple(dict.fromkeys((*platforms, *asked))))
    given = tuple(Node(str(each), each) for each in platforms)
    look = _Look(
        world,
        reader,
        Scene(reader, world.registries, (), now),
        PlannedProber(world.prober, reader),
        given or await world.reader.nodes(),
        bool(given),
    )
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(planned: Planned, containers: tuple[Container, ...]) -> Forecast:
        """One image, when its turn has come."""
        async with gate:
            return await _forecast(look, await _subject(look, planned, containers))

    forecasts = await asyncio.gather(
        *(one(planned, each) for planned in manifests.workloads for each in _by_image(planned.containers))
    )
    return Precheck(world.name, now.strftime("%Y-%m-%dT%H:%M:%SZ"), tuple(forecasts), world.asked())


def _by_image(containers: Iterable[Container]) -> tuple[tuple[Container, ...], ...]:
    """Containers that ask for the same image in the same way."""
    found: dict[tuple[str, bool], list[Container]] = {}
    for each in containers:
        found.setdefault((each.image, each.pull_policy == "Never"), []).append(each)
    return tuple(map(tuple, found.values()))


async def _subject(look: _Look, planned: Planned, containers: tuple[Container, ...]) -> _Subject:
    names, account = planned.pull_secrets, None
    if not names:
        # Admission copies the ServiceAccount's secrets only into a pod that names none itself.
        found = await look.reader.account(planned.namespace, planned.service_account or DEFAULT_ACCOUNT)
        account = found if isinstance(found, Unread) else None
        names = () if isinstance(found, Unread) else found.pull_secrets
    places = _places(look, planned)
    pod = Pod(
        planned.namespace,
        str(planned),
        service_account=planned.service_account or DEFAULT_ACCOUNT,
        pull_secrets=names,
        containers=planned.containers,
        node=_representative(places[0]) if not isinstance(places, Unread) else "",
    )
    return _Subject(planned, containers, pod, account, places)


def _places(look: _Look, planned: Planned) -> tuple[Landing, ...] | Unread:
    """Where a workload may land, the platform with the most nodes first."""
    placement, nodes = planned.placement, look.nodes
    if isinstance(nodes, Unread):
        candidates: tuple[Node, ...] = ()
    else:
        fit = landing.of_platform if look.given else landing.candidates
        candidates = fit(placement, nodes)
    gathered = sorted(landing.by_platform(candidates).items(), key=lambda each: -len(each[1]))
    if gathered:
        return tuple(
            Landing(platform, () if look.given else tuple(node.name for node in members))
            for platform, members in gathered
        )
    named = tuple(Landing(platform) for platform in landing.asked_for(placement))
    if named:
        return named
    what = f"the nodes that {planned} may run on"
    remedy = "--platform linux/amd64, or what the nodes will be"
    return nodes if isinstance(nodes, Unread) else Unread(what, "no node fits it now", remedy)


def _representative(place: Landing) -> str:
    return place.nodes[0] if place.nodes else str(place.platform or "")


async def _forecast(look: _Look, subject: _Subject) -> Forecast:
    container = subject.containers[0]
    if not container.image:
        return _told(subject, Expected(Outcome.UNKNOWN, ()), {}, ())
    case = look.case(subject.pod, container, _NEVER if container.pull_policy == "Never" else "")
    given = await _ask(case, NAME)
    if container.pull_policy == "Never":
        given |= await _ask(case, ("image-is-local",))
    elif case.failure.reference is not None:
        given |= await _ask_of_pull(look, subject, case)
    places = () if isinstance(subject.places, Unread) else subject.places
    if _is(given, "manifest-exists", Answer.YES):
        places = tuple([await _landed(look, subject, each) for each in places])
    answers = Answers(
        given,
        places,
        names_known=subject.account is None,
        blocked=bool(await _blocking(case)),
        turned_away=subject.account is None and await _turned_away(case, given),
        inside=look.world.vantage == "inside",
    )
    return _told(subject, forecast.expected(answers), given, places)


async def _ask_of_pull(look: _Look, subject: _Subject, case: Case) -> dict[str, Evidence]:
    """Everything about the pull but where it may land, what needs no registry first."""
    given = await _ask(case, OF_FILES)
    if subject.account is not None:
        given["secret-matches-registry"] = unread("secret-matches-registry", subject.account)
    else:
        given |= await _ask_of_secrets(look, case)
    container = subject.containers[0]
    given |= await _ask(look.case(subject.pod, container, _SILENT), ROAD)
    given |= await _ask(case, REGISTRY)
    if _is(given, "manifest-exists", Answer.NO) and not _is(given, "repository-exists", Answer.NO):
        given |= await _ask(case, ("similar-tag-exists",))
    if case.failure.registry in case.mirrors:
        given |= await _ask(case, ("mirror-has-image",))
    let_in = _is(given, "anonymous-pull-works", Answer.YES)
    if _is(given, "secret-matches-registry", Answer.NO) and not let_in:
        given |= await _ask(case, WITHOUT_CREDENTIALS)
    return given


async def _ask_of_secrets(look: _Look, case: Case) -> dict[str, Evidence]:
    given = await _ask(case, SECRETS)
    blocking = await _blocking(case)
    if blocking:
        # One good secret beside it does not help: tell of the one that is in the way.
        pod = Pod(case.failure.pod.namespace, case.failure.pod.name, pull_secrets=blocking)
        container = Container(case.failure.container, case.failure.kind, case.failure.image)
        given |= await _ask(look.case(pod, container), ("secret-well-formed",))
    return given


async def _blocking(case: Case) -> tuple[str, ...]:
    """The pull secrets that make the kubelet fail every pull of the pod."""
    pod = case.failure.pod
    found = [await case.scene.reader.secret(pod.namespace, name) for name in pod.pull_secrets]
    return tuple(each.name for each in found if isinstance(each, PullSecret) and each.flaw_fails_pull)


async def _turned_away(case: Case, given: Mapping[str, Evidence]) -> bool:
    """Whether everybody that the kubelet would pull as was told no by the registry."""
    reference = case.failure.reference
    if reference is None or _is(given, "secret-matches-registry", Answer.UNKNOWN):
        return False
    who = await hearing.identities(case, reference) or (ANONYMOUS,)
    voices = [Voice(each, await case.prober.manifest(reference, each)) for each in who]
    all_tried = await hearing.untried(case, reference) is None
    return all_tried and all(each.is_refused or each.is_not_found for each in voices)


async def _landed(look: _Look, subject: _Subject, place: Landing) -> Landing:
    """Whether the image runs on nodes of a platform: by the index, else by the image's own config."""
    if place.platform is None:
        return place
    pod = Pod(
        subject.pod.namespace,
        subject.pod.name,
        pull_secrets=subject.pod.pull_secrets,
        node=_representative(place),
    )
    case = look.case(pod, subject.containers[0])
    told: list[Evidence] = []
    for check in PLATFORM:
        told += (await _ask(case, (check,))).values()
        if told[-1].answer is not Answer.UNKNOWN:
            return Landing(place.platform, place.nodes, told[-1].answer, tuple(told[-1:]))
    return Landing(place.platform, place.nodes, Answer.UNKNOWN, tuple(told))


async def _ask(case: Case, checks: Iterable[str]) -> dict[str, Evidence]:
    known = table.checks()
    asked = [known[each] for each in checks]
    answers = await asyncio.gather(*(investigate.ask(each, case) for each in asked))
    return {each.check: each for each in answers}


def _is(given: Mapping[str, Evidence], check: str, answer: Answer) -> bool:
    return check in given and given[check].answer is answer


def _told(
    subject: _Subject,
    expected: Expected,
    given: Mapping[str, Evidence],
    places: tuple[Landing, ...],
) -> Forecast:
    planned, container = subject.planned, subject.containers[0]
    return Forecast(
        planned=planned,
        image=container.image,
        reference=images.parsed(container.image),
        containers=subject.containers,
        pull_secrets=subject.pod.pull_secrets,
        outcome=expected.outcome,
        decisive=expected.decisive,
        evidence=tuple(given.values()),
        landings=places,
        missing=expected.missing,
        unread=tuple(_unread(subject)) if expected.outcome is not Outcome.WILL_FAIL else (),
    )


def _unread(subject: _Subject) -> Iterable[Unread]:
    container = subject.containers[0]
    if not container.image:
        what = f"the image of {container.name} in {subject.planned}"
        yield Unread(what, "the manifest names none", "render the manifest first")
        return
    if container.pull_policy == "Never":
        return
    if subject.account is not None:
        yield subject.account
    if isinstance(subject.places, Unread):
        yield subject.places
