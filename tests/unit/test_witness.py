"""What the probe on a node makes of the hosts that it meets: good ones, broken ones and hostile ones."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import witness
from bot.facts.testimony import Fault
from bot.witness import Road
from tests.fakes import certificates


UNAUTHORIZED = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="x"\r\nContent-Length: 0\r\n\r\n'
PORTAL = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Please log in</html>"


def _context(folder: Path, certificate: str) -> ssl.SSLContext:
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_text(certificate)
    key.write_text(certificates.REGISTRY_KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificates.REGISTRY_AUTHORITY)


@contextmanager
def _serving(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server on loopback until the block is left; each connection is answered in turn."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.02)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    continue
                with connection:
                    connection.settimeout(1)
                    try:
                        answer(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join()


def _tls(context: ssl.SSLContext, said: bytes) -> Callable[[socket.socket], object]:
    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(said)

    return answer


def _road(addresses: Sequence[str] = ("127.0.0.1",)) -> Road:
    return Road(lambda _, __: addresses, lambda _: "", _trust)


def test_witness_tells_that_all_is_well(tmp_path: Path) -> None:
    """Addresses, connection, a certificate that holds with its issuer and end, and a registry's answer."""
    with _serving(_tls(_context(tmp_path, certificates.REGISTRY), UNAUTHORIZED)) as port:
        told = witness.look("registry.internal", port, _road())
    assert told["resolve"] == ""
    assert told["connects"] == [{"address": "127.0.0.1", "fault": ""}]
    assert told["tls"] == {
        "fault": "",
        "said": "",
        "issuer": "test-registry-ca",
        "until": "2126-01-01T00:00:00+00:00",
    }
    assert told["http"] == {"fault": "", "status": 401, "registry": True}


@pytest.mark.parametrize(
    ("certificate", "host", "fault", "until"),
    [
        (certificates.REGISTRY_EXPIRED, "registry.internal", Fault.TLS_CERTIFICATE_EXPIRED, "2021-01-01"),
        (certificates.REGISTRY, "other.internal", Fault.TLS_NAME_MISMATCH, "2126-01-01"),
        (certificates.REGISTRY_SELF_SIGNED, "registry.internal", Fault.TLS_UNKNOWN_AUTHORITY, "2125-06-16"),
    ],
)
def test_witness_tells_why_a_certificate_does_not_hold(
    tmp_path: Path, certificate: str, host: str, fault: Fault, until: str
) -> None:
    """And whose it is all the same, and that somebody answers behind it."""
    with _serving(_tls(_context(tmp_path, certificate), UNAUTHORIZED)) as port:
        told = witness.look(host, port, _road())
    assert told["tls"]["fault"] == fault
    assert told["tls"]["until"].startswith(until)
    assert told["http"]["status"] == 401


def test_witness_knows_a_login_page_from_a_registry(tmp_path: Path) -> None:
    """A captive portal answers 200 to anything."""
    with _serving(_tls(_context(tmp_path, certificates.REGISTRY), PORTAL)) as port:
        told = witness.look("registry.internal", port, _road())
    assert told["http"] == {"fault": "", "status": 200, "registry": False}


def test_witness_tells_plain_http() -> None:
    """Where TLS is expected and HTTP is spoken, nothing more is asked."""

    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(UNAUTHORIZED)

    with _serving(answer) as port:
        told = witness.look("registry.internal", port, _road())
    assert told["tls"]["fault"] == Fault.TLS_PLAIN_HTTP
    assert "http" not in told


def test_witness_tells_who_hangs_up() -> None:
    """A connection that is taken and dropped is another fault than one that is refused."""
    with _serving(lambda each: each.recv(1)) as port:
        told = witness.look("registry.internal", port, _road())
    assert told["tls"]["fault"] in {Fault.DROPPED, "tls-failed"}


