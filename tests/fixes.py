"""Plans for tests: one of each kind of write, with a cluster that they fit."""

import json
from datetime import UTC, datetime, timedelta

from bot.facts.change import (
    Copying,
    Dependency,
    ObjectKey,
    Plan,
    Premise,
    Risk,
    Style,
    Verb,
    Write,
)
from bot.facts.proposal import Approval, Proposal, Stage
from bot.facts.statement import Spot
from bot.remediation import witnessing
from bot.remediation.witnessing import Site
from tests.fakes.changing import Cluster


# A Monday.
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WEB = ObjectKey("Deployment", "shop", "web")
POD = ObjectKey("Pod", "shop", "web-1")
SOURCE = ObjectKey("Secret", "platform", "regcred")
MADE = ObjectKey("Secret", "shop", "regcred")
ACCOUNT = ObjectKey("ServiceAccount", "shop", "default")

PATCH = Write(
    Verb.PATCH,
    WEB,
    "uid-web",
    '{"spec":{"image":"a.example/web:2"}}',
    Style.MERGE,
    back='{"spec":{"image":"a.example/web:1"}}',
    depends=(
        Dependency(("spec", "image"), '"a.example/web:1"', "the image of container web"),
        Dependency(("metadata", "generation"), "3", "that no newer rollout began"),
    ),
    said="set the image of web",
)
DELETE = Write(
    Verb.DELETE,
    POD,
    "uid-pod",
    depends=(Dependency(("status", "running"), "null", "that the container does not run"),),
    said="delete pod web-1",
)
COPY = Write(
    Verb.COPY,
    MADE,
    copying=Copying(SOURCE, "uid-source", "101", (".dockerconfigjson",), "a.example"),
    said="copy platform/regcred",
)
ATTACH = Write(
    Verb.PATCH,
    ACCOUNT,
    "uid-account",
    '{"imagePullSecrets":[{"name":"regcred"}]}',
    Style.MERGE,
    back='{"imagePullSecrets":null}',
    depends=(Dependency(("imagePullSecrets",), "null", "the pull secrets of the account"),),
    said="attach regcred",
)
SITE = Site("imagepull-witness", "a.example/imagepull:1")
SPOT = Spot("eu", "node-a", "registry.corp.example", 443)
ASK = Write(
    Verb.CREATE,
    ObjectKey("Job", SITE.namespace, witnessing.name(SPOT)),
    patch=json.dumps(witnessing.job(SITE, SPOT)),
    said="ask node-a",
)
PREMISE = Premise("shop", "Deployment/web", "web", "a.example/web:1", "tag-missing")


def cluster() -> Cluster:
    """What the plans were made for."""
    made = Cluster()
    made.put(SOURCE, "uid-source", type="kubernetes.io/dockerconfigjson")
    made.put(WEB, "uid-web", metadata={"generation": 3}, spec={"image": "a.example/web:1"})
    made.put(POD, "uid-pod", status={})
    made.put(ACCOUNT, "uid-account")
    return made


def plan(*writes: Write, name: str = "p1", action: str = "set-image") -> Plan:
    """A plan of these writes."""
    headline = "Point web at a.example/web:2"
    made = (name, action, Risk.LOW, "eu", writes or (PATCH,), PREMISE, headline)
    return Plan(*made, made=NOW, expires=NOW + timedelta(minutes=30))


def proposal(of: Plan, stage: Stage = Stage.APPROVED) -> Proposal:
    """It, as dana asked for it and robin approved it."""
    yes = (Approval("T1/U2", "robin", "approvals[0]: 1 of @sre", NOW),) if stage is not Stage.WAITING else ()
    return Proposal(
        of,
        stage,
        "T1/U1",
        "dana",
        "#shop",
        of.digest,
        approvers=("@sre",),
        approvals=yes,
        rule="approvals[0]",
    )
