"""The bot put into a cluster as its documents say: the shipped manifests in -> accounts, their rights, and a kubeconfig of tokens out.

Nothing that is there already is touched: where somebody has installed the bot, it is not installed again. What was made is
taken away in the end.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from kubernetes.aio import client, config

from tests.clusters import REAL, Cluster


Object = dict[str, Any]
RBAC: Final = Path(__file__).parents[1] / "deploy" / "rbac"
HOME: Final = "imagepull"
READER, WRITER = "imagepull", "imagepull-writer"
_RBAC_GROUP, _ADMISSION = "apis/rbac.authorization.k8s.io/v1", "apis/admissionregistration.k8s.io/v1"
# kind -> its group with version, and its plural.
_PLACES: Final = {
    "Namespace": ("api/v1", "namespaces"),
    "ServiceAccount": ("api/v1", "serviceaccounts"),
    "Secret": ("api/v1", "secrets"),
    "Pod": ("api/v1", "pods"),
    "ResourceQuota": ("api/v1", "resourcequotas"),
    "Node": ("api/v1", "nodes"),
    "Deployment": ("apis/apps/v1", "deployments"),
    "CronJob": ("apis/batch/v1", "cronjobs"),
    "Role": (_RBAC_GROUP, "roles"),
    "RoleBinding": (_RBAC_GROUP, "rolebindings"),
    "ClusterRole": (_RBAC_GROUP, "clusterroles"),
    "ClusterRoleBinding": (_RBAC_GROUP, "clusterrolebindings"),
    "ValidatingAdmissionPolicy": (_ADMISSION, "validatingadmissionpolicies"),
    "ValidatingAdmissionPolicyBinding": (_ADMISSION, "validatingadmissionpolicybindings"),
}
_GONE_WITHIN = 120


def path(kind: str, namespace: str = "", name: str = "") -> str:
    """Where objects of a kind, or one of them, stand in the API."""
    group, plural = _PLACES[kind]
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"/{group}{inside}/{plural}" + (f"/{name}" if name else "")


@dataclass
class Installed:
    """The bot's accounts in a cluster.

    Attributes:
        made: where what was made stands, in the order in which it was.
    """

    cluster: Cluster
    made: list[str] = field(default_factory=list)

    async def create(self, item: Object, namespace: str = "") -> None:
        """Create an object; skips the test where one of that name is there."""
        kind, name = item["kind"], item["metadata"]["name"]
        place = item["metadata"].get("namespace") or namespace
        status, told = await self.cluster.ask("POST", path(kind, place), item)
        if status == 409:
            pytest.skip(f"{kind} {name} is there already: the bot is installed in this cluster")
        assert status == 201, told
        self.made.append(path(kind, place, name))

    async def apply(self, tier: str, namespace: str = "") -> None:
        """What ``kubectl apply -f tier-….yaml``, with ``-n`` or without, makes of an empty place."""
        text = (RBAC / f"tier-{tier}.yaml").read_text(encoding="utf-8")
        for item in yaml.safe_load_all(text):
            inside = namespace if item["kind"] in ("Role", "RoleBinding") else ""
            await self.create(item, inside)

    async def fence(self) -> None:
        """The shipped policies, where something understands them."""
        if self.cluster.is_real:
            await self.apply("3-fence")
            return
        sys.stdout.write(
            f"without {REAL} nobody compiles CEL: bot/demo/fence.py stands for tier-3-fence.yaml\n"
        )

    async def token(self, account: str) -> str:
        """A token by TokenRequest, for half an hour."""
        asked = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 1800},
        }
        where = path("ServiceAccount", HOME, account) + "/token"
        status, told = await self.cluster.ask("POST", where, asked)
        assert status == 201, status  # never what it says: that is the token
        return str(told["status"]["token"])

    async def kubeconfig(self, folder: Path) -> Path:
        """Two contexts, each called as its account is: one looks, the other writes."""
        found = yaml.safe_load(self.cluster.kubeconfig.read_text(encoding="utf-8"))
        current = next(each for each in found["contexts"] if each["name"] == found["current-context"])
        server = current["context"]["cluster"]
        accounts = (READER, WRITER)
        users = [{"name": each, "user": {"token": await self.token(each)}} for each in accounts]
        contexts = [{"name": each, "context": {"cluster": server, "user": each}} for each in accounts]
        told = {
            **{key: found[key] for key in ("apiVersion", "kind", "clusters")},
            "current-context": READER,
            "users": users,
            "contexts": contexts,
        }
        file = folder / "imagepull-kubeconfig"
        file.touch(mode=0o600)
        file.write_text(json.dumps(told), encoding="utf-8")
        return file

    @asynccontextmanager
    async def acting(self, kubeconfig: Path, context: str) -> AsyncIterator[Cluster]:
        """The cluster as one of the accounts sees it."""
        settings = client.Configuration()
        await config.load_kube_config(str(kubeconfig), context, client_configuration=settings)
        async with client.ApiClient(settings) as api:
            yield replace(self.cluster, kubeconfig=kubeconfig, _api=api)

    async def remove(self) -> None:
        """Take away all that was made, the last first."""
        for place in reversed(self.made):
            status, _ = await self.cluster.ask("DELETE", place)
            assert status in (200, 202, 404), place
        for _ in range(_GONE_WITHIN):
            status, _ = await self.cluster.ask("GET", path("Namespace", name=HOME))
            if status == 404 or path("Namespace", name=HOME) not in self.made:
                return
            await asyncio.sleep(1)


@asynccontextmanager
async def installed(cluster: Cluster, tiers: Sequence[str]) -> AsyncIterator[Installed]:
    """The bot in the cluster and in the tests' own namespace, for as long as the block lasts.

    Args:
        cluster: where.
        tiers: the files of a namespace's rights, ``2b-prove-all``; what is the whole cluster's is applied anyway.
    """
    made = Installed(cluster)
    try:
        await made.apply("0-look")
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": WRITER, "namespace": HOME},
        }
        await made.create(account)
        await made.apply("1-explain")
        await made.fence()
        for tier in tiers:
            await made.apply(tier, cluster.namespace)
        yield made
    finally:
        await made.remove()
