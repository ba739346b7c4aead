"""What the pod's pull secrets tell, read and unread."""

from datetime import timedelta
from typing import Any

import pytest

from bot.facts.objects import Owner, PodEvent, ServiceAccount, Unread
from tests import cases
from tests.cases import Case, secret
from tests.fakes.cluster import NOW, FakeReader


FORBIDDEN = Unread("secrets in shop", "forbidden", "get secrets in namespace shop (tier 2a)")
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"


def _about(*named: str, image: str = cases.IMAGE, symptom: str = "unauthorized", **world: Any) -> Case:
    fields = world.pop("fields", {})
    pod = cases.pod(image=image, pull_secrets=named, **world.pop("pod", {}))
    others = world.pop("pods", [])
    return cases.case(cases.failure(symptom, pod, fields=fields), FakeReader(pods=[pod, *others], **world))


def _complaint(*names: str) -> PodEvent:
    told = f"Unable to retrieve some image pull secrets ({', '.join(names)}); attempting to pull the image may not succeed."
    return PodEvent("shop", "web-1", "FailedToRetrieveImagePullSecret", told, "Warning", last=NOW)


@pytest.mark.parametrize(("named", "told"), [((), "no"), (("a",), "yes"), (("a", "b"), "yes")])
async def test_secret_named_is_told_by_the_pod(named: tuple[str, ...], told: str) -> None:
    """The pod carries the names; no right is needed."""
    assert await cases.answer("secret-named", _about(*named, secrets=FORBIDDEN)) == told


@pytest.mark.parametrize(
    ("named", "secrets", "told"),
    [
        (("a",), [secret("a")], "yes"),
        (("a",), [], "no"),
        (("a",), [secret("a", namespace="other")], "no"),
        (("a", "b"), [secret("a")], "no"),
        (("a", "b"), [secret("a"), secret("b")], "yes"),
        ((), [secret("a")], "unknown"),
        (("a",), FORBIDDEN, "unknown"),
    ],
)
async def test_secret_exists_only_in_the_pods_namespace(
    named: tuple[str, ...], secrets: Any, told: str
) -> None:
    """Each named one must be there; unread is not missing."""
    assert await cases.answer("secret-exists", _about(*named, secrets=secrets)) == told


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (_complaint("a"), "no"),
        (_complaint("b", "a"), "no"),
        (_complaint("ab"), "unknown"),
        (_complaint("b"), "unknown"),
    ],
)
async def test_kubelets_complaint_stands_in_for_the_right_to_look(event: PodEvent, told: str) -> None:
    """Where Secrets may not be read, the kubelet's own words tell; whole names only, and only this pod's."""
    about = _about("a", secrets=FORBIDDEN, events=[event])
    assert await cases.answer("secret-exists", about) == told
    assert await cases.answer("secret-lookup-failed", about) == ("yes" if told == "no" else "unknown")


async def test_secret_that_can_be_read_outweighs_an_old_complaint() -> None:
    """It was made since the kubelet complained."""
    about = _about("a", secrets=[secret("a")], events=[_complaint("a")])
    assert await cases.answer("secret-exists", about) == "yes"


