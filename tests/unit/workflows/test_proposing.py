"""What somebody wishes becomes a plan that others may approve, or is told why not; every refusal is recorded."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.facts.audit import Event
from bot.facts.cause import Ask, Expectation, Weight
from bot.facts.change import ANNOTATION, Risk
from bot.facts.evidence import Answer
from bot.facts.people import Grant
from bot.facts.proposal import Stage
from bot.ports.answering import Nothing, Question, Several
from bot.ports.keeping import Kind
from bot.ports.rehearsing import Declined, Reason
from bot.ports.repairing import Offers, Proposed, Wish, Words
from bot.remediation.drafting import SecretCopy
from bot.remediation.policy import Rule
from bot.wiring import Knowledge
from tests import repairing
from tests.cases import secret
from tests.fakes import objects
from tests.fakes.rehearsing import FakeRehearse
from tests.repairing import DANA, EVE, RULE, Bench, asking, broken
from tests.situations import account, deployed, failing, situation, workload


WEB = Question(("deploy/web",), "shop", "eu")
RECREATE = Wish(WEB, "recreate-pod")


@pytest.fixture
async def bench(known: Knowledge) -> Bench:
    """A cluster in which Deployment web fails."""
    made = Bench(known)
    await made.fill()
    return made


async def _asked(bench: Bench, wish: Wish = RECREATE, who: Any = DANA) -> Any:
    return await bench.repair.request(asking(who), wish)


def _refusals(bench: Bench) -> list[str]:
    return [each.entry.details["why"] for each in bench.ledger.chain if each.entry.event is Event.REFUSED]


async def test_a_wish_becomes_a_plan_that_waits(bench: Bench) -> None:
    """With its card in the channel that the routes give, stored with the record in one step."""
    answer = await _asked(bench)
    assert isinstance(answer, Proposed)
    made = answer.proposal
    assert answer.new
    assert (made.stage, made.channel, made.incident) == (Stage.WAITING, "#shop", "")
    assert (made.requester, made.requester_name) == ("T1/U1", "dana")
    assert (made.rule, made.approvers, made.needed) == ("approvals[0]: 1 of @sre", ("@sre",), 1)
    assert made.digest == made.plan.digest
    assert made.plan.expires == bench.clock.now() + timedelta(minutes=30)
    assert [str(each.key) for each in made.plan.writes] == ["Pod shop/web-1"]
    assert repairing.bodies(bench.ledger.letters) == ["card waiting 0"]
    entry = bench.ledger.chain[0].entry
    assert (entry.event, entry.actor, entry.plan, entry.digest) == (
        Event.REQUESTED,
        "T1/U1",
        made.id,
        made.digest,
    )
    assert entry.details["rule"] == "approvals[0]: 1 of @sre"


async def test_the_card_goes_where_the_routes_send_the_failing_pod(bench: Bench) -> None:
    """Case 8 of security.md: whoever asks, wherever they ask."""
    answer = await bench.repair.request(asking(DANA, ("C2", "#pay")), RECREATE)
    assert isinstance(answer, Proposed)
    assert answer.proposal.channel == "#shop"
    bench.terms = replace(bench.terms, routing=replace(repairing.ROUTES, routes=()))
    bench.repair.terms = bench.terms
    bench.clock.moment += timedelta(hours=1)
    nowhere = await _asked(bench)
    assert isinstance(nowhere, Nothing)
    assert "no route" in nowhere.message
    assert "no route" in _refusals(bench)[-1]


async def test_a_plan_stands_under_the_alert_that_it_is_for(bench: Bench) -> None:
    """Where that channel was told of one."""
    episode = await bench.alert()
    answer = await _asked(bench, Wish(action="recreate-pod", incident=episode.id.upper()))
    assert isinstance(answer, Proposed)
    assert answer.proposal.incident == episode.id
    assert (bench.ledger.letters[0].kind, bench.ledger.letters[0].under) == (Kind.MESSAGE, episode.id)


async def test_an_alert_elsewhere_has_no_say(bench: Bench) -> None:
    """Its thread is in another channel."""
    await bench.alert(channel="#pay")
    answer = await _asked(bench)
    assert isinstance(answer, Proposed)
    assert answer.proposal.incident == ""


async def test_several_workloads_behind_an_alert_are_asked_back(bench: Bench) -> None:
    """Only those that the asker may see; each choice is a question."""
    episode = await bench.alert("shop/web", "shop/api", "pay/cash")
    bench.govern(ask=(Grant(("*",), namespaces=("shop",)),), request=(Grant(("*",), namespaces=("shop",)),))
    answer = await _asked(bench, Wish(action="recreate-pod", incident=episode.id))
    assert isinstance(answer, Several)
    assert [each.label for each in answer.choices] == ["shop/Deployment/api", "shop/Deployment/web"]
    chosen = Wish(answer.choices[1].question, "recreate-pod")
    assert isinstance(await _asked(bench, chosen), Proposed)


async def test_an_alert_that_nobody_may_see_is_not_there(bench: Bench) -> None:
    """Case 8 of security.md: in the same words as one that never was; and one that is over says so."""
    episode = await bench.alert("pay/cash")
    missing = await _asked(bench, Wish(action="recreate-pod", incident="abcdefghjk"))
    assert isinstance(missing, Nothing)
    bench.govern(ask=(Grant(("*",), namespaces=("shop",)),))
    hidden = await _asked(bench, Wish(action="recreate-pod", incident=episode.id))
    assert isinstance(hidden, Nothing)
    assert hidden.message.replace(episode.id, "abcdefghjk") == missing.message


async def test_asking_twice_is_asking_once(bench: Bench) -> None:
    """While the first waits; two buttons for one thing would be approved twice."""
    first, second = await _asked(bench), await _asked(bench)
    assert isinstance(first, Proposed)
    assert isinstance(second, Proposed)
    assert (second.proposal.id, second.new) == (first.proposal.id, False)
    bench.clock.moment += timedelta(minutes=31)
    third = await _asked(bench)
    assert isinstance(third, Proposed)
    assert third.proposal.id != first.proposal.id


async def test_one_change_of_an_object_at_a_time(bench: Bench) -> None:
    """What is approved and not yet done is in the way."""
    first = await _asked(bench)
    assert isinstance(first, Proposed)
    await bench.ledger.save(replace(first.proposal, stage=Stage.RUNNING, digest="another"), ())
    other = replace(first.proposal.plan, action="other")
    stored = await bench.ledger.proposal(first.proposal.id)
    assert stored is not None
    await bench.ledger.save(replace(stored, plan=other), ())
    busy = await _asked(bench)
    assert isinstance(busy, Nothing)
    assert "under way" in busy.message


@pytest.mark.parametrize(
    ("changes", "who", "told"),
    [
        ({}, EVE, "you may not ask for changes"),
        ({"writers": frozenset()}, DANA, "no writer"),
        ({"rules": ()}, DANA, "no rule"),
        ({"rules": (replace(RULE, actions=("suspend",)),)}, DANA, "no rule"),
        ({"rules": (replace(RULE, risks=(Risk.HIGH,)),)}, DANA, "at low risk"),
    ],
)
async def test_what_the_rules_forbid_is_refused_and_recorded(
    bench: Bench, changes: dict[str, Any], who: Any, told: str
) -> None:
    """Case 6 of security.md: nothing is stored but who wanted what and why not."""
    bench.govern(**changes)
    answer = await _asked(bench, who=who)
    assert isinstance(answer, Nothing)
    assert told in answer.message
    assert told in _refusals(bench)[-1]
    entry = bench.ledger.chain[-1].entry
    assert (entry.actor, entry.cluster, entry.namespace) == (who.key, "eu", "shop")
    assert entry.details["action"] == "recreate-pod"
    assert not bench.ledger.letters


async def test_a_namespace_that_nobody_may_see_is_told_as_one_that_is_not_there(bench: Bench) -> None:
    """Case 8 of security.md: as the desk tells it."""
    bench.govern(ask=(Grant(("*",), namespaces=("pay",)),))
    hidden = await _asked(bench)
    missing = await _asked(bench, Wish(replace(WEB, namespace="nosuch"), "recreate-pod"))
    assert isinstance(hidden, Nothing)
    assert isinstance(missing, Nothing)
    assert hidden.message.replace("shop", "nosuch") == missing.message


async def test_the_rule_that_decides_is_the_one_for_the_plans_risk(bench: Bench) -> None:
    """Which the plan alone tells; its expiry and its approvers are those of that rule."""
    high = replace(RULE, risks=(Risk.HIGH,), approvers=("@none",), name="high")
    low = Rule(("*",), ("@sre",), expires=timedelta(minutes=5), quorum=2, name="low")
    bench.govern(rules=(high, low))
    answer = await _asked(bench)
    assert isinstance(answer, Proposed)
    assert (answer.proposal.needed, answer.proposal.rule) == (2, "low: 2 of @sre")
    assert answer.proposal.plan.expires == bench.clock.now() + timedelta(minutes=5)


async def test_a_change_beyond_their_view_is_not_told_as_a_namespace_that_is_not_there(bench: Bench) -> None:
    """They see the pod that fails; a node is everybody's, and only who sees all may ask for it."""
    nodes = [objects.named("Node", each, "", metadata={"uid": each}) for each in ("node-1", "node-2")]
    for each in nodes:
        each["status"] = {"conditions": [{"type": "Ready", "status": "True"}]}
    await bench.fill(*deployed(*broken()), *nodes)
    bench.cause = replace(bench.cause, remedies=("cordon-node",))
    bench.govern(ask=(Grant(("*",), namespaces=("shop",)),))
    answer = await _asked(bench, Wish(WEB, "cordon-node"))
    assert isinstance(answer, Nothing)
    assert "no namespace" not in answer.message
    assert "what all of eu shares" in answer.message
    assert not bench.ledger.letters
    assert len(_refusals(bench)) == 1


