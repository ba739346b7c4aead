"""A redirect is followed as nobody, over HTTPS, and three times at most."""

import pytest

from bot.facts.testimony import ANONYMOUS, Fault, Identity, Step
from bot.registry.following import Arrival, followed, is_redirect
from bot.registry.wire import Ask, Failed, Reply
from tests.fakes.wires import ScriptedWire


JANE = Identity("shop", "regcred", "registry.example", "f1")
ASK = Ask(
    "HEAD",
    "https://registry.example/v2/a/b/blobs/x",
    "registry.example",
    Step.LAYER,
    identity=JANE,
    scheme="Basic",
    secret="canary",
    accept="*/*",
    most=7,
)


def _to(location: str, status: int = 307) -> Reply:
    return Reply(status, {"location": location})


@pytest.mark.attack("R5", "anonymous")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_as_nobody(status: int) -> None:
    """Nothing of the authorization goes along; the question stays the same."""
    wire = ScriptedWire({"HEAD https://cdn.example/x": Reply(200)})
    assert await followed(wire, ASK, _to("https://cdn.example/x", status)) == Arrival(
        "cdn.example", Reply(200)
    )
    (ask,) = wire.asks
    assert (ask.identity, ask.scheme, ask.secret, ask.redirected) == (ANONYMOUS, "", "", True)
    assert (ask.step, ask.accept, ask.most, ask.registry) == (Step.LAYER, "*/*", 7, "registry.example")


async def test_the_registry_itself_is_asked_as_nobody_too() -> None:
    """A relative Location stays on the host, and is asked without anything all the same."""
    wire = ScriptedWire({"HEAD https://registry.example/store/x": Reply(401)})
    arrival = await followed(wire, ASK, _to("/store/x"))
    assert arrival == Arrival("registry.example", Reply(401))
    assert wire.asks[0].secret == ""


@pytest.mark.attack("R5", "three")
async def test_three_hops_are_followed_and_no_fourth() -> None:
    """Whoever sends us round in circles is left."""
    wire = ScriptedWire({f"HEAD https://c{n}.example/": _to(f"https://c{n + 1}.example/") for n in range(9)})
    arrival = await followed(wire, ASK, _to("https://c0.example/"))
    assert arrival == Arrival("c3.example", Failed(Fault.UNSAFE_REDIRECT))
    assert len(wire.asks) == 3


@pytest.mark.attack("R5", "checked again")
@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("http://cdn.example/x", "cdn.example"),
        ("https://user:password@cdn.example/x", "cdn.example"),
        ("ftp://cdn.example/x", "cdn.example"),
        ("", "registry.example"),
        ("javascript:alert(1)", "registry.example"),
    ],
)
async def test_other_ways_are_not_gone(location: str, host: str) -> None:
    """No plain HTTP, no user information, no other scheme, no Location."""
    wire = ScriptedWire()
    assert await followed(wire, ASK, _to(location)) == Arrival(host, Failed(Fault.UNSAFE_REDIRECT))
    assert wire.asks == []


async def test_an_unsafe_address_makes_an_unsafe_redirect() -> None:
    """The registry led us there, so it is told as its doing; other faults stay what they are."""
    wire = ScriptedWire(
        {
            "HEAD https://inward.example/": Failed(Fault.UNSAFE_ADDRESS, "127.0.0.1", "a setting"),
            "HEAD https://gone.example/": Failed(Fault.DNS_NXDOMAIN),
        }
    )
    inward = await followed(wire, ASK, _to("https://inward.example/"))
    assert inward == Arrival("inward.example", Failed(Fault.UNSAFE_REDIRECT, "127.0.0.1", "a setting"))
    assert await followed(wire, ASK, _to("https://gone.example/")) == Arrival(
        "gone.example", Failed(Fault.DNS_NXDOMAIN)
    )


async def test_a_plain_registry_may_lead_to_itself() -> None:
    """And to nobody else over HTTP."""
    wire = ScriptedWire({"HEAD http://registry.example/x": Reply(200)})
    ask = Ask("HEAD", "http://registry.example/v2/a/b/blobs/x", "registry.example", Step.LAYER)
    assert (await followed(wire, ask, _to("/x"), plain="registry.example")).ended == Reply(200)
    elsewhere = await followed(wire, ask, _to("http://cdn.example/x"), plain="registry.example")
    assert elsewhere.ended == Failed(Fault.UNSAFE_REDIRECT)


def test_only_redirects_are_redirects() -> None:
    """300 and 304 lead nowhere."""
    assert [status for status in range(300, 310) if is_redirect(Reply(status))] == [301, 302, 303, 307, 308]
    assert not is_redirect(Failed(Fault.DROPPED))


async def test_an_address_that_carries_a_secret_is_not_gone_to() -> None:
    """Neither at once nor at a later hop."""
    wire = ScriptedWire({"HEAD https://cdn.example/x": _to("https://evil.example/?c=canary")})
    arrival = await followed(
        wire, ASK, _to("https://cdn.example/x"), carries=lambda lead: "canary" in lead.rest
    )
    assert arrival.host == "evil.example"
    assert isinstance(arrival.ended, Failed)
    assert arrival.ended.fault is Fault.UNSAFE_REDIRECT
    assert len(wire.asks) == 1
