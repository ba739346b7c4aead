"""How the API server says no: what is wrong in -> the exact Status out.

The bodies are those of kube-apiserver v1.36.2. Lists of causes carry reason, message and field, as there.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.demo.cluster.kinds import Resource


Object = dict[str, Any]


@dataclass
class Refused(Exception):
    """An answer other than success, as a Status or as plain text.

    Attributes:
        code: the HTTP status.
        headers: what is sent beside it.
        plain: the message is the whole body, as text.
    """

    code: int
    message: str
    reason: str = ""
    details: Object | None = None
    metadata: Object = field(default_factory=dict)
    plain: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def status(self) -> Object:
        """The Status as an object."""
        told: Object = {"kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure"}
        told["message"] = self.message
        if self.reason:
            told["reason"] = self.reason
        if self.details is not None:
            told["details"] = self.details
        return {**told, "code": self.code}

    def body(self) -> bytes:
        """The bytes a server sends."""
        if self.plain:
            return self.message.encode() + b"\n"
        return encoded(self.status())


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is invalid.

    Attributes:
        reason: ``FieldValueInvalid`` and its like.
        place: the field, as a path.
        message: what is wrong with it.
    """

    reason: str
    place: str
    message: str

    @property
    def cause(self) -> Object:
        """As it stands among the causes."""
        return {"reason": self.reason, "message": self.message, "field": self.place}


def encoded(value: object) -> bytes:
    """JSON as the server writes it: no spaces, one line."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def quoted(text: str) -> str:
    """Go's %q of ordinary text."""
    return json.dumps(text, ensure_ascii=False)


def required(place: str) -> Flaw:
    """Something that must be there is not."""
    return Flaw("FieldValueRequired", place, "Required value")


def wrong(place: str, value: object, why: str) -> Flaw:
    """A value that cannot be."""
    said = quoted(value) if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return Flaw("FieldValueInvalid", place, f"Invalid value: {said}: {why}")


def barred(place: str, why: str) -> Flaw:
    """A value that may not be given."""
    return Flaw("FieldValueForbidden", place, f"Forbidden: {why}")


def unsupported(place: str, value: object, known: Sequence[str]) -> Flaw:
    """A value outside the few that there are."""
    listed = ", ".join(quoted(each) for each in known)
    said = f"Unsupported value: {json.dumps(value)}: supported values: {listed}"
    return Flaw("FieldValueNotSupported", place, said)


def invalid(kind: str, name: str, flaws: Sequence[Flaw]) -> Refused:
    """422 for an object, or for the options of a request.

    The kind comes with its group, as ``Deployment.apps``; "" for a patch that did not become an object.
    """
    told: list[str] = []
    for flaw in flaws:
        if (said := f"{flaw.place}: {flaw.message}") not in told:
            told.append(said)
    listed = f"[{', '.join(told)}]" if len(told) > 1 else told[0]
    bare, _, group = kind.partition(".")
    details: Object = {"name": name} if name else {}
    details |= {"group": group} if group else {}
    details |= {"kind": bare} if bare else {}
    details["causes"] = [flaw.cause for flaw in flaws]
    return Refused(
        422, f'{kind or " "} "{name}" is invalid: {listed}'.replace('  "', ' "'), "Invalid", details
    )


def bad_request(message: str) -> Refused:
    """400."""
    return Refused(400, message, "BadRequest")


def not_found(resource: Resource, name: str) -> Refused:
    """404 of an object."""
    return Refused(404, f"{resource.qualified} {quoted(name)} not found", "NotFound", _about(resource, name))


def exists(resource: Resource, name: str) -> Refused:
    """409 of a create."""
    said = f"{resource.qualified} {quoted(name)} already exists"
    return Refused(409, said, "AlreadyExists", _about(resource, name))


def stale(resource: Resource, name: str, why: str = "") -> Refused:
    """409 of a write to what somebody else has written since."""
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    said = f"Operation cannot be fulfilled on {resource.qualified} {quoted(name)}: {why}"
    return Refused(409, said, "Conflict", _about(resource, name))


def unmet(resource: Resource, name: str, why: str) -> Refused:
    """409 of a DELETE whose precondition does not hold; it names the kind, not the resource."""
    said = f"Operation cannot be fulfilled on {resource.kind} {quoted(name)}: {why}"
    return Refused(409, said, "Conflict", {"name": name, "kind": resource.kind})


def refused_by_admission(resource: Resource, name: str, why: str, causes: Sequence[Object] = ()) -> Refused:
    """403 of what may not be made."""
    said = f"{resource.qualified} {quoted(name)} is forbidden: {why}"
    details = _about(resource, name)
    return Refused(403, said, "Forbidden", details | ({"causes": list(causes)} if causes else {}))


def denied_by_policy(resource: Resource, name: str, policy: str, why: str) -> Refused:
    """422 of a ValidatingAdmissionPolicy with the default reason, although it says that something is forbidden."""
    why = f"ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: {why}"
    refused = refused_by_admission(resource, name, why, [{"message": why}])
    refused.code, refused.reason = 422, "Invalid"
    return refused


def over_quota(
    resource: Resource, name: str, quota: str, what: str, counted: tuple[int, int, int]
) -> Refused:
    """403 of one more than a ResourceQuota allows; counted is what is asked for, what there is, and what there may be."""
    requested, used, limited = (f"{what}={number}" for number in counted)
    said = f"exceeded quota: {quota}, requested: {requested}, used: {used}, limited: {limited}"
    return refused_by_admission(resource, name, said)


def unauthorized() -> Refused:
    """401, the same for every bad token."""
    return Refused(401, "Unauthorized", "Unauthorized")


def unserved() -> Refused:
    """404 of a resource or subresource that the group version does not have."""
    return Refused(404, "the server could not find the requested resource", "NotFound", {})


def nowhere() -> Refused:
    """404 of a path that means nothing: plain text."""
    return Refused(404, "404 page not found", plain=True)


def no_such_method() -> Refused:
    """405."""
    said = "the server does not allow this method on the requested resource"
    return Refused(405, said, "MethodNotAllowed", {})


def _about(resource: Resource, name: str) -> Object:
    group = {"group": resource.group} if resource.group else {}
    return {"name": name, **group, "kind": resource.plural}
