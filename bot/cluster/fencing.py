"""Whether an admission policy holds a writer: an object in -> whether a change that must be refused is refused, out.

Everything here is a server-side dry run of a PATCH or a create, which stores nothing:
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run. Deletes are never tried.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from bot.cluster.client import ApiClient, Refusal
from bot.cluster.resources import Resource
from bot.cluster.sending import Reply, Request, Unheard
from bot.errors import ClusterUnreadable


# How the refusals of our own policies begin: deploy/fence.py.
_OURS: Final = b"imagepull may not"
_RBAC: Final = b"cannot "
_DRY: Final = {"dryRun": "All", "fieldManager": "imagepull"}
_LABEL: Final = "imagepull/doctor"


class Fence(StrEnum):
    """How a try to climb over it ended."""

    HOLDS = "holds"
    OPEN = "open"
    """The server would have done it."""
    NO_RIGHT = "no right"
    """There is nothing to hold back: the writer may not touch it at all."""
    NOT_KNOWN = "not known"


class _Metadata(msgspec.Struct):
    name: str = ""


class _Item(msgspec.Struct):
    metadata: _Metadata


class _Items(msgspec.Struct):
    items: tuple[_Item, ...] | None = ()


async def first(client: ApiClient, resource: Resource) -> str:
    """The name of some object of a kind; "" where there is none.

    Args:
        client: logged in as who may list it.
        resource: the list.

    Raises:
        Refusal, ClusterUnreadable: it cannot be listed.
    """
    answer = await client.get(resource, {"limit": "1"})
    try:
        found = msgspec.json.decode(answer.body, type=_Items).items
    except msgspec.DecodeError:
        raise Refusal("not understood") from None
    return found[0].metadata.name if found else ""


class _Spec(msgspec.Struct, rename="camel"):
    policy_name: str = ""
    validation_actions: tuple[str, ...] = ()


class _Binding(msgspec.Struct):
    spec: _Spec


@dataclass(frozen=True, slots=True)
class _BindingPath:
    name: str

    @property
    def path(self) -> str:
        return f"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/{self.name}"


async def bound(client: ApiClient, kind: str) -> bool:
    """Whether our policy for a kind is bound so that it denies: weaker than a try, for it may be about another account.

    Args:
        client: logged in as anybody who may read that; few may.
        kind: in plural.
    """
    name = f"imagepull-writer-{kind}"
    try:
        answer = await client.get(_BindingPath(name))
        spec = msgspec.json.decode(answer.body, type=_Binding).spec
    except (Refusal, ClusterUnreadable, msgspec.DecodeError):
        return False
    return spec.policy_name == name and "Deny" in spec.validation_actions


async def tried(client: ApiClient, resource: Resource) -> Fence:
    """Would a label be put onto an object, which no approved change does?

    Args:
        client: logged in as the writer.
        resource: an object that is there.
    """
    patch = {"metadata": {"labels": {_LABEL: "tried"}}}
    return await _tried(client, "PATCH", resource, "application/merge-patch+json", patch)


async def tried_secret(client: ApiClient, namespace: str) -> Fence:
    """Would a Secret be made that holds no pull secret?"""
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "imagepull-doctor"}, "type": "Opaque"}
    return await _tried(client, "POST", Resource("secrets", namespace), "application/json", body)


async def tried_job(client: ApiClient, namespace: str) -> Fence:
    """Would a Job be made that asks no node?"""
    container = {"name": "doctor", "image": "imagepull-doctor"}
    pod = {"restartPolicy": "Never", "containers": [container]}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "imagepull-doctor"}}
    body["spec"] = {"template": {"spec": pod}}
    return await _tried(client, "POST", Resource("jobs", namespace), "application/json", body)


async def _tried(
    client: ApiClient, method: str, resource: Resource, kind: str, body: Mapping[str, Any]
) -> Fence:
    request = Request(method, resource.path, _DRY, kind, json.dumps(body).encode())
    try:
        return judged(await client.send(request))
    except Unheard:
        return Fence.NOT_KNOWN


def judged(reply: Reply) -> Fence:
    """What an answer says of the fence."""
    said = reply.body or b""
    if reply.status in (200, 201):
        return Fence.OPEN
    # A policy's refusal is a 422 by default, and its own words say which policy it was.
    if _OURS in said:
        return Fence.HOLDS
    if reply.status == 403 and _RBAC in said:
        return Fence.NO_RIGHT
    return Fence.NOT_KNOWN
