"""Mutants of `bench.mutants`: every kind of change, nothing else, each one a module that can be compiled."""

import ast
from pathlib import Path

import pytest
from bench.mutants.mutate import mutants, mutated

CHANGES = {
    "a < b": {"a <= b", "a >= b"},
    "a == b": {"a != b"},
    "a + b": {"a - b"},
    "a // b": {"a * b"},
    "a ** b": {"a * b"},
    "a and b": {"a or b"},
    "-a": {"a"},
    "not a": {"a"},
    "f(3)": {"f(4)"},
    "f(0.5)": {"f(1.5)"},
    "f(True)": {"f(False)"},
    "f('text', None)": set(),
    "a < b < c": set(),
    "a @ b": set(),
}
SILENT = '''
"""Text of 3 words."""
x: "Float[Tensor, '3']"

@dataclass(frozen=True)
class A:
    y: B[3] = field(default=3)

def f(a: C[3]) -> D[3]:
    """Text."""
    raise ValueError(f"{a + 1} is wrong, not {3}")
'''


@pytest.mark.parametrize("source", CHANGES)
def test_changes(source):
    found = mutants(source)
    assert {mutated(source, one.place) for one in found} == CHANGES[source]
    assert all(one.line == 1 for one in found)


def test_what_computes_nothing_is_left_alone():
    assert mutants(SILENT) == []


def test_every_mutant_of_a_module_differs_from_it_and_from_the_others():
    source = (Path(__file__).parents[1] / "src" / "gramophone" / "mosaic" / "viterbi.py").read_text()
    changed = [mutated(source, one.place) for one in mutants(source)]
    assert len(changed) > 40
    assert len({*changed, ast.unparse(ast.parse(source))}) == len(changed) + 1
    for one in changed:
        compile(one, "viterbi.py", "exec")
