"""From drafts to plans, and back again."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.facts.change import (
    ANNOTATION,
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
    spelled,
)
from bot.facts.document import CommandLine
from bot.ports.rehearsing import Accepted, Declined, Live, Reason
from bot.remediation import fields, patching, planning
from bot.remediation.drafting import Draft, Limits, Situation, Unfit
from tests import fixes
from tests.cases import IMAGE
from tests.fakes.cluster import NOW
from tests.fakes.rehearsing import FakeRehearse, applied
from tests.situations import deployed, failing, owned, situation, workload


WEB = ObjectKey("Deployment", "shop", "web")
PATH = ("spec", "template", "spec", "containers", "name=app", "image")
NEXT = "registry.example/shop/web:2"
HALF_AN_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Fixed:
    """An action with one idea."""

    idea: Draft | Unfit
    id: str = "set-image"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The idea."""
        assert situation
        return self.idea


def write(value: str = NEXT, **changes: Any) -> Write:
    """Another image for the Deployment."""
    patch = json.dumps(patching.written([(PATH, value)]))
    back = json.dumps(patching.written([(PATH, IMAGE)]))
    return replace(Write(Verb.PATCH, WEB, patch=patch, back=back, said="set the image"), **changes)


def drafted(*writes: Write, **changes: Any) -> Fixed:
    """An action that would make these writes."""
    return Fixed(replace(Draft(Risk.MEDIUM, writes or (write(),), "Set the image"), **changes))


async def planned(seen: Situation, action: Fixed) -> Plan | Unfit:
    """The plan ``p1``."""
    return await planning.plan(seen, action, name="p1", expires=HALF_AN_HOUR)


async def test_plan_holds_what_the_dry_run_shows() -> None:
    """Writes with the uid that was read, the lines that change, the premise, and when it is over."""
    seen = await situation(*deployed(), cause="some-cause")
    pledge = Pledge(NEXT, "sha256:1", "linux/amd64")
    plan = await planned(seen, drafted(warnings=("Older.",), pledge=pledge))
    assert plan == Plan(
        id="p1",
        action="set-image",
        risk=Risk.MEDIUM,
        cluster="prod",
        writes=(write(uid="uid-Deployment-web"),),
        premise=Premise("shop", "Deployment/web", "app", IMAGE, "some-cause"),
        headline="Set the image",
        made=NOW,
        expires=NOW + HALF_AN_HOUR,
        pledge=pledge,
        differences=(
            Difference("Deployment shop/web: spec.template.spec.containers[app].image", IMAGE, NEXT),
        ),
        warnings=("Older.",),
    )


async def test_plan_passes_on_why_an_action_does_not_fit() -> None:
    """Nothing is tried then."""
    seen = await situation(*deployed())
    assert await planned(seen, Fixed(Unfit("too far off"))) == Unfit("too far off")


