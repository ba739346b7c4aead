"""Who may have something changed: somebody and a change in, a ruling out. The one place that decides it.

Every entry (button, command, modal) asks here, and whoever carries a change out asks again. The first rule that covers a
change decides; where none does, nothing is changed. What does not say clearly that it is allowed is not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final

from bot.facts import people
from bot.facts.change import LOOKING, Plan, Risk, Verb, Write, spelled
from bot.facts.image import DOCKER_HUB
from bot.facts.people import EVERYBODY, Asker, Grant, Person
from bot.facts.proposal import Proposal
from bot.remediation import witnessing
from bot.remediation.drafting import Limits, SecretCopy
from bot.remediation.hours import Hours
from bot.remediation.witnessing import Site


# The action that takes from one namespace what another one gets, and needs the owners of what is taken.
_COPYING: Final = "copy-pull-secret"
# What credentials for Docker Hub stand under: https://github.com/docker/cli/blob/master/cli/config/configfile/file.go
_HUB_KEYS: Final = frozenset({"index.docker.io", "registry-1.docker.io"})


@dataclass(frozen=True, slots=True)
class Rate:
    """How many changes are begun in a cluster at most.

    Attributes:
        most: so many.
        within: in so long.
    """

    most: int = 20
    within: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """Some changes, and who must say yes to them.

    Attributes:
        actions: ids, or ``*``.
        approvers: ``@group``, a group's id, a person's (``U…``, or ``T…/U…``). Never ``*`` and never a channel.
        clusters: names or patterns.
        namespaces: names or patterns; what has no namespace is covered by ``*`` alone.
        quorum: how many must say yes.
        requester_counts: whether the yes of who asked for it is one of them.
        expires: how long a plan can be approved.
        hours: when it may be asked for, approved and begun; None for always.
        repositories: that an image may be taken from besides.
        gitops: whether what something else owns may be changed.
        name: which rule it is, for the record: ``approvals[0]``.
    """

    actions: tuple[str, ...]
    approvers: tuple[str, ...]
    clusters: tuple[str, ...] = (EVERYBODY,)
    namespaces: tuple[str, ...] = (EVERYBODY,)
    risks: tuple[Risk, ...] = tuple(Risk)
    quorum: int = 1
    requester_counts: bool = False
    expires: timedelta = timedelta(minutes=30)
    hours: Hours | None = None
    repositories: tuple[str, ...] = ()
    gitops: bool = False
    name: str = ""

    def __str__(self) -> str:
        who = f"{self.quorum} of {', '.join(self.approvers)}"
        return f"{self.name}: {who}" if self.name else who

    @property
    def limits(self) -> str:
        """How far a plan under it may go, to tell whether it changed since one was made."""
        return spelled([self.gitops, sorted(self.repositories)])

    def covers(self, action: str, cluster: str, namespace: str, risk: Risk) -> bool:
        """Whether it speaks of such a change."""
        return (
            (action in self.actions or EVERYBODY in self.actions)
            and risk in self.risks
            and _among(self.clusters, cluster)
            and _among(self.namespaces, namespace)
        )


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided.

    Attributes:
        rule: that decided; None where none covers it.
        why: it is not allowed, in words without a full stop; "" where it is.
        hidden: whoever asks may not see it: answer as if it did not exist.
    """

    allowed: bool
    rule: Rule | None = None
    why: str = ""
    hidden: bool = False

    @property
    def recorded(self) -> str:
        """The rule in words, for the record; "" where there is none."""
        return str(self.rule) if self.rule else ""


