"""The simulated cluster answers as the recorded API server did: every exchange replayed, status and body compared.

What a real server draws anew each time (uids, versions, times, generated names) is made equal on both sides, and
``managedFields`` are left out: the simulated server does not keep them.
"""

import asyncio
import copy
import io
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest

from bot.demo.cluster.access import ADMIN, account
from bot.demo.cluster.kinds import RESOURCES
from bot.demo.cluster.requests import Asked, understood
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store


RECORDED = Path(__file__).parent.parent / "recordings" / "api-server"
Recorded = dict[str, Any]
Object = dict[str, Any]

# What the simulated server leaves to the real one, and why.
LEFT_OUT = {
    "lists/events-v1-*": "events.k8s.io is not served",
    "lists/pods-table*": "tables are printed by kubectl from the objects instead",
    "lists/pods-metadata-only*": "objects come whole",
    "lists/pods-yaml*": "JSON only",
    "lists/pods-continue-other-resource*": "its page holds events that were not recorded otherwise",
    "lists/pods-continue-expired*": "the token of another server's revision: test_an_old_token_expires",
    "lists/pods-continue-inconsistent*": "as above",
    "lists/events-kind-pod*": "holds events that were not recorded otherwise",
    "lists/events-type-warning*": "holds events that were not recorded otherwise",
    "lists/secrets-type*": "recorded before the secret was made that other recordings show",
    "discovery/api*": "lists what is served, which is less",
    "watches/pods-table*": "tables",
    "watches/pods-metadata-only*": "objects come whole",
    "watches/pods-yaml*": "JSON only",
    "watches/apiserver-shutdown*": "a server that is being stopped",
    "refused/apf-*": "throttling is the fakes' (tests/fakes/api_server.py)",
    "refused/apiservice-*": "aggregated APIs are not served",
    "refused/configmap-too-long*": "the recording does not hold its body",
    "refused/too-large*": "the recording does not hold its body: test_a_body_may_be_too_large",
    "refused/limitrange*": "admission by limits, quotas, pod security, policies and webhooks is not simulated",
    "refused/psa-*": "as above",
    "refused/quota-*": "as above",
    "refused/vap-*": "as above",
    "refused/webhook-*": "as above",
    "writes/ssa-*": "server-side apply needs managedFields",
    "writes/sa-ips-ssa*": "as above",
    "writes/*-controllerrevisions*": "what the controllers write, not what the server answers",
    "writes/rollout-[0234578]-*": "as above",
    "writes/rollout-paused-after*": "as above",
    "writes/rollout-5b*": "as above",
    "writes/get-managedfields*": "as above",
    "writes/*-after*": "test_a_query_of_dry_run_is_overridden_by_a_body",
    "writes/pods-deletecollection*": "the recording does not hold its body",
}


def _names(*folders: str) -> list[str]:
    found = (path for folder in folders for path in (RECORDED / folder).glob("*.json"))
    left = {path for pattern in LEFT_OUT for path in RECORDED.glob(pattern)}
    return sorted(str(path.relative_to(RECORDED)) for path in found if path not in left)


def _load(name: str) -> Recorded:
    loaded: Recorded = json.loads((RECORDED / name).read_text())
    return loaded


def _body(name: str) -> Any:
    return json.loads(_load(name)["response"]["body"])


# What is drawn anew each time, on both sides.

_DRAWN = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "expirationTimestamp",
    "continue",
    "token",
    "generation",
    "gitCommit",
)
# Another make's: which token it was, and what every MicroShift user may besides.
_MADE = ("managedFields", "deletionGracePeriodSeconds", "extra", "nonResourceRules")
_TEXTS = (
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UID"),
    (re.compile(r"kube-api-access-\w+"), "kube-api-access-"),
    # A real server prints how two pod specs differ; this one does not.
    (re.compile(r"\n@@.*", re.DOTALL), ""),
    (re.compile(r" on [\d.]+:53"), ""),
    (re.compile(r"in record \(\d+\)"), "in record (N)"),
    (re.compile(r'(patch: )?Invalid value: "\{.*\}": strict', re.DOTALL), "Invalid value: OBJECT: strict"),
    (re.compile(r"Invalid value: \{.*\}: field is immutable", re.DOTALL), "Invalid value: OBJECT: immutable"),
    (re.compile(r"(invalid continue token: ).*"), r"\1"),
)


