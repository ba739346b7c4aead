"""Secrets seen as the kubelet sees them, and never their values."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cluster import pull_secrets
from bot.cluster.shapes import Metadata, SecretShape
from bot.diagnosis.keyring import would_match
from bot.facts.image import parse
from bot.facts.objects import PullSecret


JSON_TYPE, LEGACY_TYPE = "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"
CANARY = "c4n4ry-Passw0rd"


def coded(text: str | bytes) -> str:
    """Base64, as in ``data`` and ``auth``."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def shape(content: Any, kind: str = JSON_TYPE, key: str = ".dockerconfigjson") -> SecretShape:
    """A Secret whose one value is this text, or this as JSON."""
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    meta = Metadata(name="regcred", namespace="shop", creation_timestamp="2026-01-02T03:04:05Z")
    return SecretShape(metadata=meta, type=kind, data={key: coded(text)})


def read(content: Any, kind: str = JSON_TYPE, key: str = ".dockerconfigjson") -> PullSecret:
    """The structure of such a Secret."""
    return pull_secrets.to_pull_secret(shape(content, kind, key))


def auths(**entries: Any) -> dict[str, Any]:
    """A config.json."""
    return {"auths": {name.replace("_", "."): fields for name, fields in entries.items()}}


def test_pull_secret_keeps_the_structure() -> None:
    """Keys, what is there, and when it was made; no value."""
    found = read(auths(quay_io={"username": "bob", "password": CANARY, "auth": coded(f"bob:{CANARY}")}))
    (entry,) = found.entries
    assert (found.namespace, found.name, found.type, found.flaw) == ("shop", "regcred", JSON_TYPE, "")
    assert found.created == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (entry.key, entry.has_username, entry.has_password, entry.trailing_newline) == (
        "quay.io",
        True,
        True,
        False,
    )
    assert CANARY not in repr(found)
    assert "bob" not in repr(found)


def test_pull_secret_reads_legacy_dockercfg() -> None:
    """The older type has the registries at the top, and ``auths`` in it is one of them."""
    found = read({"quay.io": {"auth": coded("a:b")}}, LEGACY_TYPE, ".dockercfg")
    assert [entry.key for entry in found.entries] == ["quay.io"]
    assert [entry.key for entry in read(auths(quay_io={}), LEGACY_TYPE, ".dockercfg").entries] == ["auths"]


@pytest.mark.parametrize(
    ("content", "flaw", "fails"),
    [
        ("not json at all", "not-json", True),
        ('{"auths": {"quay.io": {"auth": NaN}}}', "not-json", True),
        ('{"auths": {}} trailing', "not-json", True),
        ("[]", "bad-shape", True),
        ('"text"', "bad-shape", True),
        ({"auths": []}, "bad-shape", True),
        ({"auths": {"quay.io": "dXNlcjpwYXNz"}}, "bad-shape", True),
        ({"auths": {"quay.io": {"username": 7}}}, "bad-shape", True),
        ({"auths": {"username": "bob", "password": "x"}}, "bad-shape", True),
        ({"auths": {"quay.io": {}}, "HttpHeaders": {"X": 1}}, "bad-shape", True),
        ("null", "no-auths", False),
        ({}, "no-auths", False),
        ({"auths": None}, "no-auths", False),
        ({"auths": {}}, "no-auths", False),
        ({"quay.io": {"auth": "YTpi"}}, "no-auths", False),
        (auths(quay_io={"auth": "user:pass"}), "bad-base64", True),
        (auths(quay_io={"auth": "!!"}), "bad-base64", True),
        (auths(quay_io={"auth": "YTpi "}), "bad-base64", True),
        (auths(quay_io={"auth": "YTpiY"}), "bad-base64", True),
        (auths(quay_io={"auth": "YTpi="}), "bad-base64", True),
        (auths(quay_io={"auth": "YTpi-_"}), "bad-base64", True),
        (auths(quay_io={"auth": coded("ghp-token-alone")}), "no-colon", True),
        (auths(quay_io={"auth": "\n"}), "no-colon", True),
    ],
)
def test_flaws_are_named_as_the_kubelet_would_meet_them(content: Any, flaw: str, fails: bool) -> None:
    """What stops every pull of the pod, and what only leaves the kubelet with nothing."""
    found = read(content)
    assert (found.flaw, found.flaw_fails_pull) == (flaw, fails)


