"""What the API server will not keep: an object, new or changed, in -> what is invalid about it out.

As much of the validation as writes about image pulls meet; the words are the recorded ones. The differences
that a real server prints of two pod specs are left out.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from bot.demo.cluster import gojson
from bot.demo.cluster.kinds import Resource
from bot.demo.cluster.refusals import Flaw, Object, bad_request, barred, required, wrong
from bot.demo.cluster.selectors import chosen


_IMMUTABLE = "field is immutable"
_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_BAD_NAME = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '%s')"
)
_POD_MAY = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_STATEFUL_MAY = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_STATEFUL_FIELDS = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
# The one field of a spec that may not change.
_FIXED = {"Deployment": "selector", "ReplicaSet": "selector", "DaemonSet": "selector", "Job": "template"}
_LARGEST_SECRET = 1_048_576
_DOCKER_KEYS = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
_MICRO_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(.*)")


def undecodable(resource: Resource, item: Object) -> None:
    """Refuse what does not even become an object: data that is not base64, a time of the wrong form.

    Raises:
        Refused: 400.
    """
    about = f'{resource.kind} in version "v1" cannot be handled as a {resource.kind}: '
    if resource.kind == "Secret":
        for value in (item.get("data") or {}).values():
            if (at := _not_base64(str(value))) is not None:
                raise bad_request(f"{about}illegal base64 data at input byte {at}")
    if resource.kind == "Lease":
        for name in ("acquireTime", "renewTime"):
            time = (item.get("spec") or {}).get(name)
            if isinstance(time, str) and (said := _bad_micro_time(time)):
                raise bad_request(about + said)


def flaws(resource: Resource, item: Object) -> Iterator[Flaw]:
    """What is wrong with an object by itself."""
    name = item["metadata"].get("name") or ""
    if not re.fullmatch(_NAME, name) and not resource.group.startswith("rbac"):
        yield wrong("metadata.name", name, _BAD_NAME % _NAME)
    spec: Object = item.get("spec") or {}
    if resource.kind == "Pod":
        yield from _pod_spec(spec, "spec", strict=True)
    elif resource.kind == "CronJob":
        inner = ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template") or {}
        yield from _pod_spec(inner.get("spec") or {}, "spec.jobTemplate.spec.template.spec", strict=False)
    elif isinstance(spec.get("template"), dict):
        yield from _selected(resource, spec)
        yield from _pod_spec(spec["template"].get("spec") or {}, "spec.template.spec", strict=False)
    elif resource.kind == "Secret":
        yield from _secret(item)
    elif resource.kind == "ConfigMap":
        size = sum(len(str(value)) for value in (item.get("data") or {}).values())
        if size > _LARGEST_SECRET:
            why = f"Too long: may not be more than {_LARGEST_SECRET} bytes"
            yield Flaw("FieldValueTooLong", "[]", why)


def changes(resource: Resource, old: Object, new: Object) -> Iterator[Flaw]:
    """What is wrong with an object as a successor of what it was."""
    if new["metadata"].get("uid") != old["metadata"].get("uid"):
        # A real server finds this twice, once for the metadata and once for the object.
        for _ in range(2):
            yield wrong("metadata.uid", new["metadata"].get("uid") or "", _IMMUTABLE)
    before, after = old.get("spec") or {}, new.get("spec") or {}
    fixed = _FIXED.get(resource.kind)
    if fixed is not None and before.get(fixed) != after.get(fixed):
        yield wrong(f"spec.{fixed}", after.get(fixed), _IMMUTABLE)
    if resource.kind == "Pod":
        yield from _pod_change(before, after)
    elif resource.kind == "StatefulSet":
        if _without(before, _STATEFUL_FIELDS) != _without(after, _STATEFUL_FIELDS):
            yield barred("spec", _STATEFUL_MAY)
    elif resource.kind == "Secret":
        yield from _secret_change(old, new)


def ephemeral_changes(old: Object, new: Object) -> Iterator[Flaw]:
    """What is wrong with a write to a pod's ephemeral containers: those that are there stay as they are."""
    after = {each.get("name"): each for each in new["spec"].get("ephemeralContainers") or ()}
    for each in old["spec"].get("ephemeralContainers") or ():
        if after.get(each["name"]) != each:
            said = f'existing ephemeral containers "{each["name"]}" may not be changed'
            yield barred("spec.ephemeralContainers", said)