@dataclass(frozen=True, slots=True)
class Policy:
    """All that the operator allows.

    Attributes:
        rules: in the order in which they are tried.
        request: who may ask for changes.
        ask: who may see what.
        copies: pull secrets that may be copied, with those who must say yes.
        rates: cluster -> how many changes are begun there at most; what is in none has the default.
        writers: the clusters that have an identity to change them with.
        site: where nodes may be asked from; None for nowhere.
        hosts: the registries that the settings name.
    """

    rules: tuple[Rule, ...] = ()
    request: tuple[Grant, ...] = ()
    ask: tuple[Grant, ...] = ()
    copies: tuple[SecretCopy, ...] = ()
    rates: Mapping[str, Rate] = field(default_factory=dict)
    writers: frozenset[str] = frozenset()
    site: Site | None = None
    hosts: frozenset[str] = frozenset()

    def rate(self, cluster: str) -> Rate:
        """How many changes are begun in a cluster at most."""
        return self.rates.get(cluster, Rate())

    def limits(self, rule: Rule, mirrors: Mapping[str, str]) -> Limits:
        """How far a change may go under a rule."""
        return Limits(rule.repositories, self.copies, rule.gitops, mirrors, self.site, self.hosts)

    def offered(self, cluster: str, namespace: str, actions: Iterable[str]) -> tuple[str, ...]:
        """Those of the actions that somebody might get done here: for these there are buttons."""
        asked = any(_shows(people.View((each,)), cluster, namespace) for each in self.request)
        if cluster not in self.writers or not asked:
            return ()
        return tuple(each for each in actions if self._offers(each, cluster, namespace))

    def candidates(self, action: str, cluster: str, namespace: str) -> tuple[Rule, ...]:
        """The rules one of which will decide, whatever the plan's risk is and whether it changes something without a namespace."""
        found = (
            self._rule(action, cluster, place, risk)
            for risk in Risk
            for place in dict.fromkeys((namespace, ""))
        )
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def rule(self, plan: Plan) -> Rule | None:
        """The rule that decides about a plan; None for none."""
        return self._rule(plan.action, plan.cluster, place(plan), plan.risk)

    def may_ask(self, asker: Asker, action: str, cluster: str, namespace: str) -> Ruling:
        """Whether somebody may have a change planned at all, before it is known what it would be."""
        refused = self._refused(asker, cluster, namespace)
        if refused is not None:
            return refused
        if not self._offers(action, cluster, namespace):
            return Ruling(False, why=_not_covered(action, cluster, namespace))
        return Ruling(True)

    def may_request(self, asker: Asker, plan: Plan, now: datetime) -> Ruling:
        """Whether somebody may have this plan shown to those who may approve it."""
        refused = self._refused(asker, plan.cluster, place(plan))
        return refused if refused is not None else self.may_run(plan, now)

    def may_approve(self, asker: Asker, proposal: Proposal, now: datetime) -> Ruling:
        """Whether somebody's yes to a plan counts."""
        plan, person = proposal.plan, asker.person
        if not _shows(people.view(self.ask, asker), plan.cluster, place(plan)):
            return Ruling(False, why="there is no such plan", hidden=True)
        ruling = self.may_run(plan, now)
        if not ruling.allowed or ruling.rule is None:
            return ruling
        if self.altered(proposal, ruling.rule):
            return Ruling(False, ruling.rule, "the rule has changed since it was planned: ask for a new plan")
        named = self.approvers(plan)
        if not answers(person, named):
            why = f"you are none of those who may approve it: {', '.join(named)}"
            return Ruling(False, ruling.rule, why)
        if person.key == proposal.requester and not ruling.rule.requester_counts:
            return Ruling(False, ruling.rule, "somebody other than who asked for it must approve it")
        return ruling

    def may_decline(self, asker: Asker, proposal: Proposal) -> Ruling:
        """Whether somebody may say no to a plan: who asked for it, and whoever is named to approve it, at any hour."""
        plan = proposal.plan
        if not _shows(people.view(self.ask, asker), plan.cluster, place(plan)):
            return Ruling(False, why="there is no such plan", hidden=True)
        rule = self.rule(plan)
        named = (*(rule.approvers if rule else proposal.approvers), *self._owners(plan))
        if asker.person.key == proposal.requester or answers(asker.person, named):
            return Ruling(True, rule)
        return Ruling(False, rule, "only who asked for it and those who may approve it can decline it")

    def enough(self, proposal: Proposal, approvers: Sequence[Asker], now: datetime) -> Ruling:
        """Whether those who said yes are enough.

        Args:
            proposal: what they said yes to.
            approvers: who they are by now, as the workspace tells; who is none of its people any more is left out.
            now: the moment at which it is to be carried out.
        """
        ruling = self.may_run(proposal.plan, now)
        if not ruling.allowed or ruling.rule is None:
            return ruling
        counted = {
            each.person.key: each.person
            for each in approvers
            if self.may_approve(each, proposal, now).allowed
        }
        missing = ruling.rule.quorum - len(counted)
        if missing > 0:
            return Ruling(False, ruling.rule, f"{missing} more of those who may approve it must say yes")
        others = [person for key, person in counted.items() if key != proposal.requester]
        for each in self._copies(proposal.plan):
            if each is None or not any(answers(person, each.approvers) for person in others):
                return Ruling(False, ruling.rule, "one of those who own what is copied must say yes")
        return ruling

    def may_run(self, plan: Plan, now: datetime) -> Ruling:
        """Whether this plan may be carried out at all by now, whoever asked for it and approved it."""
        if plan.cluster not in self.writers:
            return Ruling(False, why=_no_writer(plan.cluster))
        rule = self.rule(plan)
        if rule is None:
            return Ruling(
                False, why=_not_covered(plan.action, plan.cluster, place(plan), f" at {plan.risk} risk")
            )
        if odd := _odd(rule):
            return Ruling(False, rule, odd)
        if lacking := self._lacking(plan):
            return Ruling(False, rule, f"`{lacking}` in the settings does not allow that")
        if rule.hours is not None and not rule.hours.holds(now):
            return Ruling(False, rule, f"that is allowed {rule.hours} only")
        return Ruling(True, rule)

    def may_begin(self, proposal: Proposal, now: datetime) -> Ruling:
        """Whether a plan that was approved may be begun under the rules of now: by who approved it, as far as they tell.

        Nobody is looked up any more; so where fewer may approve by now, their yes has to be said again.
        """
        ruling = self.may_run(proposal.plan, now)
        if not ruling.allowed or ruling.rule is None:
            return ruling
        counted = {each.person for each in proposal.approvals}
        if not ruling.rule.requester_counts:
            counted.discard(proposal.requester)
        gone = frozenset(proposal.approvers) - frozenset(self.approvers(proposal.plan))
        if gone or len(counted) < ruling.rule.quorum or self.altered(proposal, ruling.rule):
            return Ruling(False, ruling.rule, "the rules have changed since it was approved")
        return ruling

    def altered(self, proposal: Proposal, rule: Rule) -> bool:
        """Whether a plan was made within other limits than a rule sets now."""
        return bool(proposal.limits) and proposal.limits != rule.limits

    def approvers(self, plan: Plan) -> tuple[str, ...]:
        """All who may approve a plan, as the settings spell them."""
        rule = self.rule(plan)
        return tuple(dict.fromkeys((*(rule.approvers if rule else ()), *self._owners(plan))))

    def _rule(self, action: str, cluster: str, namespace: str, risk: Risk) -> Rule | None:
        return next((each for each in self.rules if each.covers(action, cluster, namespace, risk)), None)

    def _offers(self, action: str, cluster: str, namespace: str) -> bool:
        if action == _COPYING and not any(_among(each.to, namespace) for each in self.copies):
            return False
        if action in LOOKING and self.site is None:
            return False
        return any(not _odd(each) for each in self.candidates(action, cluster, namespace))

    def _refused(self, asker: Asker, cluster: str, namespace: str) -> Ruling | None:
        """Why somebody may not ask for changes there; None where they may."""
        if not _shows(people.view(self.ask, asker), cluster, namespace):
            return Ruling(False, why="there is no such thing", hidden=True)
        if cluster not in self.writers:
            return Ruling(False, why=_no_writer(cluster))
        if not _shows(people.view(self.request, asker), cluster, namespace):
            where = f"namespace {namespace} of {cluster}" if namespace else cluster
            return Ruling(False, why=f"you may not ask for changes in {where}")
        return None

    def _lacking(self, plan: Plan) -> str:
        """The setting that does not allow what a plan makes; "" where all of it is allowed."""
        if not all(self._allows(each) for each in plan.writes):
            return "witness"
        return "secrets.copies" if None in self._copies(plan) else ""

    def _allows(self, write: Write) -> bool:
        """Whether what would be created is what the settings have asked nodes with; nothing else is ever created."""
        return write.verb is not Verb.CREATE or (self.site is not None and witnessing.is_of(write, self.site))

    def _owners(self, plan: Plan) -> Iterator[str]:
        for each in self._copies(plan):
            yield from each.approvers if each else ()

    def _copies(self, plan: Plan) -> tuple[SecretCopy | None, ...]:
        """What the settings say of everything that a plan copies; None for what they do not allow."""
        return tuple(self._copy(each) for each in plan.writes if each.verb is Verb.COPY)

    def _copy(self, write: Write) -> SecretCopy | None:
        copying = write.copying
        if copying is None:
            return None
        source = copying.source.namespace, copying.source.name
        host = _host(copying.entry)
        for each in self.copies:
            if (each.namespace, each.name) == source and _among(each.to, write.key.namespace):
                return each if host in map(_host, each.registries) and each.approvers else None
        return None


