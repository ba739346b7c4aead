"""The kubelet's credential lookup, row by row: its own tests, its documentation, and what people get wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diagnosis import keyring
from bot.diagnosis.keyring import Miss
from bot.facts import image
from bot.facts.objects import PullSecret, SecretEntry


def secret(name: str, *keys: str, **more: object) -> PullSecret:
    """A well-formed pull secret with these keys."""
    return PullSecret("shop", name, entries=tuple(SecretEntry(key) for key in keys), **more)


def tried(text: str, *secrets: PullSecret) -> list[tuple[str, str]]:
    """Secret and key of everything the kubelet would try."""
    return [(hit.secret.name, hit.entry.key) for hit in keyring.match(image.parse(text), secrets)]


# https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/credentialprovider/keyring_test.go
SOURCE_HITS = [
    ("*.kubernetes.io", "prefix.kubernetes.io/app"),
    ("prefix.*.io", "prefix.kubernetes.io/app"),
    ("prefix.kubernetes.*", "prefix.kubernetes.io/app"),
    ("*-good.kubernetes.io", "prefix-good.kubernetes.io/app"),
    ("*.kubernetes.io/blah", "prefix.kubernetes.io/blah"),
    ("prefix.*.io/foo", "prefix.kubernetes.io/foo/bar"),
    ("*.kubernetes.io:1111/blah", "prefix.kubernetes.io:1111/blah"),
    ("prefix.*.io:1111/foo", "prefix.kubernetes.io:1111/foo/bar"),
    ("https://hello.kubernetes.io", "hello.kubernetes.io/foo/bar"),
    ("https://*.docker.io", "prefix.docker.io/foo/bar"),
    ("https://*.docker.io/path", "prefix.docker.io/path/foo/bar"),
    ("https://prefix.docker.*/path", "prefix.docker.io/path/foo/bar"),
    ("https://*.docker.io:8888", "prefix.docker.io:8888/foo/bar"),
    ("https://*.docker.io/v1/", "prefix.docker.io/path/foo"),
    ("https://*.docker.io/v2/", "prefix.docker.io/path/foo"),
    ("prefix.docker.io:1111", "prefix.docker.io:1111/path/foo"),
    ("https://quay.io/v1/", "quay.io/foo/bar"),
    ("bar.example.com/pong", "bar.example.com/pongz"),
]
SOURCE_MISSES = [
    ("*.kubernetes.io", "kubernetes.io/app"),
    ("*.*.kubernetes.io", "prefix.kubernetes.io/app"),
    ("*.*.kubernetes.io", "kubernetes.io/app"),
    ("kubernetes.io", "kubernetes.com/app"),
    ("k*.io", "quay.io/app"),
    ("*.kubernetes.io:1234/blah", "prefix.kubernetes.io:1111/blah"),
    ("prefix.*.io/foo", "prefix.kubernetes.io:1111/foo/bar"),
    ("https://hello.kubernetes.io", "world.mesos.org/foo/bar"),
    ("https://*.docker.com", "prefix.docker.io/foo"),
    ("https://prefix.docker.c*", "prefix.docker.io/foo"),
    ("https://index.docker.io/v1/", "world.mesos.org/foo/bar"),
]
# https://kubernetes.io/docs/concepts/containers/images/#config-json
DOCUMENTED_HITS = [
    ("*.kubernetes.io", "abc.kubernetes.io/app"),
    ("*.*.kubernetes.io", "abc.def.kubernetes.io/app"),
    ("prefix.*.io", "prefix.kubernetes.io/app"),
    ("*-good.kubernetes.io", "prefix-good.kubernetes.io/app"),
    ("my-registry.example/images", "my-registry.example/images"),
    ("my-registry.example/images", "my-registry.example/images/my-image"),
    ("my-registry.example/images", "my-registry.example/images/another-image"),
    ("*.my-registry.example/images", "sub.my-registry.example/images/my-image"),
]
DOCUMENTED_MISSES = [
    ("*.kubernetes.io", "kubernetes.io/app"),
    ("*.*.kubernetes.io", "abc.kubernetes.io/app"),
    ("*.my-registry.example/images", "a.sub.my-registry.example/images/my-image"),
    ("*.my-registry.example/images", "a.b.sub.my-registry.example/images/my-image"),
]
# By the same rules, what people write.
SPELLED_HITS = [
    ("https://index.docker.io/v1/", "nginx"),
    ("https://index.docker.io/v1/", "docker.io/acme/app"),
    (
        "https://index.docker.io/v1/",
        "localhost/app",
    ),  # no dot and no colon: the kubelet takes it for Docker Hub
    ("index.docker.io", "acme/app:1"),
    ("https://index.docker.io/v2/", "acme/app"),
    ("docker.io", "nginx"),
    ("https://docker.io/", "nginx"),
    ("docker.io/library", "nginx"),
    ("docker.io/acme", "acme/app"),
    ("*.io", "nginx"),
    ("registry.corp.example:5000", "registry.corp.example:5000/app"),
    ("http://registry.corp.example:5000/v2/", "registry.corp.example:5000/app"),
    ("registry.corp.example/", "registry.corp.example/app"),
    ("registry.corp.example/team/", "registry.corp.example/team/app"),
    ("https://registry.corp.example/v1/team", "registry.corp.example/team/app"),
    ("user:pass@registry.corp.example", "registry.corp.example/app"),
    ("registry.corp.example?x=1#y", "registry.corp.example/app"),
    ("registry.corp.example:", "registry.corp.example/app"),
    ("registry.corp.example/te%61m", "registry.corp.example/team/app"),
    ("https://[::1]:5000", "[::1]:5000/app"),
]
SPELLED_MISSES = [
    ("index.docker.io/v1", "nginx"),  # without the last slash it is a path
    ("registry-1.docker.io", "nginx"),
    ("hub.docker.com", "nginx"),
    ("*.docker.io", "nginx"),
    ("docker.io/acme", "nginx"),
    ("Registry.corp.example", "registry.corp.example/app"),
    ("HTTPS://registry.corp.example", "registry.corp.example/app"),
    ("oci://registry.corp.example", "registry.corp.example/app"),
    (" registry.corp.example", "registry.corp.example/app"),
    ("registry.corp.example ", "registry.corp.example/app"),
    ("registry.corp.example/v2", "registry.corp.example/app"),
    ("registry.corp.example:443", "registry.corp.example/app"),
    ("registry.corp.example", "registry.corp.example:443/app"),
    ("registry.corp.example:*", "registry.corp.example:5000/app"),
    ("registry.corp.example/*", "registry.corp.example/app"),
    ("*", "registry.corp.example/app"),
    ("registr[y-z].corp.example", "registry.corp.example/app"),
    ("registr?.corp.example", "registry.corp.example/app"),
    ("[::1]", "[::1]/app"),  # Go reads the brackets as a set of characters
    ("registry.corp.example%zz", "registry.corp.example/app"),
    ("registry.corp.example:x", "registry.corp.example/app"),
    ("registry.corp.example\n", "registry.corp.example/app"),
    ("", "registry.corp.example/app"),
    ("https://", "nginx"),
    ("/", "nginx"),
]


@pytest.mark.parametrize(("key", "text"), SOURCE_HITS + DOCUMENTED_HITS + SPELLED_HITS)
def test_key_matches_what_the_kubelet_matches(key: str, text: str) -> None:
    """Every row that the kubelet's tests or documentation, or its rules, call a match."""
    assert keyring.would_match(key, image.parse(text))
    assert tried(text, secret("regcred", key)) == [("regcred", key)]


