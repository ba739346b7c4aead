"""What a node says counts where it is the pod that was approved, there, about that, and now; nothing else does."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.facts.audit import Event, broken
from bot.facts.change import ANNOTATION, Write
from bot.facts.proposal import Proposal, Stage
from bot.facts.statement import Connection, Seen, Statement, Word
from bot.facts.testimony import Fault
from bot.ports.rehearsing import Declined, Reason
from bot.remediation import executing, looking
from bot.remediation.holding import Holding
from bot.remediation.looking import DEADLINE, Ears, Listening
from tests import fixes
from tests.fakes.changing import Cluster, Object
from tests.fakes.holding import Clock, means
from tests.fakes.ledger import MemoryLedger


HOST = fixes.SPOT.host
WELL = Seen(
    HOST,
    443,
    addresses=("10.0.0.7",),
    connections=(Connection("10.0.0.7"),),
    tls_asked=True,
    issuer="corp-ca",
    status=401,
    registry=True,
)
KEY = fixes.ASK.key
UNCLEAR = Declined(Reason.UNCLEAR, "no answer")


def _spec() -> Object:
    found: Object = json.loads(fixes.ASK.patch)["spec"]["template"]["spec"]
    return found


class Field:
    """A Job that was made, whose pod will have said something."""

    def __init__(self) -> None:
        self.cluster, self.ledger, self.clock = Cluster(), MemoryLedger(), Clock(fixes.NOW)
        made = json.loads(fixes.ASK.patch)
        meta = {**made["metadata"], "annotations": {ANNOTATION: "p1"}}
        self.cluster.put(KEY, "uid-job", apiVersion="batch/v1", metadata=meta, spec=made["spec"])
        self.kept: list[Statement] = []

    def says(self, seen: Seen | None = WELL, after: float = 5, **changes: Any) -> None:
        """Have its pod end, so many seconds after it was asked."""
        word = Word(_spec(), fixes.NOW + timedelta(seconds=after), seen)
        self.cluster.said = (replace(word, **changes),)

    async def run(self, write: Write = fixes.ASK) -> Proposal:
        """Wait for it."""
        plan = fixes.plan(write, action="ask-node")
        stored = replace(fixes.proposal(plan, Stage.WATCHING), done=1, sent_at=fixes.NOW)
        given = means(self.ledger, self.clock)
        held = Holding(await self.ledger.save(stored, ()), given)
        clear = partial(executing.clear, held, self.cluster)
        ears = Ears(self.cluster.read, self.cluster.words, self._keep, clear)
        return await Listening(held, given, ears).run()

    async def _keep(self, statement: Statement) -> None:
        self.kept.append(statement)


async def test_what_the_node_says_is_kept_and_told_and_its_job_taken_away() -> None:
    """With the plan's id and the time of the node, and recorded."""
    field = Field()
    field.clock.moment += timedelta(seconds=9)
    field.says()
    ended = await field.run()
    assert ended.stage is Stage.MENDED
    assert ended.outcome == (
        "node-a says of registry.corp.example:443: its name is 10.0.0.7; 10.0.0.7 takes connections; "
        "the certificate issued by corp-ca holds; HTTP 401"
    )
    assert field.kept == [Statement(fixes.SPOT, WELL, fixes.NOW + timedelta(seconds=5), "p1")]
    assert KEY not in field.cluster.objects
    assert field.ledger.events == [Event.SENT, Event.ANSWERED, Event.VERIFIED]
    assert not broken(field.ledger.chain)


@pytest.mark.attack("T4", "another host")
@pytest.mark.attack("T4", "another node")
@pytest.mark.attack("T4", "old word")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seen": None}, "nothing to be believed"),
        ({"seen": replace(WELL, host="other.example")}, "about another host"),
        ({"seen": replace(WELL, port=5000)}, "about another host"),
        ({"after": -3600}, "not of now"),
        ({"after": 3600}, "not of now"),
        ({"spec": {**_spec(), "nodeName": "node-b"}}, "not the one that was approved: nodeName"),
        ({"spec": {**_spec(), "hostNetwork": False}}, "not the one that was approved: hostNetwork"),
        ({"spec": {}}, "not the one that was approved"),
    ],
)
async def test_what_is_not_the_answer_is_nobodys_word(changes: dict[str, Any], said: str) -> None:
    """Another node, another host, another time, another pod, or rubbish: nothing is kept, and the Job goes all the same."""
    field = Field()
    field.says(**changes)
    ended = await field.run()
    assert ended.stage is Stage.UNMENDED
    assert said in ended.outcome
    assert field.kept == []
    assert KEY not in field.cluster.objects


