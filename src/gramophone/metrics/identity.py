"""What a transfer keeps of its content and what it is made of: every measure of a result, by name.

The scores of all measures are 0 and 1 at the same places: those of the content at the style alone and at the
content itself, those of the style at the content and at the style's own halves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from statistics import mean

from gramophone.audio import Sound
from gramophone.errors import InputError
from gramophone.metrics import copying, harmony, leak, melody, onsets, patches, spectral_shape, style, timbre, words
from gramophone.metrics.channels import Compared, cancels, compared, is_silent
from gramophone.metrics.effects_network import EffectsNetwork
from gramophone.metrics.extra import MissingExtraError
from gramophone.metrics.measure import Ear, Measure, Waveform, undefined

HIGHEST_RATE_HZ = 44_100
SAME_LENGTH_S = 0.05
KEPT = (melody.NAME, harmony.NAME, words.NAME, spectral_shape.NAME, onsets.ONSETS, onsets.STROKES)
MADE_OF = (style.KERNEL,)

Maker = Callable[[Waveform, Waveform, int], Ear]


@dataclass(frozen=True)
class Identity:
    """What all ears say of one result.

    Attributes:
        measures: in the order in which they should be read.
        notes: what was done to make the recordings comparable, and what a listener should know.
    """

    measures: tuple[Measure, ...]
    notes: tuple[str, ...]

    def __getitem__(self, name: str) -> Measure:
        """The measure of that name.

        Raises:
            KeyError: there is none.
        """
        return {measure.name: measure for measure in self.measures}[name]

    @property
    def identity(self) -> float | None:
        """Mean score, each from 0 to 1, of the measures of the content that have a meaning for it."""
        return self._mean(KEPT)

    @property
    def style(self) -> float | None:
        """Score of the kernel distance to the style, from 0 to 1."""
        return self._mean(MADE_OF)

    def _mean(self, names: Sequence[str]) -> float | None:
        found = [measure.score for measure in self.measures if measure.name in names and measure.score is not None]
        return mean(min(1.0, max(0.0, score)) for score in found) if found else None


@dataclass(frozen=True)
class Ears:
    """All measures for one content and one style, prepared at their first use and kept for further results.

    Attributes:
        content: a transfer's content.
        style: its style.
    """

    content: Sound
    style: Sound
    prepared: dict[tuple[int, int], tuple[Ear, ...]] = field(default_factory=dict, repr=False)

    def hear(self, result: Sound) -> Identity:
        """Measures a result.

        Raises:
            InputError: its channels cannot be compared with the content's.
        """
        result = result.resampled(self.content.rate_hz)
        measured = [self._channel(pair, result) for pair in compared(self.content, self.style, result)]
        return Identity(tuple(_average(same) for same in zip(*measured, strict=True)), self._notes(result))

    def _channel(self, pair: Compared, result: Sound) -> list[Measure]:
        waveform = result.samples[pair.result]
        ears = self._ears(pair)
        if is_silent(result, pair.result):
            # A measure without meaning for the pair has none for silence either.
            content = self.content.samples[pair.content]
            return [_silent(measure) for ear in ears for measure in ear.measure(content)]
        return [measure for ear in ears for measure in ear.measure(waveform)]

    def _ears(self, pair: Compared) -> tuple[Ear, ...]:
        places = (pair.content, pair.style)
        if places not in self.prepared:
            content, theirs = self.content.samples[pair.content], self.style.samples[pair.style]
            makers = _makers(cache(partial(_pitch, content, self.content.rate_hz)))
            self.prepared[places] = tuple(
                _made(names, maker, content, theirs, self.content.rate_hz) for names, maker in makers
            )
        return self.prepared[places]

    def _notes(self, result: Sound) -> tuple[str, ...]:
        notes = []
        away_s = result.duration_s - self.content.duration_s
        if away_s > SAME_LENGTH_S:
            notes.append(f"the result is {away_s:.2f} s longer than the content: its end is not measured")
        if away_s < -SAME_LENGTH_S:
            notes.append(f"the result is {-away_s:.2f} s shorter than the content: the missing end counts as silence")
        if result.is_silent:
            notes.append("the result is silent")
        silent = sum(is_silent(self.content, channel) for channel in range(self.content.channels))
        if silent:
            notes.append(f"{silent} of {self.content.channels} channels of the content are silent and not compared")
        for sound, name in ((self.content, "content"), (self.style, "style"), (result, "result")):
            if cancels(sound):
                notes.append(f"the channels of the {name} are in opposite phase: played in mono they cancel")
        return tuple(notes)


def listen(content: Sound, style: Sound) -> Ears:
    """All measures for a content and a style.

    Args:
        content: of any rate and number of channels.
        style: the same.

    Raises:
        InputError: one of them is silent.
    """
    for sound, name in ((content, "content"), (style, "style")):
        if sound.is_silent:
            raise InputError(f"the {name} is silent, so there is nothing to measure by; give one with sound in it")
    rate_hz = min(HIGHEST_RATE_HZ, max(content.rate_hz, style.rate_hz))
    return Ears(content.resampled(rate_hz), style.resampled(rate_hz))


def identity(content: Sound, style: Sound, result: Sound) -> Identity:
    """What a result keeps of its content and what it is made of.

    A measure that has no meaning for the pair, or whose package is not installed, says so instead of giving a figure.
    Several results of one pair are measured faster by `listen`.

    Example:
        >>> from gramophone.audio import load
        >>> found = identity(load("voice.wav"), load("rain.wav"), load("result.wav"))  # doctest: +SKIP
        >>> print(found["melody"].reading)  # doctest: +SKIP

    Raises:
        InputError: content or style is silent, or the channels cannot be compared.
    """
    return listen(content, style).hear(result)


@dataclass(frozen=True)
class _Deaf:
    """Stands for measures that cannot be had for a pair."""

    names: tuple[str, ...]
    reason: str

    def measure(self, result: Waveform) -> tuple[Measure, ...]:
        del result
        return tuple(undefined(name, self.reason) for name in self.names)


def _makers(pitch: Callable[[], melody.Pitch]) -> tuple[tuple[tuple[str, ...], Maker], ...]:
    """How every ear is made; two of them ask for the content's pitch, which is tracked once."""
    return (
        (
            (melody.NAME, melody.OCTAVES),
            lambda content, theirs, rate_hz: melody.Melody.of(content, theirs, rate_hz, pitch()),
        ),
        ((harmony.NAME,), harmony.Harmony.of),
        ((words.NAME,), lambda content, theirs, rate_hz: words.Words.of(content, theirs, rate_hz, pitch())),
        ((spectral_shape.NAME,), spectral_shape.SpectralShape.of),
        ((onsets.ONSETS, onsets.STROKES), onsets.Onsets.of),
        ((style.KERNEL, style.COSINE), _effects),
        ((patches.NAME,), patches.Patches.of),
        ((timbre.NAME,), timbre.Timbre.of),
        ((copying.NAME,), copying.Copying.of),
        ((leak.NAME,), leak.Leak.of),
    )


