"""Every option acts on every preset, or is refused: none is taken and ignored."""

import dataclasses
import functools

import numpy as np
import pytest
import torch

from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain
from gramophone.errors import UsageError
from gramophone.networks.pretrained import vgg
from gramophone.presets import PRESETS, preset
from gramophone.request import TextureRequest, TransferRequest
from gramophone.request.base import NO_FLAGS
from gramophone.settings import Resolution

RATE_HZ, DURATION_S = 22050, 1.3
SMALL = {
    "vgg19": Resolution(64, 32, span_ms=(), gain=316.0),
    "caracalla2020": Resolution(256, 128, span_ms=()),
    "mital2017": Resolution(512, 256, span_ms=()),
    "barry2017": Resolution(1024, 256, span_ms=(), gain=10.0),
}
ANOTHER = {
    "weights": [(3.0, 1.0)],
    "iterations": [3],
    "scale": ["erb"],
    "span_ms": [(70.0,), (30.0, 90.0)],
    "rhythm": [2.0],
    "diversity": [0.3],
    "time_energy": [3.0],
    "frequency_energy": [3.0],
    "seed": [5],
    "strength": [0.3, 0.9],
    "keep": ["rhythm"],
    "octave": [1],
    "transpose_range": [0],
    "no_copy": [True],
    "fast": [True],
    "network": ["verma2018"],
    "noise": [0.35],
    "envelopes": ["style", "content"],
    "filters": [17],
    "mix": ["blend"],
    "crossover_hz": [(900.0,)],
    "morph": ["0:1,0 1:0,1"],
    "condition": ["a=1"],
    "clamp": [True],
    "duration_s": [1.0],
    "loop": [True],
}
"""Other values of every option; where several are given, one of them at least must act or be refused."""
ELSEWHERE = {"preset", "device"}
"""What is asked, and where it is computed."""
DEPENDENT = ("transfer", "infinite")
DRAWN = {name for name in PRESETS if preset(name, "transfer").network.takes_weights}


def small(settings):
    """The same in little, of which every part still acts."""
    network = settings.network
    return dataclasses.replace(
        settings,
        resolution=dataclasses.replace(
            SMALL.get(network.kind, settings.resolution), span_ms=settings.resolution.span_ms
        ),
        network=dataclasses.replace(
            network,
            filters=min(network.filters or 20, 20),
            weights="random" if network.kind == "vgg19" else network.weights,
        ),
        phase=dataclasses.replace(settings.phase, iterations=1),
        optimiser=dataclasses.replace(settings.optimiser, iterations=min(2, settings.optimiser.iterations)),
        waveform=dataclasses.replace(
            settings.waveform, optimiser=dataclasses.replace(settings.waveform.optimiser, iterations=1)
        ),
    )


def tones(*pitches_hz, harmonics=8):
    """Notes one after the other, which last the usual time together."""
    count = round(RATE_HZ * DURATION_S / len(pitches_hz))
    times_s = np.arange(count) / RATE_HZ
    notes = [
        sum(np.sin(2 * np.pi * k * hz * times_s) / k for k in range(1, harmonics)) * np.exp(-2 * times_s)
        for hz in pitches_hz
    ]
    return Sound(0.2 * np.concatenate(notes).astype(np.float32)[None], RATE_HZ)


@functools.cache
def sounds(has_notes):
    """Content and two styles; with notes, styles that can play the content."""
    if has_notes:
        return [tones(220, 277, 330), tones(233, 262, harmonics=3), tones(294, 208, harmonics=16)]
    made = (spoken_phrase, rain, fire)
    return [Sound(one(RATE_HZ, DURATION_S, 0), RATE_HZ) for one in made]


def run(request, steps):
    class Small(type(request)):
        name = request.name

        def settings(self, job=None):
            found = small(type(request).settings(self, job))
            return dataclasses.replace(found, optimiser=dataclasses.replace(found.optimiser, iterations=steps))

    torch.set_num_threads(1)
    given = request.model_dump(exclude_unset=True, exclude={"task"})
    content, *styles = sounds(request.preset == "infinite")
    one = Small.model_validate(given)
    task = one.set_up([content, *styles] if request.name == "transfer" else styles)
    for _ in task:
        pass
    return task.finish().sound.samples, " ".join(task.synthesis.notes)


@functools.cache
def request_of(job, name, options=()):
    kind = {"transfer": TransferRequest, "texture": TextureRequest}[job]
    named = {"content": "voice.wav"} if job == "transfer" else {}
    return kind(preset=name, styles=("rain.wav", "fire.wav"), **named, **dict(options))


@functools.cache
def usual(job, name, options=()):
    return run(request_of(job, name, options), 2)


def cases():
    for job, kind in (("transfer", TransferRequest), ("texture", TextureRequest)):
        for name in PRESETS:
            if job in PRESETS[name]:
                yield from ((job, name, one) for one in kind.model_fields if one not in {*NO_FLAGS, *ELSEWHERE})


def outcome(job, name, option, value, base=()):
    """`refused`, `acts`, `told` (of no use for this content) or `ignored`."""
    try:
        request = request_of(job, name, (*base, (option, value)))
        if option == "morph":
            return "acts"  # only presets that stream get here, whose blocks have tests of their own
        found, notes = run(request, value if option == "iterations" else 2)
    except UsageError:
        return "refused"
    if f"{option} had no bearing here" in notes:
        return "told"
    before, _ = usual(job, name, base)
    return "ignored" if found.shape == before.shape and np.array_equal(found, before) else "acts"


@pytest.fixture(autouse=True, scope="module")
def small_vgg():
    """VGG-19 with layers of 4 filters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vgg, "CHANNELS", dict.fromkeys(vgg.CHANNELS, 4))
        yield


class TestEveryOption:
    def test_is_known_here(self):
        assert {option for _, _, option in cases()} == set(ANOTHER)

    @pytest.mark.parametrize(("job", "name", "option"), [case for case in cases() if case[:2] != DEPENDENT])
    def test_acts_or_is_refused(self, job, name, option):
        for base in [(), *([(("weights", ("random",)),)] if name in DRAWN and option != "weights" else [])]:
            found = [outcome(job, name, option, value, base) for value in ANOTHER[option]]
            # One of two envelopes is the usual one.
            assert found.count("ignored") == (option == "envelopes" and "acts" in found)

    @pytest.mark.parametrize("option", [option for *where, option in cases() if tuple(where) == DEPENDENT])
    def test_what_the_content_has_decides_on_options_of_the_default_transfer(self, option):
        bases = [(), (("keep", "words"),), (("keep", "rhythm"),)] if option != "keep" else [()]
        found = {outcome(*DEPENDENT, option, value, base) for base in bases for value in ANOTHER[option]}
        assert found & {"acts", "refused"}

    @pytest.mark.parametrize("option", ["keep", "octave", "transpose_range"])
    def test_what_nothing_is_kept_of_says_so(self, option):
        assert outcome(*DEPENDENT, option, ANOTHER[option][0], (("strength", 1.0),)) == "told"

    @pytest.mark.parametrize("name", sorted(set(PRESETS) - {"gatys-vgg19", "grinstein2017-vgg19"}))
    def test_another_source_of_weights_acts_or_is_refused(self, name):
        network = preset(name, "transfer").network
        other = "trained" if network.weights == "random" else "random"
        assert outcome("transfer", name, "weights", (other,)) != "ignored"