@pytest.mark.parametrize(
    ("key", "image", "told"),
    [
        ("registry.example", cases.IMAGE, "yes"),
        ("https://registry.example/v1/", cases.IMAGE, "yes"),
        ("registry.example:443", cases.IMAGE, "no"),
        ("registry.example:5000", "registry.example:5000/web:1", "yes"),
        ("registry.example/shop", cases.IMAGE, "yes"),
        ("registry.example/other", cases.IMAGE, "no"),
        ("*.example", cases.IMAGE, "yes"),
        ("registry-example", cases.IMAGE, "no"),
        ("registry.example.evil.test", cases.IMAGE, "no"),
        ("REGISTRY.example", cases.IMAGE, "no"),
        ("https://index.docker.io/v1/", "nginx:1", "yes"),
        ("docker.io", "nginx:1", "yes"),
        ("registry-1.docker.io", "nginx:1", "no"),
        ("docker.io.evil.test", "nginx:1", "no"),
    ],
)
async def test_secret_matches_registry_as_the_kubelet_matches(key: str, image: str, told: str) -> None:
    """Hosts, ports, paths, wildcards and the names of Docker Hub, by the kubelet's own rules."""
    about = _about("a", image=image, secrets=[secret("a", key)])
    assert await cases.answer("secret-matches-registry", about) == told
    assert await cases.answer("secret-for-registry-exists", about) == told


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ([secret("a", "other.example"), secret("b")], "yes"),
        ([secret("b")], "yes"),
        ([secret("a", "other.example")], "no"),
        ([], "no"),
        ([secret("a", type="Opaque"), secret("b", flaw="not-json")], "no"),
    ],
)
async def test_one_of_several_named_secrets_is_enough(secrets: Any, told: str) -> None:
    """The kubelet tries all that match; of those that are missing it merely complains."""
    assert await cases.answer("secret-matches-registry", _about("a", "b", secrets=secrets)) == told


async def test_malformed_secret_that_stops_the_pull_leaves_none_that_matches() -> None:
    """One whose auth is no base64 fails every pull of the pod, whatever the other one holds."""
    secrets = [secret("a", flaw="bad-base64", flaw_fails_pull=True), secret("b")]
    assert await cases.answer("secret-matches-registry", _about("a", "b", secrets=secrets)) == "no"


async def test_pod_that_names_none_has_none_that_matches() -> None:
    """No Secret need be read to know that nothing was offered."""
    assert await cases.answer("secret-matches-registry", _about(secrets=FORBIDDEN)) == "no"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        ("secret-type-right", {}, {"type": "Opaque"}),
        ("secret-well-formed", {}, {"flaw": "no-auths"}),
    ],
)
async def test_property_of_the_named_secrets(check: str, good: dict[str, str], bad: dict[str, str]) -> None:
    """YES when one has it, NO when all were read and none has, UNKNOWN when one was not."""
    assert await cases.answer(check, _about("a", secrets=[secret("a", **good)])) == "yes"
    assert (
        await cases.answer(check, _about("a", "b", secrets=[secret("a", **bad), secret("b", **good)]))
        == "yes"
    )
    assert await cases.answer(check, _about("a", secrets=[secret("a", **bad)])) == "no"
    assert await cases.answer(check, _about("a", secrets=[])) == "unknown"
    assert await cases.answer(check, _about("a", secrets=FORBIDDEN)) == "unknown"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("registry.example:5000", "yes"),
        ("Registry.Example", "yes"),
        ("quite.other.test", "no"),
        ("registry.example", "no"),
    ],
)
async def test_key_that_nearly_matches(key: str, told: str) -> None:
    """Another port or spelling is near; another registry is not, and neither is the right one."""
    about = _about("a", secrets=[secret("a", key)])
    assert await cases.answer("secret-key-nearly-matches", about) == told


async def test_of_thousands_of_keys_the_first_are_compared() -> None:
    """None near among them proves nothing of the rest; one that is near is told."""
    many = [f"host-{number}.test" for number in range(200)]
    assert await cases.answer("secret-key-nearly-matches", _about("a", secrets=[secret("a", *many)])) == "no"
    more = _about("a", secrets=[secret("a", *many, "registry.example:5000")])
    assert await cases.answer("secret-key-nearly-matches", more) == "unknown"
    early = _about("a", secrets=[secret("a", "registry.example:5000", *many)])
    assert await cases.answer("secret-key-nearly-matches", early) == "yes"


async def test_key_is_not_compared_where_none_is_named_or_readable() -> None:
    """There is nothing to compare, or nobody may look."""
    assert await cases.answer("secret-key-nearly-matches", _about(secrets=[secret()])) == "unknown"
    assert await cases.answer("secret-key-nearly-matches", _about("a", secrets=FORBIDDEN)) == "unknown"


class ByNameOnly(FakeReader):
    """Secrets by name (tier 2a), and no list of them."""

    async def secrets(self, namespace: str) -> Unread:
        """Tier 2b is missing."""
        return Unread(f"secrets in {namespace}", "forbidden", "list secrets (tier 2b)")


