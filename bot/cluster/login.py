"""Turns "this context" into what a request needs: a kubeconfig or a pod's own account in -> a ready client out.

``kubernetes.aio`` does the authentication (tokens, token files, client certificates, OIDC and GCP providers,
in-cluster accounts) and owns the HTTP session; this module feeds it and knows when to ask it again.
"""

import asyncio
import base64
import binascii
import ipaddress
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from bot.cluster import kubeconfig, plugin
from bot.errors import ClusterUnreadable


# The kubelet renews a mounted token at 80 % of its life, an hour by default; client-go reads it once a minute.
# https://github.com/kubernetes/client-go/blob/master/transport/token_source.go
_TOKEN_FILE_LIFE = timedelta(minutes=1)
# Renewed a little before the end, so that no request carries a token that expires on its way.
_EARLY = timedelta(seconds=10)
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True)
class Ready:
    """An authenticated way to one API server. Holds credentials: never print it.

    Attributes:
        rest: ``kubernetes.aio.client.rest.RESTClientObject``; owns one aiohttp session.
        stale_after: when to log in again; None for never.
    """

    server: str
    rest: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    stale_after: datetime | None = None


class Login(Protocol):
    """One way to get in, to be used again when what it gave has expired."""

    @property
    def name(self) -> str:
        """What people call this cluster."""
        ...

    @property
    def namespace(self) -> str:
        """The default namespace."""
        ...

    async def __call__(self, now: datetime) -> Ready:
        """Log in.

        Raises:
            ClusterUnreadable: with a hint what to mend.
        """
        ...


