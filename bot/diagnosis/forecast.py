"""What is to be expected of an image that nobody has pulled yet: answers in -> what is :class:`Expected` out.

Pure, like the judge. OK and WILL_FAIL need a proof: that a pull as the kubelet would make it works on every platform
that the pod may land on, or that it does not. A warning needs a reason. Whatever is left is UNKNOWN, with the answers
that are missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.facts.evidence import Answer, Evidence
from bot.facts.precheck import Landing, Outcome


# Each of these, answered NO, is the end of the pull.
_MUST_HOLD = (
    "repository-exists",
    "manifest-exists",
    "media-type-is-image",
    "credential-accepted",
    "repository-permitted",
)
# Each of these, answered YES, is a reason to look again.
_WARNINGS = ("image-is-local", "registry-retired", "rate-limit-exhausted", "probe-is-blocked-too")
# Why the kubelet would have nothing to show; the first that is known says it best.
_WHY_NO_CREDENTIAL = ("secret-exists", "secret-type-right", "secret-well-formed")
# These end a pull also where nodes ask a mirror.
_BEFORE_ANYBODY_IS_ASKED = frozenset({"reference-parses", "secret-well-formed"})
# Of an account's pulls; fewer are gone in a rollout.
_FEW_LEFT = 0.2


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered about one image.

    Attributes:
        given: check id -> its answer; what is not in it was not asked.
        landings: where it may land, and whether it fits there.
        names_known: whether it is known which pull secrets the pod will name.
        blocked: one of them makes the kubelet fail every pull of the pod.
        turned_away: every identity that the kubelet would pull as was told no, whatever for.
        inside: we stand in the nodes' network, so that their DNS tells them what ours tells us.
    """

    given: Mapping[str, Evidence]
    landings: Sequence[Landing] = ()
    names_known: bool = True
    blocked: bool = False
    turned_away: bool = False
    inside: bool = False
    _asked: Mapping[str, Answer] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_asked", {check: each.answer for check, each in self.given.items()})

    def yes(self, check: str) -> bool:
        """Whether a claim is true."""
        return self._asked.get(check) is Answer.YES

    def no(self, check: str) -> bool:
        """Whether a claim is false."""
        return self._asked.get(check) is Answer.NO

    def open(self, *checks: str) -> tuple[str, ...]:
        """Those of the checks that were asked and not answered."""
        return tuple(each for each in checks if self._asked.get(each) is Answer.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be expected.

    Attributes:
        decisive: ids of the checks that tell why, the most telling first.
        missing: those without whose answer nothing is proven; empty where something is.
    """

    outcome: Outcome
    decisive: tuple[str, ...]
    missing: tuple[str, ...] = ()


def expected(answers: Answers) -> Expected:
    """Weigh the answers: a proof of failure first, then a warning, then a proof that all is well."""
    failing = tuple(dict.fromkeys(_proofs(answers)))
    if failing and answers.yes("mirror-has-image") and not set(failing) & _BEFORE_ANYBODY_IS_ASKED:
        return Expected(Outcome.MAY_FAIL, (*failing, "mirror-has-image"))
    if failing:
        return Expected(Outcome.WILL_FAIL, failing)
    proof = _proof_of_access(answers)
    missing = () if proof and _lands_everywhere(answers) else _missing(answers)
    warning = tuple(dict.fromkeys(_warnings(answers)))
    if warning:
        return Expected(Outcome.MAY_FAIL, warning, missing)
    if missing or not proof:
        return Expected(Outcome.UNKNOWN, missing, missing)
    return Expected(Outcome.OK, proof)


def _proofs(answers: Answers) -> list[str]:
    if answers.no("reference-parses"):
        return ["reference-parses"]
    found = []
    if answers.blocked:
        found.append("secret-well-formed")
    if answers.inside and _host_is_gone(answers):
        found.append("registry-host-exists")
    found += [each for each in _MUST_HOLD if answers.no(each)]
    if "repository-exists" in found and "manifest-exists" in found:
        found.remove("manifest-exists")  # it goes without saying
    if "manifest-exists" in found and "similar-tag-exists" in answers.given:
        found.append("similar-tag-exists")
    if answers.yes("credential-expired") and not answers.yes("credential-accepted"):
        found.append("credential-expired")
    barred = answers.yes("probe-is-blocked-too")  # whoever bars us tells nothing of the image
    if not found and answers.turned_away and not barred and not _node_may_know_better(answers):
        found += _why_turned_away(answers)
    if answers.landings and all(each.answer is Answer.NO for each in answers.landings):
        found.append("platform-offered")
    return found


def _why_turned_away(answers: Answers) -> list[str]:
    """What is known of why: no credential where one is wanted, or one that opens nothing."""
    if answers.yes("secret-matches-registry"):
        return ["credential-accepted", *answers.open("repository-permitted", "manifest-exists")]
    why = [each for each in _WHY_NO_CREDENTIAL if answers.no(each)] or ["secret-matches-registry"]
    leads = [
        each for each in ("secret-key-nearly-matches", "secret-for-registry-exists") if answers.yes(each)
    ]
    return ["anonymous-pull-works", *why, *leads, *answers.open("repository-exists")]


def _node_may_know_better(answers: Answers) -> bool:
    """Whether nodes may bring credentials of their own: their cloud's, or those that serve the pods beside it."""
    if answers.yes("secret-matches-registry"):
        return False  # those of the pod come first
    return not answers.no("registry-uses-node-identity") or _served_without_secret(answers)


def _served_without_secret(answers: Answers) -> bool:
    sibling = answers.given.get("siblings-on-host-pull")
    private = answers.no("registry-is-well-known")
    return (
        private and answers.yes("siblings-on-host-pull") and not (sibling and sibling.details.get("secret"))
    )


def _warnings(answers: Answers) -> list[str]:
    found = [each for each in _WARNINGS if answers.yes(each)]
    if _host_is_gone(answers):
        found.append("registry-host-exists")
    if answers.no("registry-answers"):
        found.append("registry-answers")
    if any(each.answer is Answer.NO for each in answers.landings):
        found.append("platform-offered")
    if _nearly_used_up(answers.given.get("rate-limit-exhausted")):
        found.append("rate-limit-exhausted")
    if answers.turned_away and _served_without_secret(answers):
        found += ["anonymous-pull-works", "siblings-on-host-pull"]
    return found


def _host_is_gone(answers: Answers) -> bool:
    """Whether DNS denies the registry's name; where it denies one that everybody uses, it is our DNS that is not well."""
    return answers.no("registry-host-exists") and not answers.yes("registry-is-well-known")


def _nearly_used_up(limit: Evidence | None) -> bool:
    """Whether little is left for the account that the nodes pull as; our own address says nothing of theirs."""
    if limit is None or limit.answer is not Answer.NO:
        return False
    most, remaining = limit.details.get("most", ""), limit.details.get("remaining", "")
    return most.isdecimal() and remaining.isdecimal() and int(remaining) < _FEW_LEFT * int(most)


def _proof_of_access(answers: Answers) -> tuple[str, ...]:
    """What proves that the identity that the kubelet would pull as gets the image; nothing where that is open."""
    if not answers.yes("manifest-exists"):
        return ()
    if answers.yes("secret-matches-registry"):
        return ("repository-permitted",) if answers.yes("repository-permitted") else ()
    # Where nobody knows of any secret, what everybody gets is proof enough; that it was not known is told.
    if answers.no("secret-matches-registry") or not answers.names_known:
        return ("anonymous-pull-works",) if answers.yes("anonymous-pull-works") else ()
    return ()


def _lands_everywhere(answers: Answers) -> bool:
    return bool(answers.landings) and all(each.answer is Answer.YES for each in answers.landings)


def _missing(answers: Answers) -> tuple[str, ...]:
    """The answers that are wanting, the one that would tell most first."""
    if _proof_of_access(answers):
        return ("platform-offered",)
    wanted = ["manifest-exists"]
    if answers.yes("secret-matches-registry"):
        wanted += ["credential-accepted", "repository-permitted"]
    elif answers.no("secret-matches-registry"):
        wanted += ["anonymous-pull-works"]
        if answers.turned_away and not answers.no("registry-uses-node-identity"):
            return ("anonymous-pull-works", "registry-uses-node-identity")
    else:
        wanted += ["secret-matches-registry", "anonymous-pull-works"]
    return answers.open(*wanted)
