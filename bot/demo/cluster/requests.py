"""A request as the API server understands it: method, path and query in -> verb, resource and name out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from bot.demo.cluster.kinds import GROUPS, REVIEWS
from bot.demo.cluster.refusals import Refused, quoted


_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_MANY = {"get": "list", "delete": "deletecollection"}
_TRUE = ("1", "true", "")


@dataclass(frozen=True)
class Asked:
    """A request for a resource, as RBAC sees it.

    Attributes:
        user: who asks, once that is known.
    """

    verb: str
    plural: str
    namespace: str = ""
    name: str = ""
    part: str = ""
    group: str = ""
    query: Mapping[str, str] = field(default_factory=dict, hash=False)
    user: str = field(default="", compare=False)

    @property
    def resource(self) -> str:
        """As RBAC rules spell it: ``pods/log``."""
        return f"{self.plural}/{self.part}" if self.part else self.plural

    @property
    def selected_name(self) -> str:
        """The name that the authorizer takes: the path's, or the one a fieldSelector names."""
        if self.name:
            return self.name
        for each in self.query.get("fieldSelector", "").split(","):
            if each.startswith("metadata.name="):
                return each.removeprefix("metadata.name=").removeprefix("=")
        return ""


def understood(method: str, raw_path: str, query: Mapping[str, str]) -> Asked | None:
    """What is asked for; None for a path that is no resource's (``/version``, an unknown root).

    The path is taken as it came, still escaped.
    """
    parts = [unquote(part) for part in raw_path.split("/") if part]
    if parts[:2] == ["api", "v1"]:
        group, rest = "", parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, rest = parts[1], parts[3:]
    else:
        return None
    watched = rest[:1] == ["watch"]
    rest = rest[1:] if watched else rest
    namespace = ""
    if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    if not rest:
        return None
    plural, name, part = (*rest, "", "", "")[:3]
    verb = _verb(method, bool(name), watched or query.get("watch") in _TRUE[:2])
    return Asked(verb, plural, namespace, name, "/".join(rest[2:]) or part, group, dict(query))


def known_group(asked: Asked, raw_path: str) -> bool:
    """Whether the group and version of a path are served at all."""
    if asked.group and asked.group not in GROUPS:
        return False
    return not asked.group or raw_path.split("/")[3] == "v1"


def is_review(asked: Asked) -> bool:
    """Whether it asks about rights or identity."""
    return REVIEWS.get(asked.plural, ("", "?"))[1] == asked.group


def forbidden(user: str, asked: Asked) -> Refused:
    """403 of somebody who may not."""
    name = asked.selected_name
    qualified = f"{asked.plural}.{asked.group}" if asked.group else asked.plural
    who = f"{qualified} {quoted(name)}" if name else qualified
    scope = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    message = (
        f'{who} is forbidden: User "{user}" cannot {asked.verb} resource "{asked.resource}"'
        f' in API group "{asked.group}" {scope}'
    )
    details = {"name": name} if name else {}
    details |= {"group": asked.group} if asked.group else {}
    return Refused(403, message, "Forbidden", {**details, "kind": asked.plural})


def forbidden_path(user: str, path: str) -> Refused:
    """403 of a path that is no resource's."""
    return Refused(403, f'forbidden: User "{user}" cannot get path "{path}"', "Forbidden", {})


def _verb(method: str, named: bool, watched: bool) -> str:
    verb = _VERBS.get(method, "")
    if named:
        return verb
    if watched and verb == "get":
        return "watch"
    return _MANY.get(verb, verb)
