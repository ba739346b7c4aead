"""A small cluster with recorded registry answers, and manifests to be deployed to it: what tests of ``check`` ask.

Two registries: ``open.example`` serves ``shop/web`` (1.4 for two platforms, 1.5 for one, no 1.6) to everybody,
``closed.example`` serves ``secure/api:1.0`` to the secret ``regcred`` of namespace ``shop`` alone. The nodes are two of
linux/amd64 and one of linux/arm64.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import yaml


CANARY = "canary-9b1d"
OPEN, CLOSED = "open.example", "closed.example"
NOW = "2026-11-22T09:00:00Z"
_INDEX = "application/vnd.oci.image.index.v1+json"

Object = dict[str, Any]


def manifest(*images: str, name: str = "web", **spec: Any) -> Object:
    """A Deployment with a container for each image."""
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"template": {"spec": {"containers": containers, **spec}}},
    }


def written(file: Path, *objects: Object) -> str:
    """A file of manifests; its name as one would type it."""
    file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return str(file)


def pull_secret(password: str = CANARY, key: str = CLOSED, namespace: str = "shop") -> Object:
    """The secret ``regcred``, values and all."""
    auth = base64.b64encode(f"robot:{password}".encode()).decode()
    value = base64.b64encode(json.dumps({"auths": {key: {"auth": auth}}}).encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "regcred", "namespace": namespace},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": value},
    }


def dump(folder: Path) -> str:
    """Write the cluster and the answers; the folder as one would type it."""
    folder.mkdir(exist_ok=True)
    meta = {"namespace": "shop", "creationTimestamp": NOW}
    objects = {
        "nodes": [_node("a", "amd64"), _node("b", "amd64"), _node("c", "arm64")],
        "namespaces": [{"kind": "Namespace", "metadata": {"name": "shop", "creationTimestamp": NOW}}],
        "pods": [{"kind": "Pod", "metadata": {"name": "other", **meta}, "spec": {"containers": []}}],
        "events": [],
        "secrets": [pull_secret()],
        "serviceaccounts": [
            {"kind": "ServiceAccount", "metadata": {"name": "default", **meta}},
            {
                "kind": "ServiceAccount",
                "metadata": {"name": "puller", **meta},
                "imagePullSecrets": [{"name": "regcred"}],
            },
        ],
    }
    for plural, items in objects.items():
        (folder / f"{plural}.json").write_text(json.dumps({"kind": "List", "items": items}))
    (folder / "registry.json").write_text(json.dumps({"exchanges": _exchanges()}))
    return str(folder)


def _node(name: str, architecture: str) -> Object:
    labels = {"kubernetes.io/arch": architecture, "kubernetes.io/os": "linux"}
    system = {"operatingSystem": "linux", "architecture": architecture}
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "creationTimestamp": NOW},
        "status": {"nodeInfo": system},
    }


def _exchanges() -> list[Object]:
    web = f"https://{OPEN}/v2/shop/web"
    api = f"https://{CLOSED}/v2/secure/api"
    refused = {"www-authenticate": 'Basic realm="here"'}
    denied = _errors("UNAUTHORIZED")
    return [
        _exchange(f"https://{OPEN}/v2/", 200),
        *_there(f"{web}/manifests/1.4", "amd64", "arm64"),
        *_there(f"{web}/manifests/1.5", "amd64"),
        *(
            _exchange(f"{web}/manifests/1.6", 404, _errors("MANIFEST_UNKNOWN"), method=each)
            for each in ("GET", "HEAD")
        ),
        _exchange(f"{web}/tags/list", 200, json.dumps({"name": "shop/web", "tags": ["1.4", "1.5"]})),
        _exchange(f"https://{CLOSED}/v2/", 401, denied, headers=refused),
        *(
            _exchange(f"{api}/manifests/1.0", 401, denied, method=each, headers=refused)
            for each in ("GET", "HEAD")
        ),
        _exchange(f"{api}/tags/list", 401, denied, headers=refused),
        *_there(f"{api}/manifests/1.0", "amd64", "arm64", identity="secret:shop/regcred"),
    ]


def _there(url: str, *architectures: str, identity: str = "anonymous") -> list[Object]:
    entries = [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": "sha256:" + hashlib.sha256(each.encode()).hexdigest(),
            "size": 500,
            "platform": {"os": "linux", "architecture": each},
        }
        for each in architectures
    ]
    body = json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries})
    digest = "sha256:" + hashlib.sha256(body.encode()).hexdigest()
    headers = {"content-type": _INDEX, "docker-content-digest": digest, "content-length": str(len(body))}
    repository = url.rpartition("/")[0]
    urls = [("HEAD", url, ""), ("GET", url, body), ("GET", f"{repository}/{digest}", body)]
    return [
        _exchange(each, 200, told, method=method, headers=headers, identity=identity)
        for method, each, told in urls
    ]


def _exchange(
    url: str,
    status: int,
    body: str = "",
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    identity: str = "anonymous",
) -> Object:
    asked = {} if identity == "anonymous" else {"authorization": "Basic ***"}
    return {
        "identity": identity,
        "request": {"method": method, "url": url, "headers": asked},
        "response": {"status": status, "headers": headers or {}, "body": body},
    }


def _errors(code: str) -> str:
    return json.dumps({"errors": [{"code": code, "message": code.lower()}]})
