"""What ``check`` shows in a terminal or a pipeline's log: what is to be expected of each image in, text out.

Workload by workload as the files have them, each image with what decides about it; then what could not be checked and
what would change that; the count last, where a log ends. What is not known is called so, never fine.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.text import Text as Styled

from bot.cli.layout import BOLD, DIM, VALUE, Page, spoken, styled
from bot.cli.report import asked_section, unchecked_section
from bot.facts.document import Unchecked
from bot.facts.evidence import Answer, Evidence
from bot.facts.objects import ContainerKind
from bot.facts.precheck import Forecast, Landing, Manifests, Outcome, Precheck
from bot.facts.text import Text, shown
from bot.rendering.phrases import many, some


_MARKS = {
    Outcome.WILL_FAIL: ("✘", "will fail", "bold red"),
    Outcome.MAY_FAIL: ("!", "may fail", "bold yellow"),
    Outcome.UNKNOWN: ("?", "not known", "yellow"),
    Outcome.OK: ("✔", "fine", "green"),
}
_PLATFORM = "platform-offered"
_MOST_SKIPPED = 6

Say = Callable[[Evidence], Text]
Row = tuple[str, str, str]


def text(found: Precheck, manifests: Manifests, unchecked: Iterable[Row], say: Say, page: Page) -> str:
    """The whole page.

    Args:
        found: what is to be expected.
        manifests: what the files hold.
        unchecked: what could not be checked, why, and what would change that.
        say: puts a check's answer into words.
        page: an empty one.
    """
    for members in _by_workload(found.forecasts):
        planned = members[0].planned
        page.gap()
        page.line(
            styled(shown(str(planned)), BOLD),
            f" in {shown(planned.namespace)}",
            styled(f"  {shown(planned.source)}", DIM),
        )
        for each in members:
            _image(page, each, say)
    unchecked_section(page, [Unchecked(*map(shown, each)) for each in unchecked])
    _skipped(page, manifests)
    asked_section(page, found.asked, found.observed_at)
    if found.forecasts:
        _counts(page, found)
    return page.text()


def _by_workload(forecasts: Iterable[Forecast]) -> Sequence[Sequence[Forecast]]:
    groups: dict[int, list[Forecast]] = {}
    for each in forecasts:
        groups.setdefault(id(each.planned), []).append(each)
    return list(groups.values())


def _image(page: Page, forecast: Forecast, say: Say) -> None:
    mark, word, style = _MARKS[forecast.outcome]
    image = shown(forecast.image) or "no image"
    page.line(
        styled(f"{mark} {word}  ", style),
        styled(image, VALUE),
        styled(f"  ({_containers(forecast)})", DIM),
        indent=2,
        hang=2,
    )
    for line in _reasons(forecast, say):
        page.line(*line, indent=4, hang=2)


def _containers(forecast: Forecast) -> str:
    by_kind: dict[ContainerKind, list[str]] = {}
    for each in forecast.containers:
        by_kind.setdefault(each.kind, []).append(shown(each.name))
    return ", ".join(f"{_kind(kind)} {some(names)}" for kind, names in by_kind.items())


def _kind(kind: ContainerKind) -> str:
    return "image volume" if kind is ContainerKind.IMAGE_VOLUME else f"{kind} container"


def _reasons(forecast: Forecast, say: Say) -> Iterator[Sequence[Styled | str]]:
    """What decides, and for what is not known why that is; the same reason once."""
    told: set[str] = set()
    for check in forecast.decisive:
        answer = forecast.answer(check)
        if answer is not None and answer.why_unknown not in told:
            yield _line(answer, say)
            told |= {answer.why_unknown} - {""}
    if forecast.outcome is Outcome.OK:
        yield ("· ", styled(some([_nodes(each) for each in forecast.landings]), DIM))
    elif _PLATFORM in forecast.decisive or forecast.outcome is Outcome.WILL_FAIL:
        yield from _platforms(forecast.landings, say)


def _line(answer: Evidence, say: Say) -> Sequence[Styled | str]:
    if answer.answer is Answer.UNKNOWN:
        why = f": {shown(answer.why_unknown)}" if answer.why_unknown else ""
        return (styled("? ", "yellow"), spoken(say(answer)), styled(why, DIM))
    return ("· ", spoken(say(answer)), styled(f"  [{answer.source}]", DIM))


def _platforms(landings: Iterable[Landing], say: Say) -> Iterator[Sequence[Styled | str]]:
    for landing in landings:
        last = landing.evidence[-1] if landing.evidence else None
        if landing.answer is Answer.YES or (last is None and landing.platform):
            continue
        where = styled(f"{_nodes(landing)}: ", VALUE)
        if last is None:
            yield (styled("? ", "yellow"), where, "the platform is not known")
        else:
            mark, *said = _line(last, say)
            yield (mark, where, *said)


def _nodes(landing: Landing) -> str:
    platform = str(landing.platform) if landing.platform else "nodes of no known platform"
    return (
        f"{shown(platform)} ({some([shown(each) for each in landing.nodes])})"
        if landing.nodes
        else shown(platform)
    )


def _skipped(page: Page, manifests: Manifests) -> None:
    names = [
        shown(f"{each.kind}/{each.name}".rstrip("/")) for each in manifests.skipped if not each.names_images
    ]
    if names:
        page.gap()
        more = f" and {len(names) - _MOST_SKIPPED} more" if len(names) > _MOST_SKIPPED else ""
        page.line(styled(f"no pod template in: {', '.join(names[:_MOST_SKIPPED])}{more}", DIM), hang=2)


def _counts(page: Page, found: Precheck) -> None:
    counts = Counter(each.outcome for each in found.forecasts)
    workloads = len({id(each.planned) for each in found.forecasts})
    page.gap()
    told: list[Styled | str] = [f"{many(len(found.forecasts), 'image')} of {many(workloads, 'workload')}: "]
    for outcome in (each for each in _MARKS if counts[each]):
        told += [", "] if len(told) > 1 else []
        told.append(styled(f"{counts[outcome]} {_MARKS[outcome][1]}", _MARKS[outcome][2]))
    cluster = f"  {shown(found.cluster)}" if found.cluster else "  no cluster"
    page.line(*told, styled(cluster, DIM))
