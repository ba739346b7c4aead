"""The claims that only the registry can answer.

Each is handed to the prober behind :class:`~bot.ports.probing.RegistryProber`, with the pull secrets that the
kubelet would use. Where nobody may ask, the prober answers UNKNOWN and names the flag that would allow it.
"""

from bot.diagnosis.checks.claims import Case, Question, check, node_of
from bot.facts.evidence import Evidence, Witness
from bot.facts.objects import PullSecret, Unread


CLAIMS = {
    "registry-host-exists": "The registry's host name resolves. NO only when DNS itself says that it does not exist.",
    "registry-answers": "The registry answers its API's base endpoint (GET /v2/), with whatever status below 500.",
    "repository-exists": "The repository exists. UNKNOWN where the registry answers alike for private and missing.",
    "manifest-exists": "The tag or digest exists in the repository.",
    "similar-tag-exists": "A tag of nearly the same name exists and can be pulled for the node's platform.",
    "tag-appeared-late-before": "Earlier tags of this repository appeared only after they were first asked for.",
    "anonymous-pull-works": "The image can be pulled without credentials.",
    "credential-accepted": "The registry accepts the very credentials that the kubelet would use.",
    "repository-permitted": "The accepted credentials may pull this repository.",
    "platform-offered": "The image index offers the node's operating system and architecture.",
    "config-platform-matches": "The image's own config names the node's operating system and architecture.",
    "media-type-is-image": "The manifest describes a container image, not a chart or another artifact.",
    "layers-present": "The registry has the layers that the message names.",
    "rate-limit-exhausted": "The registry says that the pull limit is used up.",
    "rate-limit-identity": "Whose limit it is: the node's address, or the account of the pull secret.",
    "probe-is-blocked-too": "The registry refuses our own question in the same way (403, 402, 451).",
}


def _delegate(claim: str) -> Question:
    async def ask(case: Case) -> Evidence:
        node = await node_of(case)
        platform = None if isinstance(node, Unread) else node.platform
        pod = case.failure.pod
        found = [await case.scene.reader.secret(pod.namespace, name) for name in pod.pull_secrets]
        secrets = tuple(secret for secret in found if isinstance(secret, PullSecret))
        return await case.prober.ask(claim, case.failure, platform, secrets)

    ask.__doc__ = CLAIMS[claim]
    return ask


for _claim in CLAIMS:
    check(_claim, Witness.REGISTRY, "registry", 1)(_delegate(_claim))
