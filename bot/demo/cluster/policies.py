"""What is asked of every write beyond rights: who wants to write what over what in -> let in, or the policy's refusal, out.

As ValidatingAdmissionPolicies do, rules in Python for what they say in CEL:
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.demo.cluster.faults import Faults
from bot.demo.cluster.kinds import Resource
from bot.demo.cluster.refusals import Object, denied_by_policy
from bot.demo.cluster.requests import Asked
from bot.demo.cluster.store import Store


@dataclass(frozen=True, slots=True)
class Deed:
    """A write, as a policy sees it.

    Attributes:
        user: who wants it.
        plural: of the resource.
        old: the object before; None where there is none.
        new: the object after; None where there is to be none.
    """

    user: str
    plural: str
    old: Object | None
    new: Object | None


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy, bound.

    Attributes:
        name: of itself and of its binding.
        denial: why it denies a write; "" where it does not.
    """

    name: str
    denial: Callable[[Deed], str]


@dataclass(frozen=True, slots=True)
class Gate:
    """Admission, where quotas are not asked: policies first, then what goes wrong on purpose."""

    store: Store
    policies: Sequence[Policy]
    faults: Faults

    def admit(self, resource: Resource, asked: Asked, item: Object, dry: bool) -> list[str]:
        """Let an object in, or not.

        Returns:
            Warnings.

        Raises:
            Refused: a policy or a fault denies it.
        """
        meta = item["metadata"]
        old = self.store.find(resource.plural, meta.get("namespace") or "", meta["name"])
        gone = asked.verb in ("delete", "deletecollection")
        deed = Deed(asked.user, resource.plural, old, None if gone else item)
        for each in () if asked.part else self.policies:
            if why := each.denial(deed):
                raise denied_by_policy(resource, meta["name"], each.name, why)
        return self.faults.admit(resource, asked, item, dry)
