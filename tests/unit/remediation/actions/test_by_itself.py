"""What nobody can do for you."""

from bot.remediation.actions.by_itself import Manual, Wait
from bot.remediation.drafting import Unfit
from tests.fakes.cluster import NOW
from tests.situations import deployed, evidence, situation


async def test_wait_says_until_when_as_far_as_it_is_known() -> None:
    """By the kubelet's back-off and by the registry's own word."""
    told = evidence(rate_limit_exhausted={"until": "09:30:00Z"})
    failure = {"attempts": 6, "last_attempt": NOW}
    found = await Wait().draft(await situation(*deployed(), told=told, failure=failure))
    assert found == Unfit(
        "nothing has to be done: the kubelet goes on trying, the next time at 09:05:00Z, "
        "the pull limit of registry.example lasts until 09:30:00Z"
    )
    bare = await Wait().draft(await situation(*deployed()))
    assert bare == Unfit("nothing has to be done: the kubelet goes on trying")


async def test_manual_names_whom_it_is_about() -> None:
    """The commands are the playbook's, and stand in the diagnosis."""
    found = await Manual().draft(await situation(*deployed()))
    assert isinstance(found, Unfit)
    assert "a person has to do this for Deployment/web" in found.why
