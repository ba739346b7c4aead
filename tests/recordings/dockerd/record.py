"""Records what dockerd says when a registry misbehaves: a scratch folder in, ``../dockerd.jsonl`` out.

Everything stays on this machine: in mount namespaces of their own, dockerd daemons see hosts, resolver
and trusted certificates that lead to one small registry on ``[::1]`` (127.0.0.0/8 would not do: dockerd
trusts it without TLS). The registry chooses its misbehaviour by the name it was called by.

    sudo python tests/recordings/dockerd/record.py /tmp/scratch

needs dockerd, unshare and openssl. It stops what it started.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

import registry


OUT = Path(__file__).parent.parent / "dockerd.jsonl"
WORLD = Path(sys.argv[1])
DOCKER_HUB = "docker.io"

# scenario -> the image pulled, and what was wrong. Where the image's host is not in registry.HOSTS it has no address.
CASES: dict[str, tuple[str, str]] = {
    "basic-401": (
        "basic.registry.example/shop/web:v1",
        "the registry wants basic credentials, none are given",
    ),
    "token-401": ("token401.registry.example/shop/web:v1", "the token service answers 401"),
    "token-403": ("token403.registry.example/shop/web:v1", "the token service answers 403 DENIED"),
    "token-500": ("token500.registry.example/shop/web:v1", "the token service answers 500"),
    "token-html": ("tokenhtml.registry.example/shop/web:v1", "the token service answers with a page"),
    "scope": ("scope.registry.example/shop/web:v1", "a token is given, the manifest still answers 401"),
    "denied": ("denied.registry.example/shop/web:v1", "the manifest answers 403 DENIED"),
    "forbidden-html": ("forbiddenhtml.registry.example/shop/web:v1", "a firewall's page with 403"),
    "manifest-404": ("good.registry.example/shop/web:nope", "the tag does not exist"),
    "digest-404": ("good.registry.example/shop/web@sha256:" + "0" * 64, "the digest does not exist"),
    "name-404": ("noname.registry.example/shop/web:v1", "404 NAME_UNKNOWN"),
    "plain-404": ("plain404.registry.example/shop/web:v1", "404 without a JSON body"),
    "harbor-404": ("harbor.registry.example/nope/web:v1", "404 NOT_FOUND as Harbor words it"),
    "limit-429": ("limit.registry.example/shop/web:v1", "429 TOOMANYREQUESTS"),
    "limit-plain": ("limitplain.registry.example/shop/web:v1", "429 without a JSON body"),
    "server-500": ("e500.registry.example/shop/web:v1", "500 on the manifest"),
    "server-502": ("e502.registry.example/shop/web:v1", "502 with a page on everything"),
    "server-503": ("e503.registry.example/shop/web:v1", "503 on everything"),
    "server-504": ("e504.registry.example/shop/web:v1", "504 with a page on the manifest"),
    "payment-402": ("e402.registry.example/shop/web:v1", "402 on the manifest"),
    "html-200": ("html.registry.example/shop/web:v1", "a captive portal's page with 200"),
    "plain-http": ("plain.registry.example:5080/shop/web:v1", "the registry speaks plain HTTP"),
    "self-signed": (
        "selfsigned.registry.example/shop/web:v1",
        "signed by an authority the node does not trust",
    ),
    "expired": ("expired.registry.example/shop/web:v1", "the certificate has expired"),
    "wrong-name": ("wrongname.registry.example/shop/web:v1", "the certificate is for another name"),
    "handshake": (
        "garbage.registry.example:5081/shop/web:v1",
        "the port answers the handshake with an alert",
    ),
    "refused": ("refused.registry.example:5999/shop/web:v1", "nobody listens"),
    "accept-close": ("closes.registry.example:5082/shop/web:v1", "the connection is closed at once"),
    "silent-tls": ("silent.registry.example:5083/shop/web:v1", "the port accepts and never speaks TLS"),
    "hang": ("hang.registry.example/shop/web:v1", "TLS works, the request is never answered"),
    "backlog": ("backlog.registry.example:5084/shop/web:v1", "SYNs are dropped"),
    "nxdomain": ("nosuch.registry.example/shop/web:v1", "NXDOMAIN"),
    "servfail": ("servfail.registry.example/shop/web:v1", "SERVFAIL"),
    "dns-silent": ("dnssilent.registry.example/shop/web:v1", "the resolver never answers"),
    "blob-404": ("noblob.registry.example/shop/web:v1", "a layer is missing"),
    "config-404": ("noconfig.registry.example/shop/web:v1", "the configuration is missing"),
    "blob-403": ("blob403.registry.example/shop/web:v1", "storage answers 403 for a layer"),
    "blob-500": ("blob500.registry.example/shop/web:v1", "storage answers 500 for a layer"),
    "blob-short": ("short.registry.example/shop/web:v1", "a layer ends early"),
    "blob-garbled": ("garbled.registry.example/shop/web:v1", "a layer's bytes do not have its digest"),
    "config-garbled": (
        "garbledconfig.registry.example/shop/web:v1",
        "the configuration's bytes do not have its digest",
    ),
    "cdn-nxdomain": (
        "cdn.registry.example/shop/web:v1",
        "layers are redirected to a name that does not exist",
    ),
    "cdn-refused": (
        "cdnrefused.registry.example/shop/web:v1",
        "layers are redirected to a port nobody listens on",
    ),
    "not-gzip": ("notgzip.registry.example/shop/web:v1", "a layer has its digest and is not an archive"),
    "arm64-only": ("arm64.registry.example/shop/web:v1", "the index holds arm64 only"),
    "windows": ("windows.registry.example/shop/web:v1", "the configuration says windows"),
    "schema1": ("schema1.registry.example/shop/web:v1", "schema 1, unsigned"),
    "media-type": ("mediatype.registry.example/shop/web:v1", "an unknown media type"),
    "helm": ("helm.registry.example/charts/app:0.1.0", "a Helm chart"),
    "bad-json": ("badjson.registry.example/shop/web:v1", "the manifest is not JSON"),
    "redirects": ("loop.registry.example/shop/web:v1", "redirects without an end"),
    "hub-missing": ("acme/nope:v1", "Docker Hub's answer for a repository that is missing or private"),
    "hub-tag": ("library/nginx:nope", "Docker Hub's answer for a missing tag"),
    "hub-limit": ("limited/web:v1", "Docker Hub's 429"),
    "name-upper": ("registry.example/Shop/web:v1", "upper case in the name"),
    "name-two-tags": ("registry.example/shop/web:a:b", "two tags"),
    "name-scheme": ("https://registry.example/shop/web", "a scheme"),
}
PROXY_CASES = {
    "refused": {
        "proxy-refused": ("good.registry.example/shop/web:v1", "nobody listens at the proxy's address")
    },
    "forbids": {
        "proxy-407": ("needsauth.registry.example/shop/web:v1", "the proxy wants credentials"),
        "proxy-403": ("forbidden.registry.example/shop/web:v1", "the proxy forbids the host"),
        "proxy-503": ("down.registry.example/shop/web:v1", "the proxy cannot reach the host"),
    },
}
# What a careful reader of the message says, and what else could be accepted; decided before any pattern was run.
SYMPTOMS: dict[str, tuple[str, ...]] = {
    "no-credentials": ("basic-401",),
    "unauthorized": ("token-401", "basic-wrong-password", "token-wrong-password", "hub-wrong-password"),
    "denied-or-missing": ("token-403", "scope", "denied", "hub-missing"),
    "forbidden": ("forbidden-html", "blob-403"),
    "registry-server-error": (
        "token-500",
        "server-500",
        "server-502",
        "server-503",
        "server-504",
        "blob-500",
    ),
    "unexpected-response": ("token-html", "plain-404", "payment-402", "html-200", "bad-json", "redirects"),
    "manifest-not-found": ("manifest-404", "digest-404", "hub-tag"),
    "repository-not-found": ("name-404", "harbor-404"),
    "rate-limited": ("limit-429", "limit-plain", "hub-limit"),
    "http-https-mismatch": ("plain-http",),
    "x509-untrusted": ("self-signed",),
    "x509-expired": ("expired",),
    "x509-name-mismatch": ("wrong-name",),
    "tls-handshake-failed": ("handshake", "silent-tls"),
    "connect-refused": ("refused", "cdn-refused"),
    "connection-dropped": ("accept-close",),
    "request-timeout": ("hang",),
    "connect-timeout": ("backlog",),
    "dns-failure": ("nxdomain", "servfail", "dns-silent", "cdn-nxdomain"),
    "blob-missing": ("blob-404", "config-404"),
    "layer-corrupt": ("blob-short", "blob-garbled", "config-garbled", "not-gzip"),
    "platform-mismatch": ("arm64-only", "windows"),
    "manifest-unsupported": ("schema1", "media-type", "helm"),
    "invalid-reference": ("name-upper", "name-two-tags", "name-scheme"),
    "proxy-failed": ("proxy-refused", "proxy-407", "proxy-403", "proxy-503"),
}
ALSO: dict[str, tuple[str, ...]] = {
    "token-403": ("forbidden",),
    "denied": ("forbidden",),
    "forbidden-html": ("unexpected-response",),
    "plain-404": ("manifest-not-found",),
    "blob-short": ("unexpected-response", "connection-dropped"),
    "schema1": ("unexpected-response",),
    "media-type": ("unexpected-response",),
    # Only the proxy can say this, but it says it in the registry's name.
    "proxy-403": ("forbidden",),
    "proxy-503": ("registry-server-error",),
}
PROXIES = {"refused": "http://[::1]:5998", "forbids": "http://[::1]:5085", "": ""}
CREDENTIAL_CASES = {
    "basic-wrong-password": (
        "basic.registry.example/shop/web:v1",
        "basic credentials that the registry refuses",
    ),
    "token-wrong-password": (
        "token401.registry.example/shop/web:v1",
        "the token service refuses the credentials",
    ),
    "hub-wrong-password": ("badcreds/web:v1", "Docker Hub refuses the credentials"),
}


def main() -> None:
    """Record every case, one daemon per proxy setting."""
    shutil.rmtree(WORLD, ignore_errors=True)
    WORLD.mkdir(parents=True)
    registry.prepare(WORLD)
    servers = [threading.Thread(target=one, daemon=True) for one in registry.servers(WORLD)]
    for server in servers:
        server.start()
    time.sleep(1)
    rows = []
    for proxy, cases in (("", CASES), *PROXY_CASES.items()):
        daemon = start_dockerd(PROXIES[proxy])
        try:
            rows += [row for name, (image, wrong) in cases.items() for row in recorded(name, image, wrong)]
            if not proxy:
                for name, (image, wrong) in CREDENTIAL_CASES.items():
                    rows += recorded(name, image, wrong, credentials=True)
        finally:
            stop(daemon)
    OUT.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    sys.stderr.write(f"{len(rows)} rows in {OUT}\n")


def start_dockerd(proxy: str) -> subprocess.Popen[bytes]:
    """One daemon in a mount namespace of its own, where names and trust are ours."""
    script = (
        'mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/resolv.conf" /etc/resolv.conf && '
        'mkdir -p /etc/docker && mount --bind "$0/etc-docker" /etc/docker && '
        'exec dockerd --host "unix://$0/docker.sock" --data-root "$0/data" --exec-root "$0/exec" '
        '--pidfile "$0/docker.pid" --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs '
        "--max-download-attempts 1"
    )
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    environment["SSL_CERT_FILE"] = str(WORLD / "hubca.crt")
    if proxy:
        environment |= {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy}
    with (WORLD / "dockerd.log").open("ab") as log:
        daemon = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", script, str(WORLD)], stdout=log, stderr=log, env=environment
        )
    for _ in range(60):
        time.sleep(0.5)
        if (WORLD / "docker.sock").exists() and asked("GET", "/_ping")[0] == 200:
            return daemon
    stop(daemon)
    raise SystemExit("dockerd did not start; see dockerd.log in the scratch folder")


def stop(daemon: subprocess.Popen[bytes]) -> None:
    """End the daemon that this script started."""
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(timeout=60)


class _Unix(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(str(WORLD / "docker.sock"))


def asked(method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """One request to the daemon's API."""
    connection = _Unix("localhost")
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError as error:
        return 0, str(error)
    finally:
        connection.close()


