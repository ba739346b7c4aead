"""The one authoriser: what is not clearly allowed is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.facts.change import Copying, ObjectKey, Plan, Premise, Risk, Verb, Write
from bot.facts.people import Asker, Grant, Person
from bot.facts.proposal import Approval, Proposal, Stage
from bot.remediation import hours, policy
from bot.remediation.drafting import SecretCopy
from bot.remediation.policy import Policy, Rate, Rule
from tests import fixes


# A Monday.
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DANA = Person("U1", "T1", "dana", frozenset({"@developers"}))
ROBIN = Person("U2", "T1", "robin", frozenset({"@sre", "S2"}))
SAM = Person("U3", "T1", "sam", frozenset({"@sre", "@platform"}))
GUEST = Person("U9", "T1", "gus", frozenset({"@sre"}), outside=True)
RULE = Rule(("roll-back",), ("@sre",), name="approvals[0]")
POLICY = Policy((RULE,), (Grant(("@developers",)),), (Grant(("*",)),), writers=frozenset({"eu"}))
WRITE = Write(Verb.PATCH, ObjectKey("Deployment", "shop", "web"), "u1", "{}")
PLAN = Plan(
    "p1",
    "roll-back",
    Risk.MEDIUM,
    "eu",
    (WRITE,),
    Premise("shop", "Deployment/web", "web", "a.example/web:2", "tag-missing"),
    "Roll back web",
    NOW,
    NOW + timedelta(minutes=30),
)
PROPOSAL = Proposal(PLAN, Stage.WAITING, "T1/U1", "dana", "#shop")
COPY = SecretCopy("platform", "regcred", ("shop",), ("a.example",), ("@platform",))
COPIED = Write(
    Verb.COPY,
    ObjectKey("Secret", "shop", "regcred"),
    copying=Copying(
        ObjectKey("Secret", "platform", "regcred"), "u2", "7", (".dockerconfigjson",), "a.example"
    ),
)
COPYING = replace(PLAN, action="copy-pull-secret", writes=(COPIED,))
COPIES = replace(POLICY, rules=(replace(RULE, actions=("*",)),), copies=(COPY,))


def _rules(*rules: Rule) -> Policy:
    return replace(POLICY, rules=rules)


def _approve(person: Person, of: Policy = POLICY, plan: Plan = PLAN, now: datetime = NOW) -> policy.Ruling:
    return of.may_approve(Asker(person, "C1", "#shop"), replace(PROPOSAL, plan=plan), now)


def test_nothing_is_allowed_until_somebody_writes_it() -> None:
    """Read-only by default: nobody asks, nobody approves, no button shows."""
    nothing = Policy(ask=(Grant(("*",)),))
    assert not nothing.may_ask(Asker(DANA), "roll-back", "eu", "shop").allowed
    assert not nothing.may_request(Asker(DANA), PLAN, NOW).allowed
    assert not _approve(ROBIN, nothing).allowed
    assert nothing.offered("eu", "shop", ("roll-back",)) == ()
    assert nothing.approvers(PLAN) == ()


def test_who_is_granted_both_may_have_it_planned_and_shown() -> None:
    """Asking for changes is granted apart from asking."""
    asker = Asker(DANA)
    assert POLICY.may_ask(asker, "roll-back", "eu", "shop").allowed
    ruling = POLICY.may_request(asker, PLAN, NOW)
    assert (ruling.allowed, ruling.rule, ruling.recorded) == (True, RULE, "approvals[0]: 1 of @sre")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"writers": frozenset()}, "no writer"),
        ({"request": ()}, "you may not ask for changes"),
        ({"request": (Grant(("@developers",), ("us",)),)}, "you may not ask for changes"),
        ({"request": (Grant(("@developers",), namespaces=("pay",)),)}, "you may not ask for changes"),
        ({"rules": ()}, "no rule"),
        ({"rules": (replace(RULE, approvers=()),)}, "nobody who must approve"),
        ({"rules": (replace(RULE, approvers=("*",)),)}, "nobody who must approve"),
        ({"rules": (replace(RULE, quorum=0),)}, "nobody who must approve"),
    ],
)
def test_a_request_that_something_forbids_is_refused_with_the_reason(
    changes: dict[str, object], told: str
) -> None:
    """Each of them is enough, and a rule that asks nobody allows nothing."""
    of = replace(POLICY, **changes)  # type: ignore[arg-type]
    ruling = of.may_request(Asker(DANA), PLAN, NOW)
    assert not ruling.allowed
    assert not ruling.hidden
    assert told in ruling.why
    assert not of.may_ask(Asker(DANA), "roll-back", "eu", "shop").allowed


def test_what_an_asker_may_not_see_is_hidden_whatever_else_forbids_it() -> None:
    """Case 8 of security.md: no refusal tells that a namespace, a cluster or a plan is there."""
    blind = replace(POLICY, ask=(Grant(("*",), ("eu",), ("pay",)),))
    for ruling in (
        blind.may_ask(Asker(DANA), "roll-back", "eu", "shop"),
        blind.may_ask(Asker(DANA), "roll-back", "us", "shop"),
        blind.may_request(Asker(DANA), PLAN, NOW),
        _approve(ROBIN, blind),
        blind.may_decline(Asker(ROBIN), PROPOSAL),
    ):
        assert ruling.hidden
        assert not ruling.allowed
        assert "shop" not in ruling.why


@pytest.mark.parametrize(
    "rule",
    [
        replace(RULE, actions=("roll",)),
        replace(RULE, actions=("roll-*",)),
        replace(RULE, actions=()),
        replace(RULE, clusters=("us", "eu-*")),
        replace(RULE, namespaces=("team-*",)),
        replace(RULE, risks=(Risk.LOW,)),
        replace(RULE, risks=()),
    ],
)
def test_a_rule_speaks_of_what_it_names_alone(rule: Rule) -> None:
    """An action is named by its id or by ``*``; places by names or patterns."""
    ruling = _rules(rule).may_request(Asker(DANA), PLAN, NOW)
    assert "no rule" in ruling.why
    assert "shop" in ruling.why


def test_the_first_rule_that_covers_decides() -> None:
    """As with routes: a later one that allows more changes nothing, and one that covers less is passed over."""
    strict = replace(RULE, actions=("*",), approvers=("@platform",), quorum=2, name="strict")
    other = replace(strict, clusters=("us",), name="other")
    of = _rules(other, strict, RULE)
    assert of.rule(PLAN) == strict
    assert not _approve(ROBIN, of).allowed
    assert _approve(SAM, of).allowed
    assert of.approvers(PLAN) == ("@platform",)


def test_a_rule_that_allows_nothing_still_decides() -> None:
    """What the operator misspelled does not open the way to the next rule."""
    assert not _rules(replace(RULE, approvers=()), RULE).may_request(Asker(DANA), PLAN, NOW).allowed


def test_any_rule_that_may_decide_is_a_candidate() -> None:
    """Before a plan is there nobody knows its risk, nor whether it changes something without a namespace."""
    low = replace(RULE, risks=(Risk.LOW,), namespaces=("shop",), name="low")
    rest = replace(RULE, name="rest")
    assert _rules(low, rest).candidates("roll-back", "eu", "shop") == (low, rest)
    assert _rules(low).candidates("roll-back", "eu", "pay") == ()


def test_what_has_no_namespace_is_covered_by_everything_alone() -> None:
    """A node is nobody's namespace: neither a rule, nor a grant, nor a view of some namespaces reaches it."""
    node = replace(PLAN, writes=(Write(Verb.PATCH, ObjectKey("Node", "", "n1"), "u9", "{}"),))
    assert policy.place(node) == ""
    assert policy.place(PLAN) == "shop"
    assert POLICY.may_request(Asker(DANA), node, NOW).allowed
    for changes in (
        {"rules": (replace(RULE, namespaces=("shop", "?*", "[!x]*")),)},
        {"request": (Grant(("@developers",), namespaces=("shop",)),)},
        {"ask": (Grant(("*",), namespaces=("shop",)),)},
    ):
        of = replace(POLICY, **changes)  # type: ignore[arg-type]
        assert not of.may_request(Asker(DANA), node, NOW).allowed


