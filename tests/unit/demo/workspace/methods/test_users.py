"""users.* and usergroups.*: who there is, as far as the scopes reach."""

from dataclasses import replace

from bot.demo.workspace.seed import SCOPES, Installed, Seed
from tests.fakes.workspace import call, refusal, service


def test_people_are_told_with_what_they_are() -> None:
    """Flags by which an app knows guests, strangers and who is gone."""
    made = service()
    assert call(made, "users.info", user="U0000000RILE")["user"]["is_stranger"] is True
    assert call(made, "users.info", user="U0000000MORG")["user"]["deleted"] is True
    assert refusal(made, "users.info", user="U1") == "user_not_found"
    assert len(call(made, "users.list")["members"]) == len(made.space.users)


def test_addresses_need_their_scope() -> None:
    """Nobody sees one without, and finds nobody who is gone."""
    made = service()
    assert "email" not in str(call(made, "users.list"))
    app = replace(Installed(), scopes=SCOPES | {"users:read.email"})
    may = service(Seed(app=app))
    assert call(may, "users.lookupByEmail", email="Dana@acme.example")["user"]["name"] == "dana"
    assert "dana@acme.example" in str(call(may, "users.info", user="U0000000DANA"))
    assert refusal(may, "users.lookupByEmail", email="x@acme.example") == "users_not_found"


def test_groups_are_for_who_pays() -> None:
    """With their members where those are asked for."""
    made = service()
    first = call(made, "usergroups.list")["usergroups"][0]
    assert "users" not in first
    assert (
        call(made, "usergroups.list", include_users=True, include_count=True)["usergroups"][0]["user_count"]
        == 1
    )
    assert call(made, "usergroups.users.list", usergroup="S0DEVELOPERS")["users"] == ["U0000000DANA"]
    assert refusal(made, "usergroups.users.list", usergroup="S1") == "no_such_subteam"
    made.space.paid = False
    assert refusal(made, "usergroups.list") == "plan_upgrade_required"
