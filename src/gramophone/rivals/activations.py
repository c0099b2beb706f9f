"""Updates and restrictions of the activations of "Let it Bee" (Driedger, Prätzlich & Müller 2015, section 3).

Activations are stored as `[frame, template]`, templates as `[template, frequency]`: the transposes of the paper's
`H` and `W`, so that a frame's activations lie side by side.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Activations = Float[Tensor, "frame template"]
Templates = Float[Tensor, "template frequency"]
Magnitudes = Float[Tensor, "frame frequency"]

TINY = 1e-12
"""Below this share of the content's largest magnitude, a model counts as this, so that nothing is divided by 0."""


def without_repetition(activations: Activations, reach: int, factor: float) -> Activations:
    """Weakens what is not the largest within `reach` frames of its template (eq. 3 and 4)."""
    largest = _running_maximum(activations, reach)
    return torch.where(activations >= largest, activations, activations * factor)


def with_polyphony(activations: Activations, polyphony: int, factor: float) -> Activations:
    """Weakens what is not among the `polyphony` largest of its frame (eq. 5)."""
    if polyphony >= activations.shape[1]:
        return activations
    least = activations.topk(polyphony, 1).values[:, -1:]
    return torch.where(activations >= least, activations, activations * factor)


def continued(activations: Activations, reach: int) -> Activations:
    """Sums along diagonals of `2 reach + 1` entries (eq. 6): templates follow each other as in the style."""
    if reach == 0:
        return activations
    frames, templates = activations.shape
    padded = torch.nn.functional.pad(activations, (reach, reach, reach, reach))
    # In memory one step down a diagonal is a row and an entry; the padding keeps rows apart.
    diagonal, length = padded.shape[1] + 1, 2 * reach + 1
    total = _running_sum(padded.flatten(), length, diagonal)
    rows = torch.nn.functional.pad(total, (0, frames * padded.shape[1] - total.shape[0]))
    return rows[: frames * padded.shape[1]].unflatten(0, (frames, padded.shape[1]))[:, :templates]


def kl_update(
    activations: Activations, content: Magnitudes, templates: Templates, sums: Float[Tensor, " template"]
) -> Activations:
    """One multiplicative update towards the least Kullback-Leibler divergence (eq. 7; Lee & Seung 2001, theorem 2).

    Args:
        activations: where to start.
        content: magnitudes to be modelled, at most 1.
        templates: magnitudes of the templates.
        sums: of each template over frequency; templates with 0 get no activation.
    """
    ratio = torch.div(content, (activations @ templates).clamp_min_(TINY))
    step = ratio @ templates.mT
    return step.mul_(activations).mul_(torch.where(sums > 0, 1 / sums, 0.0))


def kl_divergence(content: Magnitudes, model: Magnitudes) -> float:
    """`sum V log(V / M) - V + M`, which is 0 for equal ones."""
    content, model = content.double(), model.double().clamp_min(TINY)
    return float((torch.special.xlogy(content, content / model) - content + model).sum())


def _running_maximum(x: Activations, reach: int) -> Activations:
    """The largest within `reach` rows before and after; windows are doubled until they are wide enough."""
    if reach == 0:
        return x
    length, have = 2 * reach + 1, 1
    largest = torch.nn.functional.pad(x, (0, 0, reach, reach))
    while have < length:
        step = min(have, length - have)
        largest = torch.maximum(largest[:-step], largest[step:])
        have += step
    return largest


def _running_sum(x: Float[Tensor, " sample"], length: int, step: int) -> Float[Tensor, " _"]:
    """`y[i] = x[i] + x[i + step] + ...` with `length` entries, by sums of half the length."""
    if length == 1:
        return x
    half = length // 2
    below = _running_sum(x, half, step)
    above = below if length % 2 == 0 else _running_sum(x, length - half, step)
    offset = half * step
    return below[: x.shape[0] - (length - 1) * step] + above[offset : offset + x.shape[0] - (length - 1) * step]