@pytest.mark.parametrize(
    "fields",
    [
        {"auth": "YTpi"},
        {"auth": "YTpiYw"},  # unpadded
        {"auth": "YTpi\nYw==\n"},  # line breaks are skipped
        {"AUTH": "YTpi"},  # Go reads field names in any case
        {"auth": "YTpi", "email": None, "identitytoken": 7},  # unread fields may be anything
        {"username": "a", "password": "b:c:d"},
        {"auth": coded("a:b:c:d")},
    ],
)
def test_well_formed_credentials_have_no_flaw(fields: dict[str, Any]) -> None:
    """The leniency of Go's decoders."""
    found = read({"AUTHS": {"quay.io": fields}})
    assert found.flaw == ""
    assert (found.entries[0].has_username, found.entries[0].has_password) == (True, True)


def test_null_entry_is_an_entry_without_credentials() -> None:
    """Go leaves it empty and goes on."""
    (entry,) = read({"auths": {"quay.io": None}}).entries
    assert (entry.has_username, entry.has_password) == (False, False)


def test_auth_wins_over_username_and_password() -> None:
    """A filled ``auth`` replaces both, as in ``UnmarshalJSON``."""
    one = read(auths(quay_io={"username": "x", "password": "y", "auth": coded("a:b")})).entries[0]
    other = read(auths(quay_io={"username": "a", "password": "b"})).entries[0]
    assert one.fingerprint == other.fingerprint


def test_doubled_keys_count_as_in_go() -> None:
    """Two ``auths`` are merged, of two entries the last one counts."""
    text = '{"auths":{"a.io":{"username":"u"},"a.io":{"auth":"YTpi"}},"Auths":{"b.io":{"auth":"YTpi"}}}'
    found = read(text)
    assert ([entry.key for entry in found.entries], found.flaw) == (["a.io", "b.io"], "")
    assert all(entry.has_password for entry in found.entries)


@pytest.mark.parametrize(
    "fields",
    [{"auth": coded("a:b\n")}, {"username": "a", "password": "b\n"}, {"username": "a\r\n", "password": "b"}],
)
def test_trailing_newline_is_seen(fields: dict[str, Any]) -> None:
    """``echo secret | base64`` instead of ``echo -n``."""
    assert read(auths(quay_io=fields)).entries[0].trailing_newline


def test_wrong_type_is_ignored_in_silence_and_its_keys_are_told() -> None:
    """An Opaque Secret with the right content needs only another type; with no such content, nothing."""
    found = read(auths(quay_io={"auth": "YTpi"}), "Opaque")
    assert (found.flaw, found.flaw_fails_pull, [entry.key for entry in found.entries]) == (
        "wrong-type",
        False,
        ["quay.io"],
    )
    assert read("not json", "Opaque").flaw == "wrong-type"
    assert read("x", "Opaque", "token").entries == ()


def test_missing_key_is_ignored_in_silence() -> None:
    """The type without its key leaves the kubelet nothing; the other type's key does not count."""
    assert read(auths(quay_io={}), JSON_TYPE, ".dockercfg").flaw == "no-data"
    assert pull_secrets.to_pull_secret(SecretShape(type=JSON_TYPE)).flaw == "no-data"