def test_a_plan_that_reaches_into_another_namespace_goes_by_the_rules_for_everything() -> None:
    """Who may change one namespace does not get at a second one by a plan for the first."""
    other = Write(Verb.PATCH, ObjectKey("Deployment", "pay", "api"), "u3", "{}")
    both = replace(PLAN, writes=(WRITE, other))
    assert not _rules(replace(RULE, namespaces=("shop", "pay"))).may_request(Asker(DANA), both, NOW).allowed


@pytest.mark.parametrize(
    ("approvers", "person", "counts"),
    [
        (("@sre",), ROBIN, True),
        (("S2",), ROBIN, True),
        (("U2",), ROBIN, True),
        (("T1/U2",), ROBIN, True),
        (("T2/U2",), ROBIN, False),
        (("@sre",), DANA, False),
        (("*", "@nobody"), ROBIN, False),
        (("#shop", "C1", "@nobody"), ROBIN, False),
        (("@sre",), GUEST, False),
        (("U9",), GUEST, False),
        (("T1/U9",), GUEST, False),  # named, but sees nothing
        (("@sre",), replace(ROBIN, outside=True), False),
        (("@sre",), replace(ROBIN, team="T2", outside=True), False),
        (("@sre",), replace(ROBIN, groups=frozenset()), False),
        (("@sre", ""), Person("", "", groups=frozenset({"@sre", ""})), False),
    ],
)
def test_approvers_are_those_who_are_named(approvers: tuple[str, ...], person: Person, counts: bool) -> None:
    """Case 6 of security.md: no guest, bot, stranger or former member of a group, and nobody for where they click."""
    assert _approve(person, _rules(replace(RULE, approvers=approvers))).allowed is counts


