"""Random layers of long filters on several spectrograms at once.

A convolution over many frames takes fewer products by way of Fourier transforms: filters are split into parts, each
of which is multiplied by the spectra of all blocks of frames that it meets (partitioned convolution; Stockham 1966).
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Complex, Float
from torch import Tensor

PART_FRAMES = 64
DIRECT_BELOW = 32  # frames: shorter filters are faster as they are
FILTERS_AT_ONCE = 32


def filtered(
    spectrograms: Sequence[Float[Tensor, "channel _"]], filters: Float[Tensor, "filter channel width"]
) -> list[Float[Tensor, "filter _"]]:
    """`conv1d` of every spectrogram: products summed over channels and frames, at every position that lies inside.

    Args:
        spectrograms: each of at least `width` frames.
        filters: of one width.
    """
    if filters.shape[2] < DIRECT_BELOW:
        return [torch.nn.functional.conv1d(x[None], filters)[0] for x in spectrograms]
    blocks = [_spectra(x, filters.shape[2]) for x in spectrograms]
    spectra = torch.cat(blocks, -1)
    for_cosine = torch.cat([spectra.real, spectra.imag], -1)
    for_sine = torch.cat([-spectra.imag, spectra.real], -1)
    found = torch.cat([_multiplied(for_cosine, for_sine, some) for some in filters.split(FILTERS_AT_ONCE)])
    parts = found.split([block.shape[-1] for block in blocks], 1)
    return [
        part.flatten(1)[:, : x.shape[1] - filters.shape[2] + 1] for part, x in zip(parts, spectrograms, strict=True)
    ]


def _spectra(x: Float[Tensor, "channel frame"], width: int) -> Complex[Tensor, "frequency row block"]:
    """Spectra of the blocks that the parts of a filter meet, a row for each channel and part."""
    parts, blocks = -(-width // PART_FRAMES), -(-(x.shape[1] - width + 1) // PART_FRAMES)
    padded = torch.nn.functional.pad(x, (0, (blocks + parts) * PART_FRAMES - x.shape[1]))
    spectra = torch.fft.rfft(padded.unfold(1, 2 * PART_FRAMES, PART_FRAMES))
    return spectra.unfold(1, blocks, 1).permute(2, 0, 1, 3).flatten(1, 2)


def _multiplied(
    for_cosine: Float[Tensor, "frequency row part"],
    for_sine: Float[Tensor, "frequency row part"],
    filters: Float[Tensor, "filter channel width"],
) -> Float[Tensor, "filter block frame"]:
    """Blocks of the correlation: the spectra times the conjugate ones of the filters, summed over rows.

    Complex products are made of real ones, whose factors then lie in memory as matrix products need them.

    Args:
        for_cosine: real and imaginary parts of all blocks, to be multiplied by the filters' cosine parts.
        for_sine: the same times the imaginary unit, for their sine parts.
        filters: some of them.
    """
    taps = torch.nn.functional.pad(filters, (0, -filters.shape[2] % PART_FRAMES)).reshape(-1, PART_FRAMES)
    angle = torch.arange(PART_FRAMES + 1)[:, None] * torch.arange(PART_FRAMES) * (math.pi / PART_FRAMES)
    waves = torch.cat([angle.cos(), angle.sin()]).to(taps)
    cosine, sine = (waves @ taps.T).view(2, PART_FRAMES + 1, len(filters), -1)
    real, imaginary = torch.bmm(cosine, for_cosine).baddbmm_(sine, for_sine).chunk(2, -1)
    blocks = torch.fft.irfft(torch.complex(real, imaginary).permute(1, 2, 0), 2 * PART_FRAMES)
    return blocks[..., :PART_FRAMES]
