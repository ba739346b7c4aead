"""What runs the bot in a cluster: every object but the rights, once, with what a chart's user may choose in it.

Restricted Pod Security (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted), nothing written but
to a volume, credentials from Secrets that are there already.
"""

from collections.abc import Mapping
from typing import Any

from deploy.choosing import Chosen, Each, Spread, Text, Verbatim, When


Object = Mapping[Any, Any]

VERSION = "0.1.0"
NAME = "imagepull"
WRITER = "imagepull-writer"
TELLER = "imagepull-teller"
WITNESS = "imagepull-witness"
# Nobody's: the number that the image's Dockerfile says.
_USER = 65532
_HEALTH = 8080
_SLACK = 3000
_SECRETS = "/run/secrets/imagepull"
_STATE = "/var/lib/imagepull"
_LOOKED_AT = {"name": "this-cluster", "settings": {}}
SETTINGS: Object = {
    "slack": {
        "mode": "socket",
        "bot_token_file": f"{_SECRETS}/slack/bot-token",
        "app_token_file": f"{_SECRETS}/slack/app-token",
        "signing_secret_file": f"{_SECRETS}/slack/signing-secret",
    },
    "store": {"url": f"sqlite:///{_STATE}/imagepull.db"},
    "operations": {"listen": f"0.0.0.0:{_HEALTH}"},
    "routes": [],
    "registries": {},
}
_RESOURCES: Object = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}
_SCRAPERS = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]

VALUES: Object = {
    "image": {
        "repository": NAME,
        "tag": VERSION,
        "digest": "",
        "pullPolicy": "IfNotPresent",
        "pullSecrets": [],
    },
    "replicas": 1,
    "rights": {
        "look": True,
        "explain": True,
        "prove": [],
        "proveAll": [],
        "repair": [],
        "copy": [],
        "tell": [],
        "cordon": False,
        "witness": False,
    },
    "witness": {"preload": False},
    "cluster": _LOOKED_AT,
    "targets": {},
    "settings": SETTINGS,
    "secrets": {
        "slack": "imagepull-slack",
        "store": "imagepull-store",
        "writer": "imagepull-writer-token",
        "teller": "imagepull-teller-token",
        "webhooks": "imagepull-webhooks",
        "alertmanager": "imagepull-alertmanager",
    },
    "storage": {"size": "1Gi", "className": ""},
    "resources": _RESOURCES,
    "networkPolicy": {"enabled": True, "egressPorts": [443, 6443], "scrapers": _SCRAPERS},
    "serviceMonitor": {"enabled": False, "interval": "30s", "labels": {}},
    "prometheusRule": {"enabled": False, "labels": {}},
    # What Grafana's own chart looks for unless it is told otherwise.
    "dashboard": {"enabled": False, "labels": {"grafana_dashboard": "1"}},
    "nodeSelector": {},
    "tolerations": [],
    "priorityClassName": "",
    "extraVolumes": [],
    "extraVolumeMounts": [],
}