@pytest.mark.parametrize(("key", "text"), SOURCE_MISSES + DOCUMENTED_MISSES + SPELLED_MISSES)
def test_key_misses_what_the_kubelet_misses(key: str, text: str) -> None:
    """Every row that the kubelet's tests or documentation, or its rules, call no match."""
    assert not keyring.would_match(key, image.parse(text))
    assert tried(text, secret("regcred", key)) == []


def test_match_tries_the_longest_path_first() -> None:
    """Keys are tried in reverse order, so a path comes before its host."""
    keys = ("bar.example.com", "bar.example.com/pong", "bar.example.com/pong/a")
    found = tried("bar.example.com/pong/a/b", secret("regcred", *keys))
    assert [key for _, key in found] == list(reversed(keys))


def test_match_tries_several_secrets_in_the_order_of_the_pod() -> None:
    """Equal keys keep the pod's order, which allows a password to be rotated."""
    found = tried("quay.io/app", secret("new", "quay.io"), secret("old", "https://quay.io/v1/"))
    assert found == [("new", "quay.io"), ("old", "https://quay.io/v1/")]


def test_match_sorts_keys_across_secrets() -> None:
    """A longer path of the second secret comes before the host of the first."""
    found = tried("quay.io/team/app", secret("first", "quay.io"), secret("second", "quay.io/team"))
    assert [name for name, _ in found] == ["second", "first"]


def test_match_asks_docker_hubs_own_key_only_when_nothing_else_fits() -> None:
    """``docker.io`` matches directly, so ``index.docker.io`` is not even tried."""
    both = secret("regcred", "https://index.docker.io/v1/", "docker.io")
    assert tried("nginx", both) == [("regcred", "docker.io")]


