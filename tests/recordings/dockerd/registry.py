"""A registry that misbehaves on purpose, with the resolver, proxy and certificates around it.

Scratch folder in, servers on loopback out. The name in the Host header chooses what is wrong.
"""

import base64
import gzip
import hashlib
import io
import json
import socket
import socketserver
import ssl
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


DOMAIN = "registry.example"
HUB = ("registry-1.docker.io", "auth.docker.io", "index.docker.io")
NO_ADDRESS = ("nosuch", "servfail", "dnssilent", "cdnhost")
NAMES = (
    "basic",
    "token401",
    "token403",
    "token500",
    "tokenhtml",
    "auth",
    "scope",
    "denied",
    "forbiddenhtml",
    "good",
    "noname",
    "plain404",
    "harbor",
    "limit",
    "limitplain",
    "e500",
    "e502",
    "e503",
    "e504",
    "e402",
    "html",
    "plain",
    "selfsigned",
    "expired",
    "wrongname",
    "garbage",
    "refused",
    "closes",
    "silent",
    "hang",
    "backlog",
    "noblob",
    "noconfig",
    "blob403",
    "blob500",
    "short",
    "garbled",
    "garbledconfig",
    "cdn",
    "cdnrefused",
    "notgzip",
    "arm64",
    "windows",
    "schema1",
    "mediatype",
    "helm",
    "badjson",
    "loop",
    "needsauth",
    "forbidden",
    "down",
)
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
PAGE = b"<html><head><title>Welcome</title></head><body><h1>Please sign in</h1></body></html>"
LIMIT = "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"


def wrong_credentials() -> str:
    """The X-Registry-Auth header of somebody with a wrong password."""
    return base64.urlsafe_b64encode(json.dumps({"username": "reader", "password": "wrong"}).encode()).decode()


def prepare(world: Path) -> None:
    """Hosts, resolver and certificates that only the daemon under test sees."""
    names = [f"{name}.{DOMAIN}" for name in NAMES] + list(HUB)
    (world / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"::1 {name}\n" for name in names))
    (world / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    trusted = world / "etc-docker" / "certs.d"
    _certificates(world)
    authority = (world / "ca.crt").read_bytes()
    for name in [*names, DOMAIN, "docker.io", f"garbage.{DOMAIN}:5081"]:
        if not name.startswith("selfsigned"):
            (trusted / name).mkdir(parents=True, exist_ok=True)
            (trusted / name / "ca.crt").write_bytes(authority)


def _certificates(world: Path) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, cwd=world, capture_output=True)

    for authority in ("ca", "hubca"):
        subject = ["-days", "30", "-subj", f"/CN=test {authority}"]
        openssl(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{authority}.key",
            "-out",
            f"{authority}.crt",
            *subject,
        )
    kinds = {
        "good": (f"DNS:*.{DOMAIN}", "30", "ca"),
        # dockerd reads no certs.d for Docker Hub: its authority is the only one that the whole daemon trusts.
        "hub": (",".join(f"DNS:{name}" for name in HUB), "30", "hubca"),
        "wrongname": ("DNS:ingress.local", "30", "ca"),
        "expired": (f"DNS:*.{DOMAIN}", "-1", "ca"),
    }
    for kind, (names, days, authority) in kinds.items():
        (world / f"{kind}.ext").write_text(f"subjectAltName={names}\n")
        openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{kind}.key",
            "-out",
            f"{kind}.csr",
            "-subj",
            f"/CN={kind}",
        )
        openssl(
            "x509",
            "-req",
            "-in",
            f"{kind}.csr",
            "-days",
            days,
            "-CA",
            f"{authority}.crt",
            "-CAkey",
            f"{authority}.key",
            "-CAcreateserial",
            "-out",
            f"{kind}.crt",
            "-extfile",
            f"{kind}.ext",
        )


def servers(world: Path) -> Iterator[Callable[[], None]]:
    """Everything that must run beside the daemon."""
    yield from (_tls_registry(world), _plain_registry, _resolver)
    yield lambda: _raw(5081, lambda one: one.sendall(b"\x15\x03\x01\x00\x02\x02\x28"))
    yield lambda: _raw(5082, lambda _: None)
    yield lambda: _raw(5083, lambda _: time.sleep(60))
    yield _full_backlog
    yield lambda: _raw(5085, _proxy)


