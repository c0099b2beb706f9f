"""What `import gramophone` offers: the tasks, run to their end, and files."""

import functools
import inspect
import os
import time
from collections.abc import Callable, Sequence
from typing import TypeVar, Unpack, cast, get_type_hints

import numpy as np
import torch

from gramophone import audio
from gramophone.audio import Sound, Style, Written, as_sound, as_sounds
from gramophone.audio import load as load
from gramophone.optim.minimise import Step
from gramophone.request import REQUESTS, StreamRequest, TextureRequest, TransferRequest
from gramophone.request.base import NO_FLAGS
from gramophone.request.options import StreamOptions, TextureOptions, TransferOptions
from gramophone.runs.execute import iterate
from gramophone.runs.observer import Observer
from gramophone.synthesis import LongTexture, representative
from gramophone.synthesis import Result as Result
from gramophone.synthesis import Stream as Stream
from gramophone.synthesis.learn_style import KEEP_S, Recording
from gramophone.synthesis.pipeline import Task
from gramophone.synthesis.prepare import roles_of
from gramophone.synthesis.raw_texture import RawStream as RawStream
from gramophone.synthesis.raw_texture import RawTexture

OnStep = Callable[[Step], object]
Recorded = Sound | Result | str | os.PathLike[str] | tuple[np.ndarray, int]
"""A recording: a sound or a result, a path, or `(samples, rate_hz)` with samples `[channel, sample]`."""

Verb = TypeVar("Verb", bound=Callable[..., object])


def save(sound: Sound | Result, path: str | os.PathLike[str], *, overwrite: bool = False) -> Written:
    """Writes a sound or a result as .wav, .flac or .ogg, a style as .safetensors too; see `audio.save`."""
    return audio.save(sound.sound if isinstance(sound, Result) else sound, path, overwrite=overwrite)


def _outside_inference(verb: Verb) -> Verb:
    """Lets a verb compute gradients where its caller has turned them off for good (`torch.inference_mode`)."""

    @functools.wraps(verb)
    def called(*args: object, **options: object) -> object:
        with torch.inference_mode(False):
            return verb(*args, **options)

    return cast("Verb", called)


def _takes_fields(task: str, *without: str) -> Callable[[Verb], Verb]:
    """Gives a verb the signature and the documentation of the fields of its request."""
    kind = REQUESTS[task]
    hints = get_type_hints(kind)  # without the bounds
    fields = {name: one for name, one in kind.model_fields.items() if name not in (*NO_FLAGS, *without)}

    def decorate(verb: Verb) -> Verb:
        own = inspect.signature(verb)
        named = [one for one in own.parameters.values() if one.kind is not one.VAR_KEYWORD]
        options = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[name])
            for name, field in fields.items()
        ]
        verb.__signature__ = own.replace(parameters=[*named, *options])  # type: ignore[attr-defined]
        listed = "\n".join(f"        {name}: {field.description}" for name, field in fields.items())
        verb.__doc__ = (verb.__doc__ or "").replace("        options: see below.", listed)
        return verb

    return decorate


@_takes_fields("texture")
@_outside_inference
def texture(
    style: Recorded | Sequence[Recorded] = (), *, on_step: OnStep | None = None, **options: Unpack[TextureOptions]
) -> Result:
    """New sound with the texture of one recording, or of several, of any length.

        gp.texture("rain.wav", duration_s=60)
        gp.texture(["rain.wav", "fire.wav"], duration_s=20, morph="0:1,0 20:0,1")

    A texture that morphs, or that a network makes, is made in blocks and has no steps.

    Args:
        style: the recording(s), of any rate and number of channels: sounds, paths, or `(samples, rate_hz)`. None for
            a network with its weights.
        on_step: called with every `Step`.
        options: see below.

    Raises:
        InputError: a recording cannot be read, is silent or too short.
        UsageError: an option is out of its bounds, or options do not go together.
        ModelError: a value became not finite; its `result` is the last good one.
    """
    styles = as_sounds(style, "the style")
    request = TextureRequest.model_validate({**options, "styles": roles_of(styles)})
    if request.network is not None:
        return _joined(request.set_up_network())
    if request.morph is not None:
        return _joined(request.set_up_long(styles))
    return run(request.set_up(styles), on_step)


