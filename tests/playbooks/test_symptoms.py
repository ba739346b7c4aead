"""Every pattern of ``playbooks/symptoms`` against its own examples, and every message that the project carries."""

import json
from pathlib import Path

import pytest

from bot.catalog import symptoms
from bot.diagnosis.signatures import Pattern, Role, SignatureBook, SymptomRule


ROOT = Path(__file__).resolve().parents[2]
RULES = symptoms.load(ROOT / "playbooks" / "symptoms")
BOOK = SignatureBook(RULES)
RECORDINGS = ROOT / "tests" / "recordings"

# The vocabulary of the diagnosis: what a runtime or registry can have said.
SYMPTOMS = {
    "manifest-not-found",
    "repository-not-found",
    "blob-missing",
    "denied-or-missing",
    "unauthorized",
    "forbidden",
    "no-credentials",
    "credential-fetch-failed",
    "rate-limited",
    "kubelet-pull-limit",
    "registry-server-error",
    "unexpected-response",
    "dns-failure",
    "connect-timeout",
    "connect-refused",
    "connection-dropped",
    "request-timeout",
    "tls-handshake-failed",
    "proxy-failed",
    "x509-untrusted",
    "x509-name-mismatch",
    "x509-expired",
    "http-https-mismatch",
    "invalid-reference",
    "platform-mismatch",
    "manifest-unsupported",
    "layer-corrupt",
    "disk-full",
    "local-runtime-error",
    "pull-cancelled",
    "never-pull",
    "signature-rejected",
    "pull-stalled",
    "exec-format-error",
    "backoff-only",
}

PATTERNS = [(rule, pattern) for rule in RULES if rule.role is Role.SYMPTOM for pattern in rule.patterns]


def rows(name: str) -> list[dict[str, object]]:
    """The labelled messages of one file."""
    return [json.loads(line) for line in (RECORDINGS / name).read_text().splitlines()]


def test_symptoms_are_the_agreed_ones() -> None:
    """One file for each symptom, and no other."""
    assert {rule.id for rule in symptoms.symptoms(RULES)} == SYMPTOMS


@pytest.mark.parametrize(
    ("rule", "pattern"), PATTERNS, ids=[f"{rule.id}/{pattern.id}" for rule, pattern in PATTERNS]
)
def test_examples_show_their_symptom(rule: SymptomRule, pattern: Pattern) -> None:
    """A pattern has an example, and every example of it is named by its symptom."""
    assert pattern.examples, "an example is what proves a pattern"
    for example in pattern.examples:
        named = BOOK.recognize(example)
        assert named is not None, example
        assert named[0] == rule.id, example


@pytest.mark.parametrize(
    ("rule", "pattern"), PATTERNS, ids=[f"{rule.id}/{pattern.id}" for rule, pattern in PATTERNS]
)
def test_counter_examples_do_not(rule: SymptomRule, pattern: Pattern) -> None:
    """What looks like the symptom and is not must not be named by it."""
    for example in pattern.counter_examples:
        named = BOOK.recognize(example)
        assert named is None or named[0] != rule.id, example


@pytest.mark.parametrize("name", ["messages.jsonl", "dockerd.jsonl", "public_messages.jsonl"])
def test_carried_messages_are_named_rightly(name: str) -> None:
    """Every recorded, provoked or public message has the symptom that a careful reader gave it."""
    wrong = []
    for row in rows(name):
        named = BOOK.recognize(str(row["message"] or ""), str(row.get("reason") or ""))
        told = named[0] if named else None
        if told != row["symptom"] and told not in row["also_ok"]:
            wrong.append((row["id"], row["symptom"], told))
    assert wrong == []


