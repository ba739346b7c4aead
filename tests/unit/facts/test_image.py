"""References come apart as every runtime takes them apart, and what cannot be parsed says where it breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidReference
from bot.facts import image
from bot.facts.image import ImageReference, Platform


DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("nginx", "docker.io", "library/nginx", None, None),
        ("nginx:1.27", "docker.io", "library/nginx", "1.27", None),
        ("bitnami/redis", "docker.io", "bitnami/redis", None, None),
        ("docker.io/nginx", "docker.io", "library/nginx", None, None),
        ("docker.io/library/nginx", "docker.io", "library/nginx", None, None),
        ("index.docker.io/nginx", "docker.io", "library/nginx", None, None),
        ("localhost/app", "localhost", "app", None, None),
        ("localhost:5000/app:1", "localhost:5000", "app", "1", None),
        ("registry:5000/app", "registry:5000", "app", None, None),
        ("ghcr.io/acme/app:2", "ghcr.io", "acme/app", "2", None),
        ("quay.io/a/b/c/d:x", "quay.io", "a/b/c/d", "x", None),
        ("Registry/app", "Registry", "app", None, None),
        ("[2001:db8::1]:5000/app:1", "[2001:db8::1]:5000", "app", "1", None),
        ("10.0.0.1/app", "10.0.0.1", "app", None, None),
        ("a.b/c__d/e.f/g--h:T_1.2-3", "a.b", "c__d/e.f/g--h", "T_1.2-3", None),
        (f"nginx@{DIGEST}", "docker.io", "library/nginx", None, DIGEST),
        (f"a.b/c:1@{DIGEST}", "a.b", "c", "1", DIGEST),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:y",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "x",
            "y",
            None,
        ),
    ],
)
def test_image_parses_what_runtimes_parse(
    text: str, registry: str, repository: str, tag: str | None, digest: str | None
) -> None:
    """Host, path, tag and digest are found, and the short forms are filled in."""
    assert image.parse(text) == ImageReference(registry, repository, tag, digest, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("nginx:", "tag after the colon is empty"),
        ("nginx:1:2", "two tags"),
        ("a/b:1/c", "colon stands in the middle"),
        ("nginx :1", "white space"),
        ("nginx\n", "white space"),
        ("https://a.b/c", "scheme"),
        ("docker://nginx", "scheme"),
        ("a.b/${APP}", "placeholder"),
        ("{{ .Values.image }}", "white space"),
        ("{{.Values.image}}", "placeholder"),
        ("<none>", "placeholder"),
        ("a.b/App:1", "upper-case"),
        ("NGINX", "upper-case"),
        ("a.b//c", "empty part"),
        ("a.b/c/", "empty part"),
        ("a.b/-c", "cannot be part"),
        ("a.b/c_", "cannot be part"),
        ("-a.b:1/c", "registry host"),
        ("a.b:x/c", "registry host"),
        ("nginx@", "nothing follows"),
        ("nginx@sha256:abc", "not a digest"),
        ("nginx@latest", "not a digest"),
        ("nginx:" + "a" * 129, "not a tag"),
        ("nginx:-1", "not a tag"),
        ("nginx:\u0661", "not a tag"),
        ("a" * 64, "image id"),
        ("f" * 64, "image id"),
        ("a.b/" + "c" * 256, "longer than 255"),
        ("-" + "a" * 3000 + ".b/c", "registry host"),
        ("nginx:1:" + "2" * 3000, "two tags"),
        ("nginx@sha256:" + "A" * 64, "not a digest"),
        ("nginx@sha256:" + "a" * 32, "not a digest"),
        ("nginx@md5:" + "a" * 32, "not a digest"),
        ("n" * 4097, "longer than 4,096"),
    ],
)
def test_image_says_where_a_reference_breaks(text: str, says: str) -> None:
    """What no runtime can parse is refused with the place, and without repeating a wall of text."""
    with pytest.raises(InvalidReference) as caught:
        image.parse(text)
    assert says in caught.value.message
    assert len(caught.value.message) < 200
    assert image.parsed(text) is None


def test_image_short_forms_are_the_same_image() -> None:
    """All spellings of one image compare equal."""
    spellings = (
        "nginx",
        "nginx:latest",
        "library/nginx",
        "docker.io/nginx",
        "index.docker.io/library/nginx:latest",
    )
    assert {image.parse(each).canonical for each in spellings} == {"docker.io/library/nginx:latest"}


def test_image_digest_wins_over_tag() -> None:
    """With both, the kubelet asks for the digest."""
    read = image.parse(f"a.b/c:1@{DIGEST}")
    assert read.effective_tag is None
    assert read.canonical == f"a.b/c@{DIGEST}"
    assert read.name == "a.b/c"


def test_platform_prints_as_the_index_spells_it() -> None:
    """Empty parts leave no slash."""
    assert str(Platform("linux", "arm", "v7")) == "linux/arm/v7"
    assert str(Platform("linux", "amd64")) == "linux/amd64"


@given(st.text(max_size=300))
def test_image_never_raises_anything_else(text: str) -> None:
    """Any text is a reference or one error with a line."""
    try:
        read = image.parse(text)
    except InvalidReference:
        return
    assert read.spelled == text
    assert read.registry
    assert read.repository


_component = st.from_regex(r"\A[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,8}){0,2}\Z")
_tags = st.none() | st.from_regex(r"\A[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20}\Z")


@given(st.lists(_component, min_size=1, max_size=4), _tags, st.booleans())
def test_image_reads_what_was_put_together(path: list[str], tag: str | None, digested: bool) -> None:
    """Whatever is built from valid parts is taken apart into them, and canonical text means the same image."""
    text = (
        "r.example:5000/" + "/".join(path) + (f":{tag}" if tag else "") + (f"@{DIGEST}" if digested else "")
    )
    read = image.parse(text)
    assert (read.registry, read.repository, read.tag) == ("r.example:5000", "/".join(path), tag)
    assert image.parse(read.canonical).canonical == read.canonical
