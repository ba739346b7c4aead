"""What somebody asks about: ``web-7d9f``, ``shop/web-7d9f``, ``deploy/web``, ``deployments.apps/web``.

Text in -> :class:`Target` out, or :class:`~bot.errors.UsageError` that says what is off and what would do.
Kinds and short names are kubectl's. Names are checked here against the API's own rules, so that nothing
else in the house ever sees a path, a shell character or a letter that only looks like one.
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass

from bot.errors import UsageError


# kubectl api-resources: kind -> (group, names it is called by). The kind itself, in any case, is added below.
_KINDS = {
    "Pod": ("", ("po", "pod", "pods")),
    "Deployment": ("apps", ("deploy", "deployment", "deployments")),
    "ReplicaSet": ("apps", ("rs", "replicaset", "replicasets")),
    "StatefulSet": ("apps", ("sts", "statefulset", "statefulsets")),
    "DaemonSet": ("apps", ("ds", "daemonset", "daemonsets")),
    "Job": ("batch", ("job", "jobs")),
    "CronJob": ("batch", ("cj", "cronjob", "cronjobs")),
    "ReplicationController": ("", ("rc", "replicationcontroller", "replicationcontrollers")),
}
_BY_NAME = {name: kind for kind, (_, names) in _KINDS.items() for name in names}

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/: RFC 1123 subdomain and label.
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_LONGEST_NAME = 253
_LONGEST_LABEL = 63
# The shape of every kind of the API: no namespace can look like it, so `Rollout/web` needs no table.
_FOREIGN_KIND = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to diagnose.

    Attributes:
        kind: ``Deployment``, ``CronJob`` …; a kind outside the table as it was spelled; "" for a pod.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind or 'Pod'}/{self.name} in {self.namespace}"


def parse(text: str, default_namespace: str) -> Target:
    """Read ``KIND/NAME`` when the kind is known, else ``NAMESPACE/POD``, else a pod's name.

    Raises:
        UsageError: the text is none of these, or a name that no object can have.
    """
    parts = text.split("/")
    if len(parts) == 1:
        return Target("", default_namespace, checked_name(text, "pod"))
    if len(parts) > 2:
        raise UsageError(
            f"{quoted(text)} has too many parts", "write KIND/NAME or NAMESPACE/POD; the namespace goes to -n"
        )
    left, right = parts
    kind = kind_of(left)
    if kind is not None:
        return Target("" if kind == "Pod" else kind, default_namespace, checked_name(right, kind))
    return Target("", checked_namespace(left), checked_name(right, "pod"))


def kind_of(word: str) -> str | None:
    """The kind that a word names, as kubectl reads it (any case, ``deployments.v1.apps``); None for none."""
    name, _, qualifier = word.lower().partition(".")
    kind = _BY_NAME.get(name)
    if kind is None:
        return word if _FOREIGN_KIND.fullmatch(word) else None
    group = _KINDS[kind][0]
    version, _, versioned_group = qualifier.partition(".")
    if not qualifier or qualifier == group or (version == "v1" and versioned_group == group):
        return kind
    return None


def near_kind(word: str) -> str:
    """The kind's name that a word looks like, misspelled; "" for none, and for a word that is one."""
    if kind_of(word) is not None:
        return ""
    return next(iter(difflib.get_close_matches(word.lower(), _BY_NAME, n=1, cutoff=0.75)), "")


def checked_name(text: str, kind: str) -> str:
    """The name itself when an object can have it.

    Raises:
        UsageError: no object can.
    """
    return _checked(text, f"a {kind}'s name", _SUBDOMAIN, _LONGEST_NAME)


def checked_namespace(text: str) -> str:
    """The name itself when a namespace can have it.

    Raises:
        UsageError: no namespace can.
    """
    return _checked(text, "a namespace's name", _LABEL, _LONGEST_LABEL)


def quoted(text: str) -> str:
    """Foreign text fit for one line of a message: quoted, everything but plain ASCII escaped, cut."""
    quoted = ascii(text[:_SHOWN])
    return quoted if len(text) <= _SHOWN else f"{quoted}… ({len(text):,} characters)"


def _checked(text: str, what: str, rule: re.Pattern[str], longest: int) -> str:
    if not text:
        raise UsageError(f"{what} is empty", "write KIND/NAME, NAMESPACE/POD or a pod's name")
    if len(text) > longest:
        raise UsageError(f"{quoted(text)} is too long for {what}", f"{longest} characters at most")
    if rule.fullmatch(text):
        return text
    odd = next((each for each in text if not each.isascii()), None)
    if odd is not None:
        named = unicodedata.name(odd, f"U+{ord(odd):04X}")
        raise UsageError(f"{quoted(text)} cannot be {what}", f"it holds {named}; retype it in plain ASCII")
    hint = "lower-case letters, digits and - only, beginning and ending with a letter or digit"
    raise UsageError(f"{quoted(text)} cannot be {what}", hint)