def jwt(**claims: Any) -> str:
    """A token of three parts."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.c2ln"


@pytest.mark.parametrize(
    ("password", "expires"),
    [
        (jwt(exp=1767323045), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (
            coded(json.dumps({"payload": "x", "type": "DATA_KEY", "expiration": 1767323045})),
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        (jwt(exp="soon"), None),
        (jwt(exp=True), None),
        (jwt(exp=10**400), None),
        (jwt(exp=0), None),
        (jwt(exp=-1), None),
        (jwt(exp=1767323045000), None),
        (jwt(exp=1767323045.5), datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)),
        (jwt(), None),
        ("a.b.c", None),
        ("plain", None),
        ("eyJ", None),
    ],
)
def test_expiry_is_read_from_the_password_itself(password: str, expires: datetime | None) -> None:
    """A JWT's ``exp`` and an ECR token's ``expiration``; anything else says nothing."""
    assert read(auths(quay_io={"username": "AWS", "password": password})).entries[0].expires == expires


def test_fingerprints_compare_equal_credentials_and_nothing_else() -> None:
    """The same credential twice, another one, and another salt."""
    content = auths(
        a_io={"auth": coded("u:p")}, b_io={"username": "u", "password": "p"}, c_io={"auth": coded("u:q")}
    )
    one, same, other = (entry.fingerprint for entry in read(content).entries)
    salted = pull_secrets.to_pull_secret(shape(content), salt=b"another").entries[0].fingerprint
    assert one == same
    assert len({one, other, salted}) == 3


def test_user_information_in_a_key_is_struck_out() -> None:
    """The kubelet ignores it, so it goes without loss."""
    keys = [
        entry.key
        for entry in read(
            {
                "auths": {
                    f"https://bob:{CANARY}@quay.io/v1/": {},
                    f"{CANARY}@quay.io": {},
                    f"a.io?x={CANARY}": {},
                }
            }
        ).entries
    ]
    assert keys == ["https://***@quay.io/v1/", "***@quay.io", "a.io"]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (f"CORP\\{CANARY}@quay.io", "[redacted]@quay.io"),
        (f"b%zz{CANARY}@quay.io/team", "[redacted]@quay.io/team"),
        (f"quay.io?{CANARY}\t", "quay.io%"),
        (f"quay.io/team#{CANARY}%zz", "quay.io/team%"),
        (f"quay.io/team?%zz{CANARY}#top", "quay.io/team"),
        (f"//bob:{CANARY}@quay.io/team", "[redacted]@quay.io/team"),
        (f"../bob:{CANARY}@quay.io/team", "[redacted]@quay.io/team"),
        (f"bob:{CANARY}/x@quay.io/team", "[redacted]@quay.io/team"),
        (f"bob:{CANARY}?x@quay.io/team", "[redacted]@"),
        (f"https://bob:{CANARY}#x@quay.io/team", "https://[redacted]@"),
        (f"bob:{CANARY}quay.io/team", "[redacted]@"),
        (f"quay.io:{CANARY}/team", "quay.io:[redacted]"),
        ("quay.io/team?mail=bob@corp.example", "quay.io/team"),
    ],
)
def test_key_that_is_no_url_stays_none(key: str, told: str) -> None:
    """Where the kubelet ignores a key for what is struck out of it, what is left must not match anything either."""
    assert pull_secrets.safe_key(key) == told
    image = parse("quay.io/team/web:1")
    assert would_match(told, image) == (told == "quay.io/team")
    assert pull_secrets.safe_key(told) == told


@pytest.mark.parametrize("beginning", ["", "https://", "quay.io/", "//"])
def test_long_password_in_a_key_is_struck(beginning: str) -> None:
    """Before the key is cut: the @ that gives it away stands behind it."""
    assert CANARY not in pull_secrets.safe_key(f"{beginning}bob:{CANARY * 50}@quay.io")


def test_entry_that_is_replaced_counts_with_its_fault() -> None:
    """Go reads it before the one that replaces it, and its error stops every pull of the pod."""
    for text in (
        '{"auths":{"a.io":[],"a.io":{"username":"u"}}}',
        '{"auths":{"a.io":{"auth":"!"}},"auths":null}',
    ):
        assert read(text).flaw_fails_pull


def test_fields_are_found_by_folded_names() -> None:
    """Go takes a long s for an s, and no sharp s for two."""
    assert read('{"auth\u017f":{"a.io":{"pa\u017fsword":"p"}}}').entries[0].has_password
    assert not read('{"auths":{"a.io":{"pa\u00dfword":"p"}}}').entries[0].has_password


def test_structure_brings_back_what_was_kept() -> None:
    """What a dump keeps of a Secret is all that a diagnosis reads of it."""
    for content in (
        auths(quay_io={"username": "AWS", "password": jwt(exp=1767323045)}, b_io={"auth": "!"}),
        "x",
        {},
    ):
        before = shape(content)
        kept = pull_secrets.structure_of(pull_secrets.to_pull_secret(before))
        assert before.metadata is not None
        before.metadata.annotations = {pull_secrets.STRUCTURE: kept}
        expected = pull_secrets.to_pull_secret(before)
        after = SecretShape(metadata=before.metadata, type=before.type)
        assert pull_secrets.to_pull_secret(after, from_dump=True) == expected


def test_structure_on_a_live_secret_is_not_believed() -> None:
    """Anybody may annotate a Secret; only a dump's word counts, and values win over it."""
    meta = Metadata(annotations={pull_secrets.STRUCTURE: '{"entries":[{"key":"quay.io"}]}'})
    assert pull_secrets.to_pull_secret(SecretShape(metadata=meta, type=JSON_TYPE)).flaw == "no-data"
    both = SecretShape(metadata=meta, type=JSON_TYPE, data={".dockerconfigjson": coded("{}")})
    assert pull_secrets.to_pull_secret(both, from_dump=True).flaw == "no-auths"


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"entries":7}', '{"entries":[7]}', '{"entries":[{}]}', "[" * 100_000]
)
def test_broken_structure_is_survived(text: str) -> None:
    """A dump may be hostile."""
    meta = Metadata(annotations={pull_secrets.STRUCTURE: text})
    assert (
        pull_secrets.to_pull_secret(SecretShape(metadata=meta, type=JSON_TYPE), from_dump=True).entries == ()
    )


