"""What the settings allow to be changed: :class:`~bot.settings.Settings` in, the authoriser's :class:`Policy` out."""

from datetime import timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from bot.facts.people import Grant
from bot.remediation import hours
from bot.remediation.drafting import SecretCopy
from bot.remediation.policy import Policy, Rate, Rule
from bot.remediation.witnessing import Site
from bot.settings import Approval, Asking, Settings


def policy(settings: Settings) -> Policy:
    """All that the operator allows; nothing where nothing is written."""
    return Policy(
        rules=tuple(_rule(number, each) for number, each in enumerate(settings.approvals)),
        request=grants(settings.people.request),
        ask=grants(settings.people.ask),
        copies=_copies(settings),
        rates={
            name: Rate(each.changes.questions, timedelta(seconds=each.changes.seconds))
            for name, each in settings.clusters.items()
        },
        writers=frozenset(name for name, each in settings.clusters.items() if each.writer is not None),
        site=Site(settings.witness.namespace, settings.witness.image) if settings.witness else None,
        hosts=_hosts(settings),
    )


def _hosts(settings: Settings) -> frozenset[str]:
    """The registries that the settings name and do not forbid."""
    named = settings.registries
    allowed = (host for host, each in named.hosts.items() if not (each.says_probe and each.probe == "off"))
    return frozenset(
        host for host in allowed if not any(fnmatchcase(host.lower(), each.lower()) for each in named.deny)
    )


def grants(asking: tuple[Asking, ...]) -> tuple[Grant, ...]:
    """Some people, and what they may ask about or for."""
    return tuple(Grant(each.who, each.clusters, each.namespaces) for each in asking)


def _rule(number: int, approval: Approval) -> Rule:
    same = (
        "actions",
        "approvers",
        "clusters",
        "namespaces",
        "risks",
        "quorum",
        "requester_counts",
        "expires",
    )
    return Rule(
        **{name: getattr(approval, name) for name in same},
        hours=hours.read(approval.hours, ZoneInfo) if approval.hours else None,
        repositories=approval.repositories,
        gitops=approval.gitops,
        name=f"approvals[{number}]",
    )


def _copies(settings: Settings) -> tuple[SecretCopy, ...]:
    found = []
    for each in settings.secrets.copies:
        namespace, _, name = each.source.partition("/")
        found.append(SecretCopy(namespace, name, each.to, each.registries, each.approvers))
    return tuple(found)
