"""Small objects and writes to try changes of a cluster on: a few names in -> objects as a server holds them, and writes, out."""

import base64
import json
from typing import Any

from bot.facts.change import Copying, ObjectKey, Style, Verb, Write
from bot.facts.statement import Spot
from bot.ports.rehearsing import Live
from bot.remediation import witnessing
from bot.remediation.witnessing import Site


Object = dict[str, Any]

SHOP = "shop"
WEB = ObjectKey("Deployment", SHOP, "web")
POD = ObjectKey("Pod", SHOP, "web-1")
REGCRED = ObjectKey("Secret", SHOP, "regcred")
COPY = ObjectKey("Secret", "team-x", "regcred-copy")
PASSWORD = "s3cr3t-Pa55"
AUTH = base64.b64encode(f"robot:{PASSWORD}".encode()).decode()
OTHER = "an0ther-Pa55"
AUTHS = {
    "registry.corp.example": {"auth": AUTH, "username": "robot", "password": PASSWORD, "note": "x"},
    "other.example": {"username": "somebody", "password": OTHER},
}


def named(kind: str, namespace: str, name: str, **parts: Any) -> Object:
    """An object with nothing but its name."""
    place = {"namespace": namespace} if namespace else {}
    return {"kind": kind, "metadata": {"name": name, **place}, **parts}


def namespaces(*names: str) -> list[Object]:
    """Namespaces, each with the account that pods have."""
    found = [named("Namespace", "", name, status={"phase": "Active"}) for name in names]
    return [*found, *(named("ServiceAccount", name, "default") for name in names)]


def deployment(name: str = "web", image: str = "registry.corp.example/shop/web:1", **spec: Any) -> Object:
    """A Deployment of one container of its own name."""
    labels = {"app": name}
    containers = [{"name": name, "image": image, "env": [{"name": "DB_PASSWORD", "value": OTHER}]}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    whole = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template, **spec}
    return named("Deployment", SHOP, name, spec=whole)


def pod(name: str = "web-1", owner: str = "", **parts: Any) -> Object:
    """A scheduled pod of one container."""
    item = named("Pod", SHOP, name, status={"phase": "Pending"}, **parts)
    item["spec"] = {"containers": [{"name": "web", "image": "x:1"}], "nodeName": "node-1"}
    if owner:
        reference = {"kind": "ReplicaSet", "name": "web", "uid": owner, "controller": True}
        item["metadata"]["ownerReferences"] = [reference]
    return item


def docker_secret(name: str = "regcred", auths: Any = None, **meta: Any) -> Object:
    """A pull secret of two registries."""
    content = base64.b64encode(json.dumps({"auths": AUTHS if auths is None else auths}).encode()).decode()
    applied = {"kubectl.kubernetes.io/last-applied-configuration": content}
    item = named("Secret", SHOP, name, type="kubernetes.io/dockerconfigjson")
    item["metadata"] |= {"annotations": {**applied, "note": "kept"}, **meta}
    return {**item, "data": {".dockerconfigjson": content}}


def set_image(image: str = "registry.corp.example/shop/web:2", container: str = "web") -> Write:
    """Another image for the Deployment."""
    containers = [{"name": container, "image": image}]
    return patching(WEB, {"spec": {"template": {"spec": {"containers": containers}}}})


def patching(key: ObjectKey, patch: Any, style: Style = Style.STRATEGIC) -> Write:
    """A patch of anything."""
    return Write(Verb.PATCH, key, patch=json.dumps(patch), style=style)


def deleting(key: ObjectKey = POD) -> Write:
    """The end of a pod, or of what else."""
    return Write(Verb.DELETE, key)


def creating(name: str = "asks", node: str = "node-1", host: str = "registry.corp.example") -> Write:
    """A Job that asks a node."""
    made = witnessing.job(Site(SHOP, "registry.corp.example/imagepull:1"), Spot("eu", node, host, 443))
    made = {**made, "metadata": {**made["metadata"], "name": name, "annotations": {}}}
    return Write(Verb.CREATE, ObjectKey("Job", SHOP, name), patch=json.dumps(made))


def copying(source: Live, entry: str = "registry.corp.example", key: ObjectKey = COPY) -> Write:
    """One entry of a pull secret as it was read, into another namespace."""
    keys = tuple(sorted(source.body["data"]))
    return Write(Verb.COPY, key, copying=Copying(source.key, source.uid, source.version, keys, entry))
