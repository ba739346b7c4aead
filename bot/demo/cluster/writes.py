"""What a write makes of the cluster: a create, an update or a patch in -> the object kept, or why not.

A dry run goes the whole way and keeps nothing: https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

import copy
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.demo.cluster import patches, quotas, validation
from bot.demo.cluster.bodies import Options, Read, checked, in_go, patched, read
from bot.demo.cluster.defaults import born, filled, suffix
from bot.demo.cluster.kinds import RESOURCES, Resource
from bot.demo.cluster.refusals import (
    Flaw,
    Object,
    Refused,
    bad_request,
    exists,
    invalid,
    not_found,
    quoted,
    refused_by_admission,
    stale,
    unserved,
    wrong,
)
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.store import Store, typed


Admit = Callable[[Resource, Asked, Object, bool], list[str]]
"""``(resource, request, object, dry)`` -> warnings; raises Refused for what is not let in."""
# What a client cannot say about an object: the server does.
_OWN = ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write says.

    Attributes:
        warnings: for ``Warning`` headers.
    """

    code: int
    body: Object
    warnings: list[str] = field(default_factory=list)


class Writes:
    """Everything that changes the store, but for ends.

    Args:
        now: the cluster's clock.
        admit: asked about everything that is about to be written.
    """

    def __init__(self, store: Store, now: Callable[[], datetime], admit: Admit | None = None) -> None:
        self._store = store
        self._now = now
        self._admit = admit or anything

    def create(self, asked: Asked, body: bytes) -> Answer:
        """POST.

        Raises:
            Refused: 400, 403, 404, 409, 422.
        """
        resource = RESOURCES[asked.plural]
        options = Options.of("create", asked.query)
        item, warnings = checked(resource, read(body), options)
        validation.undecodable(resource, item)
        item = self._named(resource, asked, item)
        self._admit_place(resource, item)
        item = self._born(resource, item)
        name, namespace = item["metadata"]["name"], item["metadata"].get("namespace") or ""
        _raise(resource, name, validation.flaws(resource, item))
        warnings = [*warnings, *self._admit(resource, asked, item, options.dry)]
        quotas.hold(self._store, resource, item)
        if self._store.find(asked.plural, namespace, name) is not None:
            raise exists(resource, name)
        if not options.dry:
            item = self._store.put(typed(resource, item))
        return Answer(201, typed(resource, item), warnings)

    def update(self, asked: Asked, body: bytes) -> Answer:
        """PUT.

        Raises:
            Refused: 400, 404, 409, 422.
        """
        resource = RESOURCES[asked.plural]
        options = Options.of("update", asked.query)
        item, warnings = checked(resource, read(body), options)
        validation.undecodable(resource, item)
        old = self._old(resource, asked)
        meta = item.setdefault("metadata", {})
        if not meta.get("resourceVersion") and not resource.blind:
            place, why = "metadata.resourceVersion", "must be specified for an update"
            raise invalid(resource.qualified, asked.name, [wrong(place, 0, why)])
        if meta.get("uid") and meta["uid"] != old["metadata"]["uid"]:
            key = f"/registry/{asked.plural}/{asked.namespace}/{asked.name}"
            raise stale(
                resource,
                asked.name,
                f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
                f"Precondition failed: UID in precondition: {meta['uid']}, "
                f"UID in object meta: {old['metadata']['uid']}",
            )
        meta["uid"] = old["metadata"]["uid"]
        return self._kept(resource, asked, old, item, (options, warnings))

    def patch(self, asked: Asked, body: bytes, content_type: str) -> Answer:
        """PATCH.

        Raises:
            Refused: 400, 404, 409, 415, 422.
        """
        resource = RESOURCES[asked.plural]
        kind = content_type.partition(";")[0].strip()
        if kind not in (patches.STRATEGIC, patches.MERGE, patches.JSON):
            raise Refused(415, "415: Unsupported Media Type", "UnsupportedMediaType", {})
        options = Options.of("patch", asked.query)
        told = read(body)
        old = self._old(resource, asked)
        item, warnings = _applied(resource, kind, old, told, options)
        return self._kept(resource, asked, old, item, (options, warnings))

    def scale(self, asked: Asked, body: bytes, content_type: str) -> Answer:
        """GET (without a body), PUT and PATCH of the scale subresource."""
        resource = RESOURCES[asked.plural]
        old = self._old(resource, asked)
        if not body:
            return Answer(200, _scale(old))
        told = read(body).value
        kind = content_type.partition(";")[0].strip()
        scaled = (
            patches.replayed(_scale(old), told) if kind == patches.JSON else patches.merged(_scale(old), told)
        )
        replicas = (scaled.get("spec") or {}).get("replicas") or 0
        item = {**old, "spec": {**old["spec"], "replicas": replicas}}
        whole = replace(asked, verb="patch", part="")
        answer = self._kept(resource, whole, old, item, (Options.of("patch", asked.query), []))
        return Answer(200, _scale(answer.body))

    def _old(self, resource: Resource, asked: Asked) -> Object:
        found = self._store.find(asked.plural, asked.namespace, asked.name)
        if found is None:
            raise not_found(resource, asked.name)
        return found

    def _named(self, resource: Resource, asked: Asked, item: Object) -> Object:
        item = copy.deepcopy(item)
        meta = item.setdefault("metadata", {})
        if resource.namespaced:
            if meta.get("namespace", asked.namespace) != asked.namespace:
                said = "the namespace of the provided object does not match the namespace sent on the request"
                raise bad_request(said)
            meta["namespace"] = asked.namespace
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + suffix()
        if not meta.get("name"):
            place = "metadata.name"
            why = Flaw("FieldValueRequired", place, "Required value: name or generateName is required")
            raise invalid(resource.qualified_kind, "", [why])
        return item

    def _admit_place(self, resource: Resource, item: Object) -> None:
        if not resource.namespaced:
            return
        name, meta = item["metadata"]["namespace"], item["metadata"]
        place = self._store.find("namespaces", "", name)
        if place is None:
            raise not_found(RESOURCES["namespaces"], name)
        if place["metadata"].get("deletionTimestamp"):
            why = f"unable to create new content in namespace {name} because it is being terminated"
            cause = {
                "reason": "NamespaceTerminating",
                "message": f"namespace {name} is being terminated",
                "field": "metadata.namespace",
            }
            raise refused_by_admission(resource, meta["name"], why, [cause])

    def _born(self, resource: Resource, item: Object) -> Object:
        meta = {name: value for name, value in item["metadata"].items() if name not in _OWN}
        meta.pop("resourceVersion", None)
        meta |= {"uid": str(uuid.uuid4()), "creationTimestamp": self.time()}
        if resource.counted:
            meta["generation"] = 1
        item = filled(resource, {**item, "metadata": meta})
        item = born(resource, item)
        return self._with_account(resource, item) if resource.kind == "Pod" else item

    def _with_account(self, resource: Resource, item: Object) -> Object:
        meta, spec = item["metadata"], item["spec"]
        name = spec["serviceAccountName"]
        account = self._store.find("serviceaccounts", meta["namespace"], name)
        if account is None:
            where = f"{meta['namespace']}/{name}"
            said = f"error looking up service account {where}: serviceaccount {quoted(name)} not found"
            raise refused_by_admission(resource, meta["name"], said)
        if account.get("imagePullSecrets") and not spec.get("imagePullSecrets"):
            spec["imagePullSecrets"] = copy.deepcopy(account["imagePullSecrets"])
        return item

    def _kept(
        self, resource: Resource, asked: Asked, old: Object, item: Object, told: tuple[Options, list[str]]
    ) -> Answer:
        options, warnings = told
        meta = item.get("metadata") or {}
        version = meta.get("resourceVersion") or old["metadata"]["resourceVersion"]
        if version != old["metadata"]["resourceVersion"]:
            raise stale(resource, asked.name)
        item = self._restricted(resource, asked.part, old, item)
        warnings = [*warnings, *self._admit(resource, asked, item, options.dry)]
        if item == old:
            return Answer(200, typed(resource, old), warnings)
        if not options.dry:
            item = self._store.put(typed(resource, item))
            meta = item["metadata"]
            over = meta.get("deletionTimestamp") and not meta.get("finalizers")
            if over and resource.kind != "Pod":
                self._store.delete(asked.plural, asked.namespace, asked.name)
        return Answer(200, typed(resource, item), warnings)

    def _restricted(self, resource: Resource, part: str, old: Object, item: Object) -> Object:
        """The old object with what this write may change, checked."""
        if part == "status":
            return {**old, "status": item.get("status") or {}}
        if part == "ephemeralcontainers":
            spec = {**old["spec"], "ephemeralContainers": item["spec"].get("ephemeralContainers") or []}
            new = filled(resource, {**old, "spec": spec})
            _raise(resource, old["metadata"]["name"], validation.ephemeral_changes(old, new))
        elif part:
            raise unserved()
        else:
            meta = {name: value for name, value in item["metadata"].items() if name not in _OWN}
            kept = {name: old["metadata"][name] for name in _OWN if name in old["metadata"]}
            meta |= {
                "name": old["metadata"]["name"],
                **kept,
                "resourceVersion": old["metadata"]["resourceVersion"],
            }
            new = filled(resource, {**item, "metadata": meta})
            if "status" in old:
                new["status"] = old["status"]
            flaws = [*validation.changes(resource, old, new)]
            own = [
                each
                for each in validation.flaws(resource, new)
                if each not in flaws or resource.kind == "Pod"
            ]
            # A pod's image is looked at by itself and as a change; a selector first by itself.
            _raise(resource, meta["name"], flaws + own if resource.kind == "Secret" else own + flaws)
        new = {name: value for name, value in new.items() if name not in ("kind", "apiVersion")}
        if resource.counted and new.get("spec") != old.get("spec"):
            generation = (old["metadata"].get("generation") or 0) + 1
            new["metadata"] = {**new["metadata"], "generation": generation}
        return new

    def time(self) -> str:
        """Now, as objects spell it."""
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")