@dataclass(frozen=True, slots=True)
class ContextLogin:
    """Logs in as a kubeconfig's context says."""

    choice: kubeconfig.Choice
    environ: Mapping[str, str] = field(repr=False, default_factory=dict)
    permission: plugin.Permission = field(default_factory=plugin.Permission)

    @property
    def name(self) -> str:
        """The context's name."""
        return self.choice.context

    @property
    def namespace(self) -> str:
        """The context's namespace."""
        return self.choice.namespace

    async def __call__(self, now: datetime) -> Ready:
        """Log in; runs the exec plugin where the user entry has one."""
        user, cluster = dict(self.choice.user), dict(self.choice.cluster)
        _refuse_proxy(str(cluster.get("proxy-url") or ""))
        stale_after = now + _TOKEN_FILE_LIFE if user.get("tokenFile") and not user.get("token") else None
        if user.get("exec"):
            credential = await plugin.ask(user.pop("exec"), cluster, self.environ, self.permission)
            user |= _as_user(credential)
            stale_after = credential.expires - _EARLY if credential.expires else None
        # Keys touch the disk only while the TLS context is made: Python's ssl loads them from files alone.
        with tempfile.TemporaryDirectory(prefix="imagepull-") as folder:
            _to_files(cluster, ("certificate-authority",), Path(folder))
            _to_files(user, ("client-certificate", "client-key"), Path(folder))
            configuration = await self._configuration(cluster, user)
            return await _ready(configuration, _impersonation(user), stale_after)

    async def _configuration(self, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> Any:
        # Half a second of imports that only a live cluster needs.
        from kubernetes.aio.client import Configuration  # noqa: PLC0415
        from kubernetes.aio.config.kube_config import KubeConfigLoader  # noqa: PLC0415

        context = {"cluster": "it", "user": "it"}
        untyped: Any = KubeConfigLoader
        loader = untyped(
            {
                "current-context": "it",
                "contexts": [{"name": "it", "context": context}],
                "clusters": [{"name": "it", "cluster": dict(cluster)}],
                "users": [{"name": "it", "user": dict(user)}],
            },
            config_base_path="",
        )
        configuration = Configuration()
        try:
            await loader.load_and_set(configuration)
        # The library raises whatever its providers raise, and may quote a token in it.
        except Exception as problem:  # noqa: BLE001
            raise ClusterUnreadable(
                f"cannot log in with context {self.name!r}: {type(problem).__name__}",
                "check the context's user entry: its files must exist and its login must be fresh",
            ) from None
        return configuration


@dataclass(frozen=True, slots=True)
class AccountLogin:
    """Logs in as the pod this runs in.

    Attributes:
        token: file of another account's token; None for the pod's own.
    """

    environ: Mapping[str, str]
    account: Path = _ACCOUNT
    name: str = "in-cluster"
    token: Path | None = None

    @property
    def namespace(self) -> str:
        """The pod's own namespace."""
        try:
            return (self.account / "namespace").read_text().strip() or "default"
        except OSError:
            return "default"

    async def __call__(self, now: datetime) -> Ready:
        """Read the mounted token again and log in with it."""
        from kubernetes.aio.client import Configuration  # noqa: PLC0415
        from kubernetes.aio.config import ConfigException  # noqa: PLC0415
        from kubernetes.aio.config.incluster_config import InClusterConfigLoader  # noqa: PLC0415

        configuration = Configuration()
        try:
            untyped: Any = InClusterConfigLoader
            untyped(
                token_filename=str(self.token or self.account / "token"),
                cert_filename=str(self.account / "ca.crt"),
                try_refresh_token=False,
                environ=self.environ,
            ).load_and_set(configuration)
        except (ConfigException, OSError) as problem:
            raise ClusterUnreadable(
                f"cannot use the pod's own account: {problem}",
                "mount a ServiceAccount token (automountServiceAccountToken)",
            ) from None
        return await _ready(configuration, {}, now + _TOKEN_FILE_LIFE)


@dataclass(frozen=True, slots=True)
class TokenFileLogin:
    """Logs in at the same API server as another login, with a file's token instead of the credentials there."""

    way: Login
    file: Path

    @property
    def name(self) -> str:
        """What people call this cluster."""
        return self.way.name

    @property
    def namespace(self) -> str:
        """The default namespace."""
        return self.way.namespace

    async def __call__(self, now: datetime) -> Ready:
        """Read the file again and log in with it: without a token nobody would know who asks, so there must be one."""
        try:
            token = self.file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            token = ""
        if not token:
            raise ClusterUnreadable(
                f"there is no token in {self.file}", "mount one there, or name another token_file"
            )
        if isinstance(self.way, AccountLogin):
            return await replace(self.way, token=self.file)(now)
        assert isinstance(self.way, ContextLogin)
        ready = await replace(self.way, choice=replace(self.way.choice, user={"token": token}))(now)
        return replace(ready, stale_after=now + _TOKEN_FILE_LIFE)


def find(
    paths: tuple[Path, ...],
    context: str | None,
    environ: Mapping[str, str],
    permission: plugin.Permission,
) -> Login:
    """The login that kubectl would use: a kubeconfig's context, else the pod's own account.

    Raises:
        UsageError: no such context.
        ClusterUnreadable: neither a kubeconfig nor a pod's account is there.
    """
    if paths:
        return ContextLogin(kubeconfig.choose(paths, context), environ, permission)
    if environ.get("KUBERNETES_SERVICE_HOST"):
        return AccountLogin(environ)
    raise ClusterUnreadable(
        "there is no kubeconfig and this is not a pod",
        "pass --kubeconfig, set KUBECONFIG, or read a dump with --from",
    )


async def _ready(configuration: Any, extra: Mapping[str, str], stale_after: datetime | None) -> Ready:
    from kubernetes.aio.client.rest import RESTClientObject  # noqa: PLC0415

    authorization = await configuration.get_api_key_with_prefix("BearerToken")
    headers = {"Authorization": authorization.strip()} if authorization else {}
    if _is_here(configuration.host):
        # As Go does it: https://pkg.go.dev/net/http#ProxyFromEnvironment
        configuration.client_session_kwargs = {"trust_env": False}
    try:
        # Reading the authorities that a machine trusts takes some twenty milliseconds, in which nobody would be heard.
        rest = await asyncio.to_thread(RESTClientObject, configuration)
    except OSError as problem:  # ssl.SSLError is one
        raise ClusterUnreadable(
            f"the certificates of this context cannot be used: {type(problem).__name__}",
            "check certificate-authority, client-certificate and client-key in the kubeconfig",
        ) from None
    return Ready(configuration.host.rstrip("/"), rest, {**headers, **extra}, stale_after)


def _is_here(server: str) -> bool:
    host = urlsplit(server).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _as_user(credential: plugin.Credential) -> dict[str, Any]:
    user: dict[str, Any] = {"token": credential.token} if credential.token else {}
    if credential.certificate:
        pair = {"client-certificate-data": credential.certificate, "client-key-data": credential.key}
        user |= {key: base64.b64encode(value.encode()).decode() for key, value in pair.items()}
    return user


def _to_files(entry: dict[str, Any], keys: tuple[str, ...], folder: Path) -> None:
    """Replace ``x-data`` by a file, because the official client would leave its own file in the temp folder."""
    for key in keys:
        content = entry.pop(f"{key}-data", None)
        if content:
            try:
                decoded = base64.b64decode(content, validate=False)
            except (binascii.Error, TypeError, ValueError):
                raise ClusterUnreadable(f"{key}-data is not base64", "mend it in the kubeconfig") from None
            path = folder / key
            path.touch(mode=0o600)
            path.write_bytes(decoded)
            entry[key] = str(path)


def _impersonation(user: Mapping[str, Any]) -> dict[str, str]:
    # https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
    headers = {"Impersonate-User": user.get("as"), "Impersonate-Uid": user.get("as-uid")}
    if user.get("as-groups") or user.get("as-user-extra"):
        raise ClusterUnreadable(
            "this context impersonates groups, which is not supported", "use a context without as-groups"
        )
    return {name: str(value) for name, value in headers.items() if value}


def _refuse_proxy(url: str) -> None:
    if url and not url.startswith(("http://", "https://")):
        raise ClusterUnreadable(
            "this context's proxy-url is neither http nor https",
            "put an HTTP proxy in front, as SOCKS is not spoken",
        )
