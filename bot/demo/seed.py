"""The demo's world to be: nothing in -> registries, nodes and workloads, most of them well and two dozen not, out.

Each incident is a fact about the world (a tag that was never pushed, a Secret that nobody names, a node without a way
out) and never a message: what is said about it is for the kubelets to find out.
"""

import base64
import json
from datetime import timedelta
from typing import Any

from bot.demo.fence import WITNESS, fence
from bot.demo.nodes.network import ANY, Certificate, Outlook, Site, State
from bot.demo.registry.content import Image, Repository, artifact, index, single
from bot.demo.registry.families import DISTRIBUTION, ECR, GHCR, HTPASSWD, HUB, Said
from bot.demo.registry.registry import Registry
from bot.demo.rights import Reach, rights
from bot.demo.world import NodeSeed, Seed, Turn, World
from bot.facts.image import Platform


Object = dict[str, Any]
OWN, PRIVATE, CLOUD = (
    "registry.acme.example",
    "private.acme.example",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
)
_HUB, _HUB_TOKENS, _GHCR = "registry-1.docker.io", "auth.docker.io", "ghcr.io"
_DOWN, _FORBIDDEN, _HANGING = "harbor.acme.example", "quay.acme.example", "slow.acme.example"
_SELF_SIGNED, _EXPIRED, _PLAIN = "internal.acme.example", "old.acme.example", "dev.acme.example:5000"
_MIRRORED, _MIRROR = "mirrored.acme.example", "mirror.acme.example"
_RETIRED = "registry.k8s.io"
# The bot may not ask this one from where it stands, so only the node that fails can tell more: see trying.py.
UNASKED = "quay.io"
_ROBOT, _PASSWORD = "robot", "robots-own-password"
_READERS = frozenset({_ROBOT})
_BLOCKED = "<html><body>Access to this site is blocked from your network</body></html>"
_PLACE, _CORE = "acme.example/place", "core"
_GONE_AT, _ATTACHED_AT, _CHANGED_AT = 240.0, 270.0, 300.0
_AGE, _STAGED_FOR = 1200.0, 300.0
_NAMESPACES = ("shop", "payments", "crm", "mail", "data", "platform", "cloud", "lab", "edge", "partners")
_STAGED = ("shop", "data", "payments")
# The platform's own workloads are nobody's to change from Slack; see the demo's settings.
_REACH = Reach(
    proves=_NAMESPACES,
    repairs=[name for name in _NAMESPACES if name != "platform"],
    copies=["payments"],
    cordons=True,
    asks=WITNESS.namespace,
)
_STAGED_REACH = Reach(proves=_STAGED, repairs=_STAGED)


def seed() -> Seed:
    """Everything, new each time: worlds change what they are made of."""
    registries = {each.host: each for each in _registries()}
    return Seed(
        registries=tuple(registries.values()),
        sites=_sites(registries),
        nodes=_nodes(),
        objects=[
            *_namespaces(),
            *rights(_REACH),
            *_secrets(),
            *_well(),
            *_workloads(),
            *_elsewhere(),
        ],
        turns=[
            Turn(_ATTACHED_AT, _attach),
            Turn(_GONE_AT, lambda world: _withdraw(world, registries[OWN])),
            Turn(_CHANGED_AT, _release),
            Turn(_AGE + 30, _mend),
        ],
        age=timedelta(seconds=_AGE),
        policies=fence(),
    )


def staging() -> Seed:
    """Another cluster behind the same registries, new each time: less is in it, and less is wrong."""
    registries = {each.host: each for each in _registries()}
    return Seed(
        registries=tuple(registries.values()),
        sites=_sites(registries),
        nodes=[NodeSeed("stage-1", outlook=Outlook("192.0.2.31"), labels={_PLACE: _CORE})],
        objects=[
            *({"kind": "Namespace", "metadata": {"name": name}} for name in _STAGED),
            *rights(_STAGED_REACH),
            _workload("shop", "web", f"{OWN}/shop/web:1.5.0"),
            _workload("shop", "preview", f"{OWN}/shop/web:pr-4711"),
            _workload("payments", "api", f"{PRIVATE}/payments/api:1.1"),
            # The same registry is gone for both clusters.
            _workload("data", "warehouse", f"{_DOWN}/team/app:1.0"),
        ],
        turns=[
            Turn(
                _STAGED_FOR + 60,
                lambda world: world.set_image("Deployment", "shop", "web", f"{OWN}/shop/web:1.6.0"),
            )
        ],
        age=timedelta(seconds=_STAGED_FOR),
        policies=fence(),
    )


