"""Which places are changed, and how: a sample that a seed decides, without changes that no test could notice."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

Position = tuple[int, int]
"""Line from 1 and column from 0."""


@dataclass(frozen=True, order=True)
class Mutation:
    """One change that cosmic-ray can make.

    Attributes:
        module: that is changed, from the project's root.
        start, end: of what is changed.
        operator: cosmic-ray's name of the kind of change.
        occurrence: which of the changes of this kind in the module it is.
    """

    module: Path
    start: Position
    end: Position
    operator: str
    occurrence: int


_SAME_KINDS = ("_Eq_Is", "_NotEq_IsNot", "_Is_Eq", "_IsNot_NotEq")
"""Equality for identity and the other way round: of None, of members of enums and of small numbers it is the same."""

_LOGGERS = ("logger", "metrics")
"""What is logged is for people; no test is about its words and numbers."""

_GUARDS = ("strict", "frozen", "daemon")
"""Keywords that state what holds anyway: lengths are equal, nobody sets the values, the threads end by themselves."""


def sample(mutations: Iterable[Mutation], count: int, seed: int) -> list[Mutation]:
    """At most one change of each of `count` places; the same seed on the same code chooses the same.

    Places are drawn first, because one plus sign can be replaced in eleven ways and a keyword in one.
    """
    places: dict[tuple[Path, Position], list[Mutation]] = {}
    for mutation in sorted(mutations):
        if not mutation.operator.endswith(_SAME_KINDS):
            places.setdefault((mutation.module, mutation.start), []).append(mutation)
    random_ = random.Random(seed)
    chosen = random_.sample(sorted(places), min(count, len(places)))
    return sorted(random_.choice(places[place]) for place in chosen)


class Unnoticeable:
    """The parts of a module where no change could be noticed, or need be.

    Annotations are not evaluated, `if TYPE_CHECKING` never runs, `if __name__ == "__main__"` runs in a process of its
    own, and log lines are for people. An assertion, a decorator of a type and a guarding keyword state what is true
    anyway.
    """

    def __init__(self, source: str) -> None:
        self._spans: list[tuple[Position, Position]] = []
        for node in ast.walk(ast.parse(source)):
            for part in _parts(node):
                if part.end_lineno is not None and part.end_col_offset is not None:
                    self._spans.append(((part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)))
            if isinstance(node, ast.ClassDef):
                signs = [(decorator.lineno, decorator.col_offset - 1) for decorator in node.decorator_list]
                self._spans += [(sign, (sign[0], sign[1] + 1)) for sign in signs]

    def __contains__(self, mutation: Mutation) -> bool:
        return any(start <= mutation.start < end for start, end in self._spans)


def _parts(node: ast.AST) -> Sequence[ast.expr | ast.stmt]:
    """The parts of a node that are unnoticeable."""
    if isinstance(node, ast.arg | ast.AnnAssign):
        return [node.annotation] if node.annotation else []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*([node.returns] if node.returns else []), *node.decorator_list]
    if isinstance(node, ast.keyword):
        return [node.value] if node.arg in _GUARDS else []
    if isinstance(node, ast.ClassDef):
        return node.decorator_list
    if isinstance(node, ast.Assert):
        return [node]
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'"):
        return [node.test, *node.body]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return [node] if node.func.value.id in _LOGGERS else []
    return []
