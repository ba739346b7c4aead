"""Verification is never off, and each way it fails has its name."""

import ssl
from pathlib import Path

import pytest

from bot.facts.testimony import Fault
from bot.registry.trust import NoAuthorities, Trust, tls_failure
from tests.fakes import certificates


def test_trust_always_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificate and name are checked, old versions are refused, and no session keys are written down."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    context = Trust().context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert not context.keylog_filename


def test_trust_adds_a_file_for_those_who_name_it(tmp_path: Path) -> None:
    """Another registry's context does not know the file's authority; the same file is read once, until it changes."""
    file = tmp_path / "ca.pem"
    file.write_text(certificates.REGISTRY_AUTHORITY)
    trust = Trust()
    with_file, without = trust.context(file), trust.context()
    names = [dict(each[0] for each in ca["subject"]) for ca in with_file.get_ca_certs()]
    assert {"commonName": "test-registry-ca"} in names
    assert {"commonName": "test-registry-ca"} not in [
        dict(each[0] for each in ca["subject"]) for ca in without.get_ca_certs()
    ]
    assert trust.context(file) is with_file
    file.write_text(certificates.AUTHORITY * 2)
    assert trust.context(file) is not with_file
    assert trust.context() is without


@pytest.mark.parametrize("content", [None, "", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_trust_refuses_a_file_that_cannot_be_read(content: str | None, tmp_path: Path) -> None:
    """A missing or broken file is our own fault, and never makes a registry look untrustworthy."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(NoAuthorities):
        Trust().context(file)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (10, Fault.TLS_CERTIFICATE_EXPIRED),
        (9, Fault.TLS_CERTIFICATE_EXPIRED),
        (18, Fault.TLS_UNKNOWN_AUTHORITY),
        (19, Fault.TLS_UNKNOWN_AUTHORITY),
        (20, Fault.TLS_UNKNOWN_AUTHORITY),
        (21, Fault.TLS_UNKNOWN_AUTHORITY),
        (62, Fault.TLS_NAME_MISMATCH),
        (64, Fault.TLS_NAME_MISMATCH),
        (26, Fault.TLS_FAILED),
        (23, Fault.TLS_FAILED),
    ],
)
def test_tls_failure_is_told_by_openssl_s_code(code: int, fault: Fault) -> None:
    """What OpenSSL has against a certificate decides, not its wording."""
    error = ssl.SSLCertVerificationError(1, "text")
    error.verify_code, error.verify_message = code, "message"
    assert tls_failure(error)[0] is fault


def test_tls_failure_is_a_dropped_line_when_it_ends() -> None:
    """An end without a goodbye in the midst of a handshake is a dropped connection."""
    assert tls_failure(ssl.SSLEOFError())[0] is Fault.DROPPED
    assert tls_failure(ssl.SSLError(1, "[SSL: X] y"))[0] is Fault.TLS_FAILED