def _registries() -> list[Registry]:
    users = {_ROBOT: _PASSWORD}
    web, api = _both("web"), _both("api")
    own = {
        "shop/web": Repository({"1.4.1": web, "1.4.2": web, "1.5.0": web}),
        "shop/cart": Repository({"2.0.0": _both("cart"), "2.0.1": _both("cart")}),
        "shop/search": Repository({"7.1": _both("search")}),
        "shop/legacy": Repository({"3.9": single(name="legacy")}),
        "shop/chart": Repository({"0.3.0": artifact()}),
        "data/report": Repository({"2025.1": _both("report")}),
        "data/loader": Repository({"5": _both("loader")}),
        "platform/agent": Repository({"5.1": _both("agent")}),
    }
    hub = {
        "library/nginx": Repository({"1.27": _both("nginx"), "latest": _both("nginx")}),
        "library/redis": Repository({"7.2": _both("redis")}),
    }
    cloud = {"storefront": Repository({"2.1": _both("storefront")}, _READERS)}
    registries = [
        Registry(own, DISTRIBUTION, host=OWN),
        Registry(
            {"payments/api": Repository({"1.0": api, "1.1": api}, _READERS)},
            HTPASSWD,
            users=users,
            host=PRIVATE,
        ),
        Registry(hub, HUB, users=users, host=_HUB, token_host=_HUB_TOKENS),
        Registry({"acme/mailer": Repository({"1.2": api}, _READERS)}, GHCR, users=users, host=_GHCR),
        Registry(cloud, ECR, users=users, host=CLOUD),
        Registry({"acme/gauge": Repository({"1.0": api})}, DISTRIBUTION, host=UNASKED),
        *(
            Registry({"team/app": Repository({"1.0": api})}, DISTRIBUTION, host=host)
            for host in (_DOWN, _FORBIDDEN, _HANGING, _SELF_SIGNED, _EXPIRED, _PLAIN, _MIRRORED)
        ),
    ]
    by_host = {each.host: each for each in registries}
    by_host[_HUB].remaining = 6
    by_host[_DOWN].mischief.everything = Said(503, "<html><body>no healthy upstream</body></html>")
    by_host[_FORBIDDEN].mischief.everything = Said(403, _BLOCKED)
    return registries


def _both(name: str) -> Image:
    return index(single(name=name), single("linux/arm64", name=name))


def _sites(registries: dict[str, Registry]) -> dict[str, Site]:
    hosts = [host for each in registries.values() for host in (each.host, each.token_host)]
    sites = {
        host.partition(":")[0]: Site(f"203.0.113.{number}")
        for number, host in enumerate(dict.fromkeys(hosts), 10)
    }
    sites[_HANGING].state = State.HANGS
    sites[_SELF_SIGNED].certificate = Certificate.UNKNOWN
    sites[_EXPIRED].certificate = Certificate.EXPIRED
    sites[_PLAIN.partition(":")[0]].certificate = Certificate.NONE
    sites[_MIRROR] = Site("203.0.113.99", state=State.REFUSES)
    sites[_RETIRED] = Site("203.0.113.98")
    return sites


