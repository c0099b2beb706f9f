"""Every public function with every plausible wrong value: run as a program, as the tests check types by themselves.

Prints a JSON list of what was tried: call, value, and `ok` or the exception: its type, whether it is the project's
own, and its message.
"""

import io
import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch

import gramophone as gp
from gramophone import audio
from gramophone.audio import Sound
from gramophone.augment import StyleTransfer
from gramophone.errors import GramophoneError
from gramophone.evaluation import evaluate
from gramophone.request import REQUESTS

RATE_HZ = 22_050
SAMPLES = (0.1 * np.random.default_rng(0).standard_normal((1, 11_025))).astype(np.float32)
SOUND = Sound(SAMPLES, RATE_HZ)
WRONG = {
    "None": None,
    "True": True,
    "text": "rain.wav",
    "empty text": "",
    "bytes": b"rain.wav",
    "path": Path("rain.wav"),
    "-1": -1,
    "2**70": 2**70,
    "nan": float("nan"),
    "1e308": 1e308,
    "complex": 1j,
    "empty list": [],
    "list of text": ["rain.wav"],
    "list of None": [None],
    "nested list": [[[]]],
    "dict": {"a": 1},
    "set": {1},
    "object": object(),
    "type": int,
    "function": len,
    "array": SAMPLES,
    "flat array": SAMPLES[0],
    "samples by channels": np.zeros((132_300, 2), np.float32),
    "objects": np.array([[None, {}]], dtype=object),
    "integers": np.ones((1, 9), np.int16),
    "complex array": np.ones((1, 9), complex),
    "numpy number": np.float64(0.5),
    "numpy nan": np.float32("nan"),
    "tensor": torch.from_numpy(SAMPLES),
    "file": io.BytesIO(b""),
    "generator": (n for n in ()),
}


def calls(folder):
    """Name and function of one argument of every public function."""
    yield "Sound samples", lambda wrong: Sound(wrong, RATE_HZ)
    yield "Sound rate", lambda wrong: Sound(SAMPLES, wrong)
    yield "load", gp.load
    yield "load rate_hz", lambda wrong: gp.load(folder / "a.wav", rate_hz=wrong)
    yield "load limit_s", lambda wrong: gp.load(folder / "a.wav", limit_s=wrong)
    yield "blocks", lambda wrong: list(audio.blocks(wrong))
    yield "save", lambda wrong: gp.save(wrong, folder / "b.wav", overwrite=True)
    yield "save path", lambda wrong: gp.save(SOUND, wrong)
    yield "texture", lambda wrong: gp.texture(wrong, duration_s=0.2, iterations=1)
    yield "transfer content", lambda wrong: gp.transfer(wrong, SOUND, iterations=1)
    yield "transfer style", lambda wrong: gp.transfer(SOUND, wrong, iterations=1)
    yield "stream", gp.stream
    yield "learn_style", gp.learn_style
    yield "learn_style keep_s", lambda wrong: gp.learn_style(SOUND, keep_s=wrong)
    yield "LiveTransfer", lambda wrong: gp.LiveTransfer(wrong, RATE_HZ)
    yield "LiveTransfer rate_hz", lambda wrong: gp.LiveTransfer(SOUND, wrong)
    yield "LiveTransfer block", lambda wrong: gp.LiveTransfer(SOUND, RATE_HZ, wrong)
    for name in ("strength", "mix", "weights", "mode", "seed"):
        yield f"LiveTransfer {name}", lambda wrong, name=name: gp.LiveTransfer(SOUND, RATE_HZ, **{name: wrong})
    live = gp.LiveTransfer(SOUND, RATE_HZ, mode="fast")
    yield "LiveTransfer process", live.process
    yield "StyleTransfer", lambda wrong: StyleTransfer(wrong, rate_hz=RATE_HZ)
    for name in ("rate_hz", "strength", "p", "seed"):
        yield f"StyleTransfer {name}", lambda wrong, n=name: StyleTransfer([SOUND], **{"rate_hz": RATE_HZ, n: wrong})
    augment = StyleTransfer([SOUND], rate_hz=RATE_HZ, p=1.0)
    yield "StyleTransfer waveform", augment
    yield "StyleTransfer index", lambda wrong: augment(SAMPLES[0], wrong)
    pieces = gp.stream(SOUND)
    yield "stream weights", lambda wrong: setattr(pieces, "weights", wrong)
    for number in range(3):
        yield f"evaluate {number}", lambda wrong, n=number: evaluate(*[SOUND] * n, wrong, *[SOUND] * (1 - n))
    for task, kind in REQUESTS.items():
        needed = {"styles": ["style"], **({"content": "content"} if "content" in kind.model_fields else {})}
        for name in kind.model_fields:
            yield (
                f"{task} {name}",
                lambda wrong, k=kind, n=name, needed=needed: k.model_validate({**needed, n: wrong}),
            )


def tried(call, wrong):
    try:
        call(wrong)
    except GramophoneError as error:
        return [type(error).__name__, True, str(error)]
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return [type(error).__name__, False, str(error)[:200]]
    return "ok"


def main():
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        gp.save(SOUND, Path(folder) / "a.wav")
        found = [
            [name, which, tried(call, wrong)] for name, call in calls(Path(folder)) for which, wrong in WRONG.items()
        ]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
