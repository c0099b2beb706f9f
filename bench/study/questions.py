"""The questions, each as the systems that answer it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.quality.recordings import HELD_OUT_PAIRS, TUNING_PAIRS
from bench.study.budget import Budget
from bench.study.cells import Cell
from gramophone.presets import PRESETS, preset
from gramophone.settings import NetworkSettings, Settings, TermSettings, TransferSettings
from gramophone.study.claims import Claim

PAIRS = (("speech_female", "rooster"), *HELD_OUT_PAIRS[:2], HELD_OUT_PAIRS[2], HELD_OUT_PAIRS[4], *TUNING_PAIRS)
"""The first is Figure 1 of Wyse 2017; then speech and music in textures."""

PARETO_PAIRS = (*HELD_OUT_PAIRS, *TUNING_PAIRS)
STRENGTH = 0.6
MEASURES = (
    *("purity", "structure", "gain", "style_distance", "statistics_db", "spectrum_db", "chroma", "copy"),
    "seconds",
)
BOUNDED = ("purity", "structure", "gain", "chroma", "copy")
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
        free_filters: their number is the question, so the budget does not limit it.
        reading: what may explain the figures, in words.
        own_steps: so many steps of the systems' own optimisers, on the first pair alone; 0 for the budget's.
    """

    letter: str
    words: str
    systems: Mapping[str, Settings]
    claims: Sequence[Claim]
    strength: float | None = STRENGTH
    onto_itself: bool = False
    free_filters: bool = False
    reading: str = ""
    own_steps: int = 0

    def cells(self, budget: Budget) -> list[Cell]:
        """Of all seeds and pairs, the first seed of all pairs first."""
        budget = replace(budget, filters=MOST_FILTERS) if self.free_filters else budget
        return [
            Cell(name, self._applied(settings, budget), content, style, seed, self.strength, budget.clip_s)
            for seed in range(budget.seeds)
            for content, style in self.pairs(budget)
            for name, settings in self.systems.items()
        ]

    def _applied(self, settings: Settings, budget: Budget) -> Settings:
        applied = budget.applied(settings)
        if not self.own_steps:
            return applied
        return replace(applied, optimiser=replace(settings.optimiser, iterations=self.own_steps))

    def pairs(self, budget: Budget) -> Sequence[tuple[str, str]]:
        """Of the recordings; single sounds stand on both sides."""
        pairs = PAIRS[: 1 if self.own_steps else budget.pairs]
        if self.onto_itself:
            return [(name, name) for pair in pairs for name in pair]
        return pairs if self.strength is not None else [(style, style) for _, style in pairs]


def _weights(name: str, weights: str) -> Settings:
    settings = preset(name, "transfer")
    return replace(settings, network=replace(settings.network, weights=weights))


def _noise(settings: Settings, noise: float) -> Settings:
    return replace(settings, transfer=replace(settings.transfer, noise=noise))


def _trained() -> Question:
    return Question(
        "a",
        "Trained against random weights, finite against infinite width",
        {
            "wyse2017, trained": _weights("wyse2017", "trained"),
            "wyse2017, random": _weights("wyse2017", "random"),
            "huzaifah2019-freq, trained": _weights("huzaifah2019-freq", "trained"),
            "huzaifah2019-freq, random": _weights("huzaifah2019-freq", "random"),
            "ulyanov2016": preset("ulyanov2016", "transfer"),
            "infinite": preset("infinite", "transfer"),
        },
        (
            Claim("Wyse 2017: trained weights take more style", "purity", "wyse2017, trained", "wyse2017, random"),
            Claim("Wyse 2017: trained weights keep content", "structure", "wyse2017, trained", "wyse2017, random"),
            Claim(
                "trained weights of Huzaifah & Wyse's network take more style",
                "purity",
                "huzaifah2019-freq, trained",
                "huzaifah2019-freq, random",
            ),
            Claim("infinite width gains more over mixing than drawn filters", "gain", "infinite", "ulyanov2016"),
        ),
    )