@pytest.mark.parametrize(
    ("world", "told"),
    [
        ({"accounts": [ServiceAccount("shop", "builder", ("spare",))]}, "yes"),
        ({"pods": [cases.pod("db-1", pull_secrets=("spare",))]}, "yes"),
        ({"owners": [Owner("Deployment", "shop", "off", pull_secrets=("spare",))]}, "yes"),
        ({"owners": [Owner("Deployment", "other", "off", pull_secrets=("spare",))]}, "unknown"),
        ({}, "unknown"),
    ],
)
async def test_unnamed_secret_is_found_by_the_names_that_others_use(world: dict[str, Any], told: str) -> None:
    """By name alone presence can be proven, absence never."""
    pod = cases.pod()
    pods = [pod, *world.pop("pods", [])]
    reader = ByNameOnly(pods=pods, secrets=[secret("spare")], **world)
    evidence = await cases.ask(
        "secret-for-registry-exists", cases.case(cases.failure("unauthorized", pod), reader)
    )
    assert evidence.answer.value == told
    if told == "unknown":
        assert evidence.would_answer == "list secrets (tier 2b)"


@pytest.mark.parametrize(
    ("pod", "accounts", "told"),
    [
        ({}, [ServiceAccount("shop", "default", ("regcred",))], "yes"),
        ({}, [ServiceAccount("shop", "default")], "no"),
        ({}, [ServiceAccount("shop", "other", ("regcred",))], "no"),
        ({}, [ServiceAccount("elsewhere", "default", ("regcred",))], "no"),
        ({"pull_secrets": ("own",)}, [ServiceAccount("shop", "default", ("regcred",))], "no"),
        ({"static": True}, [ServiceAccount("shop", "default", ("regcred",))], "no"),
        ({"service_account": "sa"}, [ServiceAccount("shop", "sa", ("regcred",))], "yes"),
        ({}, Unread("serviceaccounts in shop", "forbidden"), "unknown"),
    ],
)
async def test_secret_attached_after_pod(pod: dict[str, Any], accounts: Any, told: str) -> None:
    """Its own ServiceAccount names one now, and the pod, which took none of its own, does not."""
    reader = FakeReader(accounts=accounts, secrets=[secret("regcred")])
    about = cases.case(cases.failure("unauthorized", cases.pod(**pod)), reader)
    assert await cases.answer("secret-attached-after-pod", about) == told


@pytest.mark.parametrize(
    ("secrets", "told"),
    [([secret("regcred", "other.example")], "no"), ([], "no"), (FORBIDDEN, "yes")],
)
async def test_secret_attached_after_pod_counts_only_one_that_may_fit(secrets: Any, told: str) -> None:
    """A later secret for another registry explains nothing; one that cannot be read might."""
    reader = FakeReader(accounts=[ServiceAccount("shop", "default", ("regcred",))], secrets=secrets)
    about = cases.case(cases.failure("unauthorized", cases.pod()), reader)
    assert await cases.answer("secret-attached-after-pod", about) == told


@pytest.mark.parametrize(
    ("secrets", "namespaces", "told"),
    [
        ([secret("a", namespace="other")], ("shop", "other"), "yes"),
        ([secret("b", namespace="other")], ("shop", "other"), "no"),
        ([secret("a")], ("shop", "other"), "unknown"),
        ([secret("a", namespace="other")], Unread("namespaces", "forbidden"), "unknown"),
        (FORBIDDEN, ("shop", "other"), "unknown"),
    ],
)
async def test_secret_exists_elsewhere(secrets: Any, namespaces: Any, told: str) -> None:
    """Asked only when a named one is missing; unread namespaces and Secrets leave it open."""
    assert (
        await cases.answer("secret-exists-elsewhere", _about("a", secrets=secrets, namespaces=namespaces))
        == told
    )


