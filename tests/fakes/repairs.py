"""Changes for the tests of those who ask for them: proposals and answers that a test sets in, what was asked out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.facts.change import (
    Copying,
    Dependency,
    Difference,
    ObjectKey,
    Plan,
    Pledge,
    Premise,
    Risk,
    Verb,
    Write,
)
from bot.facts.document import CommandLine, Document
from bot.facts.people import Asker, Person
from bot.facts.proposal import Approval, Proposal, Stage
from bot.facts.verdict import Report
from bot.ports.answering import Choice, Nothing, Question, Several, Told
from bot.ports.repairing import Click, Offer, Offers, Proposed, Wish, Words


AT = datetime(2026, 3, 1, 14, 20, 0, tzinfo=UTC)
PLAN = "p8rw3kfz5n"
NO_PLAN = Nothing("there is no such plan", "`history` lists those that you may see")


def plan(text: str = "web", many: int = 1, **changed: Any) -> Plan:
    """A change in which every string is this text and every list so long."""
    key = ObjectKey("Deployment", text, text)
    depends = tuple(Dependency((text,), "null", f"{text} {number}") for number in range(many))
    back = '{"spec":{}}'
    patched = Write(Verb.PATCH, key, "u1", '{"spec":{}}', back=back, depends=depends, said=f"changes {text}")
    source = Copying(ObjectKey("Secret", text, text), "u2", "7", (text,), text)
    copied = Write(Verb.COPY, ObjectKey("Secret", text, f"{text}-copy"), copying=source, said=text)
    made = Plan(
        id=PLAN,
        action="set-image",
        risk=Risk.MEDIUM,
        cluster="prod-eu",
        writes=(patched, copied)[: max(1, min(many, 2))],
        premise=Premise(text, f"Deployment/{text}", text, f"registry.example/{text}:2", "wrong-tag"),
        headline=f"Set the image of {text}",
        made=AT,
        expires=AT + timedelta(minutes=30),
        pledge=Pledge(f"registry.example/{text}:1", "sha256:" + "a" * 64, "linux/amd64"),
        differences=tuple(Difference(f"{text} {number}", f"{text}:2", f"{text}:1") for number in range(many)),
        warnings=(text,) * many,
    )
    return replace(made, **changed)


def proposal(text: str = "web", many: int = 1, stage: Stage = Stage.WAITING, **changed: Any) -> Proposal:
    """A proposal of such a change, asked for by dana; fields of its plan may be named as well."""
    of_plan = {name: changed.pop(name) for name in tuple(changed) if name in Plan.__dataclass_fields__}
    made = Proposal(
        plan=plan(text, many, **of_plan),
        stage=stage,
        requester="T1/U1",
        requester_name="dana",
        channel="#shop-oncall",
        rule="set-image in prod-eu",
        approvers=("@sre",),
    )
    return replace(made, **changed)


def approval(name: str = "sam", person: str = "T1/U2") -> Approval:
    """Somebody's yes."""
    return Approval(person, name, "set-image in prod-eu", AT + timedelta(minutes=1))


def offers(*documents: Document, text: str = "web") -> Offers:
    """One change that may be asked for, and one that may not."""
    question = Question((f"Deployment/{text}",), "shop", "prod-eu")
    found = Told(Report("prod-eu", AT.isoformat(), (), (), (), looked_at=240), documents)
    return Offers(found, (Offer("roll-back", f"Roll {text} back", question),), (words(text),))


def words(text: str = "web", change: str = "-  image: web:2\n+  image: web:1") -> Words:
    """What a person has to do."""
    return Words(
        "set-image", f"{text} is managed by Argo CD", change, (CommandLine(text, ("argocd", "app", text)),)
    )


def several(text: str = "web") -> Several:
    """Two things that may be meant."""
    named = [Question((f"Deployment/{text}",), space, "prod-eu") for space in ("shop", "pay")]
    return Several(
        f"{text} is in two namespaces", tuple(Choice(each, f"{each.namespace}/{text}") for each in named)
    )


@dataclass
class FakeRepairs:
    """Answers what it was told to.

    Attributes:
        offered: to ``offers``.
        answer: to ``request``.
        proposals: by id; ``approve`` and ``decline`` answer with these, and ``changes`` lists them.
        verdict: instead, of ``approve`` and ``decline``.
        asked: each call: the method, who asked, and what.
        clicks: where ``approve`` and ``decline`` were clicked.
        rechecked: people to ask about afresh at each click, and in ``found`` who they were.
        denied: ids of people for whom there is nothing.
        gate: nothing is answered before it is open.
        fails: raised instead of an answer.
    """

    offered: Offers | Several | Nothing = NO_PLAN
    answer: Proposed | Words | Several | Nothing = NO_PLAN
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    verdict: Proposed | Nothing | None = None
    asked: list[tuple[str, Asker, object]] = field(default_factory=list)
    clicks: list[Click] = field(default_factory=list)
    rechecked: tuple[str, ...] = ()
    found: list[Person | None] = field(default_factory=list)
    denied: frozenset[str] = frozenset()
    gate: asyncio.Event | None = None
    fails: Exception | None = None

    async def offers(self, asker: Asker, question: Question) -> Offers | Several | Nothing:
        """What the test set."""
        return self.offered if await self._may("offers", asker, question) else NO_PLAN

    async def request(self, asker: Asker, wish: Wish) -> Proposed | Words | Several | Nothing:
        """What the test set."""
        return self.answer if await self._may("request", asker, wish) else NO_PLAN

    async def approve(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """The proposal of that id, approved."""
        return await self._decided("approve", asker, name, click)

    async def decline(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """The proposal of that id, declined."""
        return await self._decided("decline", asker, name, click)

    async def changes(self, asker: Asker, cluster: str = "") -> tuple[Proposal, ...] | Nothing:
        """What the test set."""
        return tuple(self.proposals.values()) if await self._may("changes", asker, cluster) else ()

    def questions(self, method: str) -> list[object]:
        """What a method was asked."""
        return [what for name, _, what in self.asked if name == method]

    async def _decided(self, method: str, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        self.clicks.append(click)
        if not await self._may(method, asker, name):
            return NO_PLAN
        for each in self.rechecked:
            self.found.append(await click.recheck(each))
        known = self.proposals.get(name)
        return self.verdict or (Proposed(known) if known else NO_PLAN)

    async def _may(self, method: str, asker: Asker, what: object) -> bool:
        self.asked.append((method, asker, what))
        if self.gate is not None:
            await self.gate.wait()
        if self.fails is not None:
            raise self.fails
        return asker.person.id not in self.denied and not asker.person.outside