def _nodes() -> list[NodeSeed]:
    # All that this node asks for there goes to a mirror that is gone, and it knows no other way.
    behind_mirror = Outlook("192.0.2.12", mirrors={_MIRRORED: _MIRROR}, unknown=frozenset({_MIRRORED}))
    arm = Platform("linux", "arm64")
    core = {_PLACE: _CORE}
    nodes = [
        NodeSeed("node-1", "containerd://2.4.0", outlook=Outlook("192.0.2.11"), labels=core),
        NodeSeed("node-2", "containerd://1.7.34", outlook=behind_mirror, labels=core),
        NodeSeed("node-3", "cri-o://1.37.0", outlook=Outlook("192.0.2.13"), labels=core),
        NodeSeed("node-arm", "containerd://2.4.0", arm, Outlook("192.0.2.14")),
        NodeSeed("edge-1", "containerd://1.7.34", outlook=Outlook("192.0.2.21", walled=frozenset({ANY}))),
        NodeSeed("edge-2", "containerd://1.6.20", outlook=Outlook("192.0.2.22", unanswered=frozenset({ANY}))),
        NodeSeed("edge-3", "containerd://2.4.0", outlook=Outlook("192.0.2.23", full=True)),
        NodeSeed("edge-4", "containerd://2.4.0", outlook=Outlook("192.0.2.24", proxy="192.0.2.250:3128")),
        NodeSeed("edge-5", outlook=Outlook("192.0.2.25", unanswered=frozenset({UNASKED}))),
    ]
    # But for one, whose disk is full, all of them hold what asks them.
    for each in nodes:
        each.images = () if each.outlook.full else (WITNESS.image,)
    return nodes


def _namespaces() -> list[Object]:
    return [{"kind": "Namespace", "metadata": {"name": name}} for name in _NAMESPACES]


def _secrets() -> list[Object]:
    return [
        _secret("crm", "registry-login", PRIVATE),
        _secret("mail", "registry-login", PRIVATE, word="last-years-password"),
        _secret("partners", "registry-login", "privat.acme.example"),
        _secret("cloud", "ecr-login", CLOUD),
        # The one that may be copied to where one is missing.
        _secret("platform", "registry-login", PRIVATE),
        _secret("data", "exporter-login", PRIVATE),
        {"kind": "ServiceAccount", "metadata": {"namespace": "data", "name": "exporter"}},
    ]


def _secret(namespace: str, name: str, host: str, word: str = _PASSWORD) -> Object:
    login = base64.b64encode(f"{_ROBOT}:{word}".encode()).decode()
    told = json.dumps({"auths": {host: {"auth": login}}}).encode()
    return {
        "kind": "Secret",
        "metadata": {"namespace": namespace, "name": name},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(told).decode()},
    }


def _well() -> list[Object]:
    """What runs, and goes on running."""
    return [
        _workload("shop", "search", f"{OWN}/shop/search:7.1", replicas=2),
        _workload("shop", "nginx", "nginx:1.27", node="node-1"),
        _workload("cloud", "storefront", f"{CLOUD}/storefront:2.1", login="ecr-login"),
        _workload("platform", "agent", f"{OWN}/platform/agent:5.1", kind="DaemonSet"),
        _workload("data", "loader", f"{OWN}/data/loader:5", kind="StatefulSet"),
        _workload("edge", "collector", f"{OWN}/platform/agent:5.1", node="node-2"),
        # These change: see _release and _withdraw.
        _workload("shop", "web", f"{OWN}/shop/web:1.4.2", replicas=3),
        _workload("shop", "cart", f"{OWN}/shop/cart:2.0.1", pull="Always"),
    ]


