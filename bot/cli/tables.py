"""The tables of ``playbooks/README.md``: a catalog in, Markdown out, so that the page never lags behind.

``imagepull playbooks check --fix`` writes them; a test holds the page against them.
"""

import re
from collections.abc import Iterable, Sequence

from bot.facts.playbook import PLACEHOLDERS, Catalog, CheckWords
from bot.rendering import admission, environment, view


_SECTION = re.compile(r"(<!-- table: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MAPPINGS = ("symptom", "evidence")


def refreshed(page: str, catalog: Catalog) -> str:
    """The page with its tables made anew; everything else as it stands."""
    made = {
        "causes": _causes(catalog),
        "checks": _checks(catalog),
        "actions": _actions(catalog),
        "names": _names(),
        "placeholders": " ".join(f"`{{{each}}}`" for each in sorted(PLACEHOLDERS)) + "\n",
    }
    return _SECTION.sub(lambda match: match[1] + made.get(match[2], "") + match[3], page)


def _causes(catalog: Catalog) -> str:
    rows = (
        (
            f"[`{each.id}`](causes/{each.id}/runbook.md)",
            each.title,
            ", ".join(each.scopes),
            ", ".join(each.remedies),
        )
        for each in catalog.causes
    )
    return _table(("cause", "says", "lies in", "remedies"), rows)


def _actions(catalog: Catalog) -> str:
    rows = ((f"`{each.id}`", each.disposition, each.summary) for _, each in sorted(catalog.actions.items()))
    return _table(("action", "disposition", "says"), rows)


def _checks(catalog: Catalog) -> str:
    made = environment.environment()
    rows = ((f"`{each.id}`", each.claim, _details(each, made)) for _, each in sorted(catalog.checks.items()))
    return _table(("check", "claims", "details its words use"), rows)


def _details(words: CheckWords, made: environment.Environment) -> str:
    found = []
    for answer, source in (("yes", words.yes), ("no", words.no)):
        optional = admission.names_optional(source, made)
        names = [f"`{each}`{'?' if each in optional else ''}" for each in admission.names_used(source, made)]
        if names:
            found.append(f"{answer}: {', '.join(names)}")
    return "; ".join(found)


def _names() -> str:
    rows = [(f"`{name}`", says, "always") for name, says in view.ALWAYS.items()]
    rows += [(f"`{name}`", says, "whenever the reference parses") for name, says in view.PARSED.items()]
    rows += [
        (f"`{name}`", says, "under `if`") for name, says in view.SOMETIMES.items() if name not in _MAPPINGS
    ]
    rows += [(f"`{name}`", view.SOMETIMES[name], "each detail under `if`") for name in _MAPPINGS]
    rows.append(
        (
            "`symptom.…`",
            ", ".join(f"`{each}`" for each in sorted(view.SYMPTOM_FIELDS)),
            "under `if`, but for `id`",
        )
    )
    return _table(("name", "is", "there"), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"