class _V6(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A broken handshake is the point, not news."""


def _tls_registry(world: Path) -> Callable[[], None]:
    contexts = {}
    for kind in ("good", "hub", "wrongname", "expired"):
        contexts[kind] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[kind].load_cert_chain(world / f"{kind}.crt", world / f"{kind}.key")

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        kind = "hub" if name in HUB else (name or "").split(".")[0]
        connection.context = contexts.get(kind, contexts["good"])

    contexts["good"].sni_callback = choose

    def serve() -> None:
        server = _V6(("::1", 443), Answering)
        server.socket = contexts["good"].wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.serve_forever()

    return serve


def _plain_registry() -> None:
    _V6(("::1", 5080), Answering).serve_forever()


def _raw(port: int, speak: Callable[[socket.socket], None]) -> None:
    class Speaking(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            speak(self.request)

    class Server(socketserver.ThreadingTCPServer):
        address_family = socket.AF_INET6
        allow_reuse_address = True
        daemon_threads = True

    Server(("::1", port), Speaking).serve_forever()


def _full_backlog() -> None:
    """A listener whose queue is full: further SYNs are dropped, as a firewall drops them."""
    listening = socket.socket(socket.AF_INET6)
    listening.bind(("::1", 5084))
    listening.listen(0)
    waiting = []
    for _ in range(4):
        one = socket.socket(socket.AF_INET6)
        one.setblocking(False)
        one.connect_ex(("::1", 5084))
        waiting.append(one)
    time.sleep(600)


def _proxy(connection: socket.socket) -> None:
    asked = connection.recv(4096).decode("latin1")
    answers = {
        "needsauth": "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=proxy",
        "forbidden": "403 Forbidden",
        "down": "503 Service Unavailable",
    }
    head = next((answer for name, answer in answers.items() if name in asked), "502 Bad Gateway")
    connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n".encode())


def _resolver() -> None:
    """A DNS server that answers NXDOMAIN, SERVFAIL or nothing, by the name asked for."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 53))
    while True:
        query, sender = listening.recvfrom(512)
        if b"dnssilent" in query:
            continue
        code = 2 if b"servfail" in query else 3
        listening.sendto(
            query[:2] + bytes([0x81, 0x80 | code]) + query[4:6] + b"\x00" * 6 + query[12:], sender
        )


def _layer(name: str) -> bytes:
    """Another layer for each host: a daemon that has one from elsewhere does not ask for it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("hello")
        entry.size = len(name)
        archive.addfile(entry, io.BytesIO(name.encode()))
    return packed.getvalue()


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _packed(name: str) -> bytes:
    return b"this is no archive at all" * 40 if name == "notgzip" else gzip.compress(_layer(name), mtime=0)


def _config(name: str) -> bytes:
    told = {
        "architecture": "amd64",
        "os": "windows" if name == "windows" else "linux",
        "config": {"Labels": {"host": name}},
        "rootfs": {"type": "layers", "diff_ids": [_digest(_layer(name))]},
    }
    return json.dumps(told).encode()


def _manifest(
    config: bytes, layer: bytes, config_type: str = "application/vnd.docker.container.image.v1+json"
) -> bytes:
    layers = [
        {
            "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "size": len(layer),
            "digest": _digest(layer),
        }
    ]
    told = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": config_type, "size": len(config), "digest": _digest(config)},
        "layers": layers,
    }
    return json.dumps(told).encode()


def _error(code: str, message: str, detail: object = None) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message, "detail": detail}]}).encode()


class Answering(BaseHTTPRequestHandler):
    """One request: the first label of the host says what goes wrong."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """The daemon's own words are what is recorded."""

    def do_HEAD(self) -> None:
        """As GET, without a body."""
        self.do_GET()

    def do_POST(self) -> None:
        """Only token services are posted to."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def do_GET(self) -> None:
        """Ping, token, manifest or blob."""
        host = self.headers.get("Host", "").split(":")[0]
        name = "hub" if host in HUB else host.split(".")[0]
        path = self.path.split("?")[0]
        if "token" in path:
            self._token()
        elif path in ("/v2/", "/v2"):
            self._ping(name)
        elif "/blobs/" in path:
            self._blob(name, path)
        else:
            self._manifest(name, path)

    def _token(self) -> None:
        if "token401" in self.path or "badcreds" in self.path:
            self._say(401, _error("UNAUTHORIZED", "incorrect username or password"))
        elif "token403" in self.path:
            self._say(403, _error("DENIED", "requested access to the resource is denied"))
        elif "token500" in self.path:
            self._say(500, b'{"details":"internal error"}')
        elif "tokenhtml" in self.path:
            self._say(200, PAGE, "text/html")
        else:
            self._say(200, b'{"token":"abc","access_token":"abc","expires_in":300}')

    def _ping(self, name: str) -> None:
        whole = {"e502": (502, PAGE), "e503": (503, b""), "html": (200, PAGE)}
        if name == "hang":
            time.sleep(90)
        elif name in whole:
            self._say(*whole[name], "text/html")
        elif name == "basic":
            self._challenge('Basic realm="registry"')
        elif name == "hub" or name.startswith("token") or name in ("scope", "denied"):
            self._challenge(f'Bearer realm="{self._realm(name)}",service="{name}"')
        else:
            self._say(200, b"{}")

    def _realm(self, name: str) -> str:
        return "https://auth.docker.io/token" if name == "hub" else f"https://auth.{DOMAIN}/{name}/token"

    def _challenge(self, challenge: str, body: bytes | None = None) -> None:
        self._say(
            401,
            body or _error("UNAUTHORIZED", "authentication required"),
            headers={"WWW-Authenticate": challenge},
        )

    def _manifest(self, name: str, path: str) -> None:
        errors = {
            "denied": (403, _error("DENIED", "requested access to the resource is denied")),
            "forbiddenhtml": (403, PAGE.replace(b"Welcome", b"403 Forbidden")),
            "noname": (404, _error("NAME_UNKNOWN", "repository name not known to registry")),
            "plain404": (404, b"404 page not found\n"),
            "harbor": (404, _error("NOT_FOUND", "project nope not found")),
            "limit": (429, _error("TOOMANYREQUESTS", LIMIT)),
            "limitplain": (429, b"Too Many Requests\n"),
            "e502": (502, PAGE.replace(b"Welcome", b"502 Bad Gateway")),
            "e500": (500, _error("UNKNOWN", "unknown error")),
            "e503": (503, b""),
            "e504": (504, PAGE.replace(b"Welcome", b"504 Gateway Time-out")),
            "e402": (402, _error("PAYMENT_REQUIRED", "payment required")),
            "badjson": (200, b"no manifest at all"),
        }
        if name == "basic":
            self._challenge('Basic realm="registry"')
        elif name == "scope":
            challenge = f'Bearer realm="{self._realm(name)}",service="scope",scope="repository:shop/web:pull",error="insufficient_scope"'
            self._challenge(challenge, _error("UNAUTHORIZED", "authentication required"))
        elif name == "loop":
            self._say(307, b"", headers={"Location": self.path})
        elif name == "hub":
            self._hub(path)
        elif name in errors:
            status, body = errors[name]
            self._say(status, body, "application/json" if body.startswith(b"{") else "text/html")
        elif path.endswith(("/nope", "0" * 64)):
            self._say(404, _error("MANIFEST_UNKNOWN", "manifest unknown", {"Tag": "nope"}))
        else:
            self._say(*self._content(name))

    def _hub(self, path: str) -> None:
        if "/limited/" in path:
            self._say(429, _error("TOOMANYREQUESTS", LIMIT))
        elif path.startswith("/v2/library/"):
            self._say(404, _error("MANIFEST_UNKNOWN", "manifest unknown", "unknown tag=nope"))
        else:
            scope = (
                f'Bearer realm="{self._realm("hub")}",service="registry.docker.io",error="insufficient_scope"'
            )
            self._challenge(scope, _error("UNAUTHORIZED", "authentication required"))

    def _content(self, name: str) -> tuple[int, bytes, str]:
        config, layer = _config(name), _packed(name)
        if name == "arm64":
            entry = {
                "mediaType": MANIFEST,
                "size": 1,
                "digest": _digest(b"x"),
                "platform": {"os": "linux", "architecture": "arm64"},
            }
            return (
                200,
                json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).encode(),
                INDEX,
            )
        if name == "schema1":
            return (
                200,
                b'{"schemaVersion":1,"name":"shop/web","tag":"v1","fsLayers":[],"history":[]}',
                SCHEMA1,
            )
        if name == "mediatype":
            return 200, b'{"schemaVersion":2}', "application/vnd.acme.thing.v1+json"
        if name == "html":
            return 200, PAGE, "text/html"
        if name == "helm":
            chart = _manifest(config, layer, "application/vnd.cncf.helm.config.v1+json")
            kind = "application/vnd.oci.image.manifest.v1+json"
            return 200, chart.replace(MANIFEST.encode(), kind.encode()), kind
        return 200, _manifest(config, layer), MANIFEST

    def _blob(self, name: str, path: str) -> None:
        is_config = path.endswith(_digest(_config(name)))
        whole = _config(name) if is_config else _packed(name)
        missing = _error("BLOB_UNKNOWN", "blob unknown to registry")
        storage = {
            "noblob": (404, missing),
            "blob403": (403, b"<Error><Code>AccessDenied</Code></Error>"),
            "blob500": (500, b""),
        }
        elsewhere = {
            "cdn": f"https://cdnhost.{DOMAIN}/blob",
            "cdnrefused": f"https://refused.{DOMAIN}:5999/blob",
        }
        if name == "noconfig" and is_config:
            self._say(404, missing)
        elif name == "garbledconfig" and is_config:
            self._say(200, whole.replace(b"amd64", b"arm64"), "application/octet-stream")
        elif name in elsewhere and not is_config:
            self._say(307, b"", headers={"Location": elsewhere[name]})
        elif name in storage and not is_config:
            self._say(*storage[name])
        elif name == "garbled" and not is_config:
            self._say(200, whole[:-8] + b"\x00" * 8, "application/octet-stream")
        elif name == "short" and not is_config:
            self._say(200, whole, "application/octet-stream", cut=20)
        else:
            self._say(200, whole, "application/octet-stream")

    def _say(
        self,
        status: int,
        body: bytes,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
        cut: int = 0,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) - cut] if cut else body)
        if cut:
            self.close_connection = True
