"""Whom to believe that he is the registry: certificates to trust in -> a TLS context out, and its refusals told apart.

Verification is never off. What the operator adds counts beside the system's authorities, for one registry alone.
"""

import ssl
from pathlib import Path

from bot.facts.testimony import Fault


# https://github.com/openssl/openssl/blob/openssl-3.0/include/openssl/x509_vfy.h.in
_EXPIRED = frozenset({9, 10})  # or not yet valid: runtimes say both in one sentence
_UNKNOWN = frozenset({2, 7, 18, 19, 20, 21, 27})  # self-signed, or signed by nobody known
_OTHER_NAME = frozenset({62, 64})  # host, address


class NoAuthorities(Exception):
    """There are no certificates to verify a registry's with. Stays in this room."""


class Trust:
    """TLS contexts, made once for each set of authorities."""

    def __init__(self) -> None:
        self._made: dict[tuple[Path | None, int], ssl.SSLContext] = {}

    def context(self, ca_file: Path | None = None) -> ssl.SSLContext:
        """Verify with the system's authorities, and with those of a file.

        Args:
            ca_file: PEM; read again when it has changed, because certificates are renewed while a bot runs.

        Raises:
            NoAuthorities: the file cannot be read, or nothing is trusted on this system.
        """
        try:
            changed = ca_file.stat().st_mtime_ns if ca_file else 0
            if (ca_file, changed) not in self._made:
                self._made = {key: made for key, made in self._made.items() if key[0] != ca_file}
                self._made[ca_file, changed] = _context(ca_file)
        except OSError:  # ssl.SSLError is one
            raise NoAuthorities from None
        return self._made[ca_file, changed]


def _context(ca_file: Path | None) -> ssl.SSLContext:
    # Not create_default_context: it writes the session's keys to a file where the environment says so.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(ca_file)
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath or context.cert_store_stats()["x509_ca"]):
        raise NoAuthorities
    return context


def tls_failure(error: ssl.SSLError) -> tuple[Fault, str]:
    """Why a handshake failed, and a few words of OpenSSL's where the fault does not say it all."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _mistrust(error)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Fault.DROPPED, ""
    reason = str(getattr(error, "reason", None) or "")  # Python's own errors have none
    return Fault.TLS_FAILED, reason.lower().replace("_", " ")


def _mistrust(error: ssl.SSLCertVerificationError) -> tuple[Fault, str]:
    if error.verify_code in _UNKNOWN:
        return Fault.TLS_UNKNOWN_AUTHORITY, ""
    if error.verify_code in _EXPIRED:
        return Fault.TLS_CERTIFICATE_EXPIRED, "not valid yet" if error.verify_code == 9 else ""
    if error.verify_code in _OTHER_NAME:
        return Fault.TLS_NAME_MISMATCH, ""
    return Fault.TLS_FAILED, str(error.verify_message or "")[:80]
