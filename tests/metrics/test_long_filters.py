"""Long filters by transforms against the convolution itself."""

import pytest
import torch

from gramophone.metrics.long_filters import DIRECT_BELOW, PART_FRAMES, filtered


class TestLongFilters:
    @pytest.mark.parametrize("width", [3, DIRECT_BELOW, PART_FRAMES, PART_FRAMES + 1, 2 * PART_FRAMES])
    def test_it_is_the_convolution_of_every_spectrogram(self, width):
        generator = torch.Generator().manual_seed(width)
        spectrograms = [torch.rand(5, frames, generator=generator) for frames in (width, 150, 331)]
        filters = torch.randn(40, 5, width, generator=generator)
        for ours, x in zip(filtered(spectrograms, filters), spectrograms, strict=True):
            expected = torch.nn.functional.conv1d(x[None], filters)[0]
            assert ours.shape == expected.shape
            assert torch.allclose(ours, expected, atol=1e-4)
