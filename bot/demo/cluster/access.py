"""Who may do what: tokens and the RBAC objects in the store in -> who asks, whether he may, and why.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/; the reasons are worded as recorded.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.demo.cluster.refusals import Object, bad_request, invalid, unauthorized, wrong
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.store import Store


MASTERS = "system:masters"
_ACCOUNT = "system:serviceaccount:"
_SHORTEST_TOKEN = 600
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_AUDIENCE = "https://kubernetes.default.svc"
_PUBLIC = ("/healthz", "/livez", "/readyz", "/version", "/version/")
_DISCOVERY = ("/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", *_PUBLIC)
# system:basic-user, system:discovery and system:public-info-viewer, which every cluster binds by itself.
_BASIC: tuple[Object, ...] = (
    {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {
        "verbs": ["create"],
        "apiGroups": ["authentication.k8s.io"],
        "resources": ["selfsubjectreviews"],
    },
)
_FOR_ALL: tuple[Object, ...] = ({"verbs": ["get"], "nonResourceURLs": list(_PUBLIC)},)
_FOR_KNOWN: tuple[Object, ...] = ({"verbs": ["get"], "nonResourceURLs": list(_DISCOVERY)}, *_FOR_ALL)


@dataclass(frozen=True, slots=True)
class User:
    """Who asks."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
ADMIN = User("kubernetes-admin", (MASTERS, "system:authenticated"))