def _wyse(noises: Sequence[float]) -> dict[str, Settings]:
    """Both kinds of weights, from starts with so much noise."""
    return {
        f"{weights}, noise {noise:g}": _noise(_weights("wyse2017", weights), noise)
        for weights in ("trained", "random")
        for noise in noises
    }


def _noises() -> Question:
    return Question(
        "b",
        "Noise in the start (wyse2017, Figure 1)",
        _wyse((0.0, 0.2, 0.5, 0.7)),
        (
            Claim("noise costs content", "structure", "trained, noise 0", "trained, noise 0.7"),
            Claim("noise costs style", "purity", "trained, noise 0", "trained, noise 0.7"),
            Claim(
                "noise costs content without trained weights, too",
                "structure",
                "random, noise 0",
                "random, noise 0.7",
            ),
            Claim("noise costs style without trained weights, too", "purity", "random, noise 0", "random, noise 0.7"),
        ),
    )


def _figure_1() -> Question:
    return Question(
        "b2",
        "Figure 1 of Wyse 2017 with its own optimiser: Adam, 300 steps, speech in a crowing rooster",
        _wyse((0.0, 0.5)),
        (
            Claim("trained weights keep content", "structure", "trained, noise 0", "random, noise 0"),
            Claim("trained weights take more style", "style_distance", "trained, noise 0", "random, noise 0"),
            Claim(
                "trained weights take more style, from a noisy start",
                "style_distance",
                "trained, noise 0.5",
                "random, noise 0.5",
            ),
            Claim("noise costs content", "structure", "trained, noise 0", "trained, noise 0.5"),
            Claim("noise costs style", "style_distance", "trained, noise 0", "trained, noise 0.5"),
        ),
        reading=(
            "Why Figure 1 does not come out: both networks bring their own style distance down to a ninth in 150 "
            "steps (trained 0.71 to 0.08, random 0.21 to 0.02, without noise), but what satisfies the trained one is "
            "not seen by a network that took no part, and goes further from the content (0.38 against 0.08 of each "
            "network's own distance). A trained network leaves more of the sound open than filters that are drawn "
            "over all of it. The paper judged by ear, on other weights."
        ),
        own_steps=300,
    )


AXES = ("huzaifah2019-freq", "huzaifah2019-time", "huzaifah2019-2d", "gatys-vgg19")


def _drawn(name: str) -> Settings:
    return _weights(name, "trained" if name == "gatys-vgg19" else "random")


def _axes() -> Question:
    return Question(
        "c",
        "Along time, along frequency, along both, VGG-19: the same start (content), random weights but for VGG-19",
        {name: _noise(_drawn(name), 0.0) for name in AXES},
        (
            Claim("Huzaifah & Wyse: 1-D nets take more of a texture than 2-D", "purity", AXES[0], AXES[2]),
            Claim(
                "1-D nets come nearer to the style than 2-D, as an unseen network sees it",
                "style_distance",
                AXES[0],
                AXES[2],
            ),
            Claim("Wyse, Grinstein: picture nets are not compelling", "purity", AXES[0], AXES[3]),
        ),
    )


def _carried() -> Question:
    systems = {}
    for name in AXES[:3]:
        from_noise = _noise(_drawn(name), 1.0)
        systems[f"{name}: style alone"] = replace(from_noise, transfer=TransferSettings(content=0.0, noise=1.0))
        systems[f"{name}: content alone"] = replace(from_noise, transfer=TransferSettings(content=1e6, noise=1.0))
    first = AXES[0]
    style, content = f"{first}: style alone", f"{first}: content alone"
    return Question(
        "c2",
        "What Gram matrices and what layer activity keep of one and the same sound, from noise",
        systems,
        (
            Claim("Huzaifah & Wyse: activity carries rhythm better than Gram matrices", "structure", content, style),
            Claim("Huzaifah & Wyse: activity carries pitch better than Gram matrices", "chroma", content, style),
            Claim("Huzaifah & Wyse: Gram matrices carry timbre better than activity", "spectrum_db", style, content),
        ),
        onto_itself=True,
    )