async def test_nobody_floods_the_approvers(bench: Bench) -> None:
    """A tenant's controller may change the workload all the time: each time it would be another plan."""
    bench.cause = replace(bench.cause, remedies=("suspend",))
    for number in range(12):
        web = workload("Deployment", "web")
        web["spec"]["paused"] = False if number % 2 else None
        web["metadata"]["uid"] = f"uid-{number}"
        body = [each for each in deployed(*broken()) if each["kind"] != "Deployment"]
        await bench.fill(*body, web)
        answer = await _asked(bench, Wish(WEB, "suspend"))
        assert isinstance(answer, Proposed if number < 10 else Nothing), answer
    assert len(bench.ledger.letters) == 10
    assert "10 plans that you asked for" in _refusals(bench)[-1]


async def test_what_is_only_guessed_is_never_changed(bench: Bench) -> None:
    """Nor what is experimental, nor what does not help, nor what a person has to do: these are words with commands."""
    manual = await _asked(bench, Wish(WEB, "manual"))
    assert isinstance(manual, Words)
    assert manual.why == "a person has to do it"
    useless = await _asked(bench, Wish(WEB, "cordon-node"))
    assert isinstance(useless, Words)
    assert "does not help here" in useless.why
    bench.stable = False
    experimental = await _asked(bench)
    assert isinstance(experimental, Words)
    assert "experimental" in experimental.why
    bench.cause = replace(bench.cause, symptoms=("disk-full",))
    guessed = await _asked(bench)
    assert isinstance(guessed, Words)
    assert "guess" in guessed.why
    assert not bench.ledger.letters