# Slack's requests still come for some seconds to a pod that is going: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
LINGERING: Object = {"preStop": {"sleep": {"seconds": 5}}}
NAMESPACE = Chosen(NAME, "{{ toJson $.Release.Namespace }}")
POSTGRESQL = 'hasPrefix "postgresql" .Values.settings.store.url'
HTTP = 'eq .Values.settings.slack.mode "http"'
IN_SLACK = 'not (eq .Values.settings.slack.mode "off")'
HOOKED = ".Values.settings.webhooks"
ALERTED = ".Values.settings.alertmanager"
# Where Alertmanager listens unless it is told otherwise: https://github.com/prometheus/alertmanager/blob/main/cmd/alertmanager/main.go
ALERTMANAGER_PORT: Object = {"port": 9093, "protocol": "TCP"}
MOUNTS_STORE = ".Values.settings.store.password_file"
REPAIRS = "or .Values.rights.repair .Values.rights.copy .Values.rights.cordon .Values.rights.witness"
TELLS = ".Values.rights.tell"
_SELECTED: Object = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/component": "bot"}
_LABELS: Object = {
    **_SELECTED,
    "app.kubernetes.io/version": Chosen(VERSION, "{{ toJson .Chart.AppVersion }}"),
    "app.kubernetes.io/managed-by": When(
        ".Release.Service", Chosen(None, "{{ toJson .Release.Service }}"), plain=False
    ),
}
_NOT_BOTH = "one replica at most with SQLite: set settings.store.url to postgresql+asyncpg://… for several"
# What the chart refuses, before anything is written.
REFUSED: tuple[tuple[str, str], ...] = (
    (f"and (gt (int .Values.replicas) 1) (not ({POSTGRESQL}))", f"replicas: {_NOT_BOTH}"),
    (
        "and (not .Values.cluster.name) (not .Values.targets)",
        "there is no cluster to look at: set cluster.name, or name some under targets",
    ),
    (
        "and .Values.rights.tell (not .Values.cluster.name)",
        "rights.tell is for the cluster this runs in: set cluster.name",
    ),
    (
        f"and ({REPAIRS}) (not .Values.cluster.name)",
        "rights.repair, copy, cordon and witness are for the cluster this runs in: set cluster.name",
    ),
    (
        "and .Values.witness.preload (not .Values.rights.witness)",
        "witness.preload: nobody asks a node without rights.witness",
    ),
    (
        "and .Values.rights.witness .Values.settings.witness",
        "settings.witness: comes by itself with rights.witness",
    ),
    # There lie the writer's token and the bot's own: who looks must not read them, and nobody change what runs.
    *(
        (
            f"has .Release.Namespace .Values.rights.{right}",
            f"rights.{right}: not in the namespace that imagepull itself is in",
        )
        for right in ("prove", "proveAll", "repair", "copy", "tell")
    ),
)


def _value(path: str) -> Any:
    found: Any = VALUES
    for step in path.split("."):
        found = found[step]
    return found


def chosen(path: str) -> Chosen:
    """A value of the chart, by its path."""
    return Chosen(_value(path), f"{{{{ toJson .Values.{path} }}}}")


def _spread(path: str) -> Spread:
    return Spread(f".Values.{path}", _value(path))


def _where_set(path: str, body: Any = None) -> When:
    """What is there where the value is."""
    return When(f".Values.{path}", _spread(path) if body is None else body, plain=bool(_value(path)))


def _object(version: str, kind: str, name: str = NAME, **body: Any) -> Object:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": _LABELS}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}


def account(name: str) -> Object:
    """A ServiceAccount whose token is in no pod that does not ask for it."""
    return _object("v1", "ServiceAccount", name, automountServiceAccountToken=False)


def token(account: str) -> Object:
    """The token of the writer or the teller: empty here, and filled in by the control plane."""
    value = account.removeprefix("imagepull-")
    made = _object("v1", "Secret", type="kubernetes.io/service-account-token")
    named = {"name": chosen(f"secrets.{value}")}
    told = {"annotations": {"kubernetes.io/service-account.name": account}}
    return {**made, "metadata": {**made["metadata"], **named, **told}}


def config_map() -> Object:
    """The settings file."""
    writer = {"token_file": f"{_SECRETS}/writer/token"}
    teller = {"token_file": f"{_SECRETS}/teller/token", "namespaces": _spread("rights.tell")}
    here = {
        "in_cluster": True,
        "writer": When(REPAIRS, writer),
        "teller": When(TELLS, teller),
        When(".Values.cluster.settings", {Spread(".Values.cluster.settings", {}): None}): None,
    }
    folder = f"{_SECRETS}/targets/{{{{ $name }}}}"
    there = {
        Chosen("", "{{ toJson $name }}"): {
            "kubeconfig": Chosen("", f"{folder}/kubeconfig"),
            "writer": When("$target.writer", {"token_file": Chosen("", f"{folder}/writer-token")}),
            When("$target.settings", {Spread("$target.settings", {}): None}): None,
        }
    }
    asking = {"namespace": WITNESS, "image": _image()}
    clusters = {
        When(".Values.cluster.name", {chosen("cluster.name"): here}, plain=True): None,
        Each("$name, $target := .Values.targets", there): None,
    }
    return _object(
        "v1",
        "ConfigMap",
        data={
            "imagepull.yaml": Text(
                {
                    "clusters": clusters,
                    When(".Values.rights.witness", {"witness": asking}): None,
                    _spread("settings"): None,
                }
            )
        },
    )