def account(namespace: str, name: str, uid: str = "") -> User:
    """A ServiceAccount as a user."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(f"{_ACCOUNT}{namespace}:{name}", groups, uid)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do: to a resource, or to a path.

    Attributes:
        resource: with its subresource, ``pods/log``.
        path: for what is no resource.
    """

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @classmethod
    def of(cls, asked: Asked) -> "Wish":
        """What a request wants."""
        return cls(asked.verb, asked.group, asked.resource, asked.namespace, asked.selected_name)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether somebody may, and which binding says so."""

    allowed: bool
    reason: str = ""


class Access:
    """The cluster's doors.

    Args:
        tokens: bearer token -> who it is.
    """

    def __init__(self, store: Store, tokens: Mapping[str, User]) -> None:
        self._store = store
        self._tokens: dict[str, tuple[User, datetime | None]] = {
            token: (user, None) for token, user in tokens.items()
        }

    def user(self, authorization: str, now: datetime) -> User:
        """Who sends an Authorization header.

        Raises:
            Refused: 401 for a token that is unknown, expired, or of an account that is gone.
        """
        scheme, _, token = authorization.partition(" ")
        if not scheme:
            return ANONYMOUS
        found = self._tokens.get(token.strip())
        if found is None or scheme.lower() != "bearer":
            raise unauthorized()
        user, until = found
        if until is not None and (now >= until or not self._is_there(user)):
            raise unauthorized()
        return user

    def ruling(self, user: User, wish: Wish) -> Ruling:
        """Whether a user may."""
        if MASTERS in user.groups:
            return Ruling(allowed=True)
        for rule, reason in self._rules(user, wish.namespace):
            if _covers(rule, wish):
                return Ruling(True, reason)
        return Ruling(allowed=False)

    def review(self, user: User, kind: str, body: Mapping[str, Any], now: datetime) -> Object:
        """What an access or identity review answers.

        Raises:
            Refused: 400 for a review of rules without a namespace.
        """
        spec: Object = body.get("spec") or {}
        if kind == "SelfSubjectReview":
            told = _answered(kind, "authentication.k8s.io", {}, {"userInfo": _told(user)})
            return {**told, "metadata": {"creationTimestamp": now.strftime(_TIME)}}
        if kind == "SelfSubjectRulesReview":
            if not spec.get("namespace"):
                raise bad_request("no namespace on request")
            return _answered(kind, "authorization.k8s.io", {}, self._rights(user, spec["namespace"]))
        if kind == "SubjectAccessReview":
            user = User(spec.get("user") or "", tuple(spec.get("groups") or ()))
        ruling = self.ruling(user, _wished(spec))
        status: Object = {"allowed": ruling.allowed}
        if ruling.reason:
            status["reason"] = ruling.reason
        return _answered(kind, "authorization.k8s.io", spec, status)

    def issue(self, namespace: str, name: str, body: Mapping[str, Any], now: datetime) -> Object:
        """A TokenRequest for a ServiceAccount: the token works until it expires or its account goes.

        Raises:
            Refused: 404, 422 for less than ten minutes.
        """
        found = self._store.get("serviceaccounts", namespace, name)
        seconds = (body.get("spec") or {}).get("expirationSeconds") or 3_600
        if seconds < _SHORTEST_TOKEN:
            why = "may not specify a duration less than 10 minutes"
            raise invalid(
                "TokenRequest.authentication.k8s.io", "", [wrong("spec.expirationSeconds", seconds, why)]
            )
        token, until = secrets.token_urlsafe(24), now + timedelta(seconds=seconds)
        self._tokens[token] = (account(namespace, name, found["metadata"]["uid"]), until)
        spec = {"audiences": [_AUDIENCE], "expirationSeconds": seconds, "boundObjectRef": None}
        status = {"token": token, "expirationTimestamp": until.strftime(_TIME)}
        told = _answered("TokenRequest", "authentication.k8s.io", spec, status)
        meta = {key: found["metadata"].get(key) for key in ("name", "namespace", "uid", "creationTimestamp")}
        return {**told, "metadata": meta}

    def _is_there(self, user: User) -> bool:
        namespace, _, name = user.name.removeprefix(_ACCOUNT).partition(":")
        found = self._store.find("serviceaccounts", namespace, name)
        return found is not None and found["metadata"]["uid"] == user.uid

    def _rules(self, user: User, namespace: str) -> Iterator[tuple[Object, str]]:
        """Every rule that counts for a user there, with the binding it comes from."""
        known = user.name != ANONYMOUS.name
        for rule in (*_BASIC, *_FOR_KNOWN) if known else _FOR_ALL:
            yield rule, ""
        for binding in self._store.every("clusterrolebindings"):
            yield from self._bound(user, binding, "ClusterRoleBinding")
        if namespace:
            for binding in self._store.every("rolebindings", namespace):
                yield from self._bound(user, binding, "RoleBinding")

    def _bound(self, user: User, binding: Object, kind: str) -> Iterator[tuple[Object, str]]:
        place = binding["metadata"].get("namespace") or ""
        subject = next((each for each in binding.get("subjects") or () if _is(user, each, place)), None)
        if subject is None:
            return
        role = binding["roleRef"]
        plural, where = ("roles", place) if role["kind"] == "Role" else ("clusterroles", "")
        found = self._store.find(plural, where, role["name"])
        name = binding["metadata"]["name"] + (f"/{place}" if place else "")
        who = subject["name"]
        if subject["kind"] == "ServiceAccount":
            who = f"{who}/{subject.get('namespace') or place}"
        reason = f'RBAC: allowed by {kind} "{name}" of {role["kind"]} "{role["name"]}" to {subject["kind"]} "{who}"'
        for rule in (found or {}).get("rules") or ():
            yield rule, reason

    def _rights(self, user: User, namespace: str) -> Object:
        rules = [rule for rule, _ in self._rules(user, namespace)]
        if MASTERS in user.groups:
            rules = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
        fields = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
        told = [{name: rule[name] for name in fields if rule.get(name)} for rule in rules]
        return {
            "resourceRules": [rule for rule in told if "resources" in rule],
            "nonResourceRules": [rule for rule in told if "nonResourceURLs" in rule],
            "incomplete": False,
        }


def _is(user: User, subject: Mapping[str, str], place: str) -> bool:
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    if subject["kind"] == "ServiceAccount":
        return user.name == f"{_ACCOUNT}{subject.get('namespace') or place}:{subject['name']}"
    return subject["name"] == user.name


def _covers(rule: Object, wish: Wish) -> bool:
    if not {"*", wish.verb} & set(rule.get("verbs") or ()):
        return False
    if wish.path:
        return any(_fits(each, wish.path) for each in rule.get("nonResourceURLs") or ())
    _, _, part = wish.resource.partition("/")
    spelled = {"*", wish.resource} | ({f"*/{part}"} if part else set())
    names = rule.get("resourceNames")
    return bool(
        {"*", wish.group} & set(rule.get("apiGroups") or ())
        and spelled & set(rule.get("resources") or ())
        and (not names or wish.name in names)
    )


def _fits(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def _wished(spec: Mapping[str, Any]) -> Wish:
    told = spec.get("resourceAttributes")
    if told is None:
        inner = spec.get("nonResourceAttributes") or {}
        return Wish(inner.get("verb") or "", path=inner.get("path") or "")
    part = told.get("subresource")
    resource = told.get("resource") or ""
    return Wish(
        told.get("verb") or "",
        told.get("group") or "",
        f"{resource}/{part}" if part else resource,
        told.get("namespace") or "",
        told.get("name") or "",
    )


def _told(user: User) -> Object:
    told: Object = {"username": user.name}
    if user.uid:
        told["uid"] = user.uid
    return {**told, "groups": list(user.groups)}


def _answered(kind: str, group: str, spec: Object, status: Object) -> Object:
    told = {"kind": kind, "apiVersion": f"{group}/v1", "metadata": {}, "spec": spec, "status": status}
    if kind == "SelfSubjectReview":
        del told["spec"]
    return told
