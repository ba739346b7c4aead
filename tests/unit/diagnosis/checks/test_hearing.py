"""Who is asked, in which order, and when nobody more needs to be."""

import pytest

from bot.diagnosis.checks import hearing
from bot.diagnosis.checks.claims import Case
from bot.facts import image
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault
from tests import cases
from tests.cases import secret
from tests.fakes.cluster import FakeReader
from tests.fakes.registry import FakeProber, answered, failed


IMAGE = image.parse(cases.IMAGE)


def _case(prober: FakeProber, *names: str, **prints: str) -> Case:
    pod = cases.pod(pull_secrets=names)
    secrets = [secret(name, entry={"fingerprint": prints.get(name, name)}) for name in names]
    return cases.case(
        cases.failure("unauthorized", pod), FakeReader(pods=[pod], secrets=secrets), prober=prober
    )


async def test_hearing_asks_in_the_pods_order_and_anonymously_last() -> None:
    """As the kubelet tries its credentials; nobody in particular comes after them."""
    prober = FakeProber({"manifest": answered(401)})
    heard = await hearing.manifests(_case(prober, "b", "a"), IMAGE)
    assert [str(each) for each in prober.identities] == ["secret:shop/b", "secret:shop/a", "anonymous"]
    assert heard.ok is None
    assert all(voice.is_refused for voice in heard.voices)


async def test_hearing_stops_at_the_first_that_gets_in() -> None:
    """What a pull would not ask is not asked."""
    prober = FakeProber({"manifest secret:shop/a": answered(401), "manifest secret:shop/b": answered(200)})
    heard = await hearing.manifests(_case(prober, "a", "b", "c"), IMAGE)
    assert heard.ok is not None
    assert heard.ok.identity.secret == "b"
    assert len(prober.identities) == 2


async def test_equal_credentials_are_asked_once() -> None:
    """Two secrets with one password get one answer."""
    prober = FakeProber({"manifest": answered(401)})
    await hearing.manifests(_case(prober, "a", "b", a="same", b="same"), IMAGE)
    assert [each.secret for each in prober.identities] == ["a", ""]


async def test_hearing_tries_a_few_of_many_credentials() -> None:
    """A Secret may hold thousands for one registry; how many were not tried is known."""
    prober = FakeProber({"manifest": answered(401)})
    names = [f"s{number}" for number in range(20)]
    await hearing.manifests(_case(prober, *names), IMAGE)
    assert [each.secret for each in prober.identities] == [*names[:8], ""]
    more = await hearing.untried(_case(prober, *names), IMAGE)
    assert more is not None
    assert more.why.startswith("12 more")
    assert await hearing.untried(_case(prober, *names[:8]), IMAGE) is None


@pytest.mark.parametrize("fault", [Fault.UNSAFE_TOKEN_SERVICE, Fault.UNSAFE_REDIRECT])
def test_silence_of_whoever_led_us_astray_names_that(fault: Fault) -> None:
    """What sort of address it was is a detail."""
    assert (
        hearing.why_silent(failed(fault, said="private address")).why
        == f"{fault.replace('-', ' ')}: private address"
    )
    assert hearing.why_silent(failed(fault)).why == fault.replace("-", " ")
    assert hearing.why_silent(failed(Fault.UNSAFE_ADDRESS, said="private address")).why == "private address"


async def test_secret_for_another_registry_is_never_offered() -> None:
    """The kubelet would not send it there, so nobody asks with it."""
    prober = FakeProber({"manifest": answered(401)})
    pod = cases.pod(pull_secrets=("other",))
    reader = FakeReader(pods=[pod], secrets=[secret("other", "other.example")])
    await hearing.manifests(cases.case(cases.failure("unauthorized", pod), reader, prober=prober), IMAGE)
    assert prober.identities == [ANONYMOUS]


async def test_unheard_names_what_would_help_first() -> None:
    """Of several silences the one with a way out."""
    prober = FakeProber(
        {
            "manifest secret:shop/a": failed(Fault.NOT_RECORDED),
            "manifest anonymous": Unread("registry r", "not asked", "--allow-registry r"),
        }
    )
    heard = await hearing.manifests(_case(prober, "a"), IMAGE)
    assert heard.unheard is not None
    assert heard.unheard.remedy == "--allow-registry r"


async def test_registry_that_was_reached_in_vain_was_heard() -> None:
    """A fault of the road is an answer of a kind: it is not that nobody asked."""
    heard = await hearing.manifests(_case(FakeProber({"manifest": failed(Fault.CONNECT_REFUSED)})), IMAGE)
    assert heard.unheard is None


async def test_unreadable_secret_is_told() -> None:
    """Its credential would have been tried."""
    pod = cases.pod(pull_secrets=("a",))
    denied = Unread("secret a in shop", "forbidden", "get secrets (2a)")
    about = cases.case(cases.failure("unauthorized", pod), FakeReader(pods=[pod], secrets=denied))
    assert await hearing.unreadable_secret(about) is not None
    assert await hearing.unreadable_secret(cases.case()) is None
