"""The cluster as it will be once the manifests are applied: a reader and a prober in, the same with the files laid over out.

Secrets and ServiceAccounts of the files stand before those of the cluster. The values of a Secret in a file are sent
nowhere, and nothing else may pass for them: a credential that only a file holds is not asked with at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import ClusterUnreadable
from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Node, Owner, Pod, PodEvent, PullSecret, ServiceAccount, Sighting, Unread
from bot.facts.precheck import Manifests
from bot.facts.testimony import Identity, Testimony
from bot.ports.probing import RegistryProber
from bot.ports.reading import ClusterReader, Scan


DEFAULT_ACCOUNT = "default"


@dataclass(frozen=True, slots=True)
class AbsentCluster:
    """Answers for a cluster that is not asked, or does not answer: nothing is known, and nothing is absent.

    Attributes:
        why: the reason, in a few words.
        remedy: what would let it be asked.
    """

    why: str
    remedy: str
    name: str = ""

    async def look(self, _scan: Scan) -> Sighting:
        """Refuse to.

        Raises:
            ClusterUnreadable: always.
        """
        raise ClusterUnreadable(self.why, self.remedy)

    async def pod(self, namespace: str, name: str) -> Unread:
        """Not known."""
        return self._unread(f"pod {namespace}/{name}")

    async def pods(self, namespace: str) -> Unread:
        """Not known."""
        return self._unread(f"pods in {namespace}")

    async def neighbours(self, namespace: str) -> Unread:
        """Not known."""
        return self._unread(f"pods in {namespace}")

    async def events_of(self, namespace: str, pod: str) -> Unread:
        """Not known."""
        return self._unread(f"events of {namespace}/{pod}")

    async def events(self, namespace: str) -> Unread:
        """Not known."""
        return self._unread(f"events in {namespace}")

    async def nodes(self) -> Unread:
        """Not known."""
        return self._unread("nodes")

    async def service_accounts(self, namespace: str) -> Unread:
        """Not known."""
        return self._unread(f"serviceaccounts in {namespace}")

    async def secret(self, namespace: str, name: str) -> Unread:
        """Not known."""
        return self._unread(f"secret {name} in {namespace}")

    async def secrets(self, namespace: str) -> Unread:
        """Not known."""
        return self._unread(f"secrets in {namespace}")

    async def namespaces(self) -> Unread:
        """Not known."""
        return self._unread("namespaces")

    async def owners(self, namespace: str, kind: str) -> Unread:
        """Not known."""
        return self._unread(f"{kind} objects in {namespace}")

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> Unread:  # noqa: ARG002  # the port's question
        """Not known."""
        return self._unread(f"log of {container} in {namespace}/{pod}")

    def _unread(self, what: str) -> Unread:
        return Unread(what, self.why, self.remedy)


@dataclass(frozen=True, slots=True)
class PlannedReader:
    """A cluster with the Secrets and ServiceAccounts of the manifests in it.

    Attributes:
        inner: the cluster as it is.
        platforms: further nodes, one for each and called like it: where a pod may land though no node is there.
    """

    inner: ClusterReader
    manifests: Manifests
    platforms: tuple[Platform, ...] = ()

    @property
    def name(self) -> str:
        """The cluster's."""
        return self.inner.name

    async def look(self, scan: Scan) -> Sighting:
        """The cluster's."""
        return await self.inner.look(scan)

    async def pod(self, namespace: str, name: str) -> Pod | Unread | None:
        """The cluster's."""
        return await self.inner.pod(namespace, name)

    async def pods(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """The cluster's."""
        return await self.inner.pods(namespace)

    async def neighbours(self, namespace: str) -> tuple[Pod, ...] | Unread:
        """The cluster's."""
        return await self.inner.neighbours(namespace)

    async def events_of(self, namespace: str, pod: str) -> tuple[PodEvent, ...] | Unread:
        """The cluster's."""
        return await self.inner.events_of(namespace, pod)

    async def events(self, namespace: str) -> tuple[PodEvent, ...] | Unread:
        """The cluster's."""
        return await self.inner.events(namespace)

    async def nodes(self) -> tuple[Node, ...] | Unread:
        """The cluster's, and one for each further platform."""
        there = await self.inner.nodes()
        further = tuple(Node(str(platform), platform) for platform in self.platforms)
        if isinstance(there, Unread):
            return further or there
        return (*there, *further)

    async def service_accounts(self, namespace: str) -> tuple[ServiceAccount, ...] | Unread:
        """The cluster's, with those of the files in their place."""
        there = await self.inner.service_accounts(namespace)
        if isinstance(there, Unread):
            return there
        mine = {each.name: each for each in self.manifests.accounts if each.namespace == namespace}
        return (*mine.values(), *(each for each in there if each.name not in mine))

    async def secret(self, namespace: str, name: str) -> PullSecret | Unread | None:
        """The one of the files, else the cluster's; where the files will make one of unknown content, that is unread."""
        there = await self.inner.secret(namespace, name)
        promised = self.manifests.promised.get((namespace, name))
        if promised is not None and not isinstance(there, PullSecret):
            return promised
        return self._of_files(namespace, name) or there

    async def secrets(self, namespace: str) -> tuple[PullSecret, ...] | Unread:
        """The cluster's, with those of the files in their place."""
        there = await self.inner.secrets(namespace)
        if isinstance(there, Unread):
            return there
        mine = {each.name: each for each in self.manifests.secrets if each.namespace == namespace}
        return (*mine.values(), *(each for each in there if each.name not in mine))

    async def namespaces(self) -> tuple[str, ...] | Unread:
        """The cluster's."""
        return await self.inner.namespaces()

    async def owners(self, namespace: str, kind: str) -> tuple[Owner, ...] | Unread:
        """The cluster's."""
        return await self.inner.owners(namespace, kind)

    async def log_tail(self, namespace: str, pod: str, container: str, *, previous: bool) -> str | Unread:
        """The cluster's."""
        return await self.inner.log_tail(namespace, pod, container, previous=previous)

    async def account(self, namespace: str, name: str) -> ServiceAccount | Unread:
        """The ServiceAccount that a pod will have: what a file adds to it is added to what is there, as applying does."""
        mine = next(
            (each for each in self.manifests.accounts if (each.namespace, each.name) == (namespace, name)),
            None,
        )
        there = await self.inner.service_accounts(namespace)
        if isinstance(there, Unread):
            whole = mine is not None and (mine.pull_secrets or isinstance(self.inner, AbsentCluster))
            return mine if mine is not None and whole else there
        theirs = next((each for each in there if each.name == name), None)
        if mine is None and theirs is None and name != DEFAULT_ACCOUNT:  # that one comes with the namespace
            return Unread(
                f"serviceaccount {name} in {namespace}",
                "does not exist",
                f"kubectl -n {namespace} create serviceaccount {name}",
            )
        names = [*(mine.pull_secrets if mine else ()), *(theirs.pull_secrets if theirs else ())]
        return ServiceAccount(namespace, name, tuple(dict.fromkeys(names)))

    async def is_only_in_a_file(self, identity: Identity) -> bool:
        """Whether the cluster does not hold this very credential, so that only a file does."""
        mine = self._of_files(identity.namespace, identity.secret)
        if mine is None:
            return False
        there = await self.inner.secret(identity.namespace, identity.secret)
        return not isinstance(there, PullSecret) or there.entries != mine.entries

    def _of_files(self, namespace: str, name: str) -> PullSecret | None:
        return next(
            (each for each in self.manifests.secrets if (each.namespace, each.name) == (namespace, name)),
            None,
        )


@dataclass(frozen=True, slots=True)
class PlannedProber:
    """A prober that is never asked as a credential which only a file holds."""

    inner: RegistryProber
    reader: PlannedReader

    async def base(self, image: ImageReference) -> Testimony | Unread:
        """As the prober answers."""
        return await self.inner.base(image)

    async def login(self, image: ImageReference, identity: Identity) -> Testimony | Unread:
        """As the prober answers, unless it would take a file's credential."""
        return await self._unsent(image, identity) or await self.inner.login(image, identity)

    async def manifest(
        self, image: ImageReference, identity: Identity, *, whole: bool = False
    ) -> Testimony | Unread:
        """Likewise."""
        unsent = await self._unsent(image, identity)
        return unsent or await self.inner.manifest(image, identity, whole=whole)

    async def tags(self, image: ImageReference, identity: Identity) -> Testimony | Unread:
        """Likewise."""
        return await self._unsent(image, identity) or await self.inner.tags(image, identity)

    async def config(
        self, image: ImageReference, identity: Identity, platform: Platform | None
    ) -> Testimony | Unread:
        """Likewise."""
        unsent = await self._unsent(image, identity)
        return unsent or await self.inner.config(image, identity, platform)

    async def layers(
        self, image: ImageReference, identity: Identity, digests: Sequence[str]
    ) -> Testimony | Unread:
        """Likewise."""
        unsent = await self._unsent(image, identity)
        return unsent or await self.inner.layers(image, identity, digests)

    async def _unsent(self, image: ImageReference, identity: Identity) -> Unread | None:
        if identity.is_anonymous or not await self.reader.is_only_in_a_file(identity):
            return None
        return Unread(
            f"registry {image.registry} as {identity}",
            "credentials in a file are sent nowhere",
            "apply the Secret first",
        )
