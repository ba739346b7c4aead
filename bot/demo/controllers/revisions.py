"""The past of StatefulSets and DaemonSets: a template in -> ControllerRevisions, numbered, the newest in force, out.

What was in force before and is again gets the highest number, as a ReplicaSet does:
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/history/controller_history.go
"""

import copy
from typing import Any

from bot.demo.controllers.making import Maker, reference, template_hash


Object = dict[str, Any]


def in_force(maker: Maker, kind: str, item: Object) -> Object:
    """The revision of an owner's template as it is now: made, or found among the older ones and renumbered.

    Args:
        maker: the owner's controller.
        kind: the owner's.
        item: it.
    """
    digest = template_hash(item["spec"]["template"])
    name = f"{item['metadata']['name']}-{digest}"
    known = maker.owned("controllerrevisions", item)
    highest = max((each["revision"] for each in known), default=0)
    found = next((each for each in known if each["metadata"]["name"] == name), None)
    if found is None:
        return maker.store.put(_made(maker, kind, item, name, highest + 1))
    if found["revision"] < highest:
        return maker.store.put({**found, "revision": highest + 1}, "ControllerRevision")
    return found


def _made(maker: Maker, kind: str, item: Object, name: str, number: int) -> Object:
    template = copy.deepcopy(item["spec"]["template"])
    digest = name.rpartition("-")[2]
    label = "controller.kubernetes.io/hash" if kind == "StatefulSet" else "controller-revision-hash"
    meta: Object = {
        "name": name,
        "namespace": item["metadata"]["namespace"],
        "creationTimestamp": maker.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "labels": {**(template["metadata"].get("labels") or {}), label: digest},
        "ownerReferences": [reference(kind, item)],
    }
    if kind == "DaemonSet":
        generation = str(item["metadata"].get("generation", 1))
        meta["annotations"] = {"deprecated.daemonset.template.generation": generation}
    told = {"spec": {"template": {"$patch": "replace", **template}}}
    return {"kind": "ControllerRevision", "metadata": meta, "data": told, "revision": number}
