"""`python -m bench.identity.purity`: which share of speech in textures could be pieces of the style.

The default beside a vocoder over a bed at about the same words, and beside programs that show the measure's ends: the
content, the style, a mix at 0 dB and noise.
"""

from statistics import mean

import torch

from bench.identity.pairs import PAIRS, SPEECH
from bench.identity.sounds import sound
from bench.identity.systems import SYSTEMS
from gramophone.audio import Sound
from gramophone.metrics.transfer import purity

RESULTS = (("content", 0.0), ("style", 1.0), ("mix 0 dB", 0.5), ("noise", 0.5), ("transfer", 0.6), ("vocoder", 0.9))


def main() -> None:
    print("| system | strength | held out | for tuning |\n|---|---|---|---|")
    for name, strength in RESULTS:
        found = [mean(_purities(name, strength, held_out=held_out)) for held_out in (True, False)]
        print(f"| {name} | {strength:g} | {found[0]:.2f} | {found[1]:.2f} |", flush=True)


def _purities(name: str, strength: float, *, held_out: bool) -> list[float]:
    pairs = [pair for pair in PAIRS if pair.kind == SPEECH and pair.held_out == held_out]
    found = []
    for pair in pairs:
        content, style = sound(pair.content), sound(pair.style)
        made = SYSTEMS[name].make(content, style, strength).resampled(content.rate_hz)
        found.append(purity(_wave(made), _wave(style.resampled(content.rate_hz)), content.rate_hz))
    return found


def _wave(made: Sound) -> torch.Tensor:
    return torch.from_numpy(made.samples[0])


if __name__ == "__main__":
    main()
