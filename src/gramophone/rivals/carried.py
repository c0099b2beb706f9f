"""What the vocoder and cross-synthesis share: the style as a carrier beside the content, in blocks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from jaxtyping import Complex
from torch import Tensor

from gramophone.rivals.blocks import Block, blocks, rendered
from gramophone.rivals.progress import Progress
from gramophone.rivals.waveforms import (
    Samples,
    Waveform,
    carrier,
    checked_content,
    checked_styles,
    matched,
    window_samples,
    with_bed,
)
from gramophone.spectral import Stft

OVERLAP = 4

Spectrum = Complex[Tensor, "channel frequency frame"]


@dataclass(frozen=True)
class Carried:
    """A content, and its style as long as it and with its channels.

    Attributes:
        content: what is followed.
        carrier: the styles one after the other, again from the start where they are too short.
        stft: of both.
        parts: blocks in which they are transformed.
    """

    content: Waveform
    carrier: Waveform
    stft: Stft
    parts: list[Block]

    @classmethod
    def of(
        cls, content: Samples, styles: Sequence[Samples], rate_hz: int, window_ms: float, block_samples: int
    ) -> "Carried":
        """Checks the recordings and brings them to one length.

        Raises:
            InputError: a recording that cannot be used.
        """
        said = checked_content(content, rate_hz)
        n_fft = window_samples(window_ms, rate_hz, OVERLAP)
        made_of = matched(checked_styles(styles, rate_hz, n_fft), said.shape[0])
        carried = carrier(made_of, said.shape[1], rate_hz).expand_as(said)
        stft = Stft(n_fft, n_fft // OVERLAP)
        return cls(said, carried, stft, blocks(said.shape[1], stft, block_samples))

    def spectrum(self, waveform: Waveform, part: Block) -> Spectrum:
        """Of what a block reads of one of the two."""
        return self.stft.forward(part.read(waveform))

    def steps(self, render: Callable[[Block], Spectrum], bed_db: float) -> Iterator[Progress]:
        """A step for each block.

        Args:
            render: makes the spectrum of the result for a block.
            bed_db: level of the unmodulated style below the result.
        """

        def waveform(part: Block) -> Waveform:
            return self.stft.inverse(render(part), part.right - part.left)

        for done, result in enumerate(rendered(self.parts, self.content, waveform), 1):
            yield Progress(done, len(self.parts), partial(with_bed, result, self.carrier, self.content, bed_db))