COUNTS = (64, 256, 1024, 4096)
MOST_FILTERS = max(COUNTS)


def _counts() -> Question:
    usual = preset("ulyanov2016", "texture")
    systems = {f"{count} filters": replace(usual, network=replace(usual.network, filters=count)) for count in COUNTS}
    infinite = replace(usual, network=NetworkSettings("infinite", normalise_level=False), noise="shaped")
    return Question(
        "d",
        "Number of filters, in textures (ulyanov2016; infinitely many with the same span)",
        {**systems, "infinitely many": infinite},
        (
            Claim("more filters are better", "statistics_db", "1024 filters", "64 filters"),
            Claim("infinitely many are better than a thousand", "statistics_db", "infinitely many", "1024 filters"),
            Claim("infinitely many copy no more than a thousand", "copy", "infinitely many", "1024 filters"),
        ),
        strength=None,
        free_filters=True,
    )


def _scales() -> Question:
    usual = preset("infinite", "transfer")
    return Question(
        "e",
        "Linear, mel and constant-Q frequencies (infinite)",
        {
            "linear": usual.on_scale("linear"),
            "mel": usual.on_scale("mel"),
            "constant-q": usual.on_scale("constant-q"),
        },
        (
            Claim("Huzaifah & Wyse: constant-Q is an improvement", "gain", "constant-q", "linear"),
            Claim("mel is an improvement", "gain", "mel", "linear"),
        ),
    )


def _energies() -> Question:
    usual = preset("verma2018", "transfer")

    def asked(**changes: float | str) -> Settings:
        return replace(usual, terms=replace(usual.terms, **changes))  # type: ignore[arg-type]

    return Question(
        "f",
        "Energy terms (verma2018)",
        {
            "both, of the style": usual,
            "both, of the content": asked(envelopes="content"),
            "over time alone": asked(frequency_energy=0.0),
            "over frequency alone": asked(time_energy=0.0),
            "none": replace(usual, terms=TermSettings()),
        },
        (
            Claim("Verma & Smith: the terms bring the style nearer", "spectrum_db", "both, of the style", "none"),
            Claim(
                "the terms bring the statistics of the style nearer", "statistics_db", "both, of the style", "none"
            ),
            Claim("energies of the content keep its movement", "structure", "both, of the content", "none"),
        ),
    )


def _starts() -> Question:
    usual = preset("ulyanov2016", "transfer")

    def held(content: float, noise: float) -> Settings:
        return replace(usual, transfer=TransferSettings(content=content, noise=noise))

    return Question(
        "g",
        "Content term against content start (network of ulyanov2016)",
        {
            "content term, from noise": held(0.01, 1.0),
            "style alone, from the content": held(0.0, 0.0),
            "content term, from the content": held(0.01, 0.0),
        },
        (
            Claim(
                "Grinstein: the content start is better than the content term",
                "gain",
                "style alone, from the content",
                "content term, from noise",
            ),
            Claim(
                "Grinstein: a content term besides is unnecessary",
                "gain",
                "style alone, from the content",
                "content term, from the content",
            ),
        ),
    )


QUESTIONS: Mapping[str, Callable[[], Question]] = {
    "a": _trained,
    "b": _noises,
    "b2": _figure_1,
    "c": _axes,
    "c2": _carried,
    "d": _counts,
    "e": _scales,
    "f": _energies,
    "g": _starts,
}


def pareto_cells(budget: Budget) -> list[Cell]:
    """Every preset on every pair, one seed."""
    return [
        Cell(name, budget.applied(preset(name, "transfer")), content, style, 0, STRENGTH, budget.clip_s)
        for content, style in PARETO_PAIRS[: budget.pareto_pairs]
        for name, jobs in PRESETS.items()
        if jobs["transfer"].rival is None
    ]