def _workloads() -> list[Object]:
    """What is broken from the first day."""
    return [
        _workload("payments", "api", f"{PRIVATE}/payments/api:1.1", replicas=2),
        _workload("crm", "api", f"{PRIVATE}/payments/api:1.1"),
        _workload("mail", "api", f"{PRIVATE}/payments/api:1.1", login="registry-login"),
        _workload("partners", "api", f"{PRIVATE}/payments/api:1.0", login="registry-login"),
        _workload("mail", "mailer", f"{_GHCR}/acme/mailer:1.2"),
        _workload("cloud", "storefront-canary", "storefront:2.1"),
        _workload("cloud", "checkout", f"{CLOUD}/storefront:2.1"),
        _workload("shop", "legacy", f"{OWN}/shop/legacy:3.9", node="node-arm"),
        _workload("shop", "banner", f"{OWN}/shop/Banner:1.0"),
        _workload("shop", "chart", f"{OWN}/shop/chart:0.3.0", node="node-2"),
        _workload("lab", "template", f"{OWN}/lab/app:${{TAG}}"),
        _workload("lab", "local", "lab-app:dev", pull="Never"),
        _workload("lab", "pause", "k8s.gcr.io/pause:3.2"),
        _workload("lab", "selfsigned", f"{_SELF_SIGNED}/team/app:1.0"),
        _workload("lab", "expired", f"{_EXPIRED}/team/app:1.0"),
        _workload("lab", "plain", f"{_PLAIN}/team/app:1.0"),
        _workload("lab", "blocked", f"{_FORBIDDEN}/team/app:1.0"),
        _workload("lab", "slow", f"{_HANGING}/team/app:1.0", node="node-2"),
        _workload("lab", "mirrored", f"{_MIRRORED}/team/app:1.0", node="node-2"),
        _workload("data", "warehouse", f"{_DOWN}/team/app:1.0", replicas=2),
        _workload("data", "report", f"{OWN}/data/report:2026.9", kind="CronJob"),
        # Its account gets the pull secret after its pod was made: see _attach.
        _workload("data", "exporter", f"{PRIVATE}/payments/api:1.1", account="exporter"),
    ]


def _elsewhere() -> list[Object]:
    """What stands on nodes that something is wrong with."""
    return [
        _workload("edge", f"sensor-{number}", f"{OWN}/shop/search:7.1", node=f"edge-{number}")
        for number in (1, 2, 3, 4)
    ] + [_workload("edge", "sensor-5", f"{UNASKED}/acme/gauge:1.0", node="edge-5")]


def _release(world: World) -> None:
    """A new version under a tag that nobody has pushed, and a cache that Docker Hub has had enough of."""
    world.set_image("Deployment", "shop", "web", f"{OWN}/shop/web:v1.5.0")
    for registry in world.seed.registries:
        if registry.host == _HUB:
            registry.remaining = 0
    world.create(_workload("shop", "cache", "redis:7.2", replicas=2))


def _attach(world: World) -> None:
    """Somebody gives an account its pull secret: only pods that are made from now on have it."""
    world.patch("ServiceAccount", "data", "exporter", {"imagePullSecrets": [{"name": "exporter-login"}]})


def _mend(world: World) -> None:
    """Somebody sees what was wrong with a template, while others watch."""
    world.set_image("Deployment", "lab", "template", f"{OWN}/shop/search:7.1")


def _withdraw(world: World, own: Registry) -> None:
    """Somebody tidies up the registry, and then a pod has to start anew."""
    kept = {tag: image for tag, image in own.repositories["shop/cart"].tags.items() if tag != "2.0.1"}
    own.repositories["shop/cart"] = Repository(kept)
    for pod in world.store.every("pods", "shop"):
        if (pod["metadata"].get("labels") or {}).get("app") == "cart":
            world.store.delete("pods", "shop", pod["metadata"]["name"])


def _workload(namespace: str, name: str, image: str, **more: Any) -> Object:
    """A workload; more is its kind, its replicas, the login it names, the node it wants, when it pulls, and its account."""
    kind, node = more.get("kind", "Deployment"), more.get("node")
    container = {"name": name, "image": image}
    if "pull" in more:
        container["imagePullPolicy"] = more["pull"]
    spec: Object = {"containers": [container]}
    if "account" in more:
        spec["serviceAccountName"] = more["account"]
    if "login" in more:
        spec["imagePullSecrets"] = [{"name": more["login"]}]
    if kind != "DaemonSet":
        spec["nodeSelector"] = {"kubernetes.io/hostname": node} if node else {_PLACE: _CORE}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": spec}
    told: Object = {"selector": {"matchLabels": labels}, "template": template}
    if kind == "CronJob":
        spec["restartPolicy"] = "Never"
        told = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}}
    elif kind != "DaemonSet":
        told["replicas"] = more.get("replicas", 1)
    return {"kind": kind, "metadata": {"namespace": namespace, "name": name, "labels": labels}, "spec": told}