def test_match_skips_types_the_kubelet_does_not_read() -> None:
    """An Opaque secret is ignored in silence, and the next one is used."""
    ignored = secret("opaque", "quay.io", type="Opaque", flaw="wrong-type")
    assert tried("quay.io/app", ignored, secret("good", "quay.io")) == [("good", "quay.io")]


def test_match_takes_legacy_dockercfg() -> None:
    """The older type counts as well."""
    assert tried("quay.io/app", secret("old", "quay.io", type="kubernetes.io/dockercfg"))


def test_match_finds_nothing_when_one_secret_stops_the_pull() -> None:
    """A credential that cannot be decoded fails the whole keyring, good secrets included."""
    broken = secret("broken", "ghcr.io", flaw="bad-base64", flaw_fails_pull=True)
    assert tried("quay.io/app", secret("good", "quay.io"), broken) == []


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("registry-1.docker.io", "nginx", Miss.HUB_SPELLING),
        ("https://hub.docker.com/", "acme/app", Miss.HUB_SPELLING),
        ("https://index.docker.io/v1", "nginx", Miss.HUB_SPELLING),
        ("*.docker.io", "nginx", Miss.HUB_SPELLING),
        ("oci://quay.io", "quay.io/app", Miss.SCHEME),
        ("HTTPS://quay.io", "quay.io/app", Miss.SCHEME),
        (" quay.io\n", "quay.io/app", Miss.WHITE_SPACE),
        ("Quay.io", "quay.io/app", Miss.UPPER_CASE),
        ("quay.io", "Quay.io/app", Miss.UPPER_CASE),
        ("quay.io:443", "quay.io/app", Miss.OTHER_PORT),
        ("quay.io", "quay.io:5000/app", Miss.OTHER_PORT),
        ("quay.io/team", "quay.io/app", Miss.OTHER_PATH),
        ("quay.io/v2", "quay.io/app", Miss.OTHER_PATH),
        ("*.corp.example", "a.b.corp.example/app", Miss.LABEL_COUNT),
        ("*.corp.example", "corp.example/app", Miss.LABEL_COUNT),
        ("registry.crop.example", "registry.corp.example/app", Miss.SIMILAR_HOST),
        ("registy.corp.example", "registry.corp.example/app", Miss.SIMILAR_HOST),
        ("quay.io:port", "quay.io/app", Miss.UNREADABLE_KEY),
        ("ghcr.io", "registry.corp.example/app", Miss.OTHER_HOST),
    ],
)
def test_near_miss_says_why(key: str, text: str, why: Miss) -> None:
    """Each way to write a key that looks right and is not has a name of its own."""
    (miss,) = keyring.near_miss(image.parse(text), [secret("regcred", key)])
    assert miss.why is why


def test_near_miss_tells_a_right_key_in_a_wrong_secret() -> None:
    """The key would fit; the Secret's type or a flaw keeps the kubelet from it."""
    opaque = secret("opaque", "quay.io", type="Opaque", flaw="wrong-type")
    broken = secret("broken", "quay.io", flaw="no-colon", flaw_fails_pull=True)
    found = keyring.near_miss(image.parse("quay.io/app"), [broken, opaque])
    assert [(miss.secret.name, miss.why) for miss in found] == [
        ("opaque", Miss.TYPE_IGNORED),
        ("broken", Miss.MALFORMED),
    ]


def test_near_miss_is_silent_about_entries_that_match() -> None:
    """What the kubelet uses is no miss."""
    assert keyring.near_miss(image.parse("quay.io/app"), [secret("good", "quay.io")]) == ()


def test_near_miss_names_the_key_to_write() -> None:
    """Docker Hub has its historic key, every other registry its host."""
    assert keyring.right_key(image.parse("nginx")) == "https://index.docker.io/v1/"
    assert keyring.right_key(image.parse("r.example:5000/a")) == "r.example:5000"


@given(
    st.text(max_size=200), st.sampled_from(["nginx", "quay.io/a", "r.example:5000/team/app", "[::1]:5000/a"])
)
def test_any_key_is_survived(key: str, text: str) -> None:
    """No key makes the lookup raise, and every entry either matches or has a reason."""
    held = secret("regcred", key)
    reference = image.parse(text)
    assert len(keyring.match(reference, [held])) + len(keyring.near_miss(reference, [held])) == 1


def test_long_hostile_keys_stay_cheap() -> None:
    """Thousands of stars and megabytes cost one pass each."""
    for key in ("*a" * 50_000, "a" * 1_000_000, "[" * 100_000, "%41" * 100_000, "a." * 100_000):
        assert not keyring.would_match(key, image.parse("quay.io/app"))
