"""A record with sounds that lie beside it, and pages made of entries."""

import hashlib
import json
from html.parser import HTMLParser

import numpy as np
import pytest

from gramophone.audio import Sound, save
from gramophone.evaluation import MetricResult
from gramophone.report import Entry, Track

VOID = {"meta", "link", "img", "input", "circle", "br"}
# Markup, both quotes, a mark that turns the direction of writing, and the colour red of terminals.
HOSTILE = "<script>alert(1)</script>\"'&\u202e\x1b[31m.wav"


class Parsed(HTMLParser):
    """A page's elements; complains about what is not closed where it was opened."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.data, self.texts = [], [], [], {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert len(dict(attributes)) == len(attributes), tag
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.data.append(data)
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.data).split())


def noise(seconds, rate_hz=22050, seed=0, channels=1):
    rng = np.random.default_rng(seed)
    return Sound((0.1 * rng.standard_normal((channels, round(seconds * rate_hz)))).astype(np.float32), rate_hz)


def losses(steps=(6, 4)):
    return [
        {
            "stage": stage,
            "index": n,
            "total": 0.2 / n,
            "terms": {"style": 0.19 / n, "content": 0.0 if n == 2 else 0.01 / n},
            "elapsed_s": 0.1 * n,
        }
        for stage, count in zip(("spectrogram", "waveform"), steps, strict=True)
        for n in range(1, count + 1)
    ]


def record(**changes):
    return {
        "format": 1,
        "task": "transfer",
        "parameters": {"strength": 0.6, "weights": [1.0]},
        "settings": {
            "rate_hz": 22050,
            "resolution": {"n_fft": 1024, "hop_samples": 256, "span_ms": [12, 46], "gain": 1.0},
            "waveform": {
                "resolutions": [{"n_fft": 2048, "hop_samples": 512}, {"n_fft": 512, "hop_samples": 128}],
                "optimiser": {"method": "lbfgs", "tolerance": 0.02},
            },
        },
        "seed": 7,
        "device": "cpu",
        "threads": 1,
        "versions": {"gramophone": "0.1.0", "torch": "2.13.0"},
        "stopped": "finished",
        "stages_s": {"spectrogram": 1.5, "phase": 1.0},
        "losses": losses(),
        "created": "2026-11-20T12:21:44+00:00",
        "command": ["gramophone", "transfer", "my voice.wav", "it's fire.wav", "-o", "out.wav"],
        "inputs": [],
        "output": {"path": "out.wav", "sha256": ""},
        **changes,
    }


FIGURES = (
    MetricResult("gap_db", "gap to nature", 1.25, "dB", "higher", "close", "texture", natural=3.0),
    MetricResult("copy", "copy score", 0.4, "", "lower", "no copy", "copying"),
    MetricResult("pitch", "pitch classes", None, "", "higher", "not computed: no clear pitch", "transfer"),
    MetricResult("mix", "mix variance", 0.1, "", "neither", "little mixing", "transfer"),
)


@pytest.fixture
def entry():
    """Makes an entry; sounds of 1 s by default."""

    def make(seconds=1.0, **changes):
        tracks = (
            Track("content", "my voice.wav", noise(seconds, 44100, channels=2)),
            Track("style", "it's fire.wav", noise(seconds / 2, seed=1)),
            Track("result", "out.wav", noise(seconds, seed=2)),
        )
        return Entry(**{"title": "voice made of fire", "record": record(), "tracks": tracks, **changes})

    return make


@pytest.fixture
def figures():
    return FIGURES


@pytest.fixture
def make_record():
    return record


@pytest.fixture
def hostile():
    return HOSTILE


@pytest.fixture
def make_noise():
    return noise


@pytest.fixture
def parsed():
    return Parsed


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A folder to work in with voice.wav, fire.wav, out.wav and the record out.json, whose path is returned."""
    monkeypatch.chdir(tmp_path)
    sources = []
    for name, seconds in (("voice", 1.2), ("fire", 1.0), ("out", 1.2)):
        save(noise(seconds, seed=len(name)), tmp_path / f"{name}.wav")
        digest = hashlib.sha256((tmp_path / f"{name}.wav").read_bytes()).hexdigest()
        sources.append({"path": f"{name}.wav", "sha256": digest})
    path = tmp_path / "out.json"
    path.write_text(json.dumps(record(inputs=sources[:2], output=sources[2])), encoding="utf-8")
    return path
