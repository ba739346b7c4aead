"""A small report with its catalog, made without a cluster: what the tests of words and channels share."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.catalog import schema
from bot.facts.cause import Disposition, Scope
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure, Source, Symptom, Workload
from bot.facts.image import parsed
from bot.facts.objects import ContainerKind, Pod
from bot.facts.playbook import Action, Catalog, CheckWords, Playbook
from bot.facts.verdict import Confidence, Diagnosis, Incident, Place, Remedy, Report, RuledOut, Verdict


NOW = "2026-03-01T14:20:00+00:00"
IMAGE = "registry.corp.example/shop/web:1.4"
MESSAGE = f'failed to pull and unpack image "{IMAGE}": failed to resolve reference: {IMAGE}: not found'
WORDS = """\
{% block headline %}
  {% if digest %}The digest {{ digest | short }}{% elif tag %}The tag {{ tag }}{% endif %} does not exist in
  {{ image_name }}
{% endblock %}

{% block meaning %}
  The registry answered: it has no such image under this name. {{ workload }} in namespace {{ namespace }} cannot
  start container {{ container }} until the reference is changed or the image is pushed.
{% endblock %}

{% block evidence %}
  The registry's own answer names the missing {% if digest %}digest{% else %}tag{% endif %}, so this is neither a
  credential nor a network problem.
  {% if evidence.repository_exists.yes %}The repository itself is there.{% endif %}
  {% if evidence.similar_tag_exists.nearest %}
    It has the tag {{ evidence.similar_tag_exists.nearest }}, which is the nearest to the one asked for.
  {% endif %}
{% endblock %}

{% block fix %}
  {% if evidence.similar_tag_exists.nearest %}
    If {{ evidence.similar_tag_exists.nearest }} is what was meant, set it in the manifest of {{ workload }}.
  {% else %}
    Look up the tag in the registry and correct it in the manifest of {{ workload }}.
  {% endif %}
  If the tag should have been there, look at the build that was to push it.
{% endblock %}
"""
_CAUSE = """
id: {id}
title: {title}
order: {order}
scopes: [workload, registry]
severity: high
symptoms: [manifest-not-found]
evidence:
  - {{ask: repository-exists, expect: yes, weight: must}}
  - {{ask: manifest-exists, expect: no, weight: must}}
  - {{ask: similar-tag-exists, weight: supports}}
remedies: [set-image, manual]
commands:
  - why: Point it at the nearest tag.
    run: [kubectl, -n, "{{namespace}}", set, image, "{{workload}}", "{{container}}={{image_name}}:{{similar-tag-exists.nearest}}"]
    kinds: [Deployment]
  - why: Try it on the node.
    run: [crictl, pull, "{{image}}"]
