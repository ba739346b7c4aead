"""Says things in the words of a catalog, and falls back when words fail.

Attributes in -> marked text out. Our own words are rendered here; a user's are admitted first and rendered in
the worker. When a user's words fail, ours are used, and the failure is told once in :attr:`Voice.warnings`:
an alert never waits for a template to be mended.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from bot.errors import PlaybookError
from bot.facts.evidence import Evidence
from bot.facts.playbook import Catalog, Playbook
from bot.facts.text import Span, Text, shown
from bot.rendering import admission, environment, view
from bot.rendering.worker import Worker


class Voice:
    """A catalog that can speak. Blocks for up to a second when a user's words run wild; never twice for the same.

    Attributes:
        warnings: one line for each playbook whose words could not be used, in the order they failed.
    """

    def __init__(self, catalog: Catalog, worker: Worker | None = None) -> None:
        self.catalog = catalog
        self.warnings: list[str] = []
        self._worker = worker or Worker()
        self._environment = environment.environment()
        self._silenced: set[str] = set()
        self._warned: set[str] = set()
        self._admitted: set[str] = set()
        self._checks = frozenset(view.snake(check) for check in catalog.checks) or None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker, if it was needed."""
        self._worker.close()

    def message(self, cause: str | None, named: Mapping[str, object]) -> dict[str, str]:
        """The four blocks about a cause, as text with marked values."""
        playbook = self.catalog.playbooks.get(cause or "")
        if playbook is None:
            return self._last_resort(self.catalog.not_known, named)
        if not playbook.words:
            return self._last_resort(self.catalog.plain_words, named)
        try:
            return self._own(playbook, named) if playbook.shipped else self._users(playbook, named)
        except PlaybookError as error:
            return self._instead(playbook, error, named)

    def sentence(self, source: str, named: Mapping[str, object], instead: str, origin: str) -> Text:
        """One sentence; where it fails, the plain words given instead."""
        try:
            return environment.spans(environment.sentence(source, named, self._environment))
        except PlaybookError as error:
            self._warn_once(origin, error)
            return (Span(instead),)

    def answer(self, evidence: Evidence) -> Text:
        """What a witness answered, in the words of its check; the claim where those words fail."""
        words = self.catalog.checks.get(evidence.check)
        if words is None:
            return (Span(f"{evidence.check}: {evidence.answer}"),)
        source = {"yes": words.yes, "no": words.no}.get(str(evidence.answer), words.unknown)
        details = {view.snake(name): value for name, value in evidence.details.items() if value}
        return self.sentence(
            source, details, f"{words.claim}: {evidence.answer}", f"checks.yaml: {evidence.check}"
        )

    def claim(self, check: str) -> str:
        """What a check claims, in words; its id where it has none."""
        words = self.catalog.checks.get(check)
        return words.claim if words else check

    def _own(self, playbook: Playbook, named: Mapping[str, object]) -> dict[str, str]:
        return environment.render(playbook.words, named, self._environment)

    def _users(self, playbook: Playbook, named: Mapping[str, object]) -> dict[str, str]:
        cause = playbook.cause.id
        if cause in self._silenced:
            raise PlaybookError("")
        if cause not in self._admitted:
            scene = admission.message_scene(f"{playbook.origin}/message.j2", self._checks)
            admission.admit(playbook.words, scene, self._environment)
            self._admitted.add(cause)
        return self._worker.render(playbook.words, named)

    def _instead(
        self, playbook: Playbook, error: PlaybookError, named: Mapping[str, object]
    ) -> dict[str, str]:
        cause = playbook.cause.id
        self._warn_once(f"{playbook.origin}/message.j2", error)
        self._silenced.add(cause)
        shipped = self.catalog.shipped.get(cause)
        if shipped is None or shipped is playbook:
            return self._last_resort(self.catalog.plain_words, named)
        try:
            return self._own(shipped, named)
        except PlaybookError:
            return self._last_resort(self.catalog.plain_words, named)

    def _warn_once(self, origin: str, error: PlaybookError) -> None:
        if origin not in self._warned:
            self._warned.add(origin)
            told = error.message if error.message.startswith(origin) else f"{origin}: {error.message}"
            self.warnings.append(shown(told))

    def _last_resort(self, source: str, named: Mapping[str, object]) -> dict[str, str]:
        try:
            return environment.render(source, named, self._environment)
        except PlaybookError as error:
            self.warnings.append(error.message)
            return dict.fromkeys(admission.BLOCKS, "")