@pytest.mark.parametrize(
    ("data", "stripped"),
    [
        ({".dockerconfigjson": coded("{}")}, False),
        ({".dockerconfigjson": "REDACTED!"}, True),
        ({}, True),
        (None, True),
        ({"x": "eA=="}, True),
    ],
)
def test_stripped_secrets_are_told_from_empty_ones(
    data: dict[str, str | None] | None, stripped: bool
) -> None:
    """A value that somebody took out is not an absence of credentials."""
    assert pull_secrets.is_stripped(SecretShape(type=JSON_TYPE, data=data)) is stripped
    assert not pull_secrets.is_stripped(SecretShape(type="Opaque", data=data))


def test_values_are_given_for_striking_out_only() -> None:
    """Passwords and encoded credentials, decoded or not; user names are ordinary words and stay."""
    found = pull_secrets.values_of(
        shape(auths(a_io={"username": "bob", "password": "one"}, b_io={"auth": coded("bob:two")}))
    )
    assert {"one", "two", coded("bob:two")} <= set(found)
    assert "bob" not in found


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00" + CANARY.encode(),
        "[" * 200_000,
        '{"auths":' * 5_000,
        '{"auths":{"q":{"auth":' + "9" * 5_000 + "}}}",
        '{"auths":{"\\ud800":{"auth":"\\udfff"}}}',
        json.dumps({"auths": {f"r{n}.example": {"auth": coded(f"u:{CANARY}{n}")} for n in range(12_000)}}),
        json.dumps({"auths": {"quay.io": {"password": CANARY * 60_000}}}),
    ],
)
def test_hostile_content_neither_crashes_nor_leaks(content: str | bytes) -> None:
    """Case 23: binary, endless, enormous."""
    found = read(content)
    assert CANARY not in repr(found)
    assert repr(found).encode()


