"""A large cluster with failing pods, as the API server tells of it; nothing is computed while it is asked.

    python -m benchmarks.stage.cluster usual|registry|random PODS FAILING

``usual``: a cluster where a few apps fail, for several reasons. ``registry``: 400 workloads behind one dead registry.
``random``: every failing pod is a workload of its own and asks for another image that does not exist. Pods are recorded
ones, ``managedFields`` and all, and weigh some 5 kB.
"""

import asyncio
import json
import random
import re
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from benchmarks.stage.calling import serve
from benchmarks.sweep import PAGE, SEED, USUAL, Object, templates


_NODES = 300
_NAMESPACES = 100
_WORKLOADS = 400
_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DEAD = "registry.dead.example"
_GONE = (
    'Failed to pull image "{image}": rpc error: code = NotFound desc = failed to pull and unpack image "{image}": '
    'failed to resolve reference "{image}": {image}: not found'
)
_TIMEOUT = (
    'Failed to pull image "{image}": failed to pull and unpack image "{image}": failed to resolve reference "{image}": '
    'failed to do request: Head "https://{host}/v2/{path}/manifests/{tag}": dial tcp 10.9.9.9:443: i/o timeout'
)
_DENIED = (
    'Failed to pull image "{image}": failed to pull and unpack image "{image}": failed to resolve reference "{image}": '
    "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
    "https://{host}/token?scope=repository%3A{path}%3Apull&service={host}: 401 Unauthorized"
)
_LIMITED = (
    'Failed to pull image "{image}": failed to pull and unpack image "{image}": failed to copy: httpReadSeeker: failed '
    "open: unexpected status code https://{host}/v2/{path}/manifests/sha256:"
    + "ab" * 32
    + ": 429 Too Many Requests"
)