async def test_what_needs_nobodys_approval_is_told_at_once(bench: Bench) -> None:
    """Waiting is no change, whatever the rules are and whether the cluster has a writer."""
    for writers in (frozenset({"eu"}), frozenset[str]()):
        bench.govern(writers=writers, rules=())
        answer = await _asked(bench, Wish(WEB, "wait"), EVE)
        assert isinstance(answer, Words)
        assert answer.action == "wait"
    assert not bench.ledger.chain


async def test_what_the_api_server_would_refuse_becomes_no_plan(bench: Bench) -> None:
    """It is told in its words, and recorded."""
    (key,) = await _planned_keys(bench)
    bench.rehearse.refusals[key] = Declined(Reason.ADMISSION, "policy says no")
    bench.clock.moment += timedelta(hours=1)
    answer = await _asked(bench)
    assert isinstance(answer, Words)
    assert "policy says no" in answer.why
    assert "policy says no" in _refusals(bench)[-1]


async def _planned_keys(bench: Bench) -> list[Any]:
    answer = await _asked(bench)
    assert isinstance(answer, Proposed)
    return [each.key for each in answer.proposal.plan.writes]


async def test_what_does_not_fail_is_not_mended(bench: Bench) -> None:
    """And what is not there neither."""
    await bench.fill(*deployed(*broken(), objects.pod("well-1")))
    well = await _asked(bench, Wish(Question(("well-1",), "shop", "eu"), "recreate-pod"))
    assert isinstance(well, Nothing)
    assert "fails to get its image" in well.message
    nowhere = await _asked(bench, Wish(Question(("deploy/nosuch",), "shop", "eu"), "recreate-pod"))
    assert isinstance(nowhere, Nothing)
    odd = await _asked(bench, Wish(Question(("we$b",), "shop", "eu"), "recreate-pod"))
    assert isinstance(odd, Nothing)


