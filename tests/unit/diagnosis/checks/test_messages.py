"""What the words of the runtime and the image's own name tell, without asking anybody."""

import pytest

from bot.diagnosis.checks import messages
from tests import cases


def test_every_check_here_costs_nothing() -> None:
    """These read what is already known."""
    rows = [row for row in cases.table.checks().values() if row.ask.__module__ == messages.__name__]
    assert rows
    assert {(row.requests, row.tier) for row in rows} == {(0, "0")}


def _about(symptom: str, image: str = cases.IMAGE, message: str = "", **fields: str) -> cases.Case:
    return cases.case(cases.failure(symptom, cases.pod(image=image), fields=fields, message=message))


@pytest.mark.parametrize(
    ("host", "image", "told"),
    [
        ("registry.example", cases.IMAGE, "yes"),
        ("REGISTRY.example", cases.IMAGE, "yes"),
        ("registry.example:443", cases.IMAGE, "yes"),
        ("registry.example:5000", cases.IMAGE, "no"),
        ("registry.example", "registry.example:5000/web:1", "yes"),
        ("registry-example", cases.IMAGE, "no"),
        ("registry.example.evil.test", cases.IMAGE, "no"),
        ("auth.docker.io", "nginx", "yes"),
        ("registry-1.docker.io", "library/nginx:1", "yes"),
        ("auth.docker.io.evil.test", "nginx", "no"),
        ("cdn.example", cases.IMAGE, "no"),
        ("", cases.IMAGE, "unknown"),
    ],
)
async def test_failing_host_is_registry_by_its_family_and_port(host: str, image: str, told: str) -> None:
    """A registry's other names count as itself, look-alikes and other ports do not."""
    assert await cases.answer("failing-host-is-registry", _about("dns-failure", image, host=host)) == told


async def test_name_that_dns_was_asked_for_goes_before_the_host() -> None:
    """The URL names the registry while the lookup names the redirect's target."""
    about = _about("dns-failure", host="registry.example", lookup="cdn.example")
    assert await cases.answer("failing-host-is-registry", about) == "no"


@pytest.mark.parametrize(
    ("said", "told"), [("no-such-host", "yes"), ("servfail", "no"), ("timeout", "no"), ("", "unknown")]
)
async def test_dns_says_no_such_host_only_for_nxdomain(said: str, told: str) -> None:
    """A server that failed or stayed silent did not say that the name is missing."""
    fields = {"dns": said} if said else {}
    assert await cases.answer("dns-says-no-such-host", _about("dns-failure", **fields)) == told


@pytest.mark.parametrize(
    ("fields", "message", "told"),
    [
        ({"mirror": "yes", "host": "mirror.example"}, "", "yes"),
        ({"host": "registry.example"}, 'Head "https://registry.example/v2/shop/web/manifests/1.4"', "no"),
        ({}, "", "unknown"),
        (
            {"host": "mirror.example"},
            'pinging container registry mirror.example: Get "https://mirror.example/v2/": EOF',
            "yes",
        ),
        (
            {"host": "mirror.example"},
            "reading manifest 1.4 in mirror.example/shop/web: manifest unknown",
            "yes",
        ),
        (
            {"host": "cdn.example"},
            'Head "https://cdn.example/v2/images/web/manifests/1.4": i/o timeout',
            "unknown",
        ),
        ({"host": "cdn.example"}, 'Get "https://cdn.example/blobs/sha256:1": i/o timeout', "unknown"),
    ],
)
async def test_mirror_is_told_from_a_redirects_target(
    fields: dict[str, str], message: str, told: str
) -> None:
    """A host that is asked as if it were the registry is a mirror; one that it leads to may be anything."""
    assert await cases.answer("mirror-in-play", _about("connect-timeout", message=message, **fields)) == told


async def test_mirror_in_play_is_no_for_hubs_own_hosts() -> None:
    """Docker Hub is asked under another name than the image's."""
    about = _about(
        "connect-timeout",
        "nginx",
        'Get "https://registry-1.docker.io/v2/": timeout',
        host="registry-1.docker.io",
    )
    assert await cases.answer("mirror-in-play", about) == "no"


@pytest.mark.parametrize(
    ("symptom", "fields", "told"),
    [
        ("proxy-failed", {}, "yes"),
        ("connect-refused", {"proxy": "proxy.example:3128"}, "yes"),
        ("connect-refused", {}, "unknown"),
    ],
)
async def test_proxy_is_never_ruled_out(symptom: str, fields: dict[str, str], told: str) -> None:
    """Only the node knows its proxy, so a message that names none is no NO."""
    assert await cases.answer("proxy-in-play", _about(symptom, **fields)) == told