def test_witness_tells_a_refused_connection() -> None:
    """Of each address that was tried."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    told = witness.look("registry.internal", port, _road())
    assert told["connects"] == [{"address": "127.0.0.1", "fault": "connect-refused"}]
    assert "tls" not in told


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999 X\r\n\r\n"])
def test_witness_does_not_believe_what_is_no_http(tmp_path: Path, said: bytes) -> None:
    """Nothing of it is repeated."""
    with _serving(_tls(_context(tmp_path, certificates.REGISTRY), said)) as port:
        told = witness.look("registry.internal", port, _road())
    assert told["http"] == {
        "fault": "garbled" if said else "dropped",
        "status": 0,
        "registry": False,
    }


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "dns-nxdomain"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "dns-no-answer"),
        (socket.gaierror(socket.EAI_FAIL, "x"), "dns-no-answer"),
    ],
)
def test_witness_tells_no_such_name_from_no_answer(error: OSError, fault: str) -> None:
    """The one may be the name's fault, the other is never."""

    def resolve(_: str, __: int) -> Sequence[str]:
        raise error

    told = witness.look("registry.internal", 443, Road(resolve, lambda _: ""))
    assert told == {
        "version": 1,
        "host": "registry.internal",
        "port": 443,
        "addresses": [],
        "connects": [],
        "resolve": fault,
    }


def test_witness_leaves_a_resolver_that_hangs() -> None:
    """It has no limit of its own."""
    over = threading.Event()
    hangs = Road(lambda _, __: [str(over.wait(1))], lambda _: "", seconds={"resolve": 0.05})
    told = witness.look("registry.internal", 443, hangs)
    over.set()
    assert told["resolve"] == "dns-no-answer"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "100.100.100.200",
        "fe80::1%eth0",
        "0.0.0.0",  # noqa: S104  # nothing listens there
        "0.0.0.7",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "2002:a9fe:a9fe::1",
    ],
)
def test_witness_never_speaks_to_the_node_itself_or_its_cloud(address: str) -> None:
    """Whoever names an image chooses the host, and the node's own network reaches what no pod does."""
    told = witness.look("registry.internal", 443, Road(lambda _, __: [address], witness.never, _trust))
    assert told["connects"] == [{"address": address, "fault": Fault.UNSAFE_ADDRESS}]
    assert "tls" not in told


@pytest.mark.parametrize("address", ["10.1.2.3", "203.0.113.9", "fd00::7", "64:ff9b::cb00:7109"])
def test_witness_may_speak_to_what_a_registry_has(address: str) -> None:
    """Private addresses too: that is where registries of companies are."""
    assert witness.never(address) == ""


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 200])
def test_witness_reads_no_broken_certificate(cut: int) -> None:
    """What is cut short is none."""
    whole = ssl.PEM_cert_to_DER_cert(certificates.REGISTRY)
    with pytest.raises((ValueError, IndexError)):
        witness.leaf(whole[:cut])


def test_witness_leaves_its_statement_where_the_status_takes_it_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the file that is there, and on its output."""
    out = tmp_path / "termination-log"
    out.touch()
    assert witness.main(["registry.internal", "443"], out, Road(lambda _, __: [], lambda _: "")) == 0
    assert json.loads(out.read_text())["host"] == "registry.internal"
    assert json.loads(capsys.readouterr().out)["port"] == 443


def test_witness_makes_no_file_of_its_own(tmp_path: Path) -> None:
    """Run by hand it only tells."""
    out = tmp_path / "termination-log"
    assert witness.main(["registry.internal", "443"], out, Road(lambda _, __: [], lambda _: "")) == 0
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["a"], ["a", "0"], ["a", "65536"], ["a", "x"], ["-o", "443"], ["a b", "443"], ["a", "443", "b"]],
)
def test_witness_looks_at_nothing_that_is_not_a_host_and_a_port(arguments: Sequence[str]) -> None:
    """It says how it is called."""
    assert witness.main(arguments, road=Road(lambda _, __: pytest.fail("asked"), lambda _: "")) == 2


def test_witness_statement_fits_into_a_status() -> None:
    """However much it was told."""
    told = {
        "version": 1,
        "host": "h" * 253,
        "port": 443,
        "resolve": "",
        "addresses": ["f" * 600] * 8,
        "connects": [{"address": "f" * 45, "fault": "connect-timeout"}] * 3,
    }
    assert len(witness.statement(told).encode()) <= witness.MOST_BYTES