def _alike(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "drawn" if name in _DRAWN else _alike(inner)
            for name, inner in value.items()
            if name not in _MADE
        }
    if isinstance(value, list):
        return [_alike(each) for each in value if not _of_another_make(each)]
    if isinstance(value, str):
        for pattern, plain in _TEXTS:
            value = pattern.sub(plain, value)
    return value


def _of_another_make(value: Any) -> bool:
    """The recorded server was MicroShift's: each pod is given its certificate authority, too."""
    return isinstance(value, dict) and "openshift" in (value.get("configMap") or {}).get("name", "")


def _decoded(body: str | bytes) -> Any:
    text = body.decode() if isinstance(body, bytes) else body
    return json.loads(text) if text.lstrip().startswith("{") else text


# Asking.


@asynccontextmanager
async def _served(store: Store, **options: Any) -> AsyncIterator[SimulatedCluster]:
    reader = account("shop", "pullbot", "63680308-3900-4f22-a917-c4305e3b29e9")
    tokens = {"admin": ADMIN, "reader": reader}
    async with SimulatedCluster(store, tokens, patience=0.01, **options) as cluster:
        yield cluster


def _token(recorded: Recorded) -> str:
    identity = recorded["request"]["identity"]
    if identity == "none":
        return ""
    if identity.startswith("admin"):
        return "admin"
    return "reader" if identity == "system:serviceaccount:shop:pullbot" else "bad"


async def _asked(
    cluster: SimulatedCluster, request: Object, token: str
) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = {**request["headers"], **({"Authorization": f"Bearer {token}"} if token else {})}
    body = request.get("body")
    data = None if body is None else io.BytesIO(body.encode())
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            request["method"],
            cluster.url + request["path"],
            headers={"Accept": "application/json", **headers},
            data=data,
            skip_auto_headers=("Content-Type", "User-Agent"),
        ) as response,
    ):
        return response.status, list(response.headers.items()), await response.read()


async def _said(cluster: SimulatedCluster, method: str, path: str, **body: Any) -> tuple[int, Any]:
    kind = body.pop("content_type", "application/json")
    request = {"method": method, "path": path, "headers": {"Content-Type": kind}}
    if body:
        request["body"] = json.dumps(body.get("whole", body))
    status, _, said = await _asked(cluster, request, "admin")
    return status, _decoded(said)


def _same(recorded: Recorded, answer: tuple[int, list[tuple[str, str]], bytes]) -> None:
    expected = recorded["response"]
    status, headers, body = answer
    assert status == expected["status"], body
    assert dict(headers)["Content-Type"] == expected["headers"]["Content-Type"]
    for name in ("Warning", "Retry-After"):
        sent = [value for key, value in headers if key == name]
        wanted = expected["headers"].get(name)
        assert sent == ([] if wanted is None else [wanted] if isinstance(wanted, str) else wanted)
    assert _alike(_decoded(body)) == _alike(_decoded(expected["body"]))


# What the recorded server held while it was asked.


def _world() -> Iterator[Object]:
    shown = (
        "lists/pods-limit-rv0",
        "lists/events-uid",
        "lists/events-reason-failed",
        "lists/events-reason-backoff",
        "lists/events-fieldpath",
        "lists/nodes",
        "lists/serviceaccounts",
        "lists/replicasets-of-deployment",
        "lists/deployment-get",
        "access/get-named-secret-200",
    )
    for name in shown:
        yield _body(f"{name}.json")
    yield _named("Secret", "shop", "other", type="Opaque")
    yield _body("refused/namespace-terminating-get.json")
    for name in ("shop", "batch", "team-x", "locked"):
        yield _named("Namespace", "", name, status={"phase": "Active"})
    yield _named("ServiceAccount", "team-x", "default")