async def test_words_that_say_too_little_are_asked_back(bench: Bench) -> None:
    """What, in which cluster, and which action."""
    nothing = await _asked(bench, Wish(action="recreate-pod"))
    assert isinstance(nothing, Nothing)
    assert "say what" in nothing.message
    unknown = await _asked(bench, Wish(WEB, "recreate-pods"))
    assert isinstance(unknown, Nothing)
    assert unknown.hint == "did you mean recreate-pod?"
    assert isinstance(await _asked(bench, Wish(WEB, "")), Nothing)
    bench.places["us"] = replace(bench.places["eu"], name="us")
    bench.reach.rules = replace(bench.reach.rules, places=bench.places)
    several = await _asked(bench, Wish(Question(("deploy/web",), "shop"), "recreate-pod"))
    assert isinstance(several, Several)
    elsewhere = await _asked(bench, Wish(replace(WEB, cluster="asia"), "recreate-pod"))
    assert isinstance(elsewhere, Nothing)


async def test_a_likely_cause_is_said_to_be_likely(bench: Bench) -> None:
    """Whoever approves should know."""
    asks = (("owner-is-gitops", Answer.NO), ("manifest-exists", Answer.NO))
    evidence = tuple(Ask((Expectation(*each),), Weight.MUST) for each in asks)
    bench.cause = replace(bench.cause, message_proves=False, evidence=evidence)
    answer = await _asked(bench)
    assert isinstance(answer, Proposed)
    assert "likely" in answer.proposal.plan.warnings[0]


async def test_offers_are_what_this_person_may_ask_for_here(bench: Bench) -> None:
    """The rest is words: what a person does, and what no rule allows."""
    bench.govern(rules=(replace(RULE, actions=("recreate-pod",)),))
    answer = await bench.repair.offers(asking(DANA), WEB)
    assert isinstance(answer, Offers)
    assert [each.action for each in answer.offers] == ["recreate-pod"]
    assert (answer.offers[0].title, answer.offers[0].question) == (
        "Do recreate-pod.",
        Question(("Deployment/web",), "shop", "eu"),
    )
    words = {each.action: each.why for each in answer.words}
    assert words.keys() == {"wait", "manual", "suspend"}
    assert "no rule" in words["suspend"]
    assert answer.told.documents
    for who in (EVE,):
        nobody = await bench.repair.offers(asking(who), WEB)
        assert isinstance(nobody, Offers)
        assert not nobody.offers
    assert isinstance(await bench.repair.offers(asking(DANA), Question()), Nothing)


async def test_pods_of_several_workloads_are_asked_back(bench: Bench) -> None:
    """By the workload that a person would edit."""
    other = broken("api-1", kind="StatefulSet", owner="api")
    await bench.fill(*deployed(*broken()), workload("StatefulSet", "api"), *other)
    answer = await bench.repair.offers(asking(DANA), Question(("web-1", "api-1"), "shop", "eu"))
    assert isinstance(answer, Several)
    assert [each.label for each in answer.choices] == ["shop/Deployment/web", "shop/StatefulSet/api"]


@pytest.mark.attack(28, "approval")
async def test_what_tenants_write_changes_nobodys_rights(bench: Bench) -> None:
    """Case 28 of security.md: labels and annotations choose neither approvers nor a channel that no route names."""
    written = {ANNOTATION: "plan-1", "imagepull/approvers": "*", "channel": "#evil"}
    meta = {"labels": written, "annotations": written, **failing()["metadata"]}
    pods = broken(metadata=meta)
    await bench.fill(*deployed(*pods))
    answer = await _asked(bench)
    assert isinstance(answer, Proposed)
    assert (answer.proposal.channel, answer.proposal.approvers) == ("#shop", ("@sre",))


async def test_a_listed_secret_is_copied_for_who_does_not_see_where_it_stands(bench: Bench) -> None:
    """The operator listed it, and its owners approve; nothing else of its namespace is shown."""
    source = secret("login", "registry.example", namespace="platform")
    made = await situation(*deployed(*broken()), account(), secrets=[source])
    assert isinstance(made.rehearse, FakeRehearse)
    bench.reader, bench.rehearse = made.reader, made.rehearse
    bench.cause = replace(bench.cause, remedies=("copy-pull-secret",))
    pair = SecretCopy("platform", "login", ("shop",), ("registry.example",), ("@platform",))
    bench.govern(ask=(Grant(("*",), namespaces=("shop",)),), copies=(pair,))
    answer = await _asked(bench, Wish(WEB, "copy-pull-secret"))
    assert isinstance(answer, Proposed), answer
    assert answer.proposal.approvers == ("@sre", "@platform")