PIECES = st.sampled_from(
    [CANARY, f"bob:{CANARY}", coded(f"bob:{CANARY}"), coded(CANARY), f"{CANARY}\n", "", "!"]
)
FIELDS = st.dictionaries(
    st.sampled_from(["username", "password", "auth", "Auth", "email", "identitytoken"]),
    PIECES | st.integers() | st.none(),
)
CONTENTS = st.one_of(
    st.dictionaries(
        st.sampled_from(["auths", "Auths", "credHelpers"]),
        st.dictionaries(st.sampled_from(["quay.io", f"u:{CANARY}@q.io"]), FIELDS | PIECES),
    ),
    PIECES,
    st.lists(PIECES),
).map(json.dumps)


@given(
    CONTENTS,
    st.sampled_from([JSON_TYPE, LEGACY_TYPE, "Opaque"]),
    st.sampled_from([".dockerconfigjson", ".dockercfg"]),
)
def test_no_value_ever_leaves(content: str, kind: str, key: str) -> None:
    """Case 23: whatever the form, neither the facts nor what a dump keeps hold a value, in plain or encoded."""
    found = read(content, kind, key)
    told = repr(found) + str(found) + pull_secrets.structure_of(found)
    assert CANARY not in told
    assert coded(f"bob:{CANARY}")[:12] not in told


def test_exceptions_hold_no_value() -> None:
    """A flaw is told by its id; the parser's own exception, which quotes the text, is not chained to it."""
    with pytest.raises(pull_secrets._Flaw) as caught:
        pull_secrets._parse(f"{{{CANARY}".encode())
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert all(CANARY not in repr(each) + str(getattr(each, "doc", "")) for each in chain)


def lent(content: Any, key: str = "quay.io", fingerprint: str = "") -> tuple[str, str] | None:
    """User name and password under a key of such a Secret."""
    found = pull_secrets.credential_of(shape(content), key, fingerprint)
    return None if found is None else (found.username, found.password)


@pytest.mark.parametrize(
    "content",
    [
        {"auths": {"quay.io": {"auth": coded(f"bob:{CANARY}")}}},
        {"auths": {"quay.io": {"username": "bob", "password": CANARY}}},
        {"auths": {"quay.io": {"username": "eve", "password": "x", "auth": coded(f"bob:{CANARY}")}}},
        {"AUTHS": {"quay.io": {"AUTH": coded(f"bob:{CANARY}").rstrip("=")}}},
        {"auths": {"other.io": {"auth": coded("a:b")}, "quay.io": {"auth": coded(f"bob:{CANARY}")}}},
    ],
)
def test_credential_is_what_the_kubelet_would_send(content: Any) -> None:
    """The one under the key, with the leniency of Go."""
    assert lent(content) == ("bob", CANARY)


def test_credential_keeps_colons_and_line_breaks() -> None:
    """Only the first colon parts, and the classic fault is sent as it stands."""
    assert lent(auths(quay_io={"auth": coded("bob:a:b\n")})) == ("bob", "a:b\n")