def claim() -> Object:
    """Where SQLite keeps what the bot remembers."""
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": _where_set("storage.className", chosen("storage.className")),
        "resources": {"requests": {"storage": chosen("storage.size")}},
    }
    made = _object("v1", "PersistentVolumeClaim", spec=spec)
    # The record of changes is in it: who takes the chart away has not said that it may go.
    kept = {"annotations": When(".Release.Service", {"helm.sh/resource-policy": "keep"})}
    return {**made, "metadata": {**made["metadata"], **kept}}


def service() -> Object:
    """The port of health and metrics."""
    port = {"name": "operations", "port": _HEALTH, "targetPort": "operations"}
    return _object("v1", "Service", "imagepull-operations", spec={"selector": _SELECTED, "ports": [port]})


def slack_service() -> Object:
    """Where Slack's requests arrive in mode http; an ingress with TLS goes before it."""
    port = {"name": "slack", "port": _SLACK, "targetPort": "slack"}
    return _object("v1", "Service", "imagepull-slack", spec={"selector": _SELECTED, "ports": [port]})


def disruption_budget() -> Object:
    """A drained node takes one replica at a time; where there is one alone it does not hold the drain up."""
    # Without the policy a pod that is not ready would hold a drain up for good.
    spec = {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": _SELECTED},
    }
    return _object("policy/v1", "PodDisruptionBudget", spec=spec)


def network_policy() -> Object:
    """In comes who scrapes, and Slack in mode http; out go names, API servers, registries, Slack, the database and Alertmanager.

    The clouds' metadata services answer at port 80, which is not among them. The node's own probes always come in:
    https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
    """
    names = [{"port": 53, "protocol": each} for each in ("UDP", "TCP")]
    to_each = {"port": Chosen(0, "{{ toJson . }}"), "protocol": "TCP"}
    usual = [{"port": each, "protocol": "TCP"} for each in _value("networkPolicy.egressPorts")]
    out = [
        Each(".Values.networkPolicy.egressPorts", to_each, usual),
        When(POSTGRESQL, {"port": 5432, "protocol": "TCP"}),
        When(ALERTED, ALERTMANAGER_PORT),
    ]
    spec = {
        "podSelector": {"matchLabels": _SELECTED},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {"from": _spread("networkPolicy.scrapers"), "ports": [{"port": "operations", "protocol": "TCP"}]},
            When(HTTP, {"ports": [{"port": "slack", "protocol": "TCP"}]}),
        ],
        "egress": [{"ports": names}, {"ports": out}],
    }
    return _object("networking.k8s.io/v1", "NetworkPolicy", spec=spec)


def service_monitor() -> Object:
    """What the Prometheus operator scrapes."""
    made = _labelled(_object("monitoring.coreos.com/v1", "ServiceMonitor"), "serviceMonitor.labels")
    asked: Object = {
        "port": "operations",
        "path": "/metrics",
        "interval": chosen("serviceMonitor.interval"),
        # Else the operator's `namespace`, the bot's own, takes the place of the one that an incident is in.
        "honorLabels": True,
    }
    spec = {"selector": {"matchLabels": _SELECTED}, "endpoints": [asked]}
    return {**made, "spec": spec}