async def test_plan_tells_the_servers_refusal_in_its_own_words() -> None:
    """Of a read and of a dry run, escaped."""
    refused = Declined(Reason.ADMISSION, "denied by policy\x1b", "ask the platform team")
    seen = await situation(*deployed(), refusals={WEB: refused})
    found = await planned(seen, drafted())
    assert found == Unfit("Deployment shop/web cannot be read: denied by policy\\x1b (ask the platform team)")

    class Strict(FakeRehearse):
        async def rehearse(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
            assert await super().rehearse(write, live, plan)
            return refused

    seen = await situation(*deployed())
    seen = replace(seen, rehearse=Strict(deployed()))
    found = await planned(seen, drafted())
    assert found == Unfit(
        "Deployment shop/web would not be changed: denied by policy\\x1b (ask the platform team)"
    )


@pytest.mark.parametrize(("others", "fits"), [(0, True), (3, True), (99, False)])
async def test_plan_is_tried_again_where_somebody_wrote_meanwhile(others: int, *, fits: bool) -> None:
    """A controller that notes a status is none of the plan's business; what never comes to rest is told."""
    left = [Declined(Reason.CONFLICT, "the object has been modified")] * others

    class Busy(FakeRehearse):
        async def rehearse(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
            answer = await super().rehearse(write, live, plan)
            return left.pop() if left else answer

    busy = Busy(deployed())
    found = await planned(replace(await situation(*deployed()), rehearse=busy), drafted())
    assert isinstance(found, Plan) is fits
    assert len(busy.tried) <= 4
    assert fits or "has been modified" in getattr(found, "why", "")


async def test_plan_that_is_refused_says_how_a_person_does_it() -> None:
    """But not where the source is to be changed instead."""
    by_hand = (CommandLine("do it yourself", ("kubectl", "get", "pods")),)
    action = drafted(write(uid="another"), commands=by_hand)
    found = await planned(await situation(*deployed()), action)
    assert isinstance(found, Unfit)
    assert found.commands == by_hand
    argo = deployed(metadata={"labels": {"argocd.argoproj.io/instance": "store"}})
    kept = await planned(await situation(*argo), drafted(commands=by_hand))
    assert isinstance(kept, Unfit)
    assert kept.commands == ()


async def test_plan_repeats_the_servers_warnings() -> None:
    """Once each, beside the action's own."""

    class Wordy(FakeRehearse):
        async def rehearse(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
            answer = await super().rehearse(write, live, plan)
            assert isinstance(answer, Accepted)
            return replace(answer, warnings=("would violate PodSecurity", "Older."))

    seen = replace(await situation(*deployed()), rehearse=Wordy(deployed()))
    plan = await planned(seen, drafted(warnings=("Older.",)))
    assert isinstance(plan, Plan)
    assert plan.warnings == ("Older.", "would violate PodSecurity")


async def test_plan_is_not_made_of_what_changes_nothing_or_is_not_there() -> None:
    """Nor of what is another object by now, or was changed while it was drafted."""
    seen = await situation(*deployed())
    stale = fields.pinned({"metadata": {"generation": 2}}, ("metadata", "generation"), "no newer rollout")
    pod = ObjectKey("Pod", "shop", "gone-1")
    told = {
        write(IMAGE): "Deployment shop/web is as it would be made already",
        Write(Verb.DELETE, pod, "uid-gone-1"): "Pod shop/gone-1 is not there any more",
        write(uid="another"): "Deployment shop/web was replaced by another of its name",
        write(depends=(stale,)): "Deployment shop/web was changed meanwhile: no newer rollout",
        Write(Verb.COPY, WEB): "Deployment shop/web is there already",
    }
    for each, why in told.items():
        assert await planned(seen, drafted(each)) == Unfit(why)


async def test_plan_of_what_others_keep_is_a_diff_for_its_source() -> None:
    """The owner is named, and nothing is tried; the settings may want it changed all the same."""
    argo = {"labels": {"argocd.argoproj.io/instance": "store"}}
    seen = await situation(*deployed(metadata=argo))
    found = await planned(seen, drafted())
    assert isinstance(found, Unfit)
    assert "Argo CD (application store)" in found.why
    assert found.change.split("\n") == [
        "--- Deployment shop/web",
        "+++ Deployment shop/web",
        "@@ spec.template.spec.containers[app].image @@",
        f"-{IMAGE}",
        f"+{NEXT}",
    ]
    assert isinstance(seen.rehearse, FakeRehearse)
    assert not seen.rehearse.tried
    allowed = replace(seen, limits=Limits(gitops=True))
    plan = await planned(allowed, drafted())
    assert isinstance(plan, Plan)
    assert "takes the change back" in plan.warnings[0]


async def test_plan_of_an_operators_workload_is_words_too() -> None:
    """Its owner reference tells."""
    found = await planned(await situation(*deployed(metadata=owned("Kafka", "queue"))), drafted())
    assert isinstance(found, Unfit)
    assert "Kafka (queue)" in found.why


async def test_plan_deletes_and_copies_in_one_line_each() -> None:
    """Nothing of a Secret's content is shown."""
    seen = await situation(*deployed())
    key = ObjectKey("Secret", "shop", "login")
    copying = Copying(
        ObjectKey("Secret", "own", "login"), "u", "1", (".dockerconfigjson",), "registry.example"
    )
    copy = Write(Verb.COPY, key, copying=copying)
    delete = Write(Verb.DELETE, ObjectKey("Pod", "shop", "web-1"), "uid-web-1")
    plan = await planned(seen, drafted(copy, delete))
    assert isinstance(plan, Plan)
    assert plan.differences == (
        Difference("Secret shop/login", "", "registry.example, copied from Secret own/login"),
        Difference("Pod shop/web-1", "is there", ""),
    )


async def test_plan_counts_what_is_too_much_to_list() -> None:
    """Whoever approves knows that there is more."""
    selector = {f"label-{number}": "x" for number in range(300)}
    patch = json.dumps({"spec": {"template": {"spec": {"nodeSelector": selector}}}})
    plan = await planned(await situation(*deployed()), drafted(write(patch=patch)))
    assert isinstance(plan, Plan)
    assert len(plan.differences) == 200
    assert plan.warnings == ("100 more fields change than are listed.",)


async def done(*writes: Write) -> tuple[Plan, FakeRehearse]:
    """A plan that was carried out, and the objects since."""
    bodies = [*deployed(), workload("CronJob", "job")]
    seen = await situation(*bodies)
    plan = await planned(seen, drafted(*writes))
    assert isinstance(plan, Plan)
    for each in plan.writes:
        if each.verb is Verb.PATCH:
            place = next(at for at, body in enumerate(bodies) if _key(body) == each.key)
            bodies[place] = applied(each, bodies[place])
    return plan, FakeRehearse(bodies)


def _key(body: dict[str, Any]) -> ObjectKey:
    return ObjectKey(body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"])


async def undone(plan: Plan, rehearse: FakeRehearse, made: int | None = None) -> Plan | Unfit:
    """The way back ``p2``."""
    count = len(plan.writes) if made is None else made
    return await planning.way_back(plan, count, rehearse, name="p2", now=NOW, expires=HALF_AN_HOUR)


async def test_way_back_undoes_what_still_stands() -> None:
    """It is a plan like any other: tried, with conditions of its own, and nothing needs to be wrong for it."""
    plan, rehearse = await done()
    back = await undone(plan, rehearse)
    assert isinstance(back, Plan)
    assert (back.undoes, back.action, back.headline) == ("p1", "set-image", "Undo: Set the image")
    assert back.premise == Premise("shop", "Deployment/web", "app", "", "")
    assert back.differences[0].before == NEXT
    assert back.differences[0].after == IMAGE
    (only,) = back.writes
    assert [(each.path, each.value) for each in only.depends] == [
        (("metadata", "generation"), "3"),
        (PATH, f'"{NEXT}"'),
    ]
    assert only.back == plan.writes[0].patch
    assert back.digest != plan.digest


async def test_way_back_is_none_where_somebody_changed_it_since() -> None:
    """Another image, another object of the name, or none."""
    plan, _ = await done()
    other = await undone(plan, FakeRehearse(deployed(image="registry.example/shop/web:3")))
    assert other == Unfit("Deployment shop/web was changed since: spec.template.spec.containers[app].image")
    gone = Unfit("Deployment shop/web is not there any more")
    assert await undone(plan, FakeRehearse()) == gone
    another = deployed(metadata={"uid": "another"}, image=NEXT)
    assert await undone(plan, FakeRehearse(another)) == gone
    denied = Declined(Reason.FORBIDDEN, "no")
    assert await undone(plan, FakeRehearse((), {WEB: denied})) == Unfit(
        "Deployment shop/web cannot be read: no"
    )


async def test_way_back_goes_through_what_was_made_in_reverse() -> None:
    """And says what does not come back."""
    job = write(
        key=ObjectKey("CronJob", "shop", "job"),
        patch='{"spec":{"suspend":true}}',
        back='{"spec":{"suspend":null}}',
    )
    pod = Write(Verb.DELETE, ObjectKey("Pod", "shop", "web-1"), "uid-web-1")
    plan, rehearse = await done(write(), job, pod)
    back = await undone(plan, rehearse)
    assert isinstance(back, Plan)
    assert [each.key.kind for each in back.writes] == ["CronJob", "Deployment"]
    assert back.warnings == (
        "Pods that were deleted do not come back, only those made instead of them stay: 1.",
    )
    half = await undone(plan, rehearse, 1)
    assert isinstance(half, Plan)
    assert [each.key.kind for each in half.writes] == ["Deployment"]
    assert half.warnings == ()


async def test_way_back_is_none_where_nothing_undoes_it() -> None:
    """Deleted pods stay deleted, and a patch may have no way back."""
    pod = Write(Verb.DELETE, ObjectKey("Pod", "shop", "web-1"), "uid-web-1")
    plan, rehearse = await done(pod)
    assert await undone(plan, rehearse) == Unfit(
        "nothing that it did can be undone: what was deleted does not come back"
    )
    plan, rehearse = await done(write(back=""))
    assert await undone(plan, rehearse) == Unfit("nothing undoes it: set the image")


async def test_way_back_of_a_copy_deletes_the_secret_that_was_made_and_no_other() -> None:
    """The plan's id stands in it."""
    key = ObjectKey("Secret", "shop", "login")
    copying = Copying(
        ObjectKey("Secret", "own", "login"), "u", "1", (".dockerconfigjson",), "registry.example"
    )
    plan, _ = await done(Write(Verb.COPY, key, copying=copying))
    meta = {"name": "login", "namespace": "shop", "uid": "new", "annotations": {ANNOTATION: "p1"}}
    secret = {"kind": "Secret", "metadata": meta}
    back = await undone(plan, FakeRehearse([secret]))
    assert isinstance(back, Plan)
    (only,) = back.writes
    assert (only.verb, only.key, only.uid) == (Verb.DELETE, key, "new")
    assert only.depends[0].value == '"p1"'
    foreign = {**secret, "metadata": {**meta, "annotations": {}}}
    assert await undone(plan, FakeRehearse([foreign])) == Unfit(
        "Secret shop/login is not the one that was made"
    )
    assert isinstance(await undone(plan, FakeRehearse()), Unfit)


async def test_plan_of_a_bare_pod_names_it() -> None:
    """Its workload is the pod itself."""
    seen = await situation(failing("web-1", kind=""))
    path = ("spec", "containers", "name=app", "image")
    patch = json.dumps(patching.written([(path, NEXT)]))
    plan = await planned(seen, drafted(Write(Verb.PATCH, ObjectKey("Pod", "shop", "web-1"), patch=patch)))
    assert isinstance(plan, Plan)
    assert plan.premise.workload == "Pod/web-1"


@pytest.mark.parametrize(
    ("held", "is_stored"),
    [
        ({"env": [{"name": "DB_PASSWORD", "value": "correct-horse"}]}, False),
        ({"args": ["--url=https://robin:correct-horse@db.example/x"]}, False),
        ({"env": [{"name": "MODE", "value": "fast"}, {"name": "ENABLE_AUTH", "value": "true"}]}, True),
        ({"env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}]}, True),
    ],
)
@pytest.mark.parametrize("part", ["patch", "back"])
async def test_what_looks_like_a_credential_is_in_no_plan(
    part: str, held: dict[str, Any], is_stored: bool
) -> None:
    """Case 31 of security.md: plans are stored whole, and a template may hold what its author should not have put there."""
    template = {"spec": {"containers": [{"name": "app", "image": NEXT, **held}]}}
    body = json.dumps({"spec": {"template": template}})
    command = CommandLine("do it yourself", ("kubectl", "rollout", "undo", "deployment/web"))
    action = drafted(write(**{part: body}), commands=(command,))
    here = await situation(*deployed(failing()))
    made = await planning.plan(here, action, name="p1", expires=HALF_AN_HOUR)
    assert isinstance(made, Plan) is is_stored
    if isinstance(made, Unfit):
        assert made.commands == (command,)
        assert "correct-horse" not in repr(made)


async def test_what_is_too_large_to_be_read_is_in_no_plan() -> None:
    """A template may hold a mebibyte, and a plan is stored again at each of its steps."""
    template = {"spec": {"containers": [{"name": "app", "image": NEXT, "args": ["x" * (1 << 17)]}]}}
    action = drafted(write(back=json.dumps({"spec": {"template": template}})))
    made = await planning.plan(await situation(*deployed(failing())), action, name="p1", expires=HALF_AN_HOUR)
    assert isinstance(made, Unfit)
    assert "larger than a plan holds" in made.why


async def test_an_image_with_a_password_in_its_name_is_in_no_plan() -> None:
    """Its way back would write it again, and the plan would keep it until then."""
    depends = (Dependency(PATH, spelled("https://robin:correct-horse@r.example/web:1"), "the image"),)
    here = await situation(*deployed(failing()))
    live = await here.rehearse.read(WEB)
    assert isinstance(live, Live)
    for each in live.body["spec"]["template"]["spec"]["containers"]:
        each["image"] = json.loads(depends[0].value)
    action = drafted(write(depends=depends))
    made = await planning.plan(here, action, name="p1", expires=HALF_AN_HOUR)
    assert isinstance(made, Unfit)
    assert "correct-horse" not in repr(made)


async def test_what_is_created_is_tried_and_told_in_a_line() -> None:
    """Its object stands in the plan, and with it in the digest."""
    plan = await planned(await situation(*deployed()), drafted(fixes.ASK))
    assert isinstance(plan, Plan)
    assert plan.writes == (fixes.ASK,)
    assert plan.differences == (Difference(str(fixes.ASK.key), "", "ask node-a"),)
    altered = replace(fixes.ASK, patch=fixes.ASK.patch.replace("node-a", "node-b"))
    assert replace(plan, writes=(altered,)).digest != plan.digest


async def test_what_is_there_already_is_not_created() -> None:
    """The same question is under way."""
    there = {**json.loads(fixes.ASK.patch), "status": {}}
    there["metadata"]["uid"] = "u1"
    found = await planned(await situation(*deployed(), there), drafted(fixes.ASK))
    assert isinstance(found, Unfit)
    assert found.why == f"{fixes.ASK.key} is there already"


async def test_what_a_webhook_would_add_is_not_approved_of() -> None:
    """Somebody would approve one pod and get another."""

    class Injecting(FakeRehearse):
        async def rehearse(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
            found = await super().rehearse(write, live, plan)
            assert isinstance(found, Accepted)
            assert found.live is not None
            body = json.loads(json.dumps(found.live.body))
            body["spec"]["template"]["spec"]["containers"].append({"name": "sidecar"})
            return Accepted(replace(found.live, body=body))

    here = replace(await situation(*deployed()), rehearse=Injecting())
    found = await planned(here, drafted(fixes.ASK))
    assert isinstance(found, Unfit)
    assert "another Job" in found.why
    assert "containers" in found.why
