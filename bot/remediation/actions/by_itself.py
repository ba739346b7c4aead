"""wait and manual: what nobody can do for you, said with the time until which to wait or with who has to do it."""

from bot.facts.evidence import Answer
from bot.remediation.drafting import Draft, Situation, Unfit


class Wait:
    """It heals by itself; until when, where that is known."""

    id = "wait"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """Always words."""
        failure = situation.diagnosis.failure
        told = ["nothing has to be done: the kubelet goes on trying"]
        again = failure.next_try(situation.now)
        if again is not None:
            told.append(f"the next time at {again:%H:%M:%SZ}")
        limit = situation.diagnosis.verdict.answer("rate-limit-exhausted")
        if limit is not None and limit.answer is Answer.YES and limit.details.get("until"):
            told.append(f"the pull limit of {failure.registry} lasts until {limit.details['until']}")
        return Unfit(", ".join(told))


class Manual:
    """A person does it; the commands are the playbook's, with the real names."""

    id = "manual"

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """Always words."""
        return Unfit(
            f"a person has to do this for {situation.diagnosis.workload}: nothing that the bot may write mends it"
        )