def _named(kind: str, namespace: str, name: str, **parts: Any) -> Object:
    place = {"namespace": namespace} if namespace else {}
    return {"kind": kind, "metadata": {"name": name, **place}, **parts}


def _rights() -> list[Object]:
    """The Role that the recorded reader had, once he had one."""
    rules = [
        {"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["regcred"]},
    ]
    subject = {"kind": "ServiceAccount", "name": "pullbot", "namespace": "shop"}
    role = {"kind": "Role", "name": "pullbot-read"}
    return [
        _named("Role", "shop", "pullbot-read", rules=rules),
        _named("RoleBinding", "shop", "pullbot-read", roleRef=role, subjects=[subject]),
    ]


def _has_rights(recorded: Recorded) -> bool:
    about, status = recorded["about"], recorded["response"]["status"]
    if "without any role" in about:
        return False
    return (
        status != 403 or "resourceNames" in about or "fieldSelector" in about or "with a namespaced" in about
    )


@pytest.mark.parametrize("name", _names("access", "discovery", "lists", "refused"))
async def test_questions_are_answered_as_recorded(name: str) -> None:
    """The same question, asked by the same somebody, gets the same answer."""
    recorded = _load(name)
    store = Store([*_world(), *(_rights() if _has_rights(recorded) else ())])
    store.version = store.compacted = 398
    async with _served(store) as cluster:
        _same(recorded, await _asked(cluster, recorded["request"], _token(recorded)))


# Watches: the world before the recorded life of one pod, and that life again.


def _lines(name: str) -> tuple[Recorded, list[Object]]:
    head, *rest = (RECORDED / name).read_text().splitlines()
    return json.loads(head), [json.loads(line) for line in rest if line.startswith('{"type"')]


def _life() -> list[Object]:
    """Every state that the recorded pod passed through."""
    return [each for each in _lines("watches/pods-from-rv.jsonl")[1] if each["type"] != "BOOKMARK"]


def _lived(store: Store) -> None:
    for event in _life():
        item = event["object"]
        if event["type"] == "DELETED":
            store.delete("pods", item["metadata"]["namespace"], item["metadata"]["name"])
        else:
            store.put(item)


STREAMS = sorted(
    str(path.relative_to(RECORDED))
    for path in (RECORDED / "watches").glob("*.jsonl")
    if path not in {each for pattern in LEFT_OUT for each in RECORDED.glob(pattern)}
)
# Of what happened elsewhere in the recorded cluster only the versions are known, so bookmarks come at other times.
TIMED = ("watches/timeout-end-bookmark.jsonl", "watches/events-failed.jsonl")


@pytest.mark.parametrize("name", [name for name in STREAMS if name not in TIMED])
async def test_watches_hear_what_was_recorded(name: str) -> None:
    """The same life of the same pod is told in the same events, whatever the watch selects."""
    recorded, expected = _lines(name)
    store = Store(_world())
    store.version = store.compacted = 542
    request = dict(recorded["request"])
    request["path"] = re.sub(r"timeoutSeconds=\d+", "timeoutSeconds=0.3", request["path"])
    async with _served(store) as cluster, asyncio.TaskGroup() as group:
        asking = group.create_task(_asked(cluster, request, "admin"))
        await asyncio.sleep(0.1)
        _lived(store)
    status, headers, body = asking.result()
    assert status == recorded["response"]["status"]
    assert dict(headers)["Content-Type"] == recorded["response"]["headers"]["Content-Type"]
    told = [json.loads(line) for line in body.splitlines()]
    assert [_heard(each) for each in _told(told)] == [_heard(each) for each in _told(expected)]


def _told(events: list[Object]) -> list[Object]:
    """Without bookmarks, which come by the clock, but for the one that ends the initial events."""
    return [
        each for each in events if each["type"] != "BOOKMARK" or "annotations" in each["object"]["metadata"]
    ]


def _heard(event: Object) -> Any:
    told = _alike(event)
    if event["type"] == "ERROR":
        told["object"]["message"] = re.sub(r"\(\d+\)", "(N)", event["object"]["message"])
    return told


@pytest.mark.parametrize("name", _names("watches"))
async def test_watches_are_refused_as_recorded(name: str) -> None:
    """What is no watch is answered before any stream."""
    recorded = _load(name)
    request = dict(recorded["request"])
    request["path"] = re.sub(r"timeoutSeconds=\d+", "timeoutSeconds=0.1", request["path"])
    async with _served(Store(_world())) as cluster:
        _same(recorded, await _asked(cluster, request, "admin"))


async def test_a_bookmark_comes_shortly_before_the_end() -> None:
    """It holds the version and the empty rest that a real one holds."""
    _, (mark,) = _lines("watches/timeout-end-bookmark.jsonl")
    async with _served(Store(_world())) as cluster:
        path = "/api/v1/namespaces/locked/pods?watch=1&timeoutSeconds=1&allowWatchBookmarks=true"
        request = {"method": "GET", "path": path, "headers": {}}
        _, _, body = await _asked(cluster, request, "admin")
    assert [_heard(json.loads(line)) for line in body.splitlines()] == [_heard(mark)]


async def test_a_watch_that_fell_behind_is_told_to_list_again() -> None:
    """After a compaction even the newest version handed out is too old."""
    store = Store(_world())
    version = store.version
    store.compact()
    async with _served(store) as cluster:
        path = f"/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion={version}"
        status, told = await _said(cluster, "GET", path)
    assert status == 200
    assert (told["type"], told["object"]["code"], told["object"]["reason"]) == ("ERROR", 410, "Expired")


async def test_an_old_token_expires() -> None:
    """The 410 holds a token that goes on where the expired one stood."""
    store = Store(_world())
    async with _served(store) as cluster:
        _, first = await _said(cluster, "GET", "/api/v1/pods?limit=2")
        store.compact()
        status, gone = await _said(
            cluster, "GET", f"/api/v1/pods?limit=2&continue={first['metadata']['continue']}"
        )
        expected = _body("lists/pods-continue-expired.json")
        assert (status, _alike(gone)) == (410, _alike(expected))
        _, rest = await _said(cluster, "GET", f"/api/v1/pods?continue={gone['metadata']['continue']}")
    assert len(rest["items"]) == 4


async def test_pages_show_the_cluster_as_it_was_at_the_first() -> None:
    """What came and went between two pages is not told: one list is of one moment."""
    store = Store(_world())
    async with _served(store) as cluster:
        _, first = await _said(cluster, "GET", "/api/v1/pods?limit=2")
        names = [item["metadata"]["name"] for item in _body("lists/pods-limit-rv0.json")["items"]]
        store.delete("pods", "shop", names[-1])
        _lived(store)
        _, rest = await _said(cluster, "GET", f"/api/v1/pods?continue={first['metadata']['continue']}")
    assert [item["metadata"]["name"] for item in (*first["items"], *rest["items"])] == names
    assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


# Writes: the world before each, worked out of what the server showed after it.

OLD_IMAGE = "registry.corp.test/shop/web:v3"


def _place(recorded: Recorded) -> Asked:
    url = urlsplit(recorded["request"]["path"])
    asked = understood(recorded["request"]["method"], url.path, dict(parse_qsl(url.query)))
    assert asked is not None
    return asked


def _shown() -> dict[tuple[str, str, str], Object]:
    """The objects that the write recordings show, by place; the first one of each."""
    found: dict[tuple[str, str, str], Object] = {}
    for name in _names("writes"):
        recorded = _load(name)
        told, asked = _decoded(recorded["response"]["body"]), _place(recorded)
        if "metadata" in told and told["kind"] not in ("Status", "Scale") and asked.name:
            found.setdefault((asked.plural, asked.namespace, asked.name), told)
    return found


SHOWN = _shown()


def _pod_specs(item: Object) -> Iterator[Object]:
    spec = item.get("spec") or {}
    template = (spec.get("jobTemplate") or {}).get("spec", spec).get("template")
    if isinstance(template, dict):
        yield template["spec"]
    elif "containers" in spec:
        yield spec


def _with_image(item: Object, image: str = OLD_IMAGE) -> None:
    for spec in _pod_specs(item):
        for each in spec["containers"]:
            each["image"] = image


def _set(*path: Any, to: Any) -> Callable[[Object], None]:
    """Sets a value, or takes it away where it is None."""

    def change(item: Object) -> None:
        for step in path[:-1]:
            item = item.setdefault(step, {}) if isinstance(item, dict) else item[step]
        if to is None:
            item.pop(path[-1], None)
        else:
            item[path[-1]] = to

    return change


_TEMPLATE = ("spec", "template", "spec")
_OLD_LIST = _set("imagePullSecrets", to=[{"name": "oldcred"}])
# What else was otherwise before a write, by the recording's name.
BEFORE: dict[str, Callable[[Object], None]] = {
    "patch-smp-unknown-container": lambda item: item["spec"]["template"]["spec"]["containers"].pop(0),
    "patch-merge-containers-replaced": lambda item: item["spec"]["template"]["spec"]["containers"].append(
        {"name": "logship", "image": "x:1"}
    ),
    "deploy-ips-smp": _set(*_TEMPLATE, "imagePullSecrets", to=None),
    "deploy-ips-smp-merge": lambda item: item["spec"]["template"]["spec"]["imagePullSecrets"].pop(0),
    "deploy-ips-smp-delete": _set(*_TEMPLATE, "imagePullSecrets", to=[{"name": "regcred"}]),
    "pod-ephemeral-add": _set("spec", "ephemeralContainers", to=None),
    "pod-ephemeral-main-422": _set("spec", "ephemeralContainers", to=None),
    "node-cordon": _set("spec", "unschedulable", to=None),
    "node-cordon-dryrun": _set("spec", "unschedulable", to=None),
    "node-uncordon": _set("spec", "unschedulable", to=True),
    "sa-ips-json-add": _OLD_LIST,
    "sa-ips-json-add-duplicate": _OLD_LIST,
    "sa-ips-json-add-whole": _set("imagePullSecrets", to=None),
    "sa-ips-json-add-no-list": _set("imagePullSecrets", to=None),
    "sa-ips-merge-replaces": _OLD_LIST,
    "sa-ips-nonexistent-secret": _set("imagePullSecrets", to=None),
    "sa-ips-smp": _OLD_LIST,
    "sa-ips-smp-again": _OLD_LIST,
    "sa-ips-smp-delete": _OLD_LIST,
    "sa-ips-smp-delete-strict": _OLD_LIST,
    "job-suspend": _set("spec", "suspend", to=False),
    "job-delete-foreground": _set("metadata", "finalizers", to=None),
    "patch-merge-null": _set("metadata", "annotations", to={"note": "x"}),
    "patch-uid-and-rv-good": _set("spec", "template", "metadata", "annotations", to=None),
    "patch-json-test-fails": lambda item: _with_image(item, "other:1"),
    "patch-json-test-fails-dryrun": lambda item: _with_image(item, "other:1"),
    "rollout-restart": _set("spec", "template", "metadata", "annotations", to=None),
    "rollout-paused": _set("spec", "paused", to=None),
    "pod-patch-image-json": lambda item: _with_image(item, "registry.corp.test/shop/web:v2"),
}


# Here the object was before what it was after.
UNCHANGED = ("patch-json-unknown-field-warn", "lease-update-noop", "patch-smp-noop", "pod-delete-again")


def _before(name: str, recorded: Recorded) -> Iterator[Object]:
    """The object that a write is about, as it was."""
    request, asked = recorded["request"], _place(recorded)
    told = _decoded(recorded["response"]["body"])
    short = Path(name).stem
    if request["method"] == "POST":
        yield from _there_already(asked, request, short)
        return
    if request["method"] == "PUT":
        yield _put_over(asked, request, recorded)
        return
    own = told["kind"] not in ("Status", "Scale") and "metadata" in told
    item = copy.deepcopy(told if own else SHOWN.get((asked.plural, asked.namespace, asked.name)))
    if recorded["response"]["status"] == 404:
        return
    if item is None and request["method"] != "DELETE":
        return
    if item is None:
        kind = RESOURCES[asked.plural].kind
        item = _named(kind, asked.namespace, asked.name, spec={"nodeName": "node-a", "containers": []})
    sent = request.get("body") or ""
    if short in BEFORE:
        BEFORE[short](item)
    elif request["method"] == "PATCH" and 'image"' in sent and short not in UNCHANGED:
        _with_image(item)
    if request["method"] == "DELETE" and short not in UNCHANGED:
        item["metadata"].pop("deletionTimestamp", None)
    _versioned(item, recorded["response"]["status"], sent)
    yield item


def _versioned(item: Object, status: int, sent: str) -> None:
    found = re.search(r'"(?:resourceVersion|/metadata/resourceVersion", "value)": "(\d+)"', sent)
    if status == 409:
        item["metadata"]["resourceVersion"] = "900"
    elif status == 200 and found:
        item["metadata"]["resourceVersion"] = found[1]


def _there_already(asked: Asked, request: Object, short: str) -> Iterator[Object]:
    sent = json.loads(request["body"])
    if "exists" in short:
        yield _named(sent["kind"], asked.namespace, sent["metadata"]["name"], type="Opaque", spec={})
    if asked.part == "eviction" and short != "evict-404":
        phase = "Pending" if "pending" in short else "Running"
        labels = {"app": "cart"}
        if asked.namespace == "shop":
            for name in ("cart", "also")[: 2 if "two" in short else 1]:
                yield _named(
                    "PodDisruptionBudget",
                    "shop",
                    name,
                    spec={"selector": {"matchLabels": labels}},
                    status={"desiredHealthy": 2, "currentHealthy": 2, "disruptionsAllowed": 0},
                )
        item = _named("Pod", asked.namespace, asked.name, spec={"containers": []}, status={"phase": phase})
        item["metadata"]["labels"] = labels
        yield item


def _put_over(asked: Asked, request: Object, recorded: Recorded) -> Object:
    item: Object = json.loads(request["body"])
    if recorded["response"]["status"] != 200:
        item["metadata"]["resourceVersion"] = "900"
    if "UID in precondition" in recorded["response"]["body"]:
        item["metadata"] |= {"uid": "151747d6-8e23-40c4-bd79-1c2041257507", "resourceVersion": "719"}
    if asked.plural == "leases":
        item["spec"]["holderIdentity"] = "somebody"
    return item


@pytest.mark.parametrize("name", _names("writes"))
async def test_writes_are_answered_as_recorded(name: str) -> None:
    """The same write to the same object gets the same answer, and makes the same of it."""
    recorded = _load(name)
    secret = _named("Secret", "shop", "imm", type="Opaque", immutable=True, data={"a": "dg=="})
    opaque = _named("Secret", "shop", "other", type="Opaque")
    doomed = _named("Secret", "shop", "newcred", type="Opaque")
    seeds = [*_world(), secret, opaque, *([doomed] if name == "writes/secret-delete.json" else [])]
    store = Store([*seeds, *_before(name, recorded)], version=1400)
    async with _served(store) as cluster:
        _same(recorded, await _asked(cluster, recorded["request"], "admin"))


async def test_a_query_of_dry_run_is_overridden_by_a_body() -> None:
    """The trap: with a body of options the query's dry run and preconditions count for nothing, and the pod ends."""
    pod = copy.deepcopy(SHOWN["pods", "team-x", "dd1"])
    pod["metadata"].pop("deletionTimestamp", None)
    store = Store([*_world(), pod])
    path = "/api/v1/namespaces/team-x/pods/dd1"
    async with _served(store) as cluster:
        assert (await _said(cluster, "DELETE", f"{path}?dryRun=All"))[0] == 200
        assert "deletionTimestamp" not in store.get("pods", "team-x", "dd1")["metadata"]
        assert (await _said(cluster, "DELETE", path, dryRun=["All"]))[0] == 200
        assert "deletionTimestamp" not in store.get("pods", "team-x", "dd1")["metadata"]
        eviction = {"metadata": {"name": "dd1"}}
        assert (await _said(cluster, "POST", f"{path}/eviction?dryRun=All", whole=eviction))[0] == 201
        assert "deletionTimestamp" not in store.get("pods", "team-x", "dd1")["metadata"]
        assert (await _said(cluster, "DELETE", f"{path}?dryRun=All", gracePeriodSeconds=30))[0] == 200
        assert "deletionTimestamp" in store.get("pods", "team-x", "dd1")["metadata"]


async def test_a_body_may_be_too_large() -> None:
    """413 above three mebibytes."""
    async with _served(Store(_world())) as cluster:
        path = "/api/v1/namespaces/shop/configmaps"
        status, told = await _said(cluster, "POST", path, data={"x": "y" * (3 * 1024 * 1024 + 1)})
    assert status == 413
    assert told == _body("refused/too-large-413.json")


async def test_what_is_written_is_read_and_watched() -> None:
    """A create, a patch and a delete come to a list and to a watch, each with a higher version."""
    store = Store(_world())
    path = "/api/v1/namespaces/shop/configmaps"
    watch = {"method": "GET", "path": f"{path}?watch=1&timeoutSeconds=0.4", "headers": {}}
    merge = "application/merge-patch+json"
    async with _served(store) as cluster, asyncio.TaskGroup() as group:
        watching = group.create_task(_asked(cluster, watch, "admin"))
        await asyncio.sleep(0.1)
        _, made = await _said(cluster, "POST", path, metadata={"name": "seen"}, data={"a": "1"})
        _, same = await _said(cluster, "PATCH", f"{path}/seen", content_type=merge, data={"a": "1"})
        _, changed = await _said(cluster, "PATCH", f"{path}/seen", content_type=merge, data={"a": "2"})
        status, _ = await _said(cluster, "DELETE", f"{path}/seen")
        _, listed = await _said(cluster, "GET", path)
    assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    assert int(changed["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
    assert (status, listed["items"]) == (200, [])
    events = [json.loads(line) for line in watching.result()[2].splitlines()]
    told = [(each["type"], each["object"]["data"]["a"]) for each in events]
    assert told == [("ADDED", "1"), ("MODIFIED", "2"), ("DELETED", "2")]


async def test_a_token_works_until_its_account_goes() -> None:
    """What a TokenRequest gives is a bearer token of that account, with that account's rights and no more."""
    store = Store([*_world(), *_rights()])
    async with _served(store) as cluster:
        path = "/api/v1/namespaces/shop/serviceaccounts/pullbot"
        _, given = await _said(cluster, "POST", f"{path}/token", spec={"expirationSeconds": 600})
        token = given["status"]["token"]
        pods = {"method": "GET", "path": "/api/v1/namespaces/shop/pods", "headers": {}}
        nodes = {"method": "GET", "path": "/api/v1/nodes", "headers": {}}
        assert (await _asked(cluster, pods, token))[0] == 200
        assert (await _asked(cluster, nodes, token))[0] == 403
        store.delete("serviceaccounts", "shop", "pullbot")
        assert (await _asked(cluster, pods, token))[0] == 401


async def test_somebody_elses_rights_can_be_asked_for() -> None:
    """A SubjectAccessReview answers for the user it names."""
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    wish = {"namespace": "shop", "verb": "list", "resource": "pods"}
    async with _served(Store([*_world(), *_rights()])) as cluster:
        for user, allowed in (("system:serviceaccount:shop:pullbot", True), ("jane", False)):
            spec = {"user": user, "resourceAttributes": wish}
            status, told = await _said(cluster, "POST", path, spec=spec)
            assert (status, told["status"]["allowed"]) == (201, allowed)
