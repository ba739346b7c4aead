"""What is to be expected, from answers alone."""

from typing import Any

import pytest

from bot.diagnosis import forecast
from bot.diagnosis.forecast import Answers
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.image import Platform
from bot.facts.precheck import Landing, Outcome


YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
PUBLIC = {
    "reference-parses": YES,
    "registry-retired": NO,
    "secret-matches-registry": NO,
    "registry-host-exists": YES,
    "registry-answers": YES,
    "repository-exists": YES,
    "manifest-exists": YES,
    "anonymous-pull-works": YES,
    "credential-accepted": UNKNOWN,
    "repository-permitted": UNKNOWN,
    "media-type-is-image": YES,
    "rate-limit-exhausted": UNKNOWN,
}
PRIVATE = PUBLIC | {
    "secret-matches-registry": YES,
    "anonymous-pull-works": NO,
    "credential-accepted": YES,
    "repository-permitted": YES,
}
REFUSED = PUBLIC | {
    "repository-exists": UNKNOWN,
    "manifest-exists": UNKNOWN,
    "anonymous-pull-works": NO,
    "registry-uses-node-identity": NO,
}


def given(answers: dict[str, Answer], details: dict[str, str] | None = None) -> dict[str, Evidence]:
    """The answers as evidence, all with the same details."""
    return {check: Evidence(check, each, Witness.REGISTRY, details or {}) for check, each in answers.items()}


def lands(*answers: Answer) -> tuple[Landing, ...]:
    """A platform for each answer."""
    return tuple(Landing(Platform("linux", str(number)), answer=each) for number, each in enumerate(answers))


def outcome(
    answers: dict[str, Answer], places: tuple[Landing, ...] | None = None, **changes: Any
) -> tuple[Outcome, tuple[str, ...]]:
    """What follows from them, where the image fits every platform unless said otherwise."""
    known = given(answers, changes.pop("details", None))
    found = forecast.expected(Answers(known, lands(YES) if places is None else places, **changes))
    assert found.missing == found.decisive or found.outcome is not Outcome.UNKNOWN
    return found.outcome, found.decisive


def test_what_everybody_gets_everywhere_is_fine() -> None:
    """Proven: nobody needs a credential, and every platform is offered."""
    assert outcome(PUBLIC) == (Outcome.OK, ("anonymous-pull-works",))


def test_what_the_pods_own_credential_opens_is_fine() -> None:
    """Proven with the very credential that the kubelet would use."""
    assert outcome(PRIVATE) == (Outcome.OK, ("repository-permitted",))


@pytest.mark.parametrize("check", ["manifest-exists", "anonymous-pull-works", "secret-matches-registry"])
def test_nothing_is_fine_without_its_proof(check: str) -> None:
    """Each answer that is wanting leaves it open, and is named."""
    found, decisive = outcome(PUBLIC | {check: UNKNOWN})
    assert found is Outcome.UNKNOWN
    assert check in decisive


def test_an_untried_credential_is_no_proof_though_everybody_gets_it() -> None:
    """A stale secret breaks a public image, so what the anonymous get says nothing of this pod."""
    untried = PUBLIC | {"secret-matches-registry": YES}
    assert outcome(untried) == (Outcome.UNKNOWN, ("credential-accepted", "repository-permitted"))


def test_where_no_secret_is_known_of_the_public_stays_public() -> None:
    """Nobody could read the ServiceAccount: what everybody gets is fine, what nobody gets is open."""
    unread = PUBLIC | {"secret-matches-registry": UNKNOWN}
    assert outcome(unread, names_known=False) == (Outcome.OK, ("anonymous-pull-works",))
    refused = REFUSED | {"secret-matches-registry": UNKNOWN}
    assert outcome(refused, names_known=False) == (
        Outcome.UNKNOWN,
        ("manifest-exists", "secret-matches-registry"),
    )


@pytest.mark.parametrize("places", [(), lands(UNKNOWN), lands(YES, UNKNOWN)])
def test_a_platform_that_is_not_known_leaves_it_open(places: tuple[Landing, ...]) -> None:
    """The image is there; whether it runs is not known."""
    assert outcome(PUBLIC, places) == (Outcome.UNKNOWN, ("platform-offered",))


