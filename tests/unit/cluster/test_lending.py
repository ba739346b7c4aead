"""A credential is lent as it stands in its Secret now, to nobody else, and shows nothing of itself on the way."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.cluster import pull_secrets
from bot.cluster.client import Answer, ApiClient, Pace
from bot.cluster.lending import SecretLender
from bot.cluster.resources import Resource
from bot.cluster.shapes import Metadata, SecretShape
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Identity
from bot.ports.credentials import Credential
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer, Fault
from tests.fakes.api_server import Identity as Asker
from tests.fakes.live import at_once
from tests.fakes.logins import TokenLogin


CANARY, USER = "c4n4ry-Passw0rd", "c4n4ry-us3r"
SALT = b"a test's own"
TYPE = "kubernetes.io/dockerconfigjson"
AUTHS = {
    "auths": {"registry.example": {"username": USER, "password": CANARY}, "other.example": {"auth": "YTpi"}}
}


def _data(auths: Any = AUTHS) -> dict[str, str]:
    return {".dockerconfigjson": base64.b64encode(json.dumps(auths).encode()).decode()}


def _identity(auths: Any = AUTHS, key: str = "registry.example") -> Identity:
    shape = SecretShape(metadata=Metadata(), type=TYPE, data=_data(auths))
    entries = pull_secrets.to_pull_secret(shape, salt=SALT).entries
    fingerprint = next((each.fingerprint for each in entries if each.key == key), "")
    return Identity("shop", "regcred", key, fingerprint)


def _secret(auths: Any = AUTHS, kind: str = TYPE) -> dict[str, Any]:
    return objects.named("Secret", "regcred", type=kind, data=_data(auths))


@asynccontextmanager
async def _lender(
    *held: dict[str, Any], allow: bool = True
) -> AsyncIterator[tuple[SecretLender, FakeApiServer]]:
    tokens = {"token": Asker(allow=lambda asked: allow or asked.plural != "secrets")}
    pace = Pace(timeout=0.3, sleep=at_once)
    async with (
        FakeApiServer(held, tokens=tokens) as server,
        ApiClient(TokenLogin(server.url, ["token"]), pace) as client,
    ):
        yield SecretLender(client, SALT), server


async def test_lender_reads_one_secret_afresh_for_each_question() -> None:
    """Exactly the one, by name, and again the next time."""
    async with _lender(_secret()) as (lender, server):
        for _ in range(2):
            lent = await lender.lend(_identity())
            assert isinstance(lent, Credential)
            assert (lent.username, lent.password) == (USER, CANARY)
    assert [(each.verb, each.namespace, each.name) for each in server.log] == [("get", "shop", "regcred")] * 2


async def test_lender_takes_the_entry_that_the_identity_names() -> None:
    """And no other one; without a fingerprint the key alone decides."""
    async with _lender(_secret()) as (lender, _):
        lent = await lender.lend(Identity("shop", "regcred", "other.example"))
        assert isinstance(lent, Credential)
        assert (lent.username, lent.password) == ("a", "b")
        assert isinstance(await lender.lend(_identity(key="elsewhere.example")), Unread)


async def test_lender_lends_nothing_for_nobody() -> None:
    """The anonymous identity has no Secret, and nothing is asked for it."""
    async with _lender(_secret()) as (lender, server):
        assert isinstance(await lender.lend(ANONYMOUS), Unread)
    assert not server.log


async def test_lender_names_the_right_that_is_missing() -> None:
    """Forbidden, with what would allow it."""
    async with _lender(_secret(), allow=False) as (lender, _):
        lent = await lender.lend(_identity())
    assert lent == Unread("secret shop/regcred", "forbidden", "get secrets in namespace shop (tier 2a)")


async def test_lender_says_that_a_secret_is_gone() -> None:
    """Deleted between the look and the question."""
    async with _lender() as (lender, _):
        lent = await lender.lend(_identity())
    assert lent == Unread("secret shop/regcred", "not found")


@pytest.mark.parametrize(
    "now",
    [
        _secret({"auths": {"registry.example": {"username": USER, "password": "another"}}}),
        _secret({"auths": {"elsewhere.example": {"username": USER, "password": CANARY}}}),
        _secret({"auths": {}}),
        _secret(kind="Opaque"),
        _secret({"auths": {**AUTHS["auths"], "bad.example": {"auth": "!"}}}),
    ],
)
async def test_lender_refuses_what_has_changed_since(now: dict[str, Any]) -> None:
    """The evidence speaks of the credential that was looked at, so another one would answer for nobody."""
    async with _lender(now) as (lender, _):
        lent = await lender.lend(_identity())
    assert isinstance(lent, Unread)
    assert "changed" in lent.why


async def test_lender_holds_nobody_up_over_a_large_secret() -> None:
    """A Secret of a mebibyte is read beside the loop; the entry that is meant is found among thousands."""
    logins = {
        f"u{number}@registry.example": {"username": f"u{number}", "password": CANARY}
        for number in range(12_000)
    }
    auths = {"auths": logins | AUTHS["auths"]}
    beats = 0

    async def heartbeat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    who, body = _identity(auths), json.dumps(_secret(auths)).encode()

    class Held:
        """A client that has the Secret at hand: a server in this loop would hold it up as well."""

        async def get(self, _resource: Resource) -> Answer[bytes]:
            return Answer(body)

    lender = SecretLender(Held(), SALT)  # type: ignore[arg-type]  # as much of a client as it takes
    beating = asyncio.create_task(heartbeat())
    await asyncio.sleep(0.05)
    before = beats
    lent = await lender.lend(who)
    beating.cancel()
    assert isinstance(lent, Credential)
    assert lent.password == CANARY
    # Read in the loop, the Secret would leave no room for a single beat; how many there are is the machine's affair.
    assert beats > before + 1


async def test_lender_lends_no_credential_without_a_user_name() -> None:
    """The runtime asks anonymously then."""
    auths = {"auths": {"registry.example": {"password": CANARY}}}
    async with _lender(_secret(auths)) as (lender, _):
        lent = await lender.lend(_identity(auths))
    assert isinstance(lent, Unread)
    assert CANARY not in repr(lent)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(times=-1, hang=True),
        Fault(times=-1, status=500, body=f'{{"message": "{CANARY}"}}'),
        Fault(times=-1, cut=True),
        Fault(times=-1, truncate=True),
        Fault(times=-1, status=200, body=f'{{"data": "{CANARY}"}}'),
        Fault(times=-1, status=200, body=f'{{"type": "{TYPE}", "data": {{"{CANARY}": 7}}}}'),
        Fault(times=-1, status=200, body=CANARY),
    ],
)
async def test_lender_survives_the_server_and_leaks_nothing(
    fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong ends as a reason without a word of the Secret."""
    caplog.set_level(logging.DEBUG)
    async with _lender(_secret()) as (lender, server):
        server.faults.append(fault)
        lent = await lender.lend(_identity())
    assert isinstance(lent, Unread)
    told = f"{lent!r} {lender!r} {caplog.text}"
    assert CANARY not in told
    assert USER not in told
    assert _data()[".dockerconfigjson"] not in told


async def test_lender_leaks_nothing_when_all_is_well(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither into a log nor onto a stream, nor where the credential itself is printed."""
    caplog.set_level(logging.DEBUG)
    async with _lender(_secret()) as (lender, _):
        lent = await lender.lend(_identity())
    printed = capsys.readouterr()
    told = f"{lent!r} {lent} {lender!r} {vars(lender)} {caplog.text} {printed.out} {printed.err}"
    assert CANARY not in told
    assert USER not in told