def _joined(blocks: LongTexture | RawTexture) -> Result:
    """All blocks as one result."""
    began_s = time.perf_counter()
    samples = np.concatenate([block.samples for block in blocks], axis=1)
    made = blocks.made(samples.shape[1], time.perf_counter() - began_s, "finished")
    return Result(
        Sound(samples, blocks.rate_hz),
        "texture",
        made.parameters,
        made.settings,
        made.seed,
        made.device,
        losses=(),
        stages_s={"blocks": made.seconds},
        stopped=made.stopped,
    )


@_takes_fields("transfer")
@_outside_inference
def transfer(
    content: Recorded,
    style: Recorded | Sequence[Recorded],
    *,
    on_step: OnStep | None = None,
    **options: Unpack[TransferOptions],
) -> Result:
    """The content said in the sound of the style: its melody, words or rhythm, made of the style.

    Args:
        content: the recording whose words or notes are kept; the result has its length and level. A sound, a path,
            or `(samples, rate_hz)`.
        style: the recording(s) that the result is made of, likewise.
        on_step: called with every `Step`.
        options: see below.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: an option is out of its bounds, or options do not go together.
        ModelError: a value became not finite; its `result` is the last good one.
    """
    content, styles = as_sound(content, "the content"), as_sounds(style, "the style")
    request = TransferRequest.model_validate({**options, "content": "content", "styles": roles_of(styles)})
    return run(request.set_up([content, *styles]), on_step)


@_takes_fields("stream")
@_outside_inference
def stream(style: Recorded | Sequence[Recorded] = (), **options: Unpack[StreamOptions]) -> Stream | RawStream:
    """A texture without end, as sounds of some seconds that lead on seamlessly.

        for block in gp.stream(rain): ...

    `weights` and `gain_db` of what is returned may be set between blocks.

    Args:
        style: the recording(s), as `texture` takes them. None for a network with its weights.
        options: see below.

    Raises:
        InputError: a recording is silent or too short, or there is no file of weights.
        ModelError: the file has another network, or is damaged.
        UsageError: an option is out of its bounds, or options do not go together.
    """
    styles = as_sounds(style, "the style")
    request = StreamRequest.model_validate({**options, "styles": roles_of(styles)})
    return request.open(styles) if request.network is None else request.open_network()


@_outside_inference
def learn_style(recordings: Recorded | Sequence[Recorded], *, keep_s: float = KEEP_S) -> Style:
    """The seconds that stand best for recordings of any length: a sound that every verb takes as a style.

        gp.save(gp.learn_style([rain, more_rain]), "rain.style.safetensors")

    Args:
        recordings: sounds, paths, or `(samples, rate_hz)`, of any rates and numbers of channels.
        keep_s: largest length of what is kept, 1 to 300 s; shorter recordings are kept whole.

    Raises:
        InputError: a recording is silent or shorter than 0.2 s.
        UsageError: there is no recording, or `keep_s` is out of its range.
    """
    sounds = as_sounds(recordings, "the recording")
    roles = roles_of(sounds, "recording")
    return representative(
        (Recording(role, f"the {role}", [sound]) for role, sound in zip(roles, sounds, strict=True)), keep_s
    )


class _OnStep(Observer):
    def __init__(self, on_step: OnStep | None) -> None:
        self._on_step = on_step

    def on_step(self, step: Step) -> None:
        if self._on_step is not None:
            self._on_step(step)


def run(task: Task, on_step: OnStep | None = None) -> Result:
    """Runs a task to its end, showing every step to `on_step`.

    Raises:
        ModelError: a value became not finite; its `result` is the last good one.
    """
    failure = iterate(task, _OnStep(on_step))
    result = task.finish()
    if failure is not None:
        failure.result = result
        raise failure
    return result