def test_some_platforms_missing_is_a_warning_and_all_of_them_the_end() -> None:
    """It may land where it does not run."""
    assert outcome(PUBLIC, lands(YES, NO)) == (Outcome.MAY_FAIL, ("platform-offered",))
    assert outcome(PUBLIC, lands(UNKNOWN, NO)) == (Outcome.MAY_FAIL, ("platform-offered",))
    assert outcome(PUBLIC, lands(NO, NO)) == (Outcome.WILL_FAIL, ("platform-offered",))


@pytest.mark.parametrize(
    "check",
    [
        "repository-exists",
        "manifest-exists",
        "media-type-is-image",
        "credential-accepted",
        "repository-permitted",
    ],
)
def test_each_proof_is_enough(check: str) -> None:
    """Whatever else is well."""
    found, decisive = outcome(PRIVATE | {check: NO})
    assert found is Outcome.WILL_FAIL
    assert decisive == (check,)


def test_a_reference_that_does_not_parse_says_it_all() -> None:
    """Nothing else was asked."""
    assert outcome({"reference-parses": NO}, ()) == (Outcome.WILL_FAIL, ("reference-parses",))


def test_a_missing_tag_comes_with_the_nearest() -> None:
    """And a missing repository makes its tag go without saying."""
    missing = PUBLIC | {"manifest-exists": NO, "similar-tag-exists": YES}
    assert outcome(missing)[1] == ("manifest-exists", "similar-tag-exists")
    assert outcome(PUBLIC | {"manifest-exists": NO, "repository-exists": NO})[1] == ("repository-exists",)


def test_an_expired_credential_fails_unless_it_is_accepted() -> None:
    """Some registries do not look at what it says of itself."""
    expired = PRIVATE | {
        "credential-expired": YES,
        "credential-accepted": UNKNOWN,
        "repository-permitted": UNKNOWN,
    }
    assert outcome(expired) == (Outcome.WILL_FAIL, ("credential-expired",))
    assert outcome(PRIVATE | {"credential-expired": YES})[0] is Outcome.OK


def test_a_secret_that_stops_every_pull_stops_public_images_too() -> None:
    """The kubelet fails before it asks anybody."""
    assert outcome(PUBLIC | {"secret-well-formed": NO}, blocked=True) == (
        Outcome.WILL_FAIL,
        ("secret-well-formed",),
    )


@pytest.mark.parametrize(
    ("answers", "decisive"),
    [
        ({}, ("secret-matches-registry",)),
        ({"secret-exists": NO}, ("secret-exists",)),
        ({"secret-type-right": NO}, ("secret-type-right",)),
        (
            {"secret-key-nearly-matches": YES, "secret-for-registry-exists": YES},
            ("secret-matches-registry", "secret-key-nearly-matches", "secret-for-registry-exists"),
        ),
    ],
)
def test_nobody_is_let_in_without_credentials(answers: dict[str, Answer], decisive: tuple[str, ...]) -> None:
    """And the pod brings none: the reason is told, and what is at hand."""
    found = outcome(REFUSED | answers, turned_away=True)
    assert found == (Outcome.WILL_FAIL, ("anonymous-pull-works", *decisive, "repository-exists"))


def test_a_credential_that_opens_nothing_fails_for_one_reason_or_another() -> None:
    """Known and turned away, where the registry answers alike for what is missing."""
    turned = PRIVATE | {"manifest-exists": UNKNOWN, "repository-permitted": UNKNOWN}
    assert outcome(turned, turned_away=True) == (
        Outcome.WILL_FAIL,
        ("credential-accepted", "repository-permitted", "manifest-exists"),
    )


@pytest.mark.parametrize("answer", [YES, UNKNOWN])
def test_nodes_with_an_identity_of_their_own_may_know_better(answer: Answer) -> None:
    """Theirs cannot be tried from here."""
    assert outcome(REFUSED | {"registry-uses-node-identity": answer}, turned_away=True) == (
        Outcome.UNKNOWN,
        ("anonymous-pull-works", "registry-uses-node-identity"),
    )