def _labelled(made: Object, path: str) -> Object:
    """With the labels of that value, too: operators look for theirs."""
    more = When(f".Values.{path}", {_spread(path): None}, plain=bool(_value(path)))
    return {**made, "metadata": {**made["metadata"], "labels": {**_LABELS, more: None}}}


def prometheus_rule(groups: Any) -> Object:
    """The alert rules about the bot, as the Prometheus operator takes them."""
    made = _object("monitoring.coreos.com/v1", "PrometheusRule", spec={"groups": Verbatim(groups)})
    return _labelled(made, "prometheusRule.labels")


def dashboard(text: str) -> Object:
    """The dashboard, for a Grafana that collects ConfigMaps with this label."""
    made = _object("v1", "ConfigMap", "imagepull-dashboard", data={"imagepull.json": Verbatim(text)})
    return _labelled(made, "dashboard.labels")


def deployment() -> Object:
    """The bot."""
    return _object(
        "apps/v1",
        "Deployment",
        spec={
            "replicas": chosen("replicas"),
            "revisionHistoryLimit": 5,
            # SQLite is for one process: the old one goes before the new one comes.
            "strategy": {
                "type": Chosen(
                    "Recreate", f"{{{{ if {POSTGRESQL} }}}}RollingUpdate{{{{ else }}}}Recreate{{{{ end }}}}"
                )
            },
            "selector": {"matchLabels": _SELECTED},
            "template": {"metadata": {"labels": _LABELS}, "spec": _pod()},
        },
    )


def _pod() -> Object:
    return {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": Chosen(
            True, "{{ if .Values.cluster.name }}true{{ else }}false{{ end }}"
        ),
        "enableServiceLinks": False,
        # Looks are given up at once, answers and letters under way get some seconds (docs/operations.md).
        "terminationGracePeriodSeconds": 45,
        "imagePullSecrets": _where_set("image.pullSecrets"),
        "priorityClassName": _where_set("priorityClassName", chosen("priorityClassName")),
        "nodeSelector": _where_set("nodeSelector"),
        "tolerations": _where_set("tolerations"),
        "topologySpreadConstraints": [
            _apart("kubernetes.io/hostname"),
            _apart("topology.kubernetes.io/zone"),
        ],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container()],
        "volumes": _volumes(),
    }


def _apart(key: str) -> Object:
    return {
        "topologyKey": key,
        "maxSkew": 1,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": _SELECTED},
    }


def _image() -> Chosen:
    image = "{{ if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end }}"
    image = image.replace("{{ .", "{{ .Values.image.").replace("if .", "if .Values.image.")
    return Chosen(f"{NAME}:{VERSION}", f'"{image}"')


def _container() -> Object:
    return {
        "name": NAME,
        "image": _image(),
        "imagePullPolicy": chosen("image.pullPolicy"),
        "args": ["run", "--config", "/etc/imagepull/imagepull.yaml"],
        "ports": [
            {"name": "operations", "containerPort": _HEALTH, "protocol": "TCP"},
            When(HTTP, {"name": "slack", "containerPort": _SLACK, "protocol": "TCP"}),
        ],
        "lifecycle": When(HTTP, LINGERING),
        "startupProbe": _probe("/livez", periodSeconds=2, failureThreshold=60),
        "livenessProbe": _probe("/livez", periodSeconds=20, timeoutSeconds=5, failureThreshold=3),
        "readinessProbe": _probe("/readyz", periodSeconds=10, timeoutSeconds=5, failureThreshold=3),
        "resources": _spread("resources"),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": _mounts(),
    }


def _probe(path: str, **often: int) -> Object:
    return {"httpGet": {"path": path, "port": "operations"}, **often}