async def test_two_pods_are_one_too_many() -> None:
    """One of them is somebody else's."""
    field = Field()
    field.says()
    assert isinstance(field.cluster.said, tuple)
    field.cluster.said *= 2
    assert "more than one pod" in (await field.run()).outcome
    assert field.kept == []


async def test_an_image_that_is_not_there_is_told_with_its_remedy() -> None:
    """At once, and not after the Job's end."""
    field = Field()
    field.says(None, reason="ErrImageNeverPull", ended=None)
    ended = await field.run()
    assert ended.stage is Stage.UNMENDED
    assert "a.example/imagepull:1 is not on that node (ErrImageNeverPull)" in ended.outcome
    assert "witness-preload" in ended.outcome
    assert field.clock.waited == []


def _failed(body: Object) -> None:
    body["status"] = {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]}


def _other_plan(body: Object) -> None:
    body["metadata"]["annotations"][ANNOTATION] = "p2"


def _other_image(body: Object) -> None:
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "evil.example/x"


@pytest.mark.parametrize(
    ("change", "said", "stays"),
    [
        (_failed, "the Job failed: DeadlineExceeded", False),
        (_other_plan, "is another one by now", True),
        (_other_image, "another Job was made than the one that was approved", False),
    ],
)
async def test_a_job_that_will_say_nothing_is_not_waited_for(
    change: Callable[[Object], None], said: str, stays: bool
) -> None:
    """And one of another plan is left alone."""
    field = Field()
    field.cluster.edit(KEY, change)
    ended = await field.run()
    assert (ended.stage, said in ended.outcome) == (Stage.UNMENDED, True)
    assert (KEY in field.cluster.objects) is stays
    assert field.clock.waited == []


async def test_a_job_that_is_gone_has_said_nothing() -> None:
    """Nobody heard it in time."""
    field = Field()
    del field.cluster.objects[KEY]
    ended = await field.run()
    assert "the Job is gone" in ended.outcome
    assert field.ledger.events == [Event.VERIFIED]


@pytest.mark.parametrize("said", [(), UNCLEAR, (Word(_spec(), reason="ContainerCreating"),)])
async def test_nobody_is_waited_for_for_ever(said: Any) -> None:
    """Where no pod comes, or none can be seen, or it does not end."""
    field = Field()
    field.cluster.said = said
    ended = await field.run()
    assert ended.stage is Stage.UNMENDED
    assert field.clock.moment - fixes.NOW >= DEADLINE
    assert KEY not in field.cluster.objects


async def test_what_cannot_be_seen_for_a_moment_is_looked_at_again() -> None:
    """An API server that is away is no answer."""
    field = Field()
    field.says()
    field.cluster.reads = [UNCLEAR, UNCLEAR]
    assert (await field.run()).stage is Stage.MENDED


async def test_a_job_that_cannot_be_taken_away_goes_by_itself() -> None:
    """What the API server said is recorded, and what the node said counts."""
    field = Field()
    field.says()
    field.cluster.faults = [Declined(Reason.FORBIDDEN, "may not delete")]
    ended = await field.run()
    assert ended.stage is Stage.MENDED
    told = [each.entry.details.get("answer") for each in field.ledger.chain]
    assert told == [None, "forbidden", None]


async def test_a_plan_that_asks_no_node_is_not_waited_for() -> None:
    """Whoever altered it."""
    other = copy.deepcopy(json.loads(fixes.ASK.patch))
    other["spec"]["template"]["spec"]["volumes"] = [{"name": "a"}]
    ended = await Field().run(replace(fixes.ASK, patch=json.dumps(other)))
    assert ended.stage is Stage.UNKNOWN


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Seen(HOST, 443, resolve=Fault.DNS_NO_ANSWER), "no address (dns-no-answer)"),
        (
            replace(
                WELL, connections=(Connection("10.0.0.7", Fault.CONNECT_TIMEOUT),), tls_asked=False, status=0
            ),
            "10.0.0.7 takes no connection (connect-timeout)",
        ),
        (
            replace(WELL, tls=Fault.TLS_UNKNOWN_AUTHORITY),
            "issued by corp-ca does not hold (tls-unknown-authority); HTTP 401",
        ),
        (replace(WELL, status=200, registry=False), "HTTP 200, and not a registry"),
        (replace(WELL, status=0, answer=Fault.RESPONSE_TIMEOUT), "no answer (response-timeout)"),
    ],
)
def test_what_was_seen_is_told_in_a_line(seen: Seen, said: str) -> None:
    """Down to where the road ends."""
    assert looking.told(fixes.SPOT, seen).endswith(said)
