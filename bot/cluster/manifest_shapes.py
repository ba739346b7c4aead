"""What a manifest says beyond what runs already tells: where a pod may land, and Secrets as people write them.

Plain values of one object in -> structs out, as in ``shapes``; kept apart because no live object is asked for these.
"""

import base64
from typing import Any

import msgspec

from bot.cluster import shapes
from bot.cluster.shapes import Shape
from bot.facts.objects import Container, ContainerKind
from bot.facts.precheck import Placement, Requirement, Toleration


class RequirementShape(Shape):
    """An entry of ``matchExpressions`` or ``matchFields``."""

    key: str | None = None
    operator: str | None = None
    values: list[str] | None = None


class TermShape(Shape):
    """An entry of ``nodeSelectorTerms``."""

    match_expressions: list[RequirementShape] | None = None
    match_fields: list[RequirementShape] | None = None


class NodeTermsShape(Shape):
    """``requiredDuringSchedulingIgnoredDuringExecution`` of a node affinity."""

    node_selector_terms: list[TermShape] | None = None


class NodeAffinityShape(Shape):
    """``nodeAffinity``; what is only preferred rules nothing out."""

    required: NodeTermsShape | None = msgspec.field(
        default=None, name="requiredDuringSchedulingIgnoredDuringExecution"
    )


class AffinityShape(Shape):
    """``affinity``."""

    node_affinity: NodeAffinityShape | None = None


class TolerationShape(Shape):
    """An entry of ``tolerations``."""

    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None


class SystemShape(Shape):
    """``os`` of a pod."""

    name: str | None = None


class TemplateSpec(shapes.PodSpec):
    """``spec`` of a pod or pod template, with where it may land."""

    affinity: AffinityShape | None = None
    tolerations: list[TolerationShape] | None = None
    os: SystemShape | None = None
    # The old name of serviceAccountName, which the API still takes.
    service_account: str | None = None


class TitleShape(shapes.Metadata):
    """``metadata`` of an object that may leave its name to the API server."""

    generate_name: str | None = None


class WrittenSecret(shapes.SecretShape):
    """A Secret as people write it: with values in plain text, or encrypted by a tool that leaves its own mark."""

    string_data: dict[str, str | None] | None = None
    sops: Any = None  # https://getsops.io/docs/#encrypting-only-parts-of-a-file

    def as_stored(self) -> shapes.SecretShape:
        """The same as the API server keeps it."""
        stored = dict(self.data or {})
        for key, value in (self.string_data or {}).items():
            stored[key] = base64.b64encode((value or "").encode("utf-8", "surrogatepass")).decode()
        return shapes.SecretShape(self.metadata, self.type, stored)

    def __repr__(self) -> str:
        return f"WrittenSecret(type={self.type!r})"


def containers(spec: TemplateSpec) -> tuple[Container, ...]:
    """Everything in a pod template that needs an image, in the order in which the kubelet pulls."""
    inits = (_container(each, _init_kind(each)) for each in spec.init_containers or ())
    mains = (_container(each, ContainerKind.MAIN) for each in spec.containers or ())
    volumes = (
        Container(each.name or "", ContainerKind.IMAGE_VOLUME, each.image.reference or "")
        for each in spec.volumes or ()
        if each.image is not None
    )
    return (*volumes, *inits, *mains)


def placement(spec: TemplateSpec, kind: str) -> Placement:
    """Where pods of this template may land."""
    affinity = spec.affinity.node_affinity if spec.affinity else None
    required = affinity.required if affinity else None
    terms = required.node_selector_terms if required else None
    return Placement(
        selector={key: value or "" for key, value in (spec.node_selector or {}).items()},
        terms=tuple(_term(each) for each in terms) if terms else None,
        tolerations=tuple(
            Toleration(each.key or "", each.operator or "Equal", each.value or "", each.effect or "")
            for each in spec.tolerations or ()
        ),
        node=spec.node_name or "",
        os=(spec.os.name or "") if spec.os else "",
        everywhere=kind == "DaemonSet",
    )


def _container(spec: shapes.ContainerSpec, kind: ContainerKind) -> Container:
    return Container(spec.name or "", kind, spec.image or "", spec.image_pull_policy or "")


def _init_kind(spec: shapes.ContainerSpec) -> ContainerKind:
    # https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
    return ContainerKind.SIDECAR if spec.restart_policy == "Always" else ContainerKind.INIT


def _term(shape: TermShape) -> tuple[Requirement, ...]:
    return (
        *(_requirement(each) for each in shape.match_expressions or ()),
        *(_requirement(each) for each in shape.match_fields or ()),
    )


def _requirement(shape: RequirementShape) -> Requirement:
    return Requirement(shape.key or "", shape.operator or "", tuple(shape.values or ()))
