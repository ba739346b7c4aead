"""recreate-pod: new pods in the place of the failing ones, so that they get what has changed since these were made."""

from bot.facts.change import Risk
from bot.remediation import pods
from bot.remediation.drafting import Draft, Situation, Unfit
from bot.remediation.pods import Renewal


class RecreatePod:
    """Deletes failing pods that a controller makes anew."""

    id = "recreate-pod"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """A delete for each failing pod of the workload."""
        found = await pods.renewal(situation)
        if isinstance(found, Unfit):
            return found
        if found.rest:
            return pods.too_many(situation, found)
        return renewed(situation, found)


def renewed(situation: Situation, found: Renewal) -> Draft:
    """The draft that does nothing else."""
    count = len(found.writes)
    many = f"{count} failing pods" if count > 1 else "the failing pod"
    risk = Risk.MEDIUM if found.warnings else Risk.LOW
    return Draft(risk, found.writes, f"Replace {many} of {situation.diagnosis.workload}", found.warnings)
