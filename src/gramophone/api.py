"""What `import gramophone` offers: the tasks, run to their end, and files."""

import functools
import inspect
import os
from collections.abc import Callable, Sequence
from typing import TypeVar, Unpack, cast, get_type_hints

import torch

from gramophone import audio
from gramophone.audio import Sound, Style, Written, check_sound, check_sounds
from gramophone.audio import load as load
from gramophone.errors import UsageError
from gramophone.optim.minimise import Step
from gramophone.request import REQUESTS, StreamRequest, TextureRequest, TransferRequest
from gramophone.request.base import NO_FLAGS
from gramophone.request.options import StreamOptions, TextureOptions, TransferOptions
from gramophone.runs.execute import iterate
from gramophone.runs.observer import Observer
from gramophone.synthesis import Result as Result
from gramophone.synthesis import Stream as Stream
from gramophone.synthesis import representative
from gramophone.synthesis.learn_style import KEEP_S, Recording
from gramophone.synthesis.pipeline import Task
from gramophone.synthesis.prepare import roles_of
from gramophone.synthesis.raw_texture import RawStream as RawStream

OnStep = Callable[[Step], object]
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


@_takes_fields("texture", "morph")
@_outside_inference
def texture(
    style: Sound | Sequence[Sound], *, on_step: OnStep | None = None, **options: Unpack[TextureOptions]
) -> Result:
    """New sound with the texture of one recording, or of several, of any length.

    Args:
        style: the recording(s); any rate and number of channels.
        on_step: called with every `Step`.
        options: see below.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: an option is out of its bounds, or options do not go together.
        ModelError: a value became not finite; its `result` is the last good one.
    """
    if options.get("network") is not None:
        raise UsageError("a texture by a network is made in blocks; iterate over a stream with the network instead")
    styles = check_sounds(style, "the style")
    request = TextureRequest.model_validate({**options, "styles": roles_of(styles)})
    if request.morph is not None:
        raise UsageError("a texture that morphs is made in blocks; iterate over a stream with the morph instead")
    return run(request.set_up(styles), on_step)


@_takes_fields("transfer")
@_outside_inference
def transfer(
    content: Sound,
    style: Sound | Sequence[Sound],
    *,
    on_step: OnStep | None = None,
    **options: Unpack[TransferOptions],
) -> Result:
    """The content said in the sound of the style: its melody, words or rhythm, made of the style.

    Args:
        content: the recording whose words or notes are kept; the result has its length and level.
        style: the recording(s) that the result is made of.
        on_step: called with every `Step`.
        options: see below.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: an option is out of its bounds, or options do not go together.
        ModelError: a value became not finite; its `result` is the last good one.
    """
    content, styles = check_sound(content, "the content"), check_sounds(style, "the style")
    request = TransferRequest.model_validate({**options, "content": "content", "styles": roles_of(styles)})
    return run(request.set_up([content, *styles]), on_step)


@_takes_fields("stream")
@_outside_inference
def stream(style: Sound | Sequence[Sound] = (), **options: Unpack[StreamOptions]) -> Stream | RawStream:
    """A texture without end, as sounds of some seconds that lead on seamlessly.

        for block in gp.stream(rain): ...

    `weights` and `gain_db` of what is returned may be set between blocks.

    Args:
        style: the recording(s); any rate and number of channels. None for a network with its weights.
        options: see below.

    Raises:
        InputError: a recording is silent or too short, or there is no file of weights.
        ModelError: the file has another network, or is damaged.
        UsageError: an option is out of its bounds, or options do not go together.
    """
    if options.get("network") is not None:
        named = roles_of(check_sounds(style, "the style")) if style else []
        return StreamRequest.model_validate({**options, "styles": named}).open_network()
    styles = check_sounds(style, "the style")
    return StreamRequest.model_validate({**options, "styles": roles_of(styles)}).open(styles)


@_outside_inference
def learn_style(recordings: Sound | Sequence[Sound], *, keep_s: float = KEEP_S) -> Style:
    """The seconds that stand best for recordings of any length: a sound that every verb takes as a style.

        gp.save(gp.learn_style([rain, more_rain]), "rain.style.safetensors")

    Args:
        recordings: any rates and numbers of channels.
        keep_s: largest length of what is kept, 1 to 300 s; shorter recordings are kept whole.

    Raises:
        InputError: a recording is silent or shorter than 0.2 s.
        UsageError: there is no recording, or `keep_s` is out of its range.
    """
    sounds = check_sounds(recordings, "the recording")
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