def test_a_guest_may_approve_where_the_operator_names_them_for_both() -> None:
    """By team and id, to see it and to approve it."""
    of = replace(_rules(replace(RULE, approvers=("T1/U9",))), ask=(Grant(("T1/U9",)),))
    assert _approve(GUEST, of).allowed


@pytest.mark.attack(7, "own yes")
def test_the_yes_of_who_asked_counts_only_where_the_rule_says_so() -> None:
    """Case 7 of security.md."""
    own = replace(PROPOSAL, requester="T1/U2")
    asker = Asker(ROBIN)
    assert "other than who asked" in POLICY.may_approve(asker, own, NOW).why
    assert not POLICY.enough(own, [asker], NOW).allowed
    lenient = _rules(replace(RULE, requester_counts=True))
    assert lenient.enough(own, [asker], NOW).allowed


def test_two_persons_are_two_persons() -> None:
    """Case 7 of security.md: neither the same one twice nor the requester beside one other makes two."""
    two = _rules(replace(RULE, quorum=2))
    robin, sam = Asker(ROBIN, "C1"), Asker(SAM, "C1")
    assert "1 more" in two.enough(PROPOSAL, [robin], NOW).why
    assert not two.enough(PROPOSAL, [robin, replace(robin, channel="C2")], NOW).allowed
    assert not two.enough(replace(PROPOSAL, requester="T1/U2"), [robin, sam], NOW).allowed
    assert two.enough(PROPOSAL, [robin, sam], NOW).allowed


def test_an_approver_who_left_since_does_not_count() -> None:
    """Case 6 of security.md: who they are is asked again when the last yes comes."""
    two = _rules(replace(RULE, quorum=2))
    left = Asker(replace(ROBIN, groups=frozenset()))
    assert not two.enough(PROPOSAL, [left, Asker(SAM)], NOW).allowed


def test_outside_the_allowed_hours_nothing_is_asked_for_or_approved() -> None:
    """With the hours in the refusal."""
    of = _rules(replace(RULE, hours=hours.read("Mon 08:00-18:00 UTC", ZoneInfo)))
    late = NOW + timedelta(hours=6)
    assert of.may_request(Asker(DANA), PLAN, NOW).allowed
    assert "Mon 08:00-18:00 UTC only" in of.may_request(Asker(DANA), PLAN, late).why
    assert not _approve(ROBIN, of, now=late).allowed
    assert not of.enough(PROPOSAL, [Asker(ROBIN)], late).allowed
    assert of.may_decline(Asker(ROBIN), PROPOSAL).allowed


def test_a_writer_that_was_taken_away_ends_all_approving() -> None:
    """Also of what was asked for while there was one."""
    assert "no writer" in _approve(ROBIN, replace(POLICY, writers=frozenset())).why


def test_a_copy_needs_the_owners_of_what_is_copied() -> None:
    """Whatever the rules say beyond that; the requester's own yes is never the owners'."""
    copying = replace(PROPOSAL, plan=COPYING)
    robin, sam = Asker(ROBIN), Asker(SAM)
    assert COPIES.approvers(COPYING) == ("@sre", "@platform")
    assert _approve(ROBIN, COPIES, COPYING).allowed
    assert "own what is copied" in COPIES.enough(copying, [robin], NOW).why
    assert COPIES.enough(copying, [sam], NOW).allowed
    assert COPIES.enough(copying, [robin, sam], NOW).allowed
    lenient = replace(COPIES, rules=(replace(COPIES.rules[0], requester_counts=True, quorum=1),))
    own = replace(copying, requester=SAM.key)
    assert not lenient.enough(own, [sam], NOW).allowed
    assert not lenient.enough(own, [sam, robin], NOW).allowed


