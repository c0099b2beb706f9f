"""`python -m bench.forest --data ESC-50`: the classical baseline, MFCC and a random forest (Piczak 2015, ESC-50).

Every clip is 13 mel-frequency cepstral coefficients and the zero-crossing rate: means and deviations over frames.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64
from scipy.fft import dct
from sklearn.ensemble import RandomForestClassifier

from gramophone.audio import load
from gramophone.datasets import Collection, esc50
from gramophone.datasets.loaders import FOLDS, fold_split
from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import mel_filters

COEFFICIENTS, BANDS, TREES = 13, 40, 500
N_FFT, HOP_SAMPLES = 512, 256


def described(collection: Collection) -> Float64[np.ndarray, "clip feature"]:
    """28 numbers for each clip."""
    return np.stack([_clip(clip.path) for clip in collection.clips])


def _clip(path: Path) -> Float64[np.ndarray, " feature"]:
    sound = load(path).mono()
    waveform = torch.from_numpy(sound.samples[0])
    magnitude = Stft(N_FFT, HOP_SAMPLES).magnitude(waveform)
    energies = mel_filters(sound.rate_hz, N_FFT, BANDS) @ magnitude.square()
    mfcc = dct(torch.log(energies + 1e-8).numpy(), axis=0, norm="ortho")[:COEFFICIENTS]
    frames = waveform[: len(waveform) // HOP_SAMPLES * HOP_SAMPLES].reshape(-1, HOP_SAMPLES)
    crossings = (frames[:, 1:].sign() != frames[:, :-1].sign()).float().mean(1).numpy()
    return np.concatenate([mfcc.mean(1), mfcc.std(1), [crossings.mean(), crossings.std()]]).astype(np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    collection = esc50(parser.parse_args().data)
    began = time.perf_counter()
    features = described(collection)
    labels = np.array([clip.label for clip in collection.clips])
    shares = []
    for fold in range(1, FOLDS + 1):
        split = fold_split(collection, fold)
        forest = RandomForestClassifier(TREES, random_state=0, n_jobs=-1)
        forest.fit(features[list(split.train)], labels[list(split.train)])
        shares.append(float(forest.score(features[list(split.test)], labels[list(split.test)])))
        print(f"fold {fold}: {100 * shares[-1]:.1f} %", flush=True)
    spread = 100 * float(np.std(shares, ddof=1))
    print(f"mean {100 * float(np.mean(shares)):.1f} % +- {spread:.1f} in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