def test_further_public_messages_are_never_named_wrongly() -> None:
    """Of the second collection nothing is named wrongly, and next to nothing is left unnamed."""
    further = rows("public_messages_2.jsonl")
    told = [BOOK.recognize(str(row["message"]), str(row["reason"] or "")) for row in further]
    wrong = [
        (row["id"], row["symptom"], named)
        for row, named in zip(further, told, strict=True)
        if named is not None and named[0] not in {row["symptom"], *row["also_ok"]}
    ]
    missed = [
        row["id"]
        for row, named in zip(further, told, strict=True)
        if named is None and None not in {row["symptom"], *row["also_ok"]}
    ]
    assert wrong == []
    assert len(missed) <= len(further) // 50, missed


def test_published_first_runs_are_those_of_the_rows() -> None:
    """docs/classification.md says what the rows' first answers add up to."""
    page = (ROOT / "docs" / "classification.md").read_text()
    collections = {"collection 1": rows("public_messages.jsonl")}
    for batch in ("2a", "2b"):
        collections[f"batch {batch}"] = [
            row for row in rows("public_messages_2.jsonl") if row["batch"] == batch
        ]
    for title, some in collections.items():
        first = [row["first_run"] for row in some]
        counts = " | ".join(str(first.count(grade)) for grade in ("right", "wrong", "unknown"))
        alike = [row["first_run"] for row in some if row["symptom"] is None]
        assert f"| {title} | {len(some)} | {counts} |" in page
        assert f"| {title} | {len(alike)} | {alike.count('right')} | {alike.count('wrong')} |" in page


@pytest.mark.parametrize("line", (RECORDINGS / "foreign_lines.txt").read_text().splitlines())
def test_lines_of_other_programs_are_left_alone(line: str) -> None:
    """Images, registries, 401s and timeouts of scanners, updaters, builds and applications are not the node's pulls."""
    assert BOOK.recognize(line) is None


EVENTS = """Events:
  Type     Reason     Age                 From     Message
  ----     ------     ----                ----     -------
  Normal   Pulled     9m                  kubelet  Container image "proxy:v1" already present on machine
  Warning  Unhealthy  3m (x9 over 8m)     kubelet  Readiness probe failed: Get "http://192.0.2.5:8080/": dial tcp 192.0.2.5:8080: connect: connection refused
"""


def test_rows_about_other_things_do_not_name_the_pull() -> None:
    """In a table of events a probe's words neither name a pull nor hide it."""
    assert BOOK.recognize(EVENTS) is None
    waiting = BOOK.recognize(EVENTS + '  Normal   BackOff    2m  kubelet  Back-off pulling image "web:v1"')
    missing = BOOK.recognize(
        EVENTS
        + '  Warning  Failed     2m  kubelet  Failed to pull image "web:v9": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/web:v9": failed to resolve reference "docker.io/library/web:v9": docker.io/library/web:v9: not found'
    )
    assert waiting is not None
    assert waiting[0] == "backoff-only"
    assert missing is not None
    assert missing[0] == "manifest-not-found"


def test_every_recorded_message_survives_being_wrapped() -> None:
    """Escaped again, in an event's line, or with the old gRPC prefix, a message keeps its symptom."""
    for row in rows("dockerd.jsonl"):
        if row["wrapped"]:
            continue
        message = str(row["message"])
        wrapped = (
            f'  Warning  Failed  3m (x4 over 5m)  kubelet  Failed to pull image "{row["image"]}": rpc error: code = Unknown desc = {message}',
            f'(combined from similar events): Failed to pull image "{row["image"]}": {message}',
            f'Error syncing pod, skipping: failed to "StartContainer" for "web" with ErrImagePull: {json.dumps(message)}',
            f"Back-off pulling image {json.dumps(row['image'])}: ErrImagePull: {message}",
        )
        for text in wrapped:
            named = BOOK.recognize(text)
            assert named is not None, text
            assert named[0] in {row["symptom"], *row["also_ok"]}, text