def _secret_change(old: Object, new: Object) -> Iterator[Flaw]:
    if old.get("immutable") and old.get("data") != new.get("data"):
        yield barred("data", "field is immutable when `immutable` is set")
    if old.get("type") != new.get("type"):
        yield wrong("type", new.get("type"), _IMMUTABLE)


def _pod_change(before: Object, after: Object) -> Iterator[Flaw]:
    for part in ("containers", "initContainers"):
        if len(before.get(part) or ()) != len(after.get(part) or ()):
            yield barred(f"spec.{part}", "pod updates may not add or remove containers")
            return
    for number, each in enumerate(after.get("containers") or ()):
        yield from _image_spaces(each, f"spec.containers[{number}]")
    if _fixed(before) != _fixed(after):
        yield barred("spec", _POD_MAY)


def _fixed(spec: Object) -> Object:
    free = ("containers", "initContainers", "activeDeadlineSeconds", "tolerations")
    fixed = _without(spec, free)
    for part in free[:2]:
        fixed[part] = [_without(each, ("image",)) for each in spec.get(part) or ()]
    return fixed


def _selected(resource: Resource, spec: Object) -> Iterator[Flaw]:
    if resource.kind not in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"):
        return
    selector = spec.get("selector")
    if not selector:
        yield required("spec.selector")
        return
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    if not chosen(selector)({"metadata": {"labels": labels}}):
        yield wrong("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")


def _pod_spec(spec: Object, path: str, *, strict: bool) -> Iterator[Flaw]:
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    for part in ("initContainers", "containers"):
        for number, each in enumerate(spec.get(part) or ()):
            place = f"{path}.{part}[{number}]"
            if not each.get("name"):
                yield required(f"{place}.name")
            if not each.get("image"):
                yield required(f"{place}.image")
            elif strict:
                yield from _image_spaces(each, place)


def _image_spaces(container: Object, place: str) -> Iterator[Flaw]:
    image = str(container.get("image") or "")
    if image != image.strip():
        yield wrong(f"{place}.image", image, "must not have leading or trailing whitespace")


def _secret(item: Object) -> Iterator[Flaw]:
    key = _DOCKER_KEYS.get(item.get("type") or "")
    if key is None:
        return
    place = f"data[{key}]"
    value = (item.get("data") or {}).get(key)
    if value is None:
        yield required(place)
        return
    redacted = "<secret contents redacted>"
    try:
        told = gojson.decoded(base64.b64decode(value).decode(errors="replace"))
    except gojson.NotJson as problem:
        yield wrong(place, redacted, str(problem))
        return
    if not isinstance(told, dict) and told is not None:
        kind = gojson.named(told)
        said = f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        yield wrong(place, redacted, said)


def _not_base64(value: str) -> int | None:
    found = re.match(r"[A-Za-z0-9+/\r\n]*={0,2}", value)
    end = found.end() if found else 0
    if end < len(value):
        return end
    try:
        base64.b64decode(value, validate=False)
    except (binascii.Error, ValueError):
        return len(value) - len(value) % 4
    return None


def _bad_micro_time(time: str) -> str:
    layout = '"2006-01-02T15:04:05.000000Z07:00"'
    found = _MICRO_TIME.fullmatch(time)
    if found is None:
        rest = time[10:] if re.match(r"\d{4}-\d\d-\d\d", time) else time
        wanted = "T" if rest != time else "2006"
        return f'parsing time "{time}" as {layout}: cannot parse "{rest}" as "{wanted}"'
    if not re.match(r"\.\d{6}(?!\d)", found[2]):
        return f'parsing time "{time}" as {layout}: cannot parse "{found[2]}" as ".000000"'
    return ""


def _without(value: Any, names: tuple[str, ...]) -> Object:
    return {name: inner for name, inner in value.items() if name not in names}