def recorded(name: str, image: str, wrong: str, *, credentials: bool = False) -> list[dict[str, object]]:
    """What the daemon said to one pull, and the same as the kubelet shows it through cri-dockerd."""
    path = "/images/create?" + urllib.parse.urlencode({"fromImage": image})
    headers = {"X-Registry-Auth": registry.wrong_credentials()} if credentials else {}
    status, body = asked("POST", path, headers)
    message = ""
    for line in body.splitlines():
        told = json.loads(line)
        if status >= 400 and "message" in told:
            # The Go client that cri-dockerd uses puts this before every error that came with a status.
            message = "Error response from daemon: " + told["message"]
        elif "error" in told:
            message = told["error"]
    sys.stderr.write(f"{name}: {status} {message[:160]}\n")
    if not message:
        return []
    row = {"runtime": "dockerd", "scenario": name, "did": wrong, "image": image}
    label = {
        "symptom": next(symptom for symptom, names in SYMPTOMS.items() if name in names),
        "also_ok": ALSO.get(name, ()),
    }
    # https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/images/image_manager.go
    shown = f'Failed to pull image "{image}": rpc error: code = Unknown desc = {message}'
    waiting = f'Back-off pulling image "{image}": ErrImagePull: {message}'
    shapes = (
        ("waiting", "ErrImagePull", message, False),
        ("event", "Failed", shown, True),
        ("waiting", "ImagePullBackOff", waiting, True),
    )
    return [
        {
            "id": f"dockerd-20.10/{name}/{place}",
            **row,
            "where": where,
            "reason": reason,
            "message": text,
            "wrapped": wrapped,
            **label,
        }
        for place, (where, reason, text, wrapped) in enumerate(shapes, 1)
    ]


if __name__ == "__main__":
    main()
