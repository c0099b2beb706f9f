"""What `import gramophone` offers: the tasks, run to their end, and files."""

import os
from collections.abc import Callable, Sequence
from typing import Unpack

from gramophone import audio, presets
from gramophone.audio import Sound, Style, Written
from gramophone.audio import load as load
from gramophone.errors import ModelError
from gramophone.optim.minimise import Step
from gramophone.presets import Changes
from gramophone.presets.pretrained import transfer_settings, with_weights
from gramophone.presets.style_mix import Mix, MixKind
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import Envelopes
from gramophone.synthesis import Result as Result
from gramophone.synthesis import Stream as Stream
from gramophone.synthesis import representative
from gramophone.synthesis import texture as set_up_texture
from gramophone.synthesis import transfer as set_up_transfer
from gramophone.synthesis.learn_style import KEEP_S, Recording
from gramophone.synthesis.pipeline import Task
from gramophone.synthesis.prepare import roles_of

OnStep = Callable[[Step], object]


def save(sound: Sound | Result, path: str | os.PathLike[str], *, overwrite: bool = False) -> Written:
    """Writes a sound or a result as .wav, .flac or .ogg, a style as .safetensors too; see `audio.save`."""
    return audio.save(sound.sound if isinstance(sound, Result) else sound, path, overwrite=overwrite)


def texture(  # noqa: PLR0913 (one name a setting: the flags, the page and Python share them)
    style: Sound | Sequence[Sound],
    *,
    duration_s: float | None = None,
    weights: Sequence[float] | str | None = None,
    mix: MixKind = "alternate",
    crossover_hz: Sequence[float] | None = None,
    loop: bool = False,
    preset: str = presets.DEFAULT,
    seed: int = 0,
    device: str | None = None,
    on_step: OnStep | None = None,
    **changes: Unpack[Changes],
) -> Result:
    """New sound with the texture of one recording, or of several, of any length.

    Args:
        style: the recording(s); any rate and number of channels.
        duration_s: length of the result; by default that of the longest style.
        weights: share of each style, equal by default; or of a preset's network: `trained`, `random` or a file.
        mix: `alternate`: at each moment one of the styles; `blend`: all at once; see `mix.Mix`.
        crossover_hz: styles by frequency band instead, lowest first; ascending, one less than there are styles.
        loop: the last sample leads into the first.
        preset: a name of `presets.PRESETS`.
        seed: another seed gives another result.
        device: `cpu`, `cuda`; the best there is by default.
        on_step: called with every `Step`.
        changes: in the preset, such as `iterations=80`, `span_ms=(20, 80)`; see `presets.Changes`.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: an argument that cannot be.
        ModelError: a value became not finite; its `result` is the last good one.
    """
    styles = [style] if isinstance(style, Sound) else list(style)
    settings = presets.preset(preset, "texture", **changes)
    shares, source = (None, weights) if isinstance(weights, str) else (weights, None)
    settings = settings if source is None else with_weights(settings, preset, source)
    mixed = Mix.of(mix, crossover_hz, len(styles), weighted=shares is not None)
    task = set_up_texture(
        styles, settings, duration_s=duration_s, weights=shares, mix=mixed, loop=loop, seed=seed, device=device
    )
    return run(task, on_step)


def transfer(  # noqa: PLR0913
    content: Sound,
    style: Sound | Sequence[Sound],
    *,
    strength: float = 0.6,
    network: str | None = None,
    weights: Sequence[float] | str | None = None,
    noise: float | None = None,
    envelopes: Envelopes | None = None,
    preset: str = presets.DEFAULT,
    seed: int = 0,
    device: str | None = None,
    on_step: OnStep | None = None,
    **changes: Unpack[Changes],
) -> Result:
    """The content said in the sound of the style: made of the style, moving like the content.

    Args:
        content: what is said; the result has its length and level.
        style: what it is said with.
        strength: from 0 (the content as it is) to 1 (the style, free of the content).
        network: a trained network that looks at the sound instead: `wyse2017`, `huzaifah2019` or `verma2018`.
        weights: share of each style, equal by default; or of a network: `trained`, `random` or a .safetensors file.
        noise: share of noise in the start of a published system, from 0 (the content) to 1; the preset's by default.
        envelopes: whose level over time and spectrum `verma2018` asks for: `style` or `content`.
        preset: a name of `presets.PRESETS`.
        seed: another seed gives another result.
        device: `cpu`, `cuda`; the best there is by default.
        on_step: called with every `Step`.
        changes: in the preset, such as `iterations=80`, `span_ms=(20, 80)`; see `presets.Changes`.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: an argument that cannot be.
        ModelError: a value became not finite; its `result` is the last good one.
    """
    styles = [style] if isinstance(style, Sound) else list(style)
    shares, source = (None, weights) if isinstance(weights, str) else (weights, None)
    settings = transfer_settings(preset, network, source, **changes)
    settings = presets.steered(settings, network or preset, noise=noise, envelopes=envelopes)
    task = set_up_transfer(content, styles, settings, strength=strength, weights=shares, seed=seed, device=device)
    return run(task, on_step)


def stream(  # noqa: PLR0913
    style: Sound | Sequence[Sound],
    *,
    weights: Sequence[float] | None = None,
    preset: str = presets.DEFAULT,
    seed: int = 0,
    device: str | None = None,
    morph: Morph | None = None,
    mix: MixKind = "alternate",
    crossover_hz: Sequence[float] | None = None,
    **changes: Unpack[Changes],
) -> Stream:
    """A texture without end, as sounds of some seconds that lead on seamlessly.

        for block in gp.stream(rain): ...

    `weights` and `gain_db` of what is returned may be set between blocks.

    Args:
        style: the recording(s); any rate and number of channels.
        weights: share of each style, equal by default.
        preset: a name of `presets.PRESETS`.
        seed: another seed gives another texture.
        device: `cpu`, `cuda`; the best there is by default.
        morph: weights that move over time; see `morph.Morph`.
        mix: `alternate`: at each moment one of the styles; `blend`: all at once; see `mix.Mix`.
        crossover_hz: styles by frequency band instead, lowest first; ascending, one less than there are styles.
        changes: in the preset, such as `iterations=20`, `span_ms=(20, 80)`; see `presets.Changes`.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: an argument that cannot be.
    """
    styles = [style] if isinstance(style, Sound) else list(style)
    settings = presets.preset(preset, "stream", **changes)
    mixed = Mix.of(mix, crossover_hz, len(styles), weighted=weights is not None or morph is not None)
    return Stream(styles, settings, weights=weights, seed=seed, device=device, morph=morph, mix=mixed)


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
    sounds = [recordings] if isinstance(recordings, Sound) else list(recordings)
    roles = roles_of(sounds, "recording")
    return representative(
        (Recording(role, f"the {role}", [sound]) for role, sound in zip(roles, sounds, strict=True)), keep_s
    )


def run(task: Task, on_step: OnStep | None = None) -> Result:
    """Runs a task to its end, showing every step to `on_step`."""
    try:
        for step in task:
            if on_step:
                on_step(step)
    except ModelError as error:
        if task.synthesis.losses:
            error.result = task.finish()
        raise
    return task.finish()
