"""Maximum spanning forests by Boruvka's algorithm in array operations, on whatever device the arrays are.

In every round each component takes its strongest edge, and components that are joined become one. Their number is at
least halved, so that rounds are few, and each goes over those edges only that still lead from one to another.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

NOTHING = torch.iinfo(torch.int64).min
PLACE_BITS = 32

Nodes = Int[Tensor, " node"]
Edges = Int[Tensor, " edge"]


@dataclass(frozen=True)
class Forest:
    """A maximum spanning forest.

    Attributes:
        chosen: places of its edges.
        components: for every node the one that stands for its component, which stands for itself.
        offsets: the advances summed up along the tree from there to every node.
    """

    chosen: Int[Tensor, " chosen"]
    components: Nodes
    offsets: Float[Tensor, " node"]


def spanning_forest(
    one: Edges,
    other: Edges,
    strength: Float[Tensor, " edge"],
    advance: Float[Tensor, " edge"],
    nodes: int,
) -> Forest:
    """The forest whose edges are strongest; there may be several edges between two nodes.

    Args:
        one: first end of every edge, which is not its second.
        other: second end.
        strength: compared in single precision; of equal edges the later counts as stronger.
        advance: what is added from the first end to the second.
        nodes: how many there are.
    """
    places = torch.arange(len(one), device=one.device)
    keys = (_ordered(strength) << PLACE_BITS) | places
    advance = advance.double()
    components = torch.arange(nodes, device=one.device)
    offsets = advance.new_zeros(nodes)
    chosen = [places[:0]]
    left = places
    while len(left):
        parents, steps, taken = _hooked(one, other, keys, advance, _inverse(left, len(places)), nodes)
        chosen.append(taken)
        steps = to_the_roots(parents, steps)
        offsets = offsets + steps.gather(0, components)
        components = parents.gather(0, components)
        advance = advance + steps.gather(0, one) - steps.gather(0, other)
        one, other = parents.gather(0, one), parents.gather(0, other)
        kept = (one != other).nonzero()[:, 0]
        one, other, keys, advance, left = (part.gather(0, kept) for part in (one, other, keys, advance, left))
    return Forest(torch.cat(chosen), components, offsets)


def to_the_roots(parents: Nodes, steps: Float[Tensor, " node"]) -> Float[Tensor, " node"]:
    """Pointer jumping: `parents` become the roots, in place; gives the sums of steps from there.

    The distance to the root halves in every round; a root is its own parent, with a step of 0.
    """
    while True:
        further = parents.gather(0, parents)
        if torch.equal(further, parents):
            return steps
        steps = steps + steps.gather(0, parents)
        parents.copy_(further)


def _hooked(
    one: Edges, other: Edges, keys: Edges, advance: Float[Tensor, " edge"], inverse: Int[Tensor, " all"], nodes: int
) -> tuple[Nodes, Float[Tensor, " node"], Int[Tensor, " chosen"]]:
    """Every component's parent along its strongest edge, the step from there, and the edges that were taken."""
    best = torch.full((nodes,), NOTHING, device=one.device)
    for ends in (one, other):
        best.scatter_reduce_(0, ends, keys, "amax")
    itself = torch.arange(nodes, device=one.device)
    place = torch.where(best == NOTHING, 0, best & ((1 << PLACE_BITS) - 1))
    edge = inverse.gather(0, place)
    first, second, step = one.gather(0, edge), other.gather(0, edge), advance.gather(0, edge)
    parents = torch.where(first == itself, second, first)
    steps = torch.where(first == itself, -step, step)
    is_first_of_two = (parents.gather(0, parents) == itself) & (itself < parents)
    stays = (best == NOTHING) | is_first_of_two
    return torch.where(stays, itself, parents), torch.where(stays, 0, steps), place[~stays]


def _inverse(places: Edges, count: int) -> Int[Tensor, " all"]:
    """At every place that is left, its number among those."""
    numbers = torch.zeros(count, dtype=torch.int64, device=places.device)
    return numbers.scatter_(0, places, torch.arange(len(places), device=places.device))


def _ordered(values: Float[Tensor, " edge"]) -> Edges:
    """Whole numbers in the order of values in single precision: their bits, those of negative ones turned over."""
    bits = values.float().view(torch.int32).long()
    return torch.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