def test_pods_beside_it_that_need_no_secret_make_it_a_warning() -> None:
    """At a registry of one's own; at a public one they may run public images."""
    beside = REFUSED | {"siblings-on-host-pull": YES, "registry-is-well-known": NO}
    assert outcome(beside, turned_away=True) == (
        Outcome.MAY_FAIL,
        ("anonymous-pull-works", "siblings-on-host-pull"),
    )
    public = beside | {"registry-is-well-known": YES}
    assert outcome(public, turned_away=True)[0] is Outcome.WILL_FAIL
    assert outcome(beside, turned_away=True, details={"secret": "regcred"})[0] is Outcome.WILL_FAIL


@pytest.mark.parametrize(
    ("answers", "check"),
    [
        ({"registry-retired": YES}, "registry-retired"),
        ({"registry-answers": NO}, "registry-answers"),
        ({"rate-limit-exhausted": YES}, "rate-limit-exhausted"),
        ({"image-is-local": YES}, "image-is-local"),
        ({"probe-is-blocked-too": YES}, "probe-is-blocked-too"),
    ],
)
def test_warnings(answers: dict[str, Answer], check: str) -> None:
    """It works now, or would if nothing stood in its way."""
    assert outcome(PUBLIC | answers) == (Outcome.MAY_FAIL, (check,))


def test_a_name_that_dns_denies_is_proof_only_from_within() -> None:
    """A laptop without its VPN and a runner without a way out hear the same; a name that everybody uses exists."""
    gone = REFUSED | {"registry-host-exists": NO, "anonymous-pull-works": UNKNOWN}
    assert outcome(gone) == (Outcome.MAY_FAIL, ("registry-host-exists",))
    assert outcome(gone, inside=True) == (Outcome.WILL_FAIL, ("registry-host-exists",))
    known = gone | {"registry-is-well-known": YES}
    assert outcome(known)[0] is Outcome.UNKNOWN
    assert outcome(known, inside=True)[0] is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("most", "remaining", "expected"),
    [
        ("100", "19", Outcome.MAY_FAIL),
        ("100", "20", Outcome.OK),
        ("", "1", Outcome.OK),
        ("100", "", Outcome.OK),
    ],
)
def test_little_left_of_an_accounts_limit_is_a_warning(most: str, remaining: str, expected: Outcome) -> None:
    """A rollout takes more."""
    details = {"most": most, "remaining": remaining}
    assert outcome(PRIVATE | {"rate-limit-exhausted": NO}, details=details)[0] is expected
    # Of our own address it says nothing.
    assert outcome(PUBLIC | {"rate-limit-exhausted": UNKNOWN}, details=details)[0] is Outcome.OK


def test_who_bars_us_tells_nothing_of_the_image() -> None:
    """A firewall that refuses everybody who comes from here is no registry that refuses this pod."""
    barred = REFUSED | {"probe-is-blocked-too": YES}
    assert outcome(barred, turned_away=True) == (Outcome.MAY_FAIL, ("probe-is-blocked-too",))


def test_a_mirror_that_has_the_image_makes_proof_a_warning() -> None:
    """Nodes ask it first; but nobody is asked for what does not parse."""
    mirrored = {"mirror-has-image": YES}
    missing = PUBLIC | {"manifest-exists": NO} | mirrored
    assert outcome(missing) == (Outcome.MAY_FAIL, ("manifest-exists", "mirror-has-image"))
    assert outcome(PUBLIC | {"secret-well-formed": NO} | mirrored, blocked=True)[0] is Outcome.WILL_FAIL


def test_nothing_asked_is_nothing_known() -> None:
    """Neither fine nor failing."""
    nothing = dict.fromkeys(PUBLIC, UNKNOWN) | {"reference-parses": YES}
    assert outcome(nothing, ()) == (
        Outcome.UNKNOWN,
        ("manifest-exists", "secret-matches-registry", "anonymous-pull-works"),
    )


def test_a_warning_tells_what_it_leaves_open() -> None:
    """Retired, and nobody could ask whether it is still there."""
    open_one = given(dict.fromkeys(PUBLIC, UNKNOWN) | {"registry-retired": YES})
    assert forecast.expected(Answers(open_one)).missing[0] == "manifest-exists"
    proven = given(PUBLIC | {"registry-retired": YES})
    assert forecast.expected(Answers(proven, lands(YES))).missing == ()
    assert forecast.expected(Answers(given(PUBLIC | {"manifest-exists": NO}))).missing == ()
