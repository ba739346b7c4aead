"""Where pods get their pull secrets from, and the write that gives them another list."""

import json

import pytest

from bot.facts.change import ObjectKey, Style
from bot.facts.objects import Unread
from bot.ports.rehearsing import Declined, Reason
from bot.remediation import pull_secrets
from bot.remediation.drafting import Situation, Unfit
from bot.remediation.pull_secrets import Holder
from tests.fakes import objects
from tests.fakes.rehearsing import Object, applied, undone
from tests.situations import account, deployed, failing, owned, situation, workload


def _others(count: int, account_name: str = "") -> list[Object]:
    return [workload("Deployment", f"other-{number}", account=account_name) for number in range(count)]


async def _held(here: Situation, name: str = "") -> Holder:
    found = await (pull_secrets.place(here, name) if name else pull_secrets.holder(here))
    assert isinstance(found, Holder), found
    return found


async def test_a_template_that_names_secrets_is_where_they_come_from() -> None:
    """Then the ServiceAccount's are not used at all."""
    held = await _held(await situation(*deployed(login=["a", "b"]), account("default", "c")))
    assert (str(held), held.names) == ("the template of Deployment shop/web", ("a", "b"))
    assert not held.is_account


async def test_a_template_that_names_none_leaves_it_to_the_account() -> None:
    """How many others it concerns is counted: those that the account serves and that nothing controls."""
    others = [*_others(2), workload("Deployment", "stranger", account="robot"), objects.pod("alone")]
    held = await _held(await situation(*deployed(), account("default", "c"), *others))
    assert (str(held), held.names, held.others) == ("ServiceAccount shop/default", ("c",), 3)
    assert held.is_account


async def test_others_that_fail_alike_are_not_counted() -> None:
    """The change helps them, too."""
    api = [
        workload("Deployment", "api"),
        workload("ReplicaSet", "api-rs", metadata=owned("Deployment", "api")),
    ]
    here = await situation(*deployed(), account(), *api, failing("api-1", owner="api-rs"))
    assert (await _held(here)).others == 0


@pytest.mark.parametrize(("others", "expected"), [(2, "ServiceAccount"), (3, "Deployment")])
async def test_one_more_secret_stands_where_it_concerns_the_fewest(others: int, expected: str) -> None:
    """The account that every pod gets that names none is shared by accident."""
    held = await _held(await situation(*deployed(), account("default", "c"), *_others(others)), "new")
    assert held.live.key.kind == expected
    assert held.names == ("c",)
    assert held.inherited is (expected == "Deployment")


async def test_an_account_of_its_own_name_is_meant_to_be_shared() -> None:
    """However many use it."""
    bodies = [*deployed(failing(spec={"serviceAccountName": "robot"}), account="robot"), account("robot")]
    held = await _held(await situation(*bodies, *_others(9, "robot")), "new")
    assert str(held) == "ServiceAccount shop/robot"
    assert held.others == 9


async def test_an_account_that_names_it_by_now_stays_the_place() -> None:
    """There is nothing to narrow."""
    held = await _held(await situation(*deployed(), account("default", "new"), *_others(9)), "new")
    assert held.is_account


async def test_the_template_is_the_place_where_others_cannot_be_counted() -> None:
    """Not seen is not few."""
    bodies = [*deployed(), account()]
    assert (await _held(await situation(*bodies))).others == 0
    hidden = await situation(*bodies, reader={"pods": Unread("pods in shop", "forbidden")})
    assert (await _held(hidden)).others is None
    assert (await _held(hidden, "new")).inherited


async def test_a_template_that_cannot_change_and_names_secrets_is_nobodys_place() -> None:
    """A Job is made anew."""
    bodies = [workload("Job", "run", "a"), failing("run-1", kind="Job", owner="run"), account()]
    found = await pull_secrets.holder(await situation(*bodies))
    assert isinstance(found, Unfit)
    assert "make it anew" in found.why


async def test_an_unknown_kind_is_served_by_its_account_unless_it_names_others() -> None:
    """What its template says nobody here can read."""
    bodies = [failing("db-1", kind="Cluster", owner="db"), account()]
    assert (await _held(await situation(*bodies))).is_account
    named = failing("db-1", kind="Cluster", owner="db", spec={"imagePullSecrets": [{"name": "own"}]})
    found = await pull_secrets.holder(await situation(named, account()))
    assert isinstance(found, Unfit)
    assert "names its own pull secrets" in found.why


@pytest.mark.parametrize(
    "key", [ObjectKey("Deployment", "shop", "web"), ObjectKey("ServiceAccount", "shop", "default")]
)
async def test_what_is_gone_or_may_not_be_read_is_told(key: ObjectKey) -> None:
    """In the API server's words."""
    declined = Declined(Reason.FORBIDDEN, "no")
    here = await situation(*deployed(), account(), refusals={key: declined})
    assert await pull_secrets.holder(here) == Unfit(f"{key} cannot be read: no")
    bodies = [each for each in (*deployed(), account()) if each["kind"] != key.kind]
    here = await situation(*bodies)
    if key.kind == "ServiceAccount":
        assert await pull_secrets.holder(here) == Unfit(f"{key} is gone")


async def test_changed_sends_the_whole_list_and_depends_on_it() -> None:
    """A strategic merge would replace a ServiceAccount's list in silence; the way back restores what was there."""
    held = await _held(await situation(*deployed(), account("default", "a", "b")))
    write = pull_secrets.changed(held, ["a", "b", "new"], "said")
    assert write.style is Style.MERGE
    assert json.loads(write.patch) == {"imagePullSecrets": [{"name": "a"}, {"name": "b"}, {"name": "new"}]}
    assert [(each.path, each.value) for each in write.depends] == [
        (("imagePullSecrets",), '[{"name":"a"},{"name":"b"}]')
    ]
    assert write.uid == "uid-default"
    assert undone(write, applied(write, held.live.body)) == dict(held.live.body)


@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
async def test_changed_of_a_template_depends_on_its_generation(kind: str) -> None:
    """A newer rollout makes it stale; where there was no list there is none again afterwards."""
    bodies = [
        workload(kind, "web"),
        workload("ReplicaSet", "web-rs", metadata=owned(kind, "web")),
        failing("web-1"),
        account(),
        *_others(5),
    ]
    held = await _held(await situation(*bodies), "new")
    write = pull_secrets.changed(held, ["new"], "said")
    assert (("metadata", "generation"), "3") in [(each.path, each.value) for each in write.depends]
    assert "null" in [each.value for each in write.depends]
    after = applied(write, held.live.body)
    assert after != dict(held.live.body)
    assert undone(write, after) == dict(held.live.body)


async def test_changed_takes_an_empty_list_away() -> None:
    """As Go leaves out what is empty."""
    held = await _held(await situation(*deployed(), account("default", "a")))
    assert json.loads(pull_secrets.changed(held, [], "said").patch) == {"imagePullSecrets": None}


async def test_diff_shows_the_change_in_its_place() -> None:
    """For the source of the object."""
    held = await _held(await situation(*deployed(login=["a", "b"]), account()))
    assert pull_secrets.diff(held, ["a", "new"]).splitlines() == [
        " spec:",
        "   template:",
        "     spec:",
        "       imagePullSecrets:",
        "       - name: a",
        "-      - name: b",
        "+      - name: new",
    ]
    held = await _held(await situation(*deployed(), account()))
    assert pull_secrets.diff(held, ["new"]) == "+imagePullSecrets:\n+- name: new"
