"""What we see of a registry from where we stand, and when our own failure counts against it."""

import dataclasses
from typing import Any

import pytest

from bot.diagnosis.checks.claims import Case
from bot.facts.evidence import Evidence
from bot.facts.testimony import Fault, Step
from tests import cases
from tests.fakes.registry import FakeProber, answered, failed


BASE = (
    "registry-host-exists",
    "registry-answers",
    "probe-is-blocked-too",
    "tls-fails-for-us-too",
)


def _case(symptom: str = "connect-timeout", vantage: str = "unknown", **answers: Any) -> Case:
    prober = FakeProber({name.replace("_", " "): given for name, given in answers.items()})
    made = cases.case(cases.failure(symptom), prober=prober)
    return dataclasses.replace(made, vantage=vantage)


async def _ask(check: str, about: Case) -> Evidence:
    return await cases.ask(check, about)


@pytest.mark.parametrize("check", BASE)
async def test_registry_that_nobody_may_ask_is_unknown_with_the_way_out(check: str) -> None:
    """What would let us ask stands beside what was not asked."""
    evidence = await _ask(check, _case())
    assert (evidence.answer, evidence.what) == ("unknown", "registry registry.example")
    assert evidence.would_answer == "--allow-registry registry.example"


@pytest.mark.parametrize("check", [*BASE, "mirror-has-image"])
async def test_registry_of_no_reference_is_unknown(check: str) -> None:
    """What does not parse names no registry."""
    about = cases.case(cases.failure("invalid-reference", image="Not Valid"), prober=FakeProber())
    assert (await _ask(check, about)).answer == "unknown"


@pytest.mark.parametrize(
    ("base", "symptom", "told"),
    [
        (answered(200, Step.BASE), "dns-failure", "yes"),
        (answered(503, Step.BASE), "dns-failure", "yes"),
        (failed(Fault.CONNECT_REFUSED), "dns-failure", "yes"),
        (failed(Fault.DNS_NXDOMAIN), "dns-failure", "no"),
        (failed(Fault.DNS_NXDOMAIN), "manifest-not-found", "unknown"),
        (failed(Fault.DNS_NO_ANSWER), "dns-failure", "unknown"),
        (failed(Fault.UNSAFE_ADDRESS), "dns-failure", "unknown"),
        (failed(Fault.NOT_RECORDED), "dns-failure", "unknown"),
    ],
)
async def test_host_exists_unless_dns_says_no(base: Any, symptom: str, told: str) -> None:
    """A DNS that is silent says nothing, and a name that a node reached does exist."""
    assert (await _ask("registry-host-exists", _case(symptom, base=base))).answer == told


async def test_host_of_a_redirect_is_not_the_registrys() -> None:
    """That the registry's name resolves says nothing of the name that the node could not look up."""
    failing = cases.failure("dns-failure", fields={"lookup": "cdn.example"})
    about = cases.case(failing, prober=FakeProber({"base": answered(200, Step.BASE)}))
    assert await cases.answer("registry-host-exists", about) == "unknown"


@pytest.mark.parametrize(
    ("base", "vantage", "told"),
    [
        (answered(200, Step.BASE), "unknown", "yes"),
        (answered(401, Step.BASE), "inside", "yes"),
        (answered(429, Step.BASE), "outside", "yes"),
        (answered(500, Step.BASE), "unknown", "no"),
        (failed(Fault.CONNECT_REFUSED), "unknown", "no"),
        (failed(Fault.RESPONSE_TIMEOUT), "inside", "no"),
        (failed(Fault.CONNECT_TIMEOUT), "unknown", "unknown"),
        (failed(Fault.CONNECT_TIMEOUT), "inside", "unknown"),
        (failed(Fault.CONNECT_TIMEOUT), "outside", "no"),
        (failed(Fault.DNS_NXDOMAIN), "outside", "no"),
        (failed(Fault.DROPPED), "unknown", "unknown"),
        (failed(Fault.TLS_CERTIFICATE_EXPIRED), "unknown", "yes"),
        (failed(Fault.GARBLED), "outside", "unknown"),
        (failed(Fault.TOO_LARGE), "outside", "unknown"),
        (failed(Fault.UNSAFE_ADDRESS), "outside", "unknown"),
        (failed(Fault.BUDGET_SPENT), "outside", "unknown"),
    ],
)
async def test_our_failure_counts_where_our_road_is_not_the_nodes(base: Any, vantage: str, told: str) -> None:
    """A timeout may be our own network's as well; a refusal, a hang and a 500 come from the other side."""
    assert (await _ask("registry-answers", _case(vantage=vantage, base=base))).answer == told


