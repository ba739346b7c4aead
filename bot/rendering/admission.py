"""Which templates are let in: an AST walk before anything is rendered.

Template text in -> nothing out, or :class:`~bot.errors.PlaybookError` that names the line. What is let in can
put out document attributes through the listed filters, under ``if``, and in ``for`` over document lists. The
list below is of what is allowed, so that what Jinja learns tomorrow is refused until somebody thought about it.
"""

import unicodedata
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, nodes

from bot.errors import PlaybookError
from bot.rendering import view


BLOCKS = ("headline", "meaning", "evidence", "fix")
FILTERS = frozenset({"count", "list_and", "ago", "short"})
_TESTS = frozenset({"defined"})
_LONGEST = 16 * 1024
_PLAIN_NODES = (
    nodes.Output,
    nodes.If,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a template of one kind may name.

    Attributes:
        where: how errors call the template.
        names: the top-level names; None: any (a check's sentence, whose details nobody lists).
        checks: check ids in snake_case; None: not known, so not looked at.
        blocks: the blocks that must be there, each once; empty for a single sentence.
    """

    where: str
    names: frozenset[str] | None
    checks: frozenset[str] | None = None
    blocks: tuple[str, ...] = ()


def message_scene(where: str, checks: frozenset[str] | None = None) -> Scene:
    """What a ``message.j2`` may name, and the four blocks it must have."""
    return Scene(where, view.NAMES, checks, BLOCKS)


def sentence_scene(where: str, checks: frozenset[str] | None = None) -> Scene:
    """What the sentence of an action may name."""
    return Scene(where, view.NAMES, checks)


def details_scene(where: str) -> Scene:
    """What the sentence of a check may name: the details of its own evidence, so anything."""
    return Scene(where, None)


def admit(source: str, scene: Scene, environment: Environment) -> None:
    """Let a template in.

    Raises:
        PlaybookError: naming the line and what is not allowed.
    """
    if len(source) > _LONGEST:
        raise PlaybookError(f"{scene.where}: longer than 16 KiB")
    for number, line in enumerate(source.splitlines(), start=1):
        if any(
            unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs")
            for character in line.replace("\t", " ")
        ):
            raise PlaybookError(f"{scene.where}, line {number}: a character that cannot be seen", "remove it")
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        raise PlaybookError(f"{scene.where}, line {error.lineno}: {error.message}") from None
    except RecursionError:
        raise PlaybookError(f"{scene.where}: nested too deep") from None
    walk = _Walk(scene)
    try:
        walk.template(tree)
    except RecursionError:
        raise PlaybookError(f"{scene.where}: nested too deep") from None


def details_named(source: str, environment: Environment) -> dict[str, frozenset[str]]:
    """The checks (in snake_case) that an admitted template asks about, each with the details it names."""
    found: dict[str, frozenset[str]] = {}
    for each in environment.parse(source).find_all(nodes.Getattr):
        path = _path(each)
        if len(path) == 3 and path[0] == "evidence":
            details = {path[2]} - view.ANSWERS
            found[path[1]] = found.get(path[1], frozenset()) | details
    return found


def names_used(source: str, environment: Environment) -> tuple[str, ...]:
    """The top-level names of a sentence, in the order they first stand there.

    Raises:
        PlaybookError: it is not a template.
    """
    return tuple(dict.fromkeys(each.name for each in _parsed(source, environment).find_all(nodes.Name)))


def names_optional(source: str, environment: Environment) -> tuple[str, ...]:
    """Those of them that an ``if`` asks for by themselves: they may be missing.

    Raises:
        PlaybookError: it is not a template.
    """
    found: dict[str, None] = {}
    tree = _parsed(source, environment)
    tests = [each.test for each in tree.find_all(nodes.If)] + [
        each.test for each in tree.find_all(nodes.CondExpr)
    ]
    for test in tests:
        waiting: list[nodes.Node] = [test]
        while waiting:
            node = waiting.pop()
            if isinstance(node, nodes.Name):
                found[node.name] = None
            elif isinstance(node, nodes.And | nodes.Or | nodes.Not | nodes.Test):
                waiting += node.iter_child_nodes()
    return tuple(found)


def _parsed(source: str, environment: Environment) -> nodes.Template:
    try:
        return environment.parse(source)
    except (TemplateSyntaxError, RecursionError) as error:
        raise PlaybookError(f"this is not a template: {error}") from None


class _Walk:
    """One walk over one template; the loop variables in reach are its only state."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._loops: list[str] = []

    def template(self, tree: nodes.Template) -> None:
        if not self._scene.blocks:
            self._all(tree.body)
            return
        found = []
        for each in tree.body:
            if isinstance(each, nodes.Block):
                found.append(each.name)
                self._all(each.body)
            elif not _is_space(each):
                self._refuse(
                    each, "text outside the blocks", f"put it in one of {', '.join(self._scene.blocks)}"
                )
        for name in self._scene.blocks:
            if found.count(name) != 1:
                raise PlaybookError(f"{self._scene.where}: the block {name!r} must be there, once")
        for name in found:
            if name not in self._scene.blocks:
                raise PlaybookError(f"{self._scene.where}: there is no block {name!r}", f"blocks: {BLOCKS}")

    def _all(self, body: list[nodes.Node]) -> None:
        for each in body:
            self._one(each)

    def _one(self, node: nodes.Node) -> None:
        match node:
            case nodes.TemplateData():
                pass
            case nodes.Const(value=str() | int()):
                pass
            case nodes.Name():
                self._name(node)
            case nodes.Getattr():
                self._attribute(node)
            case nodes.Filter():
                self._filter(node)
            case nodes.Test():
                self._test(node)
            case nodes.For():
                self._for(node)
            case _ if isinstance(node, _PLAIN_NODES):
                self._all(list(node.iter_child_nodes()))
            case _:
                self._refuse(
                    node, type(node).__name__.lower(), "templates speak; decisions belong in cause.yaml"
                )

    def _test(self, node: nodes.Test) -> None:
        if node.name not in _TESTS or node.args or node.kwargs:
            self._refuse(node, f"the test {node.name!r}", "only: defined")
        self._one(node.node)

    def _name(self, node: nodes.Name) -> None:
        names = self._scene.names
        if node.ctx != "load" or node.name.startswith("_"):
            self._refuse(node, node.name)
        if names is not None and node.name not in names and node.name not in self._loops:
            self._refuse(node, f"the name {node.name!r}", "the README lists what a template may name")

    def _attribute(self, node: nodes.Getattr) -> None:
        path = _path(node)
        if not path or self._scene.names is None or any(part.startswith("_") for part in path):
            self._refuse(node, f"the attribute {node.attr!r}")
        elif path[0] == "symptom" and len(path) == 2:
            if path[1] not in view.SYMPTOM_FIELDS:
                self._refuse(node, f"symptom.{path[1]}", f"fields: {', '.join(sorted(view.SYMPTOM_FIELDS))}")
        elif path[0] == "evidence" and len(path) == 3:
            if self._scene.checks is not None and path[1] not in self._scene.checks:
                self._refuse(node, f"the check {path[1]!r}", "write the check's id with underscores")
        else:
            self._refuse(node, ".".join(path), "attributes: evidence.<check>.<detail> and symptom.<field>")

    def _filter(self, node: nodes.Filter) -> None:
        if node.name not in FILTERS or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            self._refuse(
                node, f"the filter {node.name!r}", f"filters, without arguments: {', '.join(sorted(FILTERS))}"
            )
        if node.node is not None:
            self._one(node.node)

    def _for(self, node: nodes.For) -> None:
        target, source = node.target, node.iter
        if not isinstance(source, nodes.Name) or source.name not in view.LISTS or self._scene.names is None:
            self._refuse(node, "this for", f"loop over one of {', '.join(sorted(view.LISTS))}")
        elif not isinstance(target, nodes.Name) or node.recursive or node.test or self._loops:
            self._refuse(node, "this for", "one plain loop: {% for x in nodes %}")
        elif target.name in (self._scene.names or ()) or target.name == "loop" or target.name.startswith("_"):
            self._refuse(node, f"the loop variable {target.name!r}", "choose another name")
        else:
            self._loops.append(target.name)
            self._all(node.body)
            self._loops.pop()
            self._all(node.else_)

    def _refuse(self, node: nodes.Node, what: str, hint: str = "") -> None:
        raise PlaybookError(
            f"{self._scene.where}, line {node.lineno}: not allowed in a template: {what}", hint
        )


def _is_space(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(each, nodes.TemplateData) and not each.data.strip() for each in node.nodes
    )


def _path(node: nodes.Getattr) -> tuple[str, ...]:
    parts: list[str] = []
    current: nodes.Node = node
    while isinstance(current, nodes.Getattr):
        parts.append(current.attr)
        current = current.node
    return (current.name, *reversed(parts)) if isinstance(current, nodes.Name) else ()