def test_credential_of_the_legacy_type_is_read() -> None:
    """Registries at the top."""
    legacy = {"quay.io": {"auth": coded("a:b")}}
    found = pull_secrets.credential_of(shape(legacy, LEGACY_TYPE, ".dockercfg"), "quay.io")
    assert found is not None
    assert (found.username, found.password) == ("a", "b")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (auths(quay_io={"auth": "YTpi"}), "Opaque"),
        (auths(other_io={"auth": "YTpi"}), JSON_TYPE),
        (auths(quay_io={"auth": "YTpi"}, bad_io={"auth": "!"}), JSON_TYPE),
        (auths(quay_io={"auth": "!"}), JSON_TYPE),
        (auths(quay_io={"auth": coded("no-colon")}), JSON_TYPE),
        (auths(quay_io={"auth": coded(b"bob:\xff")}), JSON_TYPE),
        ("not json", JSON_TYPE),
        ("null", JSON_TYPE),
        ([], JSON_TYPE),
    ],
)
def test_credential_is_none_where_the_kubelet_would_offer_none(content: Any, kind: str) -> None:
    """A type it ignores, a key that is not there, one flaw in the Secret."""
    assert pull_secrets.credential_of(shape(content, kind), "quay.io") is None
    assert (
        pull_secrets.credential_of(SecretShape(type=kind, data={".dockerconfigjson": "!"}), "quay.io") is None
    )
    assert pull_secrets.credential_of(SecretShape(type=kind), "quay.io") is None


def test_credential_is_found_by_the_key_as_it_is_told() -> None:
    """User information is struck out of keys; the fingerprint says which of two is meant."""
    content = {
        "auths": {
            f"https://{CANARY}@quay.io": {"auth": coded("a:1")},
            "https://x@quay.io": {"auth": coded("b:2")},
        }
    }
    one, other = read(content).entries
    assert one.key == other.key == "https://***@quay.io"
    assert lent(content, one.key, one.fingerprint) == ("a", "1")
    assert lent(content, other.key, other.fingerprint) == ("b", "2")
    assert lent(content, one.key, "another") is None


def test_credential_shows_nothing_of_itself() -> None:
    """Wherever it is printed."""
    found = pull_secrets.credential_of(shape(auths(quay_io={"auth": coded(f"bob:{CANARY}")})), "quay.io")
    assert found is not None
    assert not any(word in f"{found!r} {found}" for word in (CANARY, "bob"))


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("https://registry.example:5000/team/app/", "https://registry.example:5000/team/app/"),
        ("jane:hunter2@registry.example", "***@registry.example"),
        ("https://jane@registry.example:5000/v2/", "https://***@registry.example:5000/v2/"),
        ("a@b@registry.example", "***@registry.example"),
        ("registry.example/glpat-aaaaaaaaaaaaaaaaaaaa", "registry.example/[redacted]"),
        ("registry.example?token=x#y", "registry.example"),
    ],
)
def test_key_is_told_without_what_may_be_secret_in_it(key: str, told: str) -> None:
    """The usual ones are taken apart without a search, the others are searched; both lose the same."""
    (entry,) = read({"auths": {key: {"username": "u", "password": "p"}}}).entries
    assert entry.key == told


ECR = base64.b64encode(json.dumps({"payload": "x", "expiration": 1767323045}).encode()).decode()


@pytest.mark.parametrize(
    ("password", "issued"),
    [
        (jwt(exp=1767323045, iat=1767320000), datetime.fromtimestamp(1767320000, UTC)),
        (jwt(exp=1767323045, nbf=1767320000), datetime.fromtimestamp(1767320000, UTC)),
        (jwt(exp=1767323045), None),
        (jwt(exp=1767323045, iat="soon"), None),
        (jwt(exp=1767323045, iat=1e300), None),
        (ECR, datetime.fromtimestamp(1767323045 - 12 * 3600, UTC)),
        ("plain", None),
    ],
)
def test_a_token_tells_when_it_was_made(password: str, issued: datetime | None) -> None:
    """If it says so; an ECR token lives for twelve hours. A dump keeps it."""
    secret = read({"auths": {"r.example": {"username": "u", "password": password}}})
    assert [each.issued for each in secret.entries] == [issued]
    kept = SecretShape(
        metadata=Metadata(annotations={pull_secrets.STRUCTURE: pull_secrets.structure_of(secret)}),
        type=JSON_TYPE,
    )
    assert pull_secrets.to_pull_secret(kept, from_dump=True).entries == secret.entries