def _pitch(content: Waveform, rate_hz: int) -> melody.Pitch:
    return melody.track(melody.pitch_detector(), content, rate_hz)


def _effects(content: Waveform, theirs: Waveform, rate_hz: int) -> Ear:
    return style.Style.of(content, theirs, rate_hz, EffectsNetwork.installed())


def _made(names: tuple[str, ...], maker: Maker, content: Waveform, theirs: Waveform, rate_hz: int) -> Ear:
    try:
        return maker(content, theirs, rate_hz)
    except (MissingExtraError, InputError) as error:
        return _Deaf(names, str(error))


def _silent(measure: Measure) -> Measure:
    if measure.value is None:
        return measure
    score = None if measure.score is None else 0.0
    return replace(measure, value=0.0, score=score, reading="the result is silent")


def _average(same: Sequence[Measure]) -> Measure:
    """Of one measure on several channels; the reading of channels that differ gives their figures."""
    heard = [(measure, measure.value) for measure in same if measure.value is not None]
    if not heard:
        return same[0]
    if len(heard) == 1:
        return heard[0][0]
    values, scores = [value for _, value in heard], [m.score for m, _ in heard if m.score is not None]
    naturals = [measure.natural for measure, _ in heard if measure.natural is not None]
    return Measure(
        same[0].name,
        mean(values),
        mean(naturals) if naturals else None,
        "channel by channel: " + "; ".join(measure.reading for measure, _ in heard),
        mean(scores) if scores else None,
        heard[0][0].beside,
    )