class Cluster:
    """A cluster's lists, encoded.

    Args:
        scene: see above.
        count: pods in all.
        failing: how many of them may fail; :meth:`show` says how many do.
    """

    def __init__(self, scene: str, count: int, failing: int) -> None:
        self._dice, self._scene = random.Random(SEED), scene
        self._made = templates()
        began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 600))
        self._models = {
            name: [json.loads(_TIME.sub(began, json.dumps(each))) for each in getattr(self._made, name)]
            for name in ("healthy", "failing", "events")
        }
        self._began = began
        self._rest: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        self._healthy = [self._pod(number, fails=False) for number in range(count - failing)]
        self._failing = [self._pod(number, fails=True) for number in range(failing)]
        self._accounts_and_nodes()
        self._shown = failing
        self._lists: dict[tuple[str, str, str], list[bytes]] = {}
        self.requests = self.sent = 0

    def show(self, failing: int) -> None:
        """Have the first so many fail, and the others gone."""
        self._shown = failing
        self._lists.clear()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Serve a page of a list, or say that there is no such object."""
        self.requests += 1
        parts = request.path.split("/")
        place = parts.index("namespaces") if "namespaces" in parts else 0
        namespace = parts[place + 1] if place and len(parts) > place + 2 else ""
        plural = parts[place + 2] if namespace else parts[-1]
        if (namespace and len(parts) > place + 3) or (not namespace and parts[-2] != "v1"):
            return web.Response(status=404, text=_missing(plural, parts[-1]), content_type="application/json")
        key = (plural, namespace, request.query.get("fieldSelector", ""))
        if key not in self._lists:
            self._lists[key] = self._pages(*key)
        token = request.query.get("continue", "")
        page = self._lists[key][int(token) if token else 0]
        self.sent += len(page)
        return web.Response(body=page, content_type="application/json")

    def _pages(self, plural: str, namespace: str, selector: str) -> list[bytes]:
        items = list(self._items(plural, namespace, selector))
        chunks = [items[start : start + PAGE] for start in range(0, max(len(items), 1), PAGE)]
        pages = []
        for number, chunk in enumerate(chunks):
            more = {"continue": str(number + 1)} if number + 1 < len(chunks) else {}
            meta = _encode({"resourceVersion": "4711", **more})
            pages.append(
                b'{"kind":"List","apiVersion":"v1","metadata":%s,"items":[%s]}' % (meta, b",".join(chunk))
            )
        return pages

    def _items(self, plural: str, namespace: str, selector: str) -> Iterator[bytes]:
        asked = dict(each.split("=", 1) for each in selector.split(",") if each)
        failing = self._failing[: self._shown]
        if plural == "pods":
            everyone = failing if "status.phase" in asked else [*failing, *self._healthy]
            name = asked.get("metadata.name", "")
            for meta, encoded, _ in everyone:
                if namespace in ("", meta["namespace"]) and name in ("", meta["name"]):
                    yield encoded
        elif plural == "events":
            name = asked.get("involvedObject.name", "")
            for meta, _, events in failing:
                if namespace in ("", meta["namespace"]) and name in ("", meta["name"]):
                    yield from (each for of, each in events if asked.get("reason", of) == of)
        elif plural != "secrets":
            yield from self._rest[plural, namespace]

    def _pod(self, number: int, *, fails: bool) -> tuple[Object, bytes, list[tuple[str, bytes]]]:
        dice = self._dice
        pod = json.loads(json.dumps(dice.choice(self._models["failing" if fails else "healthy"])))
        replicas = 1 if fails and self._scene == "random" else 20
        app = number // replicas
        if fails and self._scene == "registry":
            app = number % _WORKLOADS
        namespace = f"team-{app % _NAMESPACES:03d}"
        name = f"{'app' if fails else 'well'}-{app:05d}"
        owner = f"{name}-6f94dd5c4b"
        meta = {
            "name": f"{owner}-{number:05d}",
            "namespace": namespace,
            "uid": str(uuid.UUID(int=dice.getrandbits(128))),
        }
        pod["metadata"] |= meta
        pod["metadata"]["labels"] = {"app": name, "pod-template-hash": "6f94dd5c4b"}
        pod["metadata"]["ownerReferences"] = [_owner("ReplicaSet", owner)]
        node = f"node-{dice.randrange(_NODES):03d}"
        pod["spec"]["nodeName"] = node
        if number % replicas == 0 or (self._scene == "registry" and number < _WORKLOADS):
            self._workload(namespace, name, owner)
        if not fails:
            pod["spec"]["containers"][0] |= USUAL
            return meta, _encode(pod), []
        image, told = self._fate(number, app)
        pod["spec"]["containers"][0]["image"] = image
        status = pod["status"]["containerStatuses"][0]
        status["image"] = image
        waits = f'Back-off pulling image "{image}": ErrImagePull: {told}'
        status["state"] = {"waiting": {"reason": "ImagePullBackOff", "message": waits}}
        return meta, _encode(pod), list(self._events(meta, told, image, node))

    def _fate(self, number: int, app: int) -> tuple[str, str]:
        """Which image it wants, and what its node says."""
        if self._scene == "registry":
            host, path, tag, words = _DEAD, f"shop/app-{app:04d}", "1.4.2", _TIMEOUT
        elif self._scene == "random":
            name = f"{self._dice.getrandbits(64):016x}"
            host, path, tag, words = f"registry-{number % 7}.example", f"any/{name}", name[:6], _GONE
        else:
            words = (_GONE, _DENIED, _LIMITED, _TIMEOUT)[app % 4]
            host, path, tag = f"registry-{app % 3}.example", f"shop/app-{app:04d}", f"1.{app % 7}.0"
        image = f"{host}/{path}:{tag}"
        return image, words.format(image=image, host=host, path=path, tag=tag)

    def _events(self, meta: Object, told: str, image: str, node: str) -> Iterator[tuple[str, bytes]]:
        for model in self._models["events"]:
            event = json.loads(json.dumps(model))
            event["metadata"] |= {
                "namespace": meta["namespace"],
                "name": f"{meta['name']}.{self._dice.getrandbits(60):x}",
            }
            event["involvedObject"] |= {key: meta[key] for key in ("name", "namespace", "uid")}
            event["source"] = {"component": "kubelet", "host": node}
            if event["reason"] == "BackOff":
                event["message"] = f'Back-off pulling image "{image}"'
            else:
                event["message"] = told if "pull image" in event["message"] else "Error: ErrImagePull"
            yield event["reason"], _encode(event)

    def _workload(self, namespace: str, name: str, owner: str) -> None:
        meta: Object = {"namespace": namespace, "creationTimestamp": self._began}
        self._rest["deployments", namespace].append(_encode({"metadata": {**meta, "name": name}, "spec": {}}))
        owned = {**meta, "name": owner, "ownerReferences": [_owner("Deployment", name)]}
        self._rest["replicasets", namespace].append(_encode({"metadata": owned, "spec": {}}))

    def _accounts_and_nodes(self) -> None:
        for number in range(_NAMESPACES):
            name = f"team-{number:03d}"
            self._rest["namespaces", ""].append(_encode({"metadata": {"name": name}}))
            account = {"metadata": {"name": "default", "namespace": name}}
            self._rest["serviceaccounts", name].append(_encode(account))
        system = {
            "architecture": "amd64",
            "operatingSystem": "linux",
            "containerRuntimeVersion": "containerd://2.1.0",
        }
        for number in range(_NODES):
            images = [{"names": [f"registry-0.example/base/image-{each:03d}:1.0"]} for each in range(50)]
            status = {
                "nodeInfo": system,
                "images": images,
                "conditions": [{"type": "Ready", "status": "True"}],
            }
            node = {"metadata": {"name": f"node-{number:03d}"}, "spec": {}, "status": status}
            self._rest["nodes", ""].append(_encode(node))


def _owner(kind: str, name: str) -> Object:
    uid = str(uuid.uuid5(uuid.NAMESPACE_OID, name))
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": True}


def _missing(plural: str, name: str) -> str:
    told = {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}
    return json.dumps(
        told | {"message": f'{plural} "{name}" not found', "details": {"name": name, "kind": plural}}
    )


def _encode(value: Object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


async def main(scene: str, count: int, failing: int) -> None:
    """Serve until stdin closes."""
    cluster = Cluster(scene, count, failing)
    runner = web.ServerRunner(web.Server(cluster.answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    async def answer(do: str, **given: Any) -> Any:
        if do == "show":
            cluster.show(given["failing"])
        if do == "sent":
            return [cluster.requests, cluster.sent]
        return cluster.requests

    await serve(answer, {"url": f"http://127.0.0.1:{runner.addresses[0][1]}"})
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