@pytest.mark.parametrize(
    ("expires", "told"),
    [
        (NOW - timedelta(seconds=1), "yes"),
        (NOW, "yes"),
        (NOW + timedelta(seconds=1), "no"),
        (None, "unknown"),
    ],
)
async def test_credential_expired_at_its_moment(expires: Any, told: str) -> None:
    """A token is over at the moment it names; one without a date tells nothing."""
    about = _about("a", secrets=[secret("a", entry={"expires": expires})])
    assert await cases.answer("credential-expired", about) == told


async def test_credential_of_another_registry_is_not_looked_at() -> None:
    """Only what the kubelet would send is judged."""
    late = secret("a", "other.example", entry={"expires": NOW - timedelta(days=1), "trailing_newline": True})
    for check in ("credential-expired", "secret-has-trailing-newline"):
        assert await cases.answer(check, _about("a", secrets=[late])) == "unknown"


@pytest.mark.parametrize(("newline", "told"), [(True, "yes"), (False, "no")])
async def test_trailing_newline(newline: bool, told: str) -> None:
    """The classic fault of echo without -n."""
    about = _about("a", secrets=[secret("a", entry={"trailing_newline": newline})])
    assert await cases.answer("secret-has-trailing-newline", about) == told


@pytest.mark.parametrize(
    ("symptom", "fields", "secrets", "told"),
    [
        ("unauthorized", {"identity": "oauth"}, FORBIDDEN, "yes"),
        ("forbidden", {"identity": "oauth"}, [secret("a")], "unknown"),
        ("unauthorized", {"identity": "anonymous"}, [secret("a")], "no"),
        ("no-credentials", {}, [secret("a")], "no"),
        ("unauthorized", {}, [secret("a")], "yes"),
        ("unauthorized", {}, [secret("a", "other.example")], "unknown"),
        ("denied-or-missing", {}, [secret("a")], "unknown"),
        ("unauthorized", {}, FORBIDDEN, "unknown"),
    ],
)
async def test_credentials_were_refused(
    symptom: str, fields: dict[str, str], secrets: Any, told: str
) -> None:
    """The words tell, or an explicit 401 beside a secret that the kubelet would send."""
    about = _about("a", symptom=symptom, fields=fields, secrets=secrets)
    assert await cases.answer("credentials-were-refused", about) == told


async def test_credentials_were_refused_stays_open_where_a_missing_image_gets_401() -> None:
    """Quay answers 401 to a good login too when the repository does not exist or is not for it."""
    about = _about("a", image="quay.io/acme/web:1", secrets=[secret("a", "quay.io")])
    assert await cases.answer("credentials-were-refused", about) == "unknown"


@pytest.mark.parametrize(
    ("image", "world", "told"),
    [
        (ECR, {}, "yes"),
        (cases.IMAGE, {}, "no"),
        ("evil.test/dkr.ecr.eu-west-1.amazonaws.com:1", {}, "no"),
        ("gcr.io.evil.test/p/web:1", {}, "no"),
        ("eu.gcr.io/p/web:1", {}, "yes"),
        ("europe-docker.pkg.dev/p/r/web:1", {}, "yes"),
        ("acme.azurecr.io/web:1", {}, "yes"),
        (
            ECR,
            {
                "accounts": [ServiceAccount("shop", "x", ("a",))],
                "secrets": [secret("a", ECR.split("/", maxsplit=1)[0])],
            },
            "no",
        ),
        (
            ECR,
            {"accounts": [ServiceAccount("shop", "x", ("a",))], "secrets": [secret("a", "other.example")]},
            "yes",
        ),
        (ECR, {"accounts": [ServiceAccount("shop", "x", ("a",))], "secrets": FORBIDDEN}, "unknown"),
        (ECR, {"accounts": Unread("serviceaccounts in shop", "forbidden")}, "unknown"),
        (cases.IMAGE, {"accounts": Unread("serviceaccounts in shop", "forbidden")}, "no"),
    ],
)
async def test_registry_uses_node_identity(image: str, world: dict[str, Any], told: str) -> None:
    """The host is a cloud's, and nobody names a secret for it: everybody who could must have been read."""
    assert (
        await cases.answer(
            "registry-uses-node-identity", _about(image=image, symptom="no-credentials", **world)
        )
        == told
    )