LOOK_ALIKES = [
    (
        "Unhealthy",
        'Readiness probe failed: Get "https://10.0.0.7:8443/v2/": x509: certificate signed by unknown authority',
    ),
    ("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503"),
    ("", "Startup probe failed: dial tcp 10.0.0.7:8080: connect: connection refused"),
    ("FailedMount", 'MountVolume.SetUp failed for volume "kube-api-access" : no space left on device'),
    ("", "Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition"),
    ("", "0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available"),
    (
        "",
        'Internal error occurred: failed calling webhook "v.example.com": Post "https://v.ns.svc:443/": context deadline exceeded',
    ),
    (
        "",
        'admission webhook "verify.example.com" denied the request: image ghcr.io/acme/web is not signed: unauthorized',
    ),
    ("CrashLoopBackOff", "back-off 5m0s restarting failed container=web pod=web-1_shop(1f2e)"),
    (
        "CrashLoopBackOff",
        'Get "https://registry.example.com/v2/acme/web/manifests/v1": dial tcp: lookup registry.example.com: no such host',
    ),
    ("", "Back-off restarting failed container web in pod web-1_shop(1f2e)"),
    ("CreateContainerConfigError", 'secret "db" not found'),
    ("", "Error: couldn't find key password in Secret shop/db"),
    (
        "",
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "1f2e": plugin type="calico" failed (add): connection is unauthorized: Unauthorized',
    ),
    ("", "Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded"),
    ("", 'Error from server (Forbidden): pods is forbidden: User "x" cannot list resource "pods"'),
    (
        "",
        'Error: INSTALLATION FAILED: failed to do request: Head "https://ghcr.io/v2/acme/chart/manifests/1": EOF',
    ),
    (
        "",
        "The push refers to repository [docker.io/acme/web] denied: requested access to the resource is denied: docker push",
    ),
    ("", "ERROR: failed to solve: python:3.99: docker.io/library/python:3.99: not found"),
    ("FailedCreate", 'Error creating: pods "web-1" is forbidden: exceeded quota: compute'),
    ("Evicted", "The node was low on resource: ephemeral-storage."),
    ("OOMKilled", ""),
    ("", 'Pulling image "docker.io/library/nginx:1.27"'),
    ("", 'Successfully pulled image "nginx" in 2.1s (2.1s including waiting). Image size: 72 bytes.'),
    ("", 'Container image "nginx" already present on machine'),
    ("", 'level=error msg="query failed" error="dial tcp 10.0.0.9:5432: i/o timeout"'),
    ("", 'panic: Get "https://api.example.com/v1/users": 503 Service Unavailable'),
    ("", "etcdserver: request timed out"),
    ("", 'Failed to pull image "web:v1": something that nobody has ever said'),
    ("ErrImagePull", "something that nobody has ever said"),
    (
        "ImagePullBackOff",
        'Back-off pulling image "web:v1": ErrImagePull: something that nobody has ever said',
    ),
]


@pytest.mark.parametrize(("reason", "message"), LOOK_ALIKES)
def test_look_alikes_are_left_alone(reason: str, message: str) -> None:
    """What is not about pulling an image, or says nothing known, is not named."""
    assert BOOK.recognize(message, reason) is None


