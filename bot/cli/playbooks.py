"""``imagepull playbooks check | new | render``: a folder of knowledge in, what is wrong with it or how it reads out.

The lint asks what a reviewer would: does everything that is named exist, can every sentence be said in
every situation, and does each cause have an example that proves it and one that only looks like it.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot import wiring
from bot.catalog import foretold, loader, proof, scaffold, schema, symptoms
from bot.cli import report, tables
from bot.cli.foretelling import Foreteller
from bot.cli.proving import Prover
from bot.diagnosis.checks import table
from bot.errors import BotError, PlaybookError, UsageError
from bot.facts.cause import Scope
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure, Source, Symptom, Workload
from bot.facts.image import parsed
from bot.facts.objects import ContainerKind, Pod
from bot.facts.playbook import Catalog, Playbook
from bot.facts.text import shown
from bot.facts.verdict import Confidence, Diagnosis, Incident, Place, Report, Verdict
from bot.rendering import admission, compose, environment, rehearsal
from bot.rendering.voice import Voice


_FOUND = 1
_README = "README.md"


@dataclass(frozen=True, slots=True)
class Bench:
    """What a check is done with.

    Attributes:
        folder: the shipped playbooks.
        own: an operator's own; None to check the shipped ones.
        checks: ids of the checks there are.
        symptoms: ids of the symptoms there are.
        recordings: where recordings that examples name are; None when they are not carried.
        diagnose: runs what an example gives; None to leave examples unproven.
        forewarn: likewise, of the examples of warnings.
    """

    folder: Path
    own: Path | None
    checks: frozenset[str]
    symptoms: frozenset[str]
    recordings: Path | None = None
    diagnose: proof.Diagnose | None = None
    forewarn: foretold.Forewarn | None = None


def run_check(own: Path | None = None, *, fix: bool = False) -> int:
    """Print every finding; 1 when there is one.

    Args:
        own: an operator's folder; None for the shipped playbooks.
        fix: write the generated tables of the README first.

    Raises:
        UsageError: there is no such folder.
    """
    bench = _bench(own)
    if fix:
        _refresh(bench.folder, loader.survey(bench.folder)[0])
    findings = tuple(check(bench))
    for finding in findings:
        sys.stdout.write(f"{shown(finding.message, 2000)}\n")
        if finding.hint:
            sys.stdout.write(f"  hint: {shown(finding.hint, 500)}\n")
    causes = len(list(((own or bench.folder) / "causes").glob("[a-z]*")))
    if not findings:
        sys.stdout.write(f"{causes} cause{'' if causes == 1 else 's'}: nothing to mend\n")
    return _FOUND if findings else 0


def run_new(identifier: str, own: Path | None = None) -> int:
    """Start a cause and print the files to fill in.

    Raises:
        UsageError: the id will not do, or it is there already.
    """
    shipped = wiring.shipped_playbooks()
    folder = own or shipped
    for path in scaffold.scaffold(identifier, shipped / "new-cause", folder):
        sys.stdout.write(f"{path}\n")
    sys.stdout.write("fill them in, then: imagepull playbooks check\n")
    return 0


def run_render(identifier: str, example: str, width: int, *, colour: bool, own: Path | None = None) -> int:
    """Print what a person would read.

    Raises:
        UsageError: there is no such cause or example.
        PlaybookError: the playbooks cannot be read.
    """
    known = wiring.knowledge(own)
    sys.stdout.write(render(known, _bench(own), (identifier, example), width, colour=colour))
    return 0


def check(bench: Bench) -> Iterator[PlaybookError]:
    """Everything that is wrong, as it is found."""
    catalog, faults = loader.survey(bench.folder, bench.own, bench.checks, bench.symptoms)
    yield from faults
    for playbook in catalog.playbooks.values():
        if bench.own is None or not playbook.shipped:
            yield from _words(playbook, catalog)
            yield from _examples(playbook, bench, may_run=not faults)
    if bench.forewarn is not None:
        yield from foretold.faults(bench.own or bench.folder, bench.forewarn, own=bench.own is not None)
    if bench.own is None:
        yield from (PlaybookError(fault) for fault in rehearsal.rehearse_sentences(catalog))
        yield from _readme(bench.folder, catalog)


def render(
    known: wiring.Knowledge, bench: Bench, wanted: tuple[str, str], width: int, *, colour: bool
) -> str:
    """A cause as the terminal shows it.

    Args:
        known: the playbooks.
        bench: where examples are and what runs them.
        wanted: id of the cause, and the example to show ("" for made-up names).
        width: columns.
        colour: put out colours.

    Raises:
        UsageError: there is no such cause or example.
    """
    cause, name = wanted
    playbook = known.catalog.playbooks.get(cause)
    if playbook is None:
        near = _nearest(cause, tuple(known.catalog.playbooks))
        raise UsageError(
            f"there is no cause {cause!r}",
            near or "the README lists them: their ids are the folders of causes/",
        )
    shown_report = _example_report(bench, cause, name) if name else sample(playbook, known.catalog)
    with Voice(known.catalog) as voice:
        text = report.why_text(shown_report, compose.documents(shown_report, voice), width, colour=colour)
        return text + "".join(f"{warning}\n" for warning in voice.warnings)


def sample(playbook: Playbook, catalog: Catalog) -> Report:
    """A report with this cause proven and made-up names, to look at its words."""
    cause = playbook.cause
    # The one symptom whose references do not parse: https://github.com/distribution/reference
    image = (
        "registry.example/Team/web:1.4.0"
        if "invalid-reference" in cause.symptoms
        else "registry.example/team/web:1.4.0"
    )
    failure = PullFailure(
        pod=Pod("shop", "web-7d9f4c", node="node-a"),
        container="web",
        kind=ContainerKind.MAIN,
        image=image,
        reference=parsed(image),
        reason="ImagePullBackOff",
        message="what the node said stands here, verbatim",
        source=Source.STATUS,
        symptom=Symptom(cause.symptoms[0], ""),
    )
    answers = {each.check: each.expect for ask in reversed(cause.evidence) for each in ask.any_of[:1]}
    evidence = tuple(_sample_answer(check, answer, catalog) for check, answer in answers.items())
    verdict = Verdict(cause.id, Confidence.HIGH, evidence)
    diagnosis = Diagnosis(failure, Workload("Deployment", "shop", "web"), verdict)
    place = Place(cause.scopes[0] if cause.scopes else Scope.WORKLOAD, "shop", "Deployment/web")
    incident = Incident(cause.id, place, Confidence.HIGH, (diagnosis,))
    return Report("example", "2026-01-02T03:04:05+00:00", (diagnosis,), (incident,), (), looked_at=1)


def _sample_answer(check: str, answer: Answer, catalog: Catalog) -> Evidence:
    words = catalog.checks.get(check)
    source = "" if words is None else words.yes if answer is Answer.YES else words.no
    names = admission.names_used(source, environment.environment())
    return Evidence(check, answer, Witness.CLUSTER, {name: name.upper() for name in names})


def _bench(own: Path | None) -> Bench:
    folder = wiring.shipped_playbooks()
    if own is not None and not own.is_dir():
        raise UsageError(
            f"{str(own)!r} is not a folder",
            "a folder with causes/ in it, of the shape of playbooks/README.md",
        )
    own_symptoms = own / "symptoms" if own is not None and (own / "symptoms").is_dir() else None
    try:
        ids = frozenset(rule.id for rule in symptoms.load(folder / "symptoms", own_symptoms))
        known = wiring.knowledge(own)
        diagnose: proof.Diagnose | None = Prover(known)
        forewarn: foretold.Forewarn | None = Foreteller(known, own)
    except PlaybookError:
        # The survey tells every fault by itself; nothing can be diagnosed until they are mended.
        ids, diagnose = frozenset(path.stem for path in (folder / "symptoms").glob("*.yaml")), None
        forewarn = None
    recordings = folder.parent / "tests" / "recordings" / "scenarios"
    return Bench(
        folder=folder,
        own=own,
        checks=frozenset(table.checks()),
        symptoms=ids,
        recordings=recordings if recordings.is_dir() else None,
        diagnose=diagnose,
        forewarn=forewarn,
    )


def _words(playbook: Playbook, catalog: Catalog) -> Iterator[PlaybookError]:
    if not playbook.words:
        yield PlaybookError(f"{playbook.origin}/message.j2: this file is missing")
    else:
        yield from (PlaybookError(fault) for fault in rehearsal.rehearse(playbook, catalog))
    if not playbook.runbook:
        yield PlaybookError(f"{playbook.origin}/runbook.md: this file is missing")


def _examples(playbook: Playbook, bench: Bench, *, may_run: bool) -> Iterator[PlaybookError]:
    cause = playbook.cause.id
    folder = bench.folder if playbook.shipped else bench.own or bench.folder
    try:
        examples = proof.examples(folder, cause, bench.recordings)
    except PlaybookError as fault:
        yield fault
        return
    if not any(each.positive for each in examples):
        yield PlaybookError(f"{playbook.origin}/examples: none expects {cause}", "add one that proves it")
    if not any(each.expected.near_miss for each in examples):
        yield PlaybookError(
            f"{playbook.origin}/examples: no near miss", "add one that looks like it and is another"
        )
    for each in examples:
        if bench.diagnose is not None and may_run:
            yield from _proven(each, bench.diagnose)


def _proven(example: proof.Example, diagnose: proof.Diagnose) -> Iterator[PlaybookError]:
    where = f"causes/{example.cause}/examples/{example.name}.yaml"
    try:
        for fault in proof.prove(example, diagnose):
            yield PlaybookError(f"{where}: {fault}")
    except BotError as error:
        yield PlaybookError(f"{where}: {error.message}", error.hint)


def _readme(folder: Path, catalog: Catalog) -> Iterator[PlaybookError]:
    page = folder / _README
    if page.is_file() and page.read_text(encoding="utf-8") != tables.refreshed(
        page.read_text(encoding="utf-8"), catalog
    ):
        yield PlaybookError(f"{_README}: its tables are out of date", "imagepull playbooks check --fix")


def _refresh(folder: Path, catalog: Catalog) -> None:
    page = folder / _README
    if page.is_file():
        page.write_text(tables.refreshed(page.read_text(encoding="utf-8"), catalog), encoding="utf-8")


def _example_report(bench: Bench, cause: str, name: str) -> Report:
    folder = bench.own if bench.own and (bench.own / "causes" / cause).is_dir() else bench.folder
    examples = {each.name: each for each in proof.examples(folder, cause, bench.recordings)}
    if name not in examples:
        raise UsageError(f"{cause} has no example {name!r}", f"there are {', '.join(examples) or 'none'}")
    if bench.diagnose is None:
        raise PlaybookError("the playbooks cannot be read", "imagepull playbooks check")
    found = bench.diagnose(examples[name].given)
    return replace(found, cluster="example")


def _nearest(word: str, known: tuple[str, ...]) -> str:
    return schema.nearest(word, known)