def anything(*_: object) -> list[str]:
    """Let in whatever comes."""
    return []


def _applied(
    resource: Resource, kind: str, old: Object, told: Read, options: Options
) -> tuple[Object, list[str]]:
    whole = typed(resource, old)
    if kind == patches.JSON:
        changed = patches.replayed(whole, told.value)
    elif not isinstance(told.value, dict):
        raise bad_request("error decoding patch: json: cannot unmarshal into Go value of type map[string]any")
    elif kind == patches.MERGE:
        changed = patches.merged(whole, told.value)
    else:
        changed = patches.strategic(resource.kind, whole, told.value)
    shown = in_go(told.value) if kind == patches.STRATEGIC else json.dumps(changed, separators=(",", ":"))
    return patched(resource, changed, told.doubled, shown, options)


def _raise(resource: Resource, name: str, found: Iterable[Flaw]) -> None:
    if flaws := list(found):
        raise invalid(resource.qualified_kind, name, flaws)


def _scale(item: Object) -> Object:
    meta = {
        name: item["metadata"][name]
        for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if name in item["metadata"]
    }
    labels = ((item["spec"].get("selector") or {}).get("matchLabels") or {}).items()
    replicas = item["spec"].get("replicas") or 0
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": replicas} if replicas else {},
        "status": {
            "replicas": (item.get("status") or {}).get("replicas") or 0,
            "selector": ",".join(f"{key}={value}" for key, value in labels),
        },
    }