async def test_unreached_registry_names_the_setting_that_would_make_it_count() -> None:
    """Only the operator knows where we stand."""
    evidence = await _ask("registry-answers", _case(base=failed(Fault.CONNECT_TIMEOUT)))
    assert "vantage" in evidence.would_answer
    assert evidence.details["fault"] == "connect-timeout"


async def test_token_service_that_fails_is_the_registry_that_fails() -> None:
    """The door is open and the desk behind it is closed: the host that failed is named."""
    desk = failed(Fault.CONNECT_REFUSED, Step.TOKEN, host="auth.example")
    evidence = await _ask("registry-answers", _case(base=answered(401, Step.BASE), manifest=desk))
    assert evidence.answer == "no"
    assert (evidence.details["host"], evidence.details["step"]) == ("auth.example", "token")


async def test_manifest_is_not_asked_where_the_road_is_not_in_question() -> None:
    """A missing tag needs no second question about the registry's health."""
    about = _case("manifest-not-found", base=answered(200, Step.BASE))
    assert (await _ask("registry-answers", about)).answer == "yes"
    assert isinstance(about.prober, FakeProber)
    assert about.prober.asked["manifest"] == 0


@pytest.mark.parametrize(
    ("base", "told"),
    [
        (answered(403, Step.BASE), "yes"),
        (answered(402, Step.BASE), "yes"),
        (answered(451, Step.BASE), "yes"),
        (answered(401, Step.BASE), "no"),
        (answered(200, Step.BASE), "no"),
        (answered(502, Step.BASE), "unknown"),
        (failed(Fault.CONNECT_TIMEOUT), "unknown"),
    ],
)
async def test_barred_at_the_door(base: Any, told: str) -> None:
    """Asking for credentials bars nobody."""
    assert (await _ask("probe-is-blocked-too", _case("forbidden", base=base))).answer == told


@pytest.mark.parametrize(
    ("mirrors", "answer", "told"),
    [
        ({}, answered(200), "unknown"),
        ({"registry.example": "mirror.example/hub"}, answered(200), "yes"),
        ({"registry.example": "mirror.example/hub"}, answered(404), "no"),
        ({"registry.example": "mirror.example/hub"}, answered(401), "unknown"),
        ({"registry.example": "not a host"}, answered(200), "unknown"),
    ],
)
async def test_mirror_has_image_is_asked_of_the_settings_mirror(mirrors: Any, answer: Any, told: str) -> None:
    """Under the mirror's own path, without credentials."""
    prober = FakeProber({"mirror.example/hub/shop/web:1.4 manifest anonymous": answer})
    about = dataclasses.replace(cases.case(cases.failure("rate-limited"), prober=prober), mirrors=mirrors)
    assert (await _ask("mirror-has-image", about)).answer == told


@pytest.mark.parametrize(
    ("symptom", "base", "told"),
    [
        ("x509-expired", failed(Fault.TLS_CERTIFICATE_EXPIRED), "yes"),
        ("x509-name-mismatch", failed(Fault.TLS_NAME_MISMATCH), "yes"),
        ("x509-untrusted", failed(Fault.TLS_UNKNOWN_AUTHORITY), "yes"),
        ("http-https-mismatch", failed(Fault.TLS_PLAIN_HTTP), "yes"),
        ("x509-expired", failed(Fault.TLS_UNKNOWN_AUTHORITY), "unknown"),
        ("x509-expired", failed(Fault.CONNECT_REFUSED), "unknown"),
        ("x509-expired", answered(401, Step.BASE), "no"),
        ("x509-untrusted", answered(503, Step.BASE), "no"),
        ("http-https-mismatch", answered(200, Step.BASE), "unknown"),
    ],
)
async def test_tls_fails_for_us_too_only_in_the_same_way(symptom: str, base: Any, told: str) -> None:
    """Another fault of ours is another story, and what answers may have been asked over plain HTTP."""
    assert (await _ask("tls-fails-for-us-too", _case(symptom, base=base))).answer == told


async def test_tls_of_a_redirects_target_is_not_the_registrys() -> None:
    """The certificate that failed the node is that of another host."""
    prober = FakeProber({"base": failed(Fault.TLS_CERTIFICATE_EXPIRED)})
    about = cases.case(cases.failure("x509-expired", fields={"host": "cdn.example"}), prober=prober)
    assert (await _ask("tls-fails-for-us-too", about)).answer == "unknown"
