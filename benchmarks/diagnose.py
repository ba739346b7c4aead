"""How often the diagnosis is right: every recorded scenario and cluster, the registry asked and not asked.

Prints right / accepted / wrong / unknown by cause and by symptom, and of the right and accepted ones how many are
sure; then the recorded clusters incident by incident. "Accepted" is a cause that a careful expert would give as
well: with the registry's answers `also_accepted` of the scenario, without them `also_accepted_without_registry`
too. Names were replaced in the recordings, and nothing that diagnoses reads `scenario.yaml`.
"""

import asyncio
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import yaml

from bot import wiring
from bot.facts.times import duration
from bot.facts.verdict import Diagnosis
from bot.ports.reading import Scan
from bot.registry.unasked import UnaskedRegistry
from bot.workflows import sweep


RECORDINGS = Path(__file__).resolve().parents[1] / "tests" / "recordings"
GRADES = ("right", "accepted", "wrong", "unknown", "not claimed", "false claim")
SURE = "of these high"


def main() -> int:
    """Print the tables; exit 1 when anything is wrong."""
    known = wiring.knowledge()
    bad = sum(_all_scenarios(known, asked=asked) for asked in (False, True))
    return int(bad > 0) | asyncio.run(_clusters(known))


def _all_scenarios(known: wiring.Knowledge, *, asked: bool) -> int:
    """Grade every scenario, print the tables, and say how many answers are bad."""
    print("\n=== with the registries' recorded answers ===" if asked else "\n=== no registry asked ===")
    by_cause: dict[str, Counter[str]] = defaultdict(Counter)
    by_symptom: dict[str, Counter[str]] = defaultdict(Counter)
    loud = []
    for folder in sorted((RECORDINGS / "scenarios").glob("*/*/scenario.yaml")):
        truth = yaml.safe_load(folder.read_text())
        grade, told = asyncio.run(_scenario(known, folder.parent, truth, asked=asked))
        for table in (by_cause[str(truth["cause"])], by_symptom[str(truth["symptom"])]):
            table[grade] += 1
            table[SURE] += "(high)" in told and "(medium)" not in told and "(low)" not in told
        if grade in ("wrong", "unknown", "false claim") or "-v" in sys.argv:
            loud.append(
                f"  {grade:12} {folder.parent.parent.name}/{folder.parent.name}: {told} (is {truth['cause']})"
            )
    _table("by cause", by_cause)
    _table("by symptom", by_symptom)
    print("\n".join(loud))
    return sum(row["wrong"] + row["unknown"] + row["false claim"] for row in by_cause.values())


async def _scenario(known: wiring.Knowledge, folder: Path, truth: dict, *, asked: bool) -> tuple[str, str]:
    stalled = duration(truth["options"][1]) if truth.get("options") else timedelta(minutes=10)
    access = wiring.Access(name="recorded", dump=folder / "dump")
    async with wiring.opened(access, known) as world:
        subject = world if asked else replace(world, prober=UnaskedRegistry())
        report = await sweep.sweep(subject, Scan(stalled_after=stalled))
    told = "; ".join(sorted({_words(each) for each in report.diagnoses})) or "nothing"
    causes = {each.verdict.cause for each in report.diagnoses}
    fine = {truth["cause"], *truth["also_accepted"]}
    if not asked:
        fine.update(truth["also_accepted_without_registry"])
    if not causes:
        return ("right" if truth["cause"] is None or truth["no_claim_is_fine"] else "not claimed"), told
    if truth["cause"] is None:
        return "false claim", told
    if causes == {truth["cause"]}:
        return "right", told
    if causes <= fine:
        return "accepted", told
    return ("unknown" if causes == {None} else "wrong"), told


def _words(each: Diagnosis) -> str:
    return f"{each.failure.symptom.id} -> {each.verdict.cause} ({each.verdict.confidence})"


def _table(title: str, rows: dict[str, Counter[str]]) -> None:
    print(f"\n{title:28}" + "".join(f"{grade:>14}" for grade in (*GRADES, SURE)))
    for name, row in sorted(rows.items()):
        print(f"{name:28}" + "".join(f"{row[grade] or '':>14}" for grade in (*GRADES, SURE)))
    total = sum(rows.values(), Counter())
    print(f"{'all':28}" + "".join(f"{total[grade]:>14}" for grade in (*GRADES, SURE)))


async def _clusters(known: wiring.Knowledge) -> int:
    print("\n=== whole clusters, with the registries' recorded answers ===")
    bad = 0
    for path in sorted((RECORDINGS / "clusters").glob("*/cluster.yaml")):
        truth = yaml.safe_load(path.read_text())
        async with wiring.opened(wiring.Access(name="recorded", dump=path.parent / "dump"), known) as world:
            report = await sweep.sweep(world, Scan())
        told = {
            (each.cause, each.place.scope.value, each.pods): each.confidence.value
            for each in report.incidents
        }
        want = [
            (
                row["cause"],
                row["scope"],
                tuple(sorted(row["pods"])),
                row["also_accepted"],
                row.get("also_scope"),
            )
            for row in truth["incidents"]
        ]
        print(f"\n{path.parent.name}: {len(told)} incidents told, {len(want)} are there")
        for cause, scope, pods, also, also_scope in want:
            fitting = [
                key
                for key in told
                if key[0] in (cause, *also) and key[1] in _scopes(scope, also_scope) and key[2] == pods
            ]
            print(
                f"  {'ok ' if fitting else 'BAD'} {cause} ({scope}, {len(pods)} pods) {told[fitting[0]] if fitting else ''}"
            )
            bad += not fitting
            for key in fitting:
                del told[key]
        for key, confidence in told.items():
            bad += 1
            print(f"  BAD not there: {key[0]} ({key[1]}) {confidence} {', '.join(key[2])}")
    return int(bad > 0)


def _scopes(scope: str, also: object) -> tuple[str, ...]:
    return (scope, *([also] if isinstance(also, str) else also or []))


if __name__ == "__main__":
    sys.exit(main())
