"""A replica at work, as Prometheus reads it: every number that there is, once."""

import re
from dataclasses import replace
from datetime import timedelta

from bot.facts.cause import Severity
from bot.facts.forewarning import Kind, Outlook
from bot.facts.opinion import Judgement, Opinion
from bot.facts.testimony import Asked
from bot.facts.verdict import Report
from bot.operations.cases import LABELS, Case, Cases
from bot.operations.meters import Meters
from bot.operations.standing import Phase, Sight, Standing
from bot.ports.counting import Count, Tally
from bot.ports.keeping import Backlog
from bot.ports.watching import Hearing, Restart
from bot.workflows.foretell import Foretold
from bot.workflows.patrol import Ending, Round
from tests import lives
from tests.fakes.cluster import NOW
from tests.fakes.jury import SHOWN


def meters() -> Meters:
    """With something in each number."""
    made = Meters("1.2.3")
    diagnoses = lives.incident("shop/web").diagnoses
    report = replace(Report("eu", "", diagnoses, (), ()), asked=(Asked("docker.io", 1, 1, "60/h"),))
    made.looked(Round("eu", Ending.SEEN, report=report), 1.0, {"docker.io"})
    made.lagged(0.1)
    made.judged(Opinion(SHOWN, "T1/U1", Judgement.RIGHT, NOW))
    made.foretold(Foretold("eu", trouble="forbidden"))
    made.foretold(Foretold("eu", Outlook("eu", NOW), {Kind.TOKEN: 1}))
    made.troubles.asked("docker.io", "2xx", {"docker.io"})
    sights = (Sight("eu", timedelta(minutes=1), NOW),)
    tally = Tally((Count("x", "open", 1),), (Count("y", "mended", 1),))
    standing = Standing(NOW, Phase.RUNNING, True, True, resting=("is_archived",), sights=sights)
    hearing = Hearing(True, NOW, {Restart.CUT: 1}, 2)
    told = {"webhook/ops": Backlog(1, NOW)}
    case = Case(tuple(LABELS), Severity.HIGH, NOW, 1)
    standing = replace(standing, cases=Cases((case,), {"eu": 1}))
    standing = replace(standing, watches={"eu": hearing}, posts=told, outside={("webhook/ops", "later"): 1})
    made.stood(replace(standing, backlog=Backlog(1, NOW), tally=tally))
    return made


def exposed() -> dict[str, set[str]]:
    """Every series that a replica at work exposes -> its labels."""
    found: dict[str, set[str]] = {}
    for line in meters().text().decode().splitlines():
        if not line.startswith("#"):
            name = re.split(r"[{ ]", line)[0]
            found.setdefault(name, set()).update(re.findall(r'(\w+)="', line))
    return found
