"""Which pull secret opens an image, by what the registry says to each."""

from datetime import timedelta

from bot.facts.evidence import Answer
from bot.facts.image import parse
from bot.facts.objects import Unread
from bot.facts.testimony import Fault
from bot.remediation import credentials
from tests.cases import secret
from tests.fakes.cluster import NOW
from tests.fakes.registry import FakeProber, answered, failed
from tests.situations import IMAGE, deployed, evidence, situation


async def test_best_is_the_one_that_opens_the_image() -> None:
    """One that the registry refuses is told as refused, and one for another registry is not tried."""
    prober = FakeProber({"manifest secret:shop/a": answered(401), "manifest secret:shop/b": answered(200)})
    here = await situation(*deployed(), prober=prober)
    offered = [secret("b"), secret("a"), secret("c", "other.example")]
    found, refused = await credentials.best(here, parse(IMAGE), offered)
    assert found is not None
    assert (found.secret.name, found.answer) == ("b", Answer.YES)
    assert [each.secret.name for each in refused] == ["a"]
    assert [each.secret for each in prober.identities] == ["a", "b"]


async def test_best_prefers_what_a_check_named() -> None:
    """Of several that nobody may try."""
    told = evidence(unattached_secret_works={"secret": "z"})
    here = await situation(*deployed(), told=told)
    found, refused = await credentials.best(here, parse(IMAGE), [secret("a"), secret("z")])
    assert found is not None
    assert (found.secret.name, found.answer) == ("z", Answer.UNKNOWN)
    assert found.why == "not asked (--allow-registry registry.example)"
    assert not refused


async def test_best_is_none_where_all_are_refused() -> None:
    """Whatever the reason: the credential, or its right to the repository."""
    here = await situation(*deployed(), prober=FakeProber({"manifest": answered(403)}))
    found, refused = await credentials.best(here, parse(IMAGE), [secret("a")])
    assert found is None
    assert len(refused) == 1


async def test_tried_asks_nobody_about_what_is_over() -> None:
    """A credential that says itself that it has expired is no good."""
    prober = FakeProber({"manifest": answered(200)})
    here = await situation(*deployed(), prober=prober)
    old = secret("a", entry={"expires": NOW - timedelta(hours=1)})
    assert (await credentials.tried(here, parse(IMAGE), old, old.entries[0])).answer is Answer.NO
    assert not prober.identities


async def test_an_entry_that_opens_the_image_is_enough() -> None:
    """The kubelet tries each that matches."""
    prober = FakeProber({"manifest": failed(Fault.CONNECT_TIMEOUT)})
    here = await situation(*deployed(), prober=prober)
    two = secret("a", "registry.example/shop", "registry.example")
    found, _ = await credentials.best(here, parse(IMAGE), [two])
    assert found is not None
    assert found.answer is Answer.UNKNOWN
    assert len(prober.identities) == 2


async def test_open_to_all_asks_without_a_credential() -> None:
    """What a refusal and silence mean is kept apart."""
    for given, expected in ((200, Answer.YES), (401, Answer.NO), (404, Answer.UNKNOWN)):
        here = await situation(*deployed(), prober=FakeProber({"manifest anonymous": answered(given)}))
        assert await credentials.open_to_all(here, parse(IMAGE)) is expected


async def test_loose_are_the_secrets_that_the_pod_does_not_name() -> None:
    """Where they may not be listed, those that somebody names, and the reason why there may be more."""
    known = [secret("mine"), secret("other")]
    here = await situation(*deployed(login=["mine"]), secrets=known)
    found, hidden = await credentials.loose(here)
    assert [each.name for each in found] == ["other"]
    assert hidden is None
    assert list(await credentials.named(here)) == ["mine"]
    denied = Unread("secrets in shop", "forbidden")
    here = await situation(*deployed(login=["mine"]), secrets=known, reader={"secrets": denied})
    assert await credentials.loose(here) == ((), denied)
