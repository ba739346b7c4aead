"""App Home is published for who opened it, as they may see it."""

from bot.slack.homes import Homes
from bot.slack.incoming import Caller
from bot.slack.members import Members
from tests.fakes.desk import AT, FakeDesk, listed
from tests.fakes.repairs import PLAN, FakeRepairs, proposal
from tests.fakes.slack_client import FakeSlack


def _made(desk: FakeDesk) -> tuple[Homes, FakeSlack]:
    client = FakeSlack(users_info={"user": {"id": "U1", "team_id": "T1", "name": "dana"}})
    return Homes(desk, Members(client, lambda: "T1", lambda: 0.0), client, lambda: AT), client


async def test_home_is_for_its_viewer() -> None:
    """No channel lends its rights there."""
    desk = FakeDesk(listed=(listed(),))
    homes, client = _made(desk)
    await homes.publish(Caller("U1", "T1", "C1"))
    (published,) = client.of("views_publish")
    assert published["user_id"] == "U1"
    assert "k7q2mzr4ta" in str(published["view"])
    assert {asker.channel for _, asker, _ in desk.asked} == {""}


async def test_home_is_renewed_for_who_looks_at_it() -> None:
    """And for nobody else."""
    homes, client = _made(FakeDesk())
    await homes.renew(Caller("U1", "T1"))
    assert client.of("views_publish") == []
    await homes.publish(Caller("U1", "T1"))
    await homes.renew(Caller("U1", "T1"))
    assert len(client.of("views_publish")) == 2


async def test_home_shows_what_waits_for_approval() -> None:
    """As far as its viewer may see it, and without a button; trouble with that leaves the rest as it is."""
    repairs = FakeRepairs(proposals={PLAN: proposal()})
    client = FakeSlack(users_info={"user": {"id": "U1", "team_id": "T1", "name": "dana"}})
    homes = Homes(FakeDesk(), Members(client, lambda: "T1", lambda: 0.0), client, lambda: AT, repairs)
    await homes.publish(Caller("U1", "T1", "C1"))
    repairs.denied = frozenset({"U1"})
    await homes.publish(Caller("U1", "T1"))
    shown, hidden = (str(each["view"]) for each in client.of("views_publish"))
    assert "Waiting for approval" in shown
    assert "plan-approve" not in shown
    assert PLAN not in hidden
    assert {asker.channel for _, asker, _ in repairs.asked} == {""}
