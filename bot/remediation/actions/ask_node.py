"""ask-node: a look at the registry from the node that cannot pull, by one short pod in that node's own network.

It mends nothing: what the node says becomes evidence. The pod's image has to be on the node already, for a node that cannot
pull cannot pull that either.
"""

import json
from typing import Final

from bot.facts import image as images
from bot.facts import statement
from bot.facts.change import ObjectKey, Risk, Verb, Write
from bot.facts.statement import Spot
from bot.facts.text import shown
from bot.ports.rehearsing import Live
from bot.remediation import fields, pods, witnessing
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.witnessing import Site


# A kubelet tells of so many and no more:
# https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ (nodeStatusMaxImages)
_MOST_TOLD: Final = 50


class AskNode:
    """Has the node of the failing pod asked what it sees of the image's registry."""

    id = "ask-node"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """The Job, for the registry that the image names and for no other host."""
        site, failure = situation.limits.site, situation.diagnosis.failure
        if site is None:
            return Unfit("the settings do not say where nodes may be asked from (witness)")
        if not failure.pod.node:
            return Unfit("the failing pod is on no node yet")
        if why := _unasked(situation):
            return Unfit(why)
        node = await situation.rehearse.read(ObjectKey("Node", "", failure.pod.node))
        if not isinstance(node, Live):
            name = f"node {failure.pod.node}"
            return Unfit(f"{name} is gone") if node is None else pods.unseen(name, node)
        spot = Spot(situation.cluster, failure.pod.node, *statement.place(failure.registry))
        return _draft(site, spot, _doubt(node, site))


def _draft(site: Site, spot: Spot, doubt: tuple[str, ...]) -> Draft:
    key = ObjectKey("Job", site.namespace, witnessing.name(spot))
    said = f"one pod on {spot.node}, in its network, with {site.image}: python -m bot.witness {spot.host} {spot.port}"
    made = Write(Verb.CREATE, key, patch=json.dumps(witnessing.job(site, spot)), said=said)
    warnings = (
        f"It mends nothing. It runs for half a minute at most and is deleted; what {spot.node} says counts for half an hour.",
        f"{spot.target} is asked for its name, a connection, its certificate, and GET /v2/ without credentials.",
        "The runtime's own proxy, mirrors and certificates play no part in it.",
        *doubt,
    )
    return Draft(Risk.LOW, (made,), f"Ask node {spot.node} what it sees of {spot.target}", warnings)


def _unasked(situation: Situation) -> str:
    """Why nobody is sent to that host; "" where somebody may be.

    An image's name is a tenant's, and from a node's network much can be reached: so only what the operator named, or what the
    world uses, is looked at.
    """
    failure, book = situation.diagnosis.failure, situation.registries
    if failure.reference is None:
        return "the image's name cannot be read, so there is no registry to look at"
    failed = failure.symptom.fields.get("lookup") or failure.symptom.fields.get("host", "")
    if failed and not book.same(failed, failure.registry):
        return f"the node failed at {shown(failed)}, and only the image's own registry is looked at"
    if failure.registry in situation.limits.hosts or book.is_well_known(failure.registry):
        return ""
    return f"the settings name no registry {shown(failure.registry)} (registries), and no other is looked at from a node"


def _doubt(node: Live, site: Site) -> tuple[str, ...]:
    """What speaks against the image being there; a node tells of its largest images alone."""
    wanted = images.parsed(site.image)
    told = fields.found(node.body, ("status", "images"))
    listed = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    names = {
        parsed.canonical
        for each in listed
        for name in each.get("names") or ()
        if (parsed := images.parsed(str(name)))
    }
    if wanted is not None and wanted.canonical in names:
        return ()
    if 0 < len(listed) < _MOST_TOLD:
        return (
            f"{node.key.name} does not list {site.image} among its images: it would end with ErrImageNeverPull.",
        )
    return (
        f"Whether {site.image} is on {node.key.name} is not known: a node lists {_MOST_TOLD} images at most.",
    )