"""


def playbook(
    identifier: str = "wrong-tag", title: str = "The tag does not exist", order: int = 10
) -> Playbook:
    """A playbook with words of its own: what is shipped may change."""
    text = _CAUSE.format(id=identifier, title=title, order=order)
    cause, commands, references = schema.cause(schema.Fields(schema.parse(text, "cause.yaml"), "cause.yaml"))
    return Playbook(cause, WORDS, commands, references, origin=f"causes/{identifier}")


def catalog(*playbooks: Playbook) -> Catalog:
    """A catalog of a few causes, checks and actions."""
    every = {
        each.cause.id: each
        for each in (playbooks or (playbook(), playbook("image-removed", "It was removed", 20)))
    }
    return Catalog(
        playbooks=every,
        shipped={key: each for key, each in every.items() if each.shipped},
        actions={
            "set-image": Action(
                "set-image", Disposition.NEEDS_APPROVAL, "Point {{ workload }} at an image that exists."
            ),
            "manual": Action("manual", Disposition.MANUAL, "A person has to do this."),
        },
        checks={
            each: CheckWords(each, claim, yes, no, unknown)
            for each, claim, yes, no, unknown in (
                (
                    "repository-exists",
                    "The repository exists",
                    "The repository is there",
                    "There is no such repository",
                    "Whether the repository exists is not known",
                ),
                (
                    "manifest-exists",
                    "The registry has this tag",
                    "The registry has this tag",
                    "The registry has no such tag",
                    "Whether the tag exists is not known",
                ),
                (
                    "similar-tag-exists",
                    "A tag almost like it exists",
                    "There is {{ nearest }}",
                    "No tag is like it",
                    "The tags could not be listed",
                ),
                (
                    "image-ran-before",
                    "It ran before",
                    "It ran before",
                    "It never ran here",
                    "Nobody remembers",
                ),
            )
        },
        not_known="{% block headline %}The cause is not known{% endblock %}{% block meaning %}{% endblock %}"
        "{% block evidence %}{% endblock %}{% block fix %}{% endblock %}",
        plain_words="{% block headline %}{{ title }}{% endblock %}{% block meaning %}{% endblock %}"
        "{% block evidence %}{% endblock %}{% block fix %}{% endblock %}",
    )


def failure(
    pod: str = "web-1", image: str = IMAGE, message: str = MESSAGE, node: str = "node-a"
) -> PullFailure:
    """A container that cannot get its image."""
    return PullFailure(
        pod=Pod("shop", pod, node=node),
        container="web",
        kind=ContainerKind.MAIN,
        image=image,
        reference=parsed(image),
        reason="ImagePullBackOff",
        message=message,
        source=Source.STATUS,
        symptom=Symptom(
            "manifest-not-found", "manifest-not-found/containerd", {"host": "registry.corp.example"}
        ),
        since=datetime(2026, 3, 1, 14, 2, 11, tzinfo=UTC),
        attempts=4,
        last_attempt=datetime(2026, 3, 1, 14, 19, 0, tzinfo=UTC),
    )


def verdict(nearest: str = "1.3", confidence: Confidence = Confidence.HIGH) -> Verdict:
    """Proven: a wrong tag."""
    return Verdict(
        cause="wrong-tag",
        confidence=confidence,
        evidence=(
            Evidence("image-ran-before", Answer.NO, Witness.HISTORY),
            Evidence("manifest-exists", Answer.NO, Witness.REGISTRY),
            Evidence("repository-exists", Answer.YES, Witness.REGISTRY),
            Evidence("similar-tag-exists", Answer.YES, Witness.REGISTRY, {"nearest": nearest}),
        ),
        ruled_out=(RuledOut("image-removed", "image-ran-before"),),
        remedies=(Remedy("set-image"), Remedy("manual")),
    )


def unproven() -> Verdict:
    """Nobody could ask the registry."""
    unasked = {"why_unknown": "the registry was not asked", "would_answer": "--probe anonymous"}
    return Verdict(
        cause="wrong-tag",
        confidence=Confidence.MEDIUM,
        evidence=(
            Evidence("repository-exists", Answer.YES, Witness.CLUSTER),
            Evidence("manifest-exists", Answer.UNKNOWN, Witness.REGISTRY, what="tag 1.4", **unasked),
        ),
        possible=("image-removed",),
        deciding_question="manifest-exists",
        remedies=(Remedy("set-image"),),
    )


def diagnosis(pod: str = "web-1", judged: Verdict | None = None, **changed: str) -> Diagnosis:
    """A failure of Deployment/web with its verdict."""
    return Diagnosis(failure(pod, **changed), Workload("Deployment", "shop", "web"), judged or verdict())


def report(*diagnoses: Diagnosis, **changed: object) -> Report:
    """One look over a cluster that found these, as one incident."""
    incidents = ()
    if diagnoses:
        place = Place(Scope.WORKLOAD, "shop", "Deployment/web")
        first = diagnoses[0].verdict
        incidents = (Incident(first.cause, place, first.confidence, tuple(diagnoses)),)
    unchecked = (("secrets in shop", "forbidden", "a Role with get on secrets in shop"),)
    made = Report("prod-eu", NOW, tuple(diagnoses), incidents, unchecked, looked_at=240)
    return replace(made, **changed)