ROOTS = [
    # several signals in one message: the root is named
    (
        "dns-failure",
        'Back-off pulling image "r.example/a:v1": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "r.example/a:v1": failed to resolve reference "r.example/a:v1": failed to do request: Head "https://r.example/v2/a/manifests/v1": dial tcp: lookup r.example: no such host',
    ),
    (
        "platform-mismatch",
        'rpc error: code = NotFound desc = failed to pull and unpack image "r.example/a:v1": no match for platform in manifest: not found',
    ),
    (
        "blob-missing",
        'rpc error: code = NotFound desc = failed to pull and unpack image "r.example/a:v1": failed to copy: httpReadSeeker: failed open: content at https://r.example/v2/a/blobs/sha256:1f not found: not found',
    ),
    (
        "unexpected-response",
        'rpc error: code = NotFound desc = failed to pull and unpack image "r.example/a:v1": unexpected media type text/html for sha256:1f: not found',
    ),
    (
        "proxy-failed",
        'failed to do request: Head "https://r.example/v2/a/manifests/v1": proxyconnect tcp: dial tcp: lookup proxy.example: no such host',
    ),
    # a mirror's failure followed by upstream's answer is upstream's
    (
        "manifest-not-found",
        'unable to pull image: initializing source docker://docker.io/library/nginx:nope: (Mirrors also failed: [mirror.example/library/nginx:nope: pinging container registry mirror.example: Get "https://mirror.example/v2/": dial tcp 192.0.2.1:443: connect: connection refused]): docker.io/library/nginx:nope: reading manifest nope in docker.io/library/nginx: manifest unknown',
    ),
    # the image's error, not the artifact's
    (
        "unauthorized",
        "unable to pull image or OCI artifact: pull image err: initializing source docker://r.example/a:v1: reading manifest v1 in r.example/a: authentication required; artifact err: image reference: get manifest from ref: dial tcp 192.0.2.1:443: connect: connection refused",
    ),
    # the pause image of a sandbox is an image
    (
        "connect-timeout",
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "registry.example/pause:3.9": failed to pull image "registry.example/pause:3.9": failed to do request: Head "https://registry.example/v2/pause/manifests/3.9": dial tcp 192.0.2.1:443: i/o timeout',
    ),
    # in pairs, as the kubelet lists what each credential got
    (
        "unauthorized",
        'Failed to pull image "r.example/a:v1": [rpc error: code = Unknown desc = Error response from daemon: Get https://r.example/v2/a/manifests/v1: unauthorized: authentication required, rpc error: code = Unknown desc = Error response from daemon: Get https://r.example/v2/a/manifests/v1: unauthorized: authentication required]',
    ),
    ("never-pull", 'Container image "web:dev" is not present with pull policy of Never'),
    ("backoff-only", "Error: ErrImagePull"),
    ("backoff-only", 'Back-off pulling image "web:v1"'),
]


@pytest.mark.parametrize(("symptom", "message"), ROOTS)
def test_the_root_is_named(symptom: str, message: str) -> None:
    """Of several signals in one message the one that caused the others wins."""
    named = BOOK.recognize(message)
    assert named is not None
    assert named[0] == symptom


FIELDS = [
    (
        'failed to pull and unpack image "r.example/a:v1": failed to resolve image: failed to do request: Head "https://Mirror.Example:5000/v2/a/manifests/v1?ns=r.example": dial tcp 192.0.2.23:5000: connect: connection refused',
        {"host": "mirror.example:5000", "mirror": "yes", "ip": "192.0.2.23", "image": "r.example/a:v1"},
    ),
    (
        'Failed to pull image "r.example/a:v1": rpc error: code = Unknown desc = Error response from daemon: Get "https://r.example/v2/": dial tcp: lookup r.example on 192.0.2.53:53: server misbehaving',
        {"host": "r.example", "lookup": "r.example", "dns": "servfail", "image": "r.example/a:v1"},
    ),
    (
        'failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://cdn.example/blobs/1f?sig=x": dial tcp: lookup cdn.example: no such host',
        {"host": "cdn.example", "lookup": "cdn.example", "dns": "no-such-host"},
    ),
    (
        "pinging container registry r.example:5000: received unexpected HTTP status: 503 Service Unavailable",
        {"host": "r.example:5000", "status": "503"},
    ),
    (
        "Unable to retrieve some image pull secrets (regcred, other); attempting to pull the image may not succeed.",
        {"secret": "regcred, other"},
    ),
    (
        'failed to do request: Head "https://r.example/v2/a/manifests/v1": proxyconnect tcp: dial tcp 192.0.2.9:3128: connect: connection refused',
        {"host": "r.example", "proxy": "192.0.2.9:3128", "ip": "192.0.2.9"},
    ),
    ("no matching manifest for linux/arm64/v8 in the manifest list entries", {"platform": "linux/arm64/v8"}),
]


@pytest.mark.parametrize(("message", "fields"), FIELDS)
def test_fields_are_taken_out(message: str, fields: dict[str, str]) -> None:
    """The winner takes out who failed and how."""
    symptom = BOOK.match(message)
    assert symptom is not None
    assert {name: symptom.fields.get(name) for name in fields} == fields
