"""What is written by hand: what the chart says of itself and to whoever has installed it, and an overlay to begin with."""

from deploy.objects import NAME, VERSION


CHART = {
    "apiVersion": "v2",
    "name": NAME,
    "description": "Finds why Kubernetes cannot pull an image, with proof, and says so in Slack",
    "type": "application",
    "version": VERSION,
    "appVersion": VERSION,
    # The newest kind in it is the writer's ValidatingAdmissionPolicy (v1 since 1.30).
    "kubeVersion": ">=1.30.0-0",
    "keywords": ["imagepullbackoff", "diagnosis", "slack"],
    # https://artifacthub.io/docs/topics/annotations/helm/
    "annotations": {"artifacthub.io/license": "Apache-2.0"},
}

NOTES = """\
imagepull {{ .Chart.AppVersion }} is installed in namespace {{ .Release.Namespace }}.

1. What its settings read from Secrets is yours to make, where it is not there yet; the pod waits for it:
{{ if not (eq .Values.settings.slack.mode "off") }}
     kubectl -n {{ .Release.Namespace }} create secret generic {{ .Values.secrets.slack }} \\
       --from-file=bot-token --from-file={{ if eq .Values.settings.slack.mode "http" }}signing-secret{{ else }}app-token{{ end }}
{{- end }}
{{- if .Values.settings.store.password_file }}
     kubectl -n {{ .Release.Namespace }} create secret generic {{ .Values.secrets.store }} --from-file=password
{{- end }}
{{- if .Values.settings.webhooks }}
     kubectl -n {{ .Release.Namespace }} create secret generic {{ .Values.secrets.webhooks }}{{ range .Values.settings.webhooks }} --from-file={{ .name }}{{ end }}
{{- end }}

2. See it start:

     kubectl -n {{ .Release.Namespace }} rollout status deployment/imagepull
     kubectl -n {{ .Release.Namespace }} logs deployment/imagepull

3. Have it look at everything that it needs; below each finding stands what mends it:

     kubectl -n {{ .Release.Namespace }} exec deployment/imagepull -- imagepull doctor --config /etc/imagepull/imagepull.yaml

4. Hold the namespace to what it needs:

     kubectl label namespace {{ .Release.Namespace }} pod-security.kubernetes.io/enforce=restricted

{{- if not (eq .Values.settings.slack.mode "off") }}

5. In each channel of your routes: /invite @imagepull. Then ask it: /imagepull clusters
{{- end }}
{{- if and (not .Values.settings.routes) (not (eq .Values.settings.slack.mode "off")) }}

Nothing is told by itself yet: settings.routes is empty.
{{- end }}
{{- if or .Values.rights.repair .Values.rights.copy .Values.rights.cordon .Values.rights.witness }}

Approved changes can be carried out once settings.approvals and settings.people.request say whose. Read docs/fixes.md before.
{{- else }}

It changes nothing: no right of tier 3 is chosen (rights.repair, rights.copy, rights.cordon, rights.witness).
{{- end }}
"""

_EXAMPLE = """\
# An installation of your own, to be copied beside your other manifests: kubectl apply -k deploy/example
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../manifests
  # Tier 2a in the namespace shop; tier 3 there would be one more line in shop/kustomization.yaml.
  - shop
# Each is a choice, and none is needed; take away the # of those that you want.
components:
  # - ../manifests/components/servicemonitor
  # - ../manifests/components/prometheusrule
  # - ../manifests/components/dashboard
  # - ../manifests/components/postgresql
  # - ../manifests/components/slack-http
  # - ../manifests/components/targets
  # - ../manifests/components/writer
  # - ../manifests/components/teller
  # - ../manifests/components/webhooks
  # - ../manifests/components/alertmanager
  # - ../manifests/components/witness
  # - ../manifests/components/witness-preload
images:
  - name: imagepull
    newName: registry.corp.example/imagepull
    newTag: 0.1.0
configMapGenerator:
  - name: imagepull
    namespace: imagepull
    behavior: replace
    files:
      - imagepull.yaml
generatorOptions:
  # The bot takes a changed file up by itself, so the ConfigMap keeps its name.
  disableNameSuffixHash: true
"""
_SHOP = """\
# What the bot may do in one namespace: one line for each right of ../../manifests/rights.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: shop
resources:
  - ../../manifests/rights/prove
  # - ../../manifests/rights/repair
  # - ../../manifests/rights/tell
"""


def example(settings: str) -> dict[str, str]:
    """An overlay, with the settings file that it puts in place of the shipped one."""
    head = "# Your settings: docs/settings.md tells every key. No token and no password stand here.\n"
    routes = 'routes:\n  - channel: "#image-pulls"\n'
    return {
        "kustomization.yaml": _EXAMPLE,
        "shop/kustomization.yaml": _SHOP,
        "imagepull.yaml": head + settings.replace("routes: []\n", routes),
    }
