"""The questions, each as the systems that answer it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.study.budget import Budget
from bench.study.cells import Cell
from gramophone.presets import PRESETS, preset
from gramophone.settings import NetworkSettings, Settings, TermSettings, TransferSettings
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
    *("purity", "structure", "gain", "nearest", "style_distance", "statistics_db", "spectrum_db", "chroma", "copy"),
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
        within_db: what is said to be better must come so near to the long-term spectrum of the sound, or the claim is
            not told; None for no such condition.
    """

    letter: str
    words: str
    systems: Mapping[str, Settings]
    claims: Sequence[Claim]
    strength: float | None = STRENGTH
    onto_itself: bool = False
    free_filters: bool = False
    within_db: float | None = None

    def cells(self, budget: Budget) -> list[Cell]:
        """Of all seeds and pairs, the first seed of all pairs first."""
        budget = replace(budget, filters=0) if self.free_filters else budget
        return [
            Cell(name, budget.applied(settings), content, style, seed, self.strength, budget.clip_s, settings)
            for seed in range(budget.seeds)
            for content, style in self.pairs(budget)
            for name, settings in self.systems.items()
        ]

    def pairs(self, budget: Budget) -> Sequence[tuple[str, str]]:
        """Of the recordings; single sounds stand on both sides."""
        pairs = PAIRS[: budget.pairs]
        if self.onto_itself:
            return [(content, content) for content, _ in pairs]
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
            Claim("Wyse 2017: trained weights take more style", "nearest", "wyse2017, trained", "wyse2017, random"),
            Claim("Wyse 2017: trained weights keep content", "structure", "wyse2017, trained", "wyse2017, random"),
            Claim(
                "trained weights of Huzaifah & Wyse's network take more style",
                "nearest",
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
            Claim("noise costs style", "nearest", "trained, noise 0", "trained, noise 0.7"),
            Claim(
                "noise costs content without trained weights, too",
                "structure",
                "random, noise 0",
                "random, noise 0.7",
            ),
            Claim(
                "noise costs style without trained weights, too", "nearest", "random, noise 0", "random, noise 0.7"
            ),
        ),
    )


def _figure_1() -> Question:
    clean, noisy = "trained, noise 0", "trained, noise 0.5"
    drawn, drawn_noisy = "random, noise 0", "random, noise 0.5"
    measured = {"nearest": "style's patches", "style_distance": "an unseen network", "statistics_db": "the ear"}
    return Question(
        "b2",
        "Figure 1 of Wyse 2017: trained and random weights, without noise and with noise 0.5",
        _wyse((0.0, 0.5)),
        (
            *(Claim(f"trained weights take more style ({by})", one, clean, drawn) for one, by in measured.items()),
            Claim("random weights leave the content as it was", "structure", drawn, clean),
            *(Claim(f"noise costs style ({by})", one, clean, noisy) for one, by in measured.items()),
            Claim("noise costs content", "structure", clean, noisy),
            *(
                Claim(f"noise costs style with random weights, too ({by})", one, drawn, drawn_noisy)
                for one, by in measured.items()
            ),
        ),
    )


AXES = ("huzaifah2019-freq", "huzaifah2019-time", "huzaifah2019-2d", "gatys-vgg19")


PUBLISHED_FILTERS = 4096
"""Of drawn networks along one axis; 256 are what is trained here."""


def _drawn(name: str) -> Settings:
    found = _weights(name, "trained" if name == "gatys-vgg19" else "random")
    if name not in ("huzaifah2019-freq", "huzaifah2019-time"):
        return found
    return replace(found, network=replace(found.network, filters=PUBLISHED_FILTERS))


def _axes() -> Question:
    return Question(
        "c",
        "Along time, along frequency, along both, VGG-19: the same start (content), random weights but for VGG-19",
        {name: _noise(_drawn(name), 0.0) for name in AXES},
        (
            Claim("Huzaifah & Wyse: 1-D nets take more of a texture than 2-D", "nearest", AXES[0], AXES[2]),
            Claim(
                "1-D nets come nearer to the style than 2-D, as an unseen network sees it",
                "style_distance",
                AXES[0],
                AXES[2],
            ),
            Claim("Wyse, Grinstein: picture nets are not compelling", "nearest", AXES[0], AXES[3]),
        ),
    )


RECONSTRUCTED_DB = 6.0
"""Distance in the long-term spectrum beyond which a reconstruction has failed, and says nothing of what was kept."""


def _carried() -> Question:
    first = AXES[0]
    from_noise = _drawn(first)
    systems = {
        f"{first}: style alone": replace(from_noise, transfer=TransferSettings(content=0.0, noise=1.0)),
        f"{first}: content alone": replace(from_noise, transfer=TransferSettings(content=1e6, noise=1.0)),
    }
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
        within_db=RECONSTRUCTED_DB,
    )


COUNTS = (64, 256, 1024, 4096)


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


def _waveforms() -> Question:
    return Question(
        "h",
        "Convolutions of the waveform (soundnet, as Grinstein et al. 2017 tried), spectrograms, a vocoder",
        {
            "soundnet, trained": _weights("soundnet", "trained"),
            "soundnet, random": _weights("soundnet", "random"),
            "infinite": preset("infinite", "transfer"),
            "vocoder": preset("vocoder", "transfer"),
        },
        (
            Claim("trained weights take more style", "style_distance", "soundnet, trained", "soundnet, random"),
            Claim("spectrograms take more style", "style_distance", "infinite", "soundnet, trained"),
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
    "h": _waveforms,
}


def pareto_cells(budget: Budget) -> list[Cell]:
    """Every preset on every pair, one seed: published systems, our own, and rivals without a network."""
    return [
        Cell(name, budget.applied(settings), content, style, 0, STRENGTH, budget.clip_s, settings)
        for content, style in PARETO_PAIRS[: budget.pareto_pairs]
        for name, settings in ((name, jobs["transfer"]) for name, jobs in PRESETS.items())
    ]
