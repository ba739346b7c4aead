"""A registry that repeats what it was sent, and everything else that no list of cases names.

Where a password was rightly sent it may come back: in an answer, to somebody else, as an address to go to. None of it
is shown or carried on; no cluster's credential answers for another's; and nothing that is heavy or much holds anybody up.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.facts.image import parsed
from bot.facts.testimony import ANONYMOUS
from bot.ports.credentials import Credential
from bot.registry.permits import Permits
from tests.fakes import certificates, siege, siege_field
from tests.fakes.misbehaving import Misbehaving, answer, says, server_tls
from tests.fakes.registry_content import OCI_INDEX, OCI_MANIFEST
from tests.fakes.registry_families import HTPASSWD, QUAY, Family, Said, errors
from tests.fakes.registry_server import RegistryServer
from tests.fakes.siege import BASIC, DENIED, NOT_FOUND, PASSWORD, USER, Keeper, besieged, sings
from tests.fakes.siege_field import USERS


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    """The authority of registry.internal."""
    path = tmp_path / "ca.pem"
    path.write_text(certificates.REGISTRY_AUTHORITY)
    return path


@pytest.fixture(autouse=True)
def no_song(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does, nothing of the canary stands in any log."""
    with siege_field.nothing_logged(caplog):
        yield


Opened = Callable[..., Any]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Opens a field with a registry of a family in its middle."""
    return partial(siege_field.opened, tmp_path)


SONG = f"{USER} {PASSWORD} {BASIC} {USER}:{PASSWORD}"
KEY = {"digest": f"sha256:{'1' * 64}", "mediaType": OCI_MANIFEST}
NAMED = {"Content-Type": OCI_INDEX}


class Parrot(RegistryServer):
    """Lets in whoever logs in, and repeats what it heard: at once, or to everybody from then on.

    Attributes:
        sings: what it says to a question for manifests, tags or anything else; nothing where it says the truth.
        remembers: it goes on singing to those who sent nothing.
    """

    sings: Callable[[str], Said | None] = staticmethod(lambda _: None)
    remembers = False

    def _asked(self, seen: Any, *rest: Any) -> Said:
        knows = self.heard(PASSWORD)
        sung = self.sings(seen.path) if knows and (self.remembers or seen.authorization) else None
        return sung or super()._asked(seen, *rest)


def _only(part: str, said: Said) -> Callable[[str], Said | None]:
    return lambda path: said if part in path else None


def _always(said: Said) -> Callable[[str], Said | None]:
    return lambda _: said


def _kind(name: str) -> Said:
    config = {"mediaType": f"application/vnd.{name}+json", "digest": KEY["digest"]}
    return Said(200, {"schemaVersion": 2, "config": config, "layers": []}, {"Content-Type": OCI_MANIFEST})


def _offered(**platform: str) -> Said:
    return Said(200, {"schemaVersion": 2, "manifests": [{**KEY, "platform": platform}]}, NAMED)


def _sent_on(where: str) -> Said:
    return Said(307, "", {"Location": where})


SONGS: dict[str, Callable[[str], Said | None]] = {
    "in an error": _always(errors(403, "DENIED", f"who is {SONG}?")),
    "in an error's code": _always(errors(403, PASSWORD.replace("-", "_"), "no")),
    "loudly": _always(errors(403, "DENIED", SONG.upper())),
    "in plain text": _always(Said(401, SONG)),
    "in a page": _always(Said(403, f"<html><title>{SONG}</title>")),
    "in a page that is good": _always(Said(200, f"<html><title>{SONG}</title>")),
    "behind much space": _always(Said(403, " " * 8_150 + PASSWORD)),
    "in JSON in JSON": _always(errors(403, "DENIED", json.dumps({"authorization": f"Basic {BASIC}"}))),
    "in a limit": _always(Said(429, "", {"Retry-After": PASSWORD, "docker-ratelimit-source": USER, "Via": SONG})),
    "in tags": _only("/tags/", Said(200, {"name": "x", "tags": [PASSWORD, USER, f"1.5.{PASSWORD}", f"1.5.{USER}"]})),
    "in a page's link": _only("/tags/", Said(200, {"name": "x", "tags": []}, {"Link": f'<?{PASSWORD}>; rel="next"'})),
    "in a kind": _only("/manifests/", _kind(PASSWORD)),
    "in a kind, by name": _only("/manifests/", _kind(USER)),
    "in a platform": _only("/manifests/", _offered(os=USER, architecture=PASSWORD)),
    "in a note": _only("/manifests/", Said(200, {"annotations": {"a": SONG}, "manifests": [KEY]}, NAMED)),
    "in a type": _only("/manifests/", Said(200, {}, {"Content-Type": f"application/vnd.{PASSWORD}"})),
    "in a realm": _always(Said(401, "", {"WWW-Authenticate": f'Bearer realm="https://{PASSWORD}.internal/{USER}"'})),
    "in a redirect": _always(_sent_on(f"https://api.internal/{PASSWORD}?u={USER}&{BASIC}")),
    "in a redirect's host": _always(_sent_on(f"https://{PASSWORD}.api.internal/")),
    "in a redirect over HTTP": _always(_sent_on(f"http://{PASSWORD}.api.internal/{USER}")),
    "in a redirect's user": _always(_sent_on(f"https://{USER}:{PASSWORD}@api.internal/")),
}  # fmt: skip


@pytest.mark.attack(31, "transcript", "logs")
@pytest.mark.parametrize("remembers", [False, True], ids=["at once", "to everybody"])
@pytest.mark.parametrize("family", [HTPASSWD, QUAY], ids=["basic", "bearer"])
@pytest.mark.parametrize("song", SONGS)
async def test_registry_that_repeats_what_it_heard_is_not_repeated(
    opened: Opened, song: str, family: Family, *, remembers: bool
) -> None:
    """Case 31: not in the text, the JSON, the evidence, a log, a lookup or the transcript, and brought to nobody."""
    for message in (NOT_FOUND, DENIED):
        async with opened(family, server=Parrot) as here:
            here.registry.sings = SONGS[song]
            here.registry.remembers = remembers
            async with here.siege(message=message) as under:
                look = await under.look()
                assert not sings(await under.proof())
            here.check(look)
            assert here.was_told


@pytest.mark.parametrize(
    "body",
    [
        {"token": f"{PASSWORD}-{USER}", "errors": [], "name": SONG},
        {"access_token": BASIC, "tags": [SONG]},
        {"token": 7, "account": SONG},
        f"\ufeff{json.dumps({'token': 'opaque', 'session': SONG})}",
        SONG,
    ],
)
async def test_token_service_that_repeats_what_it_heard_is_not_repeated(opened: Opened, body: Any) -> None:
    """Case 31: whatever stands in its answer beside a token, or in place of one, or as one."""
    async with opened(QUAY) as here:
        here.registry.mischief.tokens = Said(200, body)
        async with here.siege(message=DENIED) as under:
            look = await under.look()
            assert not sings(await under.proof())
        here.check(look)
        assert here.was_told


@pytest.mark.parametrize("family", [HTPASSWD, QUAY], ids=["basic", "bearer"])
async def test_clusters_never_use_each_others_credentials(opened: Opened, family: Family) -> None:
    """Two clusters with a secret of the same name, one wire and one budget: each gets what its own login is told."""
    async with opened(family, users={**USERS, "guest-4711": "guest-0815-4711"}) as here:
        host = here.registry.host
        guest = siege.secret(host, user="guest-4711", password="guest-0815-4711")
        image, permits = f"{host}/shop/web:1.4", Permits({host: here.permit})
        lent = {guest.entries[0].fingerprint: Credential("guest-4711", "guest-0815-4711")}
        async with besieged(permits, siege.cluster(image, siege.secret(host)), names=here.names) as first:
            mine = await first.look()
            before = len(here.registry.requests)
            async with besieged(
                permits, siege.cluster(image, guest), keeper=Keeper(of=lent), beside=first
            ) as second:
                theirs = await second.look()
        here.check(mine)
        here.check(theirs)
        assert mine.claims["manifest-exists"] == "yes"
        assert "manifest-exists" not in theirs.claims
        assert not any(PASSWORD in each.text for each in here.registry.requests[before:])
        # One that ran out of time is counted and was perhaps never heard.
        assert second.thrifty.asked()[0].questions >= len(here.registry.requests)


HEAVY = {
    "names": b"{" + b",".join(b'"%x":1' % each for each in range(380_000)) + b"}",
    "fractions": b'{"manifests":[' + b"1.5," * 1_000_000 + b"1]}",
    "strings": b'{"tags":[' + b'"a",' * 1_000_000 + b'"b"]}',
    "broken text": b'{"manifests":["\\ud800"' + b",1.5" * 1_000_000 + b"]}",
}


@pytest.mark.parametrize("heavy", HEAVY)
async def test_heavy_answer_holds_nobody_up(ca_file: Path, heavy: str) -> None:
    """Four mebibytes that were built to take long: whoever else is at work in the same loop hardly notices.

    Fifty milliseconds are the goal; the server, its TLS and a busy machine share the loop here and get as much again.
    """
    script = says(answer(HEAVY[heavy], "200 OK", f"Content-Type: {OCI_INDEX}"))
    async with Misbehaving(script, tls=server_tls()) as server:
        host = f"registry.internal:{server.port}"
        cluster = siege.cluster(f"{host}/shop/web:1.5", siege.secret(host))
        async with besieged(Permits({host: siege.permit(host, ca_file)}), cluster) as under:
            case = parsed(f"{host}/shop/web:1.5")
            assert case is not None
            await under.world.prober.base(case)  # the certificates are read, and everything is imported
            beats: list[float] = []
            for tag in ("1.5", "1.6", "1.7"):
                image = replace(case, tag=tag, spelled=f"{case.name}:{tag}")
                beats.append(await siege.latest(under.world.prober.manifest(image, ANONYMOUS, whole=True)))
            assert min(beats) < 0.15


async def test_storm_of_images_costs_a_registry_its_budget_and_no_more(opened: Opened) -> None:
    """Hundreds of random images, under every spelling of the host that is allowed: sixty questions, and each is told of."""
    async with opened(HTPASSWD) as here:
        host = here.registry.host
        pods = [siege.pod(f"{host}/shop/w{n}:1.5", DENIED, "regcred", name=f"storm-{n}") for n in range(300)]
        cluster = siege.cluster(f"{host}/shop/web:1.5", siege.secret(host), more=pods)
        async with besieged(Permits({host: here.permit}), cluster, names=here.names) as under:
            look = await under.look()
        here.check(look)
        assert len(look.report.diagnoses) == 301
        assert len(here.registry.requests) <= 60
        assert "60/h" in look.text