@pytest.mark.parametrize(
    "copies",
    [
        (),
        (replace(COPY, namespace="other"),),
        (replace(COPY, name="other"),),
        (replace(COPY, to=("pay",)),),
        (replace(COPY, registries=("b.example",)),),
        (replace(COPY, approvers=()),),
    ],
)
def test_a_copy_that_the_settings_do_not_name_is_refused(copies: tuple[SecretCopy, ...]) -> None:
    """Also where they named it when it was asked for: source, destination and registry, each."""
    of = replace(COPIES, copies=copies)
    assert "secrets.copies" in of.may_request(Asker(DANA), COPYING, NOW).why
    assert not _approve(SAM, of, COPYING).allowed
    assert not _approve(SAM, COPIES, replace(COPYING, writes=(replace(COPIED, copying=None),))).allowed


def test_docker_hub_is_one_registry_under_its_two_names() -> None:
    """Its credentials stand under another name than its images."""
    copying = replace(COPIED.copying, entry="https://index.docker.io/v1/") if COPIED.copying else None
    of = replace(COPIES, copies=(replace(COPY, registries=("docker.io",)),))
    plan = replace(COPYING, writes=(replace(COPIED, copying=copying),))
    assert of.may_request(Asker(DANA), plan, NOW).allowed


def test_no_is_said_by_approvers_and_by_who_asked() -> None:
    """And by nobody else; once no rule covers it any more, by those who could have approved it."""
    assert POLICY.may_decline(Asker(ROBIN), PROPOSAL).allowed
    assert POLICY.may_decline(Asker(DANA), PROPOSAL).allowed
    assert not POLICY.may_decline(Asker(replace(DANA, id="U7")), PROPOSAL).allowed
    without = _rules()
    assert without.may_decline(Asker(ROBIN), replace(PROPOSAL, approvers=("@sre",))).allowed
    assert not without.may_decline(Asker(ROBIN), PROPOSAL).allowed


@pytest.mark.attack("T3", "hidden without it")
def test_buttons_are_shown_for_what_somebody_could_get_done() -> None:
    """Without a writer, a rule or anybody who may ask there is none; a copy needs its entry in the settings."""
    actions = ("roll-back", "copy-pull-secret", "set-image")
    assert POLICY.offered("eu", "shop", actions) == ("roll-back",)
    assert POLICY.offered("us", "shop", actions) == ()
    assert COPIES.offered("eu", "shop", actions) == actions
    assert COPIES.offered("eu", "pay", actions) == ("roll-back", "set-image")
    assert replace(POLICY, request=()).offered("eu", "shop", actions) == ()
    assert (
        replace(POLICY, request=(Grant(("U1",), namespaces=("pay",)),)).offered("eu", "shop", actions) == ()
    )
    assert _rules(replace(RULE, quorum=0)).offered("eu", "shop", actions) == ()
    nodes = _rules(replace(RULE, risks=(Risk.HIGH,)))
    assert nodes.offered("eu", "shop", actions) == ("roll-back",)


def test_limits_and_rates_are_the_operators() -> None:
    """What a rule does not say is as careful as it gets."""
    rule = replace(RULE, repositories=("a.example/*",), gitops=True)
    limits = COPIES.limits(rule, {"docker.io": "mirror.example"})
    assert (limits.repositories, limits.gitops) == (("a.example/*",), True)
    assert (limits.copies, limits.mirrors) == ((COPY,), {"docker.io": "mirror.example"})
    assert POLICY.rate("eu") == Rate(20, timedelta(hours=1))
    assert replace(POLICY, rates={"eu": Rate(1)}).rate("eu").most == 1
    assert str(Rule(("*",), ("@sre", "U1"), quorum=2)) == "2 of @sre, U1"


@pytest.mark.attack(28, "approval")
@pytest.mark.parametrize("written", ["approver", "T1/U1", "@sre", "#ops"])
def test_what_tenants_write_widens_nothing(written: str) -> None:
    """Case 28 of security.md: a ruling takes people, rules and the plan, and no word of a pod or workload is in them."""
    spoken = replace(
        PLAN,
        premise=replace(PLAN.premise, workload=f"Deployment/{written}", container=written, cause=written),
        headline=written,
        warnings=(written,),
    )
    assert POLICY.rule(spoken) == POLICY.rule(PLAN)
    assert POLICY.approvers(spoken) == POLICY.approvers(PLAN)
    assert not _approve(DANA, plan=spoken).allowed


