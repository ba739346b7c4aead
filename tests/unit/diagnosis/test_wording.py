"""One spelling for every way a message arrives."""

from bot.diagnosis import wording


def test_plain_undoes_escapes_of_any_depth() -> None:
    """A quote escaped once, twice or three times is a quote."""
    for quote in ('"', '\\"', '\\\\\\"', '\\\\\\\\\\\\\\"'):
        assert wording.plain(f"image {quote}web{quote}") == b'image "web"'


def test_plain_puts_everything_on_one_line() -> None:
    """Real and escaped line breaks, tabs and runs of blanks are one blank."""
    assert wording.plain("  errors:\n denied\\nunauthorized\t\tnow ") == b"errors: denied unauthorized now"


def test_plain_straightens_quotes_and_entities() -> None:
    """What a chat or a web page did to the quotes is undone."""
    assert wording.plain("\u201cweb\u201d &quot;v1&quot; &lt;a&gt;\u00a0b") == b'"web" "v1" <a> b'


def test_plain_drops_colours_however_they_are_spelled() -> None:
    """By the character, escaped, as terminals show it, or with its first character lost."""
    for colour in ("\x1b[31;1m", "\\u001b[31m", "\\x1b[0m", "\\033[0m", "^[[31m", "[31m", "\x1b[2K"):
        assert wording.plain(f"connection{colour} refused") == b"connection refused", colour
    assert wording.plain("status code [manifests 1.0m]: rate[5m] [::1]:53") == (
        b"status code [manifests 1.0m]: rate[5m] [::1]:53"
    )


def test_plain_joins_what_a_screen_or_a_reply_broke() -> None:
    """Frames, marks of repeated lines and characters without width stand between the halves of a sentence."""
    assert wording.plain("\u2502 not   \u2502\n\u2502 found \u2502") == b"not found"
    assert wording.plain("> not\n> > found") == b"> not found"
    assert (
        wording.plain("signed by\u200b unknown&nbsp;authority &#x27;a&#x27;")
        == b"signed by unknown authority 'a'"
    )


def test_plain_drops_what_the_mirrors_said() -> None:
    """Only the upstream's answer stays."""
    text = "source: (Mirrors also failed: [a.example/x: refused]\n[b.example/x: refused]): up.example/x: manifest unknown"
    assert wording.plain(text) == b"source: up.example/x: manifest unknown"


def test_plain_keeps_a_mirror_sentence_without_an_end() -> None:
    """A message that was cut loses nothing more."""
    assert (
        wording.plain("(Mirrors also failed: [a.example/x: refused")
        == b"(Mirrors also failed: [a.example/x: refused"
    )


def test_plain_drops_the_artifacts_error() -> None:
    """The image's error is the one that was meant; without it nothing is dropped."""
    assert wording.plain("pull image err: denied; artifact err: refused") == b"pull image err: denied"
    assert (
        wording.plain("pull image err: ; artifact err: refused") == b"pull image err: ; artifact err: refused"
    )


def test_plain_keeps_both_ends_of_a_long_text() -> None:
    """A wrapper stands at the start and the root at the end; the middle is dropped."""
    text = wording.plain("start " + "x" * 100_000 + " end")
    assert text.startswith(b"start ")
    assert text.endswith(b" end")
    assert len(text) < 20_000


def test_plain_survives_lone_surrogates() -> None:
    """Text that is not Unicode comes through with a mark."""
    assert wording.plain("a\ud800b") == b"a?b"


def test_own_rows_drops_events_of_foreign_reasons() -> None:
    """Rows of `kubectl describe`, of `kubectl get events` and of old releases go; all else stays."""
    table = """  Type     Reason     Age  From     Message
  Warning  Unhealthy  3m   kubelet  Readiness probe failed: refused
shop  3m  Warning  Unhealthy  pod/web  Readiness probe failed: refused
18m 12s 73 {kubelet a} spec.containers{web} Warning Unhealthy Readiness probe failed: refused
  Warning  Failed  3m  kubelet  Error: ErrImagePull"""
    left = wording.own_rows(table, {"Unhealthy"})
    assert "refused" not in left
    assert "ErrImagePull" in left
    assert left.startswith("  Type ")


def test_own_rows_leaves_other_text_alone() -> None:
    """A single row is the caller's own; what is no table is not touched."""
    for text in ("Warning Unhealthy 3m kubelet refused", "one\r\ntwo\n", "Normal\nWarning\n"):
        assert wording.own_rows(text, {"Unhealthy"}) == text