@pytest.mark.parametrize(
    ("symptom", "told"),
    [
        ("no-credentials", "yes"),
        ("unauthorized", "yes"),
        ("denied-or-missing", "unknown"),
        ("forbidden", "unknown"),
    ],
)
async def test_registry_wants_credentials_only_by_an_explicit_401(symptom: str, told: str) -> None:
    """The refusals that also mean "does not exist" stay open."""
    assert await cases.answer("registry-wants-credentials", _about(symptom)) == told


@pytest.mark.parametrize(
    "image", ["acme/web:1", "ghcr.io/acme/web:1", "quay.io/acme/web:1", "acme.azurecr.io/web:1"]
)
async def test_registry_wants_credentials_stays_open_where_a_missing_image_gets_401(image: str) -> None:
    """There an explicit 401 is what everybody hears of a repository that does not exist."""
    assert await cases.answer("registry-wants-credentials", _about("unauthorized", image)) == "unknown"


@pytest.mark.parametrize(
    ("symptom", "identity", "told"),
    [
        ("no-credentials", "", "no"),
        ("unauthorized", "anonymous", "no"),
        ("unauthorized", "oauth", "yes"),
        ("denied-or-missing", "incorrect username or password", "yes"),
        ("unauthorized", "", "unknown"),
    ],
)
async def test_credentials_were_offered_as_the_words_tell(symptom: str, identity: str, told: str) -> None:
    """Runtimes word a refused login and a missing one differently, most of the time."""
    fields = {"identity": identity} if identity else {}
    assert await cases.answer("credentials-were-offered", _about(symptom, **fields)) == told


@pytest.mark.parametrize(
    ("check", "symptom", "fields", "told"),
    [
        ("repository-missing-said", "repository-not-found", {}, "yes"),
        ("repository-missing-said", "manifest-not-found", {}, "unknown"),
        ("server-error-said", "registry-server-error", {"status": "503"}, "yes"),
        ("server-error-said", "connect-refused", {}, "unknown"),
        ("access-block-said", "forbidden", {"blocked": "blocked by"}, "yes"),
        ("access-block-said", "forbidden", {"status": "403"}, "unknown"),
        ("credential-plugin-failed", "credential-fetch-failed", {"plugin": "ecr"}, "yes"),
        ("credential-plugin-failed", "credential-fetch-failed", {}, "unknown"),
        ("message-says-so", "disk-full", {}, "yes"),
        ("message-says-so", "", {}, "no"),
        ("image-is-local", "never-pull", {}, "yes"),
        ("image-is-local", "connect-refused", {}, "no"),
    ],
)
async def test_words_are_read_and_silence_is_not(
    check: str, symptom: str, fields: dict[str, str], told: str
) -> None:
    """What the message does not say is not said to be otherwise."""
    assert await cases.answer(check, _about(symptom, **fields)) == told


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("localhost/web:1", "yes"),
        ("localhost:5000/web:1", "yes"),
        ("127.0.0.1:5000/web:1", "yes"),
        ("localhost.example/web:1", "no"),
        ("localhosted:5000/web:1", "no"),
        ("registry.example/localhost:1", "no"),
    ],
)
async def test_image_is_local_by_its_host_alone(image: str, told: str) -> None:
    """A host that merely begins like localhost is another host."""
    assert await cases.answer("image-is-local", _about("connect-refused", image)) == told


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("k8s.gcr.io/pause:3.1", "yes"),
        ("docker.io/bitnami/redis:1", "yes"),
        ("bitnami/redis:1", "yes"),
        ("bitnamilegacy/redis:1", "no"),
        ("k8s.gcr.io.evil.test/pause:3.1", "no"),
        ("registry.example/k8s.gcr.io/pause:3.1", "no"),
    ],
)
async def test_registry_retired_by_whole_path_parts(image: str, told: str) -> None:
    """A prefix ends where a part of the path ends, and the host is the host."""
    assert await cases.answer("registry-retired", _about("manifest-not-found", image)) == told


@pytest.mark.parametrize(("image", "told"), [(cases.IMAGE, "yes"), ("UPPER/case:1:2", "no")])
async def test_reference_parses_or_says_which(image: str, told: str) -> None:
    """The image is named either way."""
    evidence = await cases.ask("reference-parses", _about("invalid-reference", image))
    assert (evidence.answer.value, evidence.details["image"]) == (told, image)