def _mounts() -> list[Any]:
    def read(name: str, path: str) -> Object:
        return {"name": name, "mountPath": path, "readOnly": True}

    return [
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  # a volume of the pod's own
        read("settings", "/etc/imagepull"),
        When(IN_SLACK, read("slack", f"{_SECRETS}/slack"), plain=True),
        When(f"not ({POSTGRESQL})", {"name": "state", "mountPath": _STATE}, plain=True),
        When(MOUNTS_STORE, read("store", f"{_SECRETS}/store")),
        When(REPAIRS, read("writer", f"{_SECRETS}/writer")),
        When(TELLS, read("teller", f"{_SECRETS}/teller")),
        When(HOOKED, read("webhooks", f"{_SECRETS}/webhooks")),
        When(ALERTED, read("alertmanager", f"{_SECRETS}/alertmanager")),
        When(".Values.targets", read("targets", f"{_SECRETS}/targets")),
        When(".Values.extraVolumeMounts", Spread(".Values.extraVolumeMounts", [])),
    ]


def _volumes() -> list[Any]:
    return [
        # In memory: a kubeconfig's keys are files while a TLS context is made of them, and must not reach the node's disk.
        {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "128Mi"}},
        {"name": "settings", "configMap": {"name": NAME}},
        When(IN_SLACK, secret_volume("slack", chosen("secrets.slack")), plain=True),
        When(
            f"not ({POSTGRESQL})",
            {"name": "state", "persistentVolumeClaim": {"claimName": NAME}},
            plain=True,
        ),
        When(MOUNTS_STORE, secret_volume("store", chosen("secrets.store"))),
        When(REPAIRS, secret_volume("writer", chosen("secrets.writer"))),
        When(TELLS, secret_volume("teller", chosen("secrets.teller"))),
        When(HOOKED, secret_volume("webhooks", chosen("secrets.webhooks"))),
        When(ALERTED, optional("alertmanager", chosen("secrets.alertmanager"))),
        When(".Values.targets", _targets()),
        When(".Values.extraVolumes", Spread(".Values.extraVolumes", [])),
    ]


def secret_volume(name: str, secret: Any) -> Object:
    """The files of a Secret, which the bot's user may read and nobody may write."""
    # Octal 0440: the group is the pod's fsGroup.
    return {"name": name, "secret": {"secretName": secret, "defaultMode": 0o440}}


def optional(name: str, secret: Any) -> Object:
    """The same of a Secret that may be missing: not every Alertmanager wants a token."""
    made = secret_volume(name, secret)
    return {**made, "secret": {**made["secret"], "optional": True}}


def _targets() -> Object:
    inside = "{{ $name }}"
    items = [
        {"key": "kubeconfig", "path": Chosen("", f'"{inside}/kubeconfig"')},
        When("$target.writer", {"key": "writer-token", "path": Chosen("", f'"{inside}/writer-token"')}),
    ]
    source = {"secret": {"name": Chosen("", "{{ toJson $target.secret }}"), "items": items}}
    sources = [Each("$name, $target := .Values.targets", source)]
    return {"name": "targets", "projected": {"defaultMode": 0o440, "sources": sources}}


def witness_parameters() -> Object:
    """What the fence reads: the one image that may ask a node; what stands in rbac/tier-3-witness.yaml, for this image."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": WITNESS, "namespace": WITNESS},
        "data": {"image": _image()},
    }


def witness_preload() -> Object:
    """The image of the witness held on every node, since a node that cannot pull cannot pull it when it is needed.

    A container that runs keeps its image from being collected: https://kubernetes.io/docs/concepts/architecture/garbage-collection/#containers-images
    """
    labels = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/component": "witness-preload"}
    python = "/opt/imagepull/bin/python"
    container = {
        "name": "image",
        "image": _image(),
        "imagePullPolicy": "IfNotPresent",
        "command": [python, "-I", "-c", "import signal; signal.pause()"],
        "resources": {"requests": {"cpu": "1m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        # The first process of a container is not ended by SIGTERM alone.
        "terminationGracePeriodSeconds": 1,
        "imagePullSecrets": _where_set("image.pullSecrets"),
        "tolerations": [{"operator": "Exists"}],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "imagepull-witness-preload", "namespace": WITNESS, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