YES = (Approval("T1/U2", "robin", "approvals[0]", NOW),)
APPROVED = replace(PROPOSAL, stage=Stage.APPROVED, approvers=("@sre",), limits=RULE.limits, approvals=YES)


@pytest.mark.parametrize(
    "rule",
    [
        replace(RULE, quorum=2),
        replace(RULE, approvers=("@platform",)),
        replace(RULE, gitops=True),
        replace(RULE, repositories=("a.example/*",)),
        replace(RULE, namespaces=("pay",)),
        replace(RULE, approvers=()),
    ],
)
def test_what_was_approved_under_another_rule_is_not_begun(rule: Rule) -> None:
    """Between the last yes and the first write nobody is looked up: who may say yes must be who might then."""
    assert POLICY.may_begin(APPROVED, NOW).allowed
    assert not _rules(rule).may_begin(APPROVED, NOW).allowed


def test_more_approvers_take_nothing_from_a_yes() -> None:
    """Nor does another rule before it that is about something else."""
    wider = replace(RULE, approvers=("@platform", "@sre"), name="approvals[1]")
    assert _rules(replace(RULE, namespaces=("pay",)), wider).may_begin(APPROVED, NOW).allowed


def test_the_requesters_own_yes_is_worth_what_the_rule_of_now_says() -> None:
    """Case 7 of security.md: it counted when it was given, and does not by the time of the first write."""
    own = replace(APPROVED, requester="T1/U2")
    assert not POLICY.may_begin(own, NOW).allowed
    assert _rules(replace(RULE, requester_counts=True)).may_begin(own, NOW).allowed


def test_a_plan_made_within_wider_limits_is_not_approved_any_more() -> None:
    """It may change what something else owns, or take an image from where none is taken any more."""
    wide = replace(RULE, gitops=True, repositories=("b.example/*",))
    waiting, robin = replace(PROPOSAL, limits=wide.limits), Asker(ROBIN, "C1", "#shop")
    assert _rules(wide).may_approve(robin, waiting, NOW).allowed
    ruling = POLICY.may_approve(robin, waiting, NOW)
    assert not ruling.allowed
    assert "ask for a new plan" in ruling.why
    assert not POLICY.enough(waiting, [robin], NOW).allowed


ASKING = replace(PLAN, action="ask-node", cluster=fixes.SPOT.cluster, writes=(fixes.ASK,))
ASKS = Policy(
    (Rule(("ask-node",), ("@sre",)),),
    (Grant(("@developers",)),),
    (Grant(("*",)),),
    writers=frozenset({ASKING.cluster}),
    site=fixes.SITE,
)


def test_a_node_is_asked_only_as_the_settings_say_now() -> None:
    """With their image, in their namespace, and not at all where they say nothing of it."""
    assert ASKS.may_run(ASKING, NOW).allowed
    other = replace(fixes.SITE, image="other.example/imagepull:1")
    for site in (None, other, replace(fixes.SITE, namespace="other")):
        ruling = replace(ASKS, site=site).may_run(ASKING, NOW)
        assert (ruling.allowed, ruling.why) == (False, "`witness` in the settings does not allow that")
    assert replace(ASKS, site=None).offered(ASKING.cluster, "shop", ["ask-node"]) == ()
    assert ASKS.offered(ASKING.cluster, "shop", ["ask-node"]) == ("ask-node",)


@pytest.mark.attack("T4", "altered plan")
@pytest.mark.parametrize("action", ["ask-node", "roll-back"])
def test_nothing_else_is_ever_created(action: str) -> None:
    """Whatever a plan calls itself, and whoever altered it."""
    allowing = replace(ASKS, rules=(Rule(("*",), ("@sre",)),))
    miner = fixes.ASK.patch.replace("bot.witness", "http.server")
    for write in (
        replace(fixes.ASK, patch=miner),
        replace(fixes.ASK, patch="{}"),
        replace(fixes.ASK, key=ObjectKey("Pod", "shop", "web")),
    ):
        assert not allowing.may_run(replace(ASKING, action=action, writes=(write,)), NOW).allowed


def test_who_asks_a_node_sees_all_of_its_cluster() -> None:
    """A node is everybody's: a rule for some namespaces does not cover it."""
    narrow = replace(ASKS, rules=(Rule(("ask-node",), ("@sre",), namespaces=("shop",)),))
    assert not narrow.may_run(ASKING, NOW).allowed
    one = replace(ASKS, request=(Grant(("@developers",), namespaces=("shop",)),))
    assert not one.may_request(Asker(DANA), ASKING, NOW).allowed
