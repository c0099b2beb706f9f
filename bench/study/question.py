"""What a question is, the recordings it is asked on, and its measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bench.study.budget import Budget
from bench.study.cells import LOW_PASSED, Cell
from bench.study.judge import NAMES
from gramophone.presets import preset
from gramophone.settings import Settings
from gramophone.study.claims import Claim

PAIRS = (
    ("speech_female", "rooster"),
    ("speech_jfk", "fire"),
    ("piano_bach", "applause"),
    ("laughing", "train"),
    ("song_fishin", "pouring_water"),
    ("jazz_vibe_ace", "insect_fly"),
    ("phrase", "rain"),
    ("guitar_em9", "church_bells"),
    ("sugar_plum_fairy", "birds_starlings"),
)
"""Every recording in one pair only, so that pairs are independent.

The first is Figure 1 of Wyse 2017. Its speech lies so near to the crow's patches that `nearest` has no meaning there;
the other eight are enough for a verdict by it.
"""

PARETO_PAIRS = PAIRS
STRENGTH = 0.6
MEASURES = (
    *("embedding", "nearest", "style_distance", "statistics_db", "spectrum_db", "purity", "gain"),
    *("identity", "structure", "chroma", "copy", "overshoot_db"),
)
BOUNDED = ("purity", "structure", "gain", "identity", "chroma", "copy")
"""Measures that end at 0 or 1, where a table may find many of its results."""


@dataclass(frozen=True)
class Question:
    """A question.

    Attributes:
        letter: its name on the command line.
        words: what is asked.
        systems: settings by name.
        claims: what the figures are held against.
        strength: of the transfers; none makes textures of the style.
        onto_itself: the content stands for the style too, to see what is kept of one sound.
        low_passed: of which recording only the lower frequencies are taken.
        free_filters: their number is the question, so the budget does not limit it.
        published: settings before a cut that is itself the question, by the names of systems.
        within_db: what is said to be better must come so near to the long-term spectrum of the sound, or the claim is
            not told; None for no such condition.
    """

    letter: str
    words: str
    systems: Mapping[str, Settings]
    claims: Sequence[Claim]
    strength: float | None = STRENGTH
    onto_itself: bool = False
    low_passed: Literal["content", "style", ""] = ""
    free_filters: bool = False
    published: Mapping[str, Settings] = field(default_factory=dict)
    within_db: float | None = None

    def cells(self, budget: Budget) -> list[Cell]:
        """Of all seeds and pairs, the first seed of all pairs first."""
        budget = replace(budget, filters=0) if self.free_filters else budget
        return [
            Cell(
                system=name,
                settings=budget.applied(settings),
                content=content,
                style=style,
                seed=seed,
                strength=self.strength,
                clip_s=budget.clip_s,
                published=self.published.get(name, settings),
            )
            for seed in range(budget.seeds)
            for content, style in self.pairs(budget)
            for name, settings in self.systems.items()
        ]

    def pairs(self, budget: Budget) -> Sequence[tuple[str, str]]:
        """Of the recordings; single sounds stand on both sides."""
        pairs = PAIRS[: budget.pairs]
        if self.onto_itself:
            return [(content, content) for content, _ in pairs]
        if self.low_passed:
            ends = [LOW_PASSED if self.low_passed == role else "" for role in ("content", "style")]
            return [(content + ends[0], style + ends[1]) for content, style in pairs]
        return pairs if self.strength is not None else [(style, style) for _, style in pairs]


def with_weights(name: str, weights: str) -> Settings:
    settings = preset(name, "transfer")
    return replace(settings, network=replace(settings.network, weights=weights))


def with_noise(settings: Settings, noise: float) -> Settings:
    return replace(settings, transfer=replace(settings.transfer, noise=noise))


def claim(words: str, measure: str, better: str, worse: str) -> Claim:
    """A claim by any figure of `judge.NAMES`."""
    return Claim(words, measure, better, worse, NAMES[measure][1])
