"""What a login may do, by the API server's own word: rights in -> whether each is granted, and all that is, out.

Reviews are POSTs that change nothing: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from bot.cluster.client import ApiClient, Refusal
from bot.cluster.sending import Reply, Request, Unheard
from bot.errors import ClusterUnreadable


T = TypeVar("T")

_AUTHORIZATION: Final = "authorization.k8s.io"
_AUTHENTICATION: Final = "authentication.k8s.io"
_WORDS: Final = {401: "credentials refused", 403: "forbidden", 404: "not served", 429: "throttled"}


@dataclass(frozen=True, slots=True)
class Right:
    """Something that may be done, or not.

    Attributes:
        resource: plural, with its subresource: ``pods/log``.
        namespace: "" for all of them, and for what has none.
        name: "" for any.
    """

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""
    name: str = ""


class Rule(msgspec.Struct, frozen=True, rename="camel"):
    """Something that is granted, as the API server spells it; ``*`` stands for all."""

    verbs: tuple[str, ...] = ()
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()

    def grants(self, right: Right) -> bool:
        """Whether it covers a right; one that holds for some names only covers a right to one of these."""
        whole, _, part = right.resource.partition("/")
        spelled = {"*", right.resource} | ({f"*/{part}"} if part else {whole})
        return bool(
            {"*", right.verb} & set(self.verbs)
            and {"*", right.group} & set(self.api_groups)
            and spelled & set(self.resources)
            and (not self.resource_names or right.name in self.resource_names)
        )


class Rules(msgspec.Struct, frozen=True, rename="camel"):
    """All that is granted in a namespace, with what is granted everywhere.

    Attributes:
        incomplete: there is more, which the server cannot list: another authorizer than RBAC decides, too.
    """

    resource_rules: tuple[Rule, ...] | None = ()
    incomplete: bool = False


class _RulesAnswer(msgspec.Struct):
    status: Rules


class _Allowed(msgspec.Struct):
    allowed: bool = False


class _AccessAnswer(msgspec.Struct):
    status: _Allowed


class _User(msgspec.Struct):
    username: str = ""


class _Me(msgspec.Struct, rename="camel"):
    user_info: _User


class _MeAnswer(msgspec.Struct):
    status: _Me


class _Version(msgspec.Struct, rename="camel"):
    git_version: str = ""
    major: str = ""
    minor: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What an API server is, and when it said so.

    Attributes:
        spelled: ``v1.36.2``.
        minor: 36; 0 where it cannot be read.
        date: by its own clock; None where it did not say.
    """

    spelled: str
    minor: int
    date: datetime | None


@dataclass(frozen=True, slots=True)
class _VersionPath:
    path: str = "/version"


class Reviews:
    """One API server and one login.

    Args:
        client: asks.
    """

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def version(self) -> Version:
        """What the server is. The first question to put: whoever gets no answer gets none to the others.

        Raises:
            Refusal: it does not say.
            ClusterUnreadable: nobody answers, or the credentials are refused.
        """
        answer = await self._client.get(_VersionPath())
        try:
            said = msgspec.json.decode(answer.body, type=_Version)
        except msgspec.DecodeError:
            raise ClusterUnreadable(
                "what answers there is no API server", "check the cluster's server"
            ) from None
        digits = "".join(each for each in said.minor if each.isdecimal())
        return Version(said.git_version, int(digits or 0), answer.date)

    async def me(self) -> str:
        """Who the login is to the server: a name, which is no secret between the two.

        Raises:
            Refusal, ClusterUnreadable: it does not say.
        """
        body = _body(_AUTHENTICATION, "SelfSubjectReview", None)
        reply = await self._post(f"/apis/{_AUTHENTICATION}/v1/selfsubjectreviews", body)
        return _decoded(reply, _MeAnswer).status.user_info.username

    async def may(self, right: Right) -> bool:
        """Whether the login may; without a name a no may hide that it may for some names.

        Raises:
            Refusal, ClusterUnreadable: it does not say.
        """
        resource, _, part = right.resource.partition("/")
        wanted = {
            "verb": right.verb,
            "group": right.group,
            "resource": resource,
            "subresource": part,
            "namespace": right.namespace,
            "name": right.name,
        }
        spec = {"resourceAttributes": {name: value for name, value in wanted.items() if value}}
        body = _body(_AUTHORIZATION, "SelfSubjectAccessReview", spec)
        reply = await self._post(f"/apis/{_AUTHORIZATION}/v1/selfsubjectaccessreviews", body)
        return _decoded(reply, _AccessAnswer).status.allowed

    async def rules(self, namespace: str) -> Rules:
        """All that the login may do in a namespace.

        Raises:
            Refusal, ClusterUnreadable: it does not say.
        """
        body = _body(_AUTHORIZATION, "SelfSubjectRulesReview", {"namespace": namespace})
        reply = await self._post(f"/apis/{_AUTHORIZATION}/v1/selfsubjectrulesreviews", body)
        return _decoded(reply, _RulesAnswer).status

    async def _post(self, path: str, body: Mapping[str, Any]) -> Reply:
        request = Request("POST", path, {}, "application/json", json.dumps(body).encode())
        try:
            reply = await self._client.send(request)
        except Unheard as unheard:
            raise Refusal(unheard.why) from None
        if reply.status not in (200, 201):
            raise Refusal(_WORDS.get(reply.status, f"HTTP {reply.status}"), reply.status)
        return reply


def names(rules: Rules, right: Right) -> Collection[str]:
    """The names that a right holds for, where it holds for some names alone."""
    return sorted(
        {
            name
            for rule in rules.resource_rules or ()
            for name in rule.resource_names
            if rule.grants(Right(right.verb, right.resource, right.group, name=name))
        }
    )


def _body(group: str, kind: str, spec: Mapping[str, Any] | None) -> Mapping[str, Any]:
    told = {"apiVersion": f"{group}/v1", "kind": kind}
    return told if spec is None else {**told, "spec": spec}


def _decoded(reply: Reply, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(reply.body or b"", type=shape)
    except msgspec.DecodeError:
        raise Refusal("not understood") from None
