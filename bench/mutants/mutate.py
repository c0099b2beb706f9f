"""Mutants of a module: comparisons, arithmetic, signs, and constants, each changed alone."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Operators = dict[type[ast.AST], tuple[type[ast.AST], ...]]

COMPARISONS: Operators = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: Operators = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
LOGIC: Operators = {ast.And: (ast.Or,), ast.Or: (ast.And,)}

DECLARES = {"field", "dataclass", "jit", "njit", "cache", "lru_cache"}
"""Calls whose arguments say how code is compiled, shown or stored, not what it computes."""


@dataclass(frozen=True)
class Mutant:
    """A changed module.

    Attributes:
        place: number of the mutant within its module.
        line: where the change is.
        before: expression as it was.
        after: expression as it is now.
    """

    place: int
    line: int
    before: str
    after: str


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of their places."""
    return [
        Mutant(place, getattr(node, "lineno", 0), ast.unparse(node), ast.unparse(new))
        for place, (node, new) in enumerate(_changes(ast.parse(source)))
    ]


def mutated(source: str, place: int) -> str:
    """The module with the change of one mutant; its comments and its layout are lost."""
    tree = ast.parse(source)
    node, new = list(_changes(tree))[place]
    return ast.unparse(ast.fix_missing_locations(_Replace(node, new).visit(tree)))


class _Replace(ast.NodeTransformer):
    def __init__(self, node: ast.AST, new: ast.AST) -> None:
        self._node, self._new = node, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._node else self.generic_visit(node)


def _changes(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Expressions of a tree with what they are replaced by."""
    for child in _computing(tree):
        yield from ((child, new) for new in _instead_of(child))
        yield from _changes(child)


def _computing(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a node that compute something: not annotations, decorators, messages of errors, and texts."""
    skipped: list[ast.AST | None] = []
    match node:
        case ast.FunctionDef():
            skipped = [node.returns, *node.decorator_list]
        case ast.ClassDef():
            skipped = [*node.decorator_list]
        case ast.arg() | ast.AnnAssign():
            skipped = [node.annotation]
        case ast.Raise() | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return
        case ast.Call(func=ast.Name(id=name)) if name in DECLARES:
            return
    yield from (child for child in ast.iter_child_nodes(node) if not any(child is one for one in skipped))


def _instead_of(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=others):
            for kind in COMPARISONS.get(type(operator), ()):
                yield ast.Compare(left, [kind()], others)  # type: ignore[list-item]
        case ast.BinOp(left=left, op=operator, right=right):
            for kind in ARITHMETIC.get(type(operator), ()):
                yield ast.BinOp(left, kind(), right)  # type: ignore[arg-type]
        case ast.BoolOp(op=operator, values=values):
            for kind in LOGIC[type(operator)]:
                yield ast.BoolOp(kind(), values)  # type: ignore[arg-type]
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as number):
            yield ast.Constant(number + 1)