def place(plan: Plan) -> str:
    """The namespace by whose rules a plan goes; "" where it changes something that has none, whatever it is for."""
    spaces = {plan.namespace, *(each.key.namespace for each in plan.writes)}
    return plan.namespace if len(spaces) == 1 else ""


def answers(person: Person, named: Iterable[str]) -> bool:
    """Whether a person is one of these. No word means many, and who is outside is named by team and id or not at all."""
    names = frozenset(named) - {EVERYBODY, ""}
    if not person.id or not person.team:
        return False
    if person.key in names:
        return True
    return not person.outside and (person.id in names or bool(person.groups & names))


def _shows(view: people.View, cluster: str, namespace: str) -> bool:
    return view.shows(cluster, namespace) if namespace else view.shows_all(cluster)


def _among(patterns: Iterable[str], name: str) -> bool:
    if not name:
        return EVERYBODY in patterns
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _host(entry: str) -> str:
    """The registry that a pull secret's key, or the settings, mean."""
    host = entry.removeprefix("https://").removeprefix("http://").partition("/")[0].lower()
    return DOCKER_HUB if host in _HUB_KEYS else host


def _odd(rule: Rule) -> str:
    """Why a rule allows nothing that it covers; "" where it does."""
    if rule.quorum < 1 or not frozenset(rule.approvers) - {EVERYBODY, ""}:
        return "the rule that covers it names nobody who must approve"
    return ""


def _no_writer(cluster: str) -> str:
    return f"nothing is ever changed in {cluster}: it has no writer in the settings"


def _not_covered(action: str, cluster: str, namespace: str, risk: str = "") -> str:
    where = f"namespace {namespace} of {cluster}" if namespace else cluster
    return f"no rule of `approvals` in the settings allows {action} in {where}{risk}"
