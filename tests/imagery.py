"""Workloads whose image cannot be pulled, and registries that say what there is instead: facts in -> a Situation out."""

from collections.abc import Mapping
from typing import Any

from bot.facts.image import Platform
from bot.facts.objects import PullSecret, SecretEntry
from bot.facts.testimony import Manifest, Step, Testimony
from bot.remediation.drafting import Situation
from tests.fakes import objects
from tests.fakes import registry as replies
from tests.fakes.registry import FakeProber, Given
from tests.situations import deployed, owned, situation, workload


Object = dict[str, Any]
AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")
REPOSITORY = "registry.example/shop/web"
WRONG = f"{REPOSITORY}:1.4"  # what tests.situations names
DIGEST = "sha256:" + "2" * 64


def node(name: str = "node-1", arch: str = "amd64", *images: str, **spec: Any) -> Object:
    """A node that takes pods."""
    told = {
        "nodeInfo": {"architecture": arch, "operatingSystem": "linux"},
        "conditions": [{"type": "Ready", "status": "True"}],
        "images": [{"names": list(images)}] if images else [],
    }
    return objects.named("Node", name, "", metadata={"uid": f"uid-{name}"}, spec=spec, status=told)


def there(image: str, *platforms: Platform, who: str = "", digest: str = DIGEST) -> dict[str, Given]:
    """What a registry says of an image that is there, made for these platforms; linux/amd64 alone unless given."""
    suffix = f" {who}" if who else ""
    if len(platforms) > 1:
        media = "application/vnd.oci.image.index.v1+json"
        manifest = Manifest(digest, media, is_index=True, platforms=platforms, is_image=True)
    else:
        media = "application/vnd.oci.image.manifest.v1+json"
        manifest = Manifest(digest, media, kind="application/vnd.oci.image.config.v1+json", is_image=True)
    made = platforms[0] if platforms else AMD
    return {
        f"{image} manifest{suffix}": Testimony(replies.told(), manifest=manifest),
        f"{image} config{suffix}": Testimony(replies.told(Step.CONFIG), platform=made),
    }


class Shop(FakeProber):
    """A registry that has some images: everything else in it is not there, and its tags are listed.

    Args:
        listed: the tags of any repository.
        answers: what is said of single images.
    """

    def __init__(self, *listed: str, **answers: Mapping[str, Given]) -> None:
        known: dict[str, Given] = {}
        for each in answers.values():
            known |= each
        missing = replies.answered(404, code="MANIFEST_UNKNOWN")
        tags = replies.tagged(*listed) if listed else replies.answered(404, Step.TAGS, code="NAME_UNKNOWN")
        super().__init__(
            {"manifest": missing, "tags": tags, "base": replies.answered(200, Step.BASE), **known}
        )

    async def config(self, image: Any, identity: Any, platform: Platform | None) -> Given:
        """As given; of an index what was asked for."""
        given = await super().config(image, identity, platform)
        manifest = await self.manifest(image, identity)
        is_index = isinstance(manifest, Testimony) and manifest.manifest and manifest.manifest.is_index
        if is_index and isinstance(given, Testimony) and platform is not None:
            return Testimony(given.told, platform=platform)
        return given


def runs(name: str, image: str, **changes: Any) -> Object:
    """A pod whose container runs."""
    spec = {"containers": [{"name": "app", "image": image}], "nodeName": "node-1"}
    made = objects.pod(name, spec=spec, **changes)
    made["status"]["containerStatuses"][0] |= {"image": image, "imageID": f"{image}@sha256:{'1' * 64}"}
    return made


async def wrong(*bodies: Object, prober: FakeProber | None = None, **changes: Any) -> Situation:
    """A failing Deployment ``web`` on one node, unless other objects are given."""
    told = list(bodies or deployed())
    if not any(each["kind"] == "Node" for each in told):
        told.append(node())
    changes.setdefault("symptom", "manifest-not-found")
    return await situation(*told, prober=prober or Shop("1.4.1"), **changes)


def secret(name: str = "login", host: str = "registry.example", **changes: Any) -> PullSecret:
    """A pull secret of the failing pod's namespace."""
    return PullSecret("shop", name, entries=(SecretEntry(host, fingerprint=name),), **changes)


def replica_set(number: int, image: str, *, ready: int = 0, name: str = "", **changes: Any) -> Object:
    """A ReplicaSet of the Deployment ``web``."""
    called = name or f"web-{number}"
    meta = owned("Deployment", "web") | {
        "uid": f"uid-ReplicaSet-{called}",
        "annotations": {"deployment.kubernetes.io/revision": str(number)},
    }
    made = workload("ReplicaSet", called, metadata=meta, image=image, **changes)
    made["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = f"hash{number}"
    return made | {"status": {"replicas": ready, "readyReplicas": ready} if ready else {"replicas": 0}}


def controller_revision(kind: str, number: int, image: str, **changes: Any) -> Object:
    """A ControllerRevision of the workload ``web``."""
    template = workload(kind, "web", image=image, **changes)["spec"]["template"]
    name = f"web-{number}00"
    meta = owned(kind, "web") | {
        "uid": f"uid-{name}",
        "labels": {"controller.kubernetes.io/hash": f"{number}00"},
    }
    data = {"spec": {"template": {"$patch": "replace", **template}}}
    return objects.named("ControllerRevision", name, metadata=meta) | {"data": data, "revision": number}
