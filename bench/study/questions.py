"""The questions, each as the systems that answer it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from bench.study.axes_questions import axes, carried, pictures, receptive_fields
from bench.study.budget import Budget
from bench.study.cells import Cell
from bench.study.question import PARETO_PAIRS, STRENGTH, Question, claim, with_noise, with_weights
from gramophone.presets import PRESETS, preset
from gramophone.settings import NetworkSettings, Settings, TermSettings, TransferSettings

RIVALS = ("driedger2015", "tralie2024", "vocoder", "cross")
"""References of other schools."""


def _trained() -> Question:
    return Question(
        "a",
        "Trained against random weights, finite against infinite width",
        {
            "wyse2017, trained": with_weights("wyse2017", "trained"),
            "wyse2017, random": with_weights("wyse2017", "random"),
            "huzaifah2019-freq, trained": with_weights("huzaifah2019-freq", "trained"),
            "huzaifah2019-freq, random": with_weights("huzaifah2019-freq", "random"),
            "ulyanov2016": preset("ulyanov2016", "transfer"),
            "infinite": preset("infinite", "transfer"),
            **{name: preset(name, "transfer") for name in RIVALS},
        },
        (
            claim("Wyse 2017: trained weights take more style", "nearest", "wyse2017, trained", "wyse2017, random"),
            claim("Wyse 2017: trained weights keep content", "structure", "wyse2017, trained", "wyse2017, random"),
            claim(
                "trained weights of Huzaifah & Wyse's network take more style",
                "nearest",
                "huzaifah2019-freq, trained",
                "huzaifah2019-freq, random",
            ),
            claim("infinite width gains more over mixing than drawn filters", "gain", "infinite", "ulyanov2016"),
            claim("infinite width takes more style (embedding)", "embedding", "infinite", "ulyanov2016"),
            claim("infinite width keeps more of the content (identity)", "identity", "infinite", "ulyanov2016"),
            claim("a vocoder takes more style than a trained network", "embedding", "vocoder", "wyse2017, trained"),
            claim("a vocoder keeps more of the content", "identity", "vocoder", "wyse2017, trained"),
        ),
    )


def _wyse(noises: Sequence[float]) -> dict[str, Settings]:
    """Both kinds of weights, from starts with so much noise."""
    return {
        f"{weights}, noise {noise:g}": with_noise(with_weights("wyse2017", weights), noise)
        for weights in ("trained", "random")
        for noise in noises
    }


def _noises() -> Question:
    return Question(
        "b",
        "Noise in the start (wyse2017, Figure 1)",
        _wyse((0.0, 0.2, 0.5, 0.7)),
        (
            claim("noise costs content", "structure", "trained, noise 0", "trained, noise 0.7"),
            claim("noise costs style", "nearest", "trained, noise 0", "trained, noise 0.7"),
            claim(
                "noise costs content without trained weights, too",
                "structure",
                "random, noise 0",
                "random, noise 0.7",
            ),
            claim(
                "noise costs style without trained weights, too", "nearest", "random, noise 0", "random, noise 0.7"
            ),
        ),
    )


def _figure_1() -> Question:
    clean, noisy = "trained, noise 0", "trained, noise 0.5"
    drawn, drawn_noisy = "random, noise 0", "random, noise 0.5"
    measured = {
        "nearest": "style's patches",
        "style_distance": "an unseen network",
        "embedding": "an embedding",
        "statistics_db": "auditory statistics",
    }
    return Question(
        "b2",
        "Figure 1 of Wyse 2017: trained and random weights, without noise and with noise 0.5",
        _wyse((0.0, 0.5)),
        (
            *(claim(f"trained weights take more style ({by})", one, clean, drawn) for one, by in measured.items()),
            claim("random weights leave the content as it was (structure)", "structure", drawn, clean),
            claim("random weights leave the content as it was (identity)", "identity", drawn, clean),
            *(claim(f"noise costs style ({by})", one, clean, noisy) for one, by in measured.items()),
            claim("noise costs content (structure)", "structure", clean, noisy),
            claim("noise costs content (identity)", "identity", clean, noisy),
            claim("style suffers more from noise than content", "style_over_content", clean, noisy),
            claim("style suffers more with random weights, too", "style_over_content", drawn, drawn_noisy),
            *(
                claim(f"noise costs style with random weights, too ({by})", one, drawn, drawn_noisy)
                for one, by in measured.items()
            ),
        ),
    )


EARLY_STEPS = 60


def _early() -> Question:
    whole = _wyse((0.0, 0.5))
    systems = {
        f"{name}, {EARLY_STEPS} steps": replace(one, optimiser=replace(one.optimiser, iterations=EARLY_STEPS))
        for name, one in whole.items()
    }
    return Question(
        "b3",
        f"Figure 1 cut off after {EARLY_STEPS} of 3,000 steps",
        systems,
        (),
        published=dict(zip(systems, whole.values(), strict=True)),
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
            claim("more filters are better", "statistics_db", "1024 filters", "64 filters"),
            claim("infinitely many are better than a thousand", "statistics_db", "infinitely many", "1024 filters"),
            claim("infinitely many copy no more than a thousand", "copy", "infinitely many", "1024 filters"),
        ),
        strength=None,
        free_filters=True,
    )


def _scales() -> Question:
    deep = preset("infinite-deep", "transfer")
    bands = preset("huzaifah2019-cqt", "transfer")
    drawn = with_weights("huzaifah2019-freq", "random")
    linear, bent = "huzaifah2019-freq, 256 drawn filters", "huzaifah2019-cqt, 256 drawn filters"
    return Question(
        "e",
        "Linear, mel and constant-Q frequencies",
        {
            linear: drawn,
            bent: replace(bands, network=replace(bands.network, filters=256)),
            **{f"infinite-deep, {scale}": deep.on_scale(scale) for scale in ("linear", "mel", "constant-q")},
        },
        (
            claim("Huzaifah & Wyse: constant-Q takes more style (embedding)", "embedding", bent, linear),
            claim("constant-Q takes more style (an unseen network)", "style_distance", bent, linear),
            claim("constant-Q keeps more of the content", "identity", bent, linear),
            claim("constant-Q gains", "gain", "infinite-deep, constant-q", "infinite-deep, linear"),
            claim("mel gains", "gain", "infinite-deep, mel", "infinite-deep, linear"),
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
            claim("Verma & Smith: the terms bring the style nearer", "spectrum_db", "both, of the style", "none"),
            claim(
                "the terms bring the statistics of the style nearer", "statistics_db", "both, of the style", "none"
            ),
            claim("energies of the content keep its movement", "structure", "both, of the content", "none"),
        ),
    )


def _bands(letter: str, low_passed: Literal["content", "style"], words: str) -> Question:
    usual = preset("verma2018", "transfer")
    plain = replace(usual, terms=TermSettings())
    return Question(
        letter,
        words,
        {
            "verma2018": usual,
            "verma2018 without its energy terms": plain,
            "infinite": preset("infinite", "transfer"),
            "vocoder": preset("vocoder", "transfer"),
        },
        (
            claim("energy terms change the bandwidth", "band_db", "verma2018", "verma2018 without its energy terms"),
            claim("a network of infinite width changes it more", "band_db", "infinite", "verma2018"),
        ),
        low_passed=low_passed,
    )


def _wider() -> Question:
    return _bands("k", "content", "Verma & Smith: another bandwidth; content below 2 kHz, style of all frequencies")


def _narrower() -> Question:
    return _bands("k2", "style", "The other way: content of all frequencies, style below 2 kHz")


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
            claim(
                "Grinstein: the content start is better than the content term",
                "gain",
                "style alone, from the content",
                "content term, from noise",
            ),
            claim(
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
            "soundnet, trained": with_weights("soundnet", "trained"),
            "soundnet, random": with_weights("soundnet", "random"),
            "infinite": preset("infinite", "transfer"),
            "vocoder": preset("vocoder", "transfer"),
        },
        (
            claim("trained weights take more style", "style_distance", "soundnet, trained", "soundnet, random"),
            claim("spectrograms take more style", "style_distance", "infinite", "soundnet, trained"),
        ),
    )


QUESTIONS: Mapping[str, Callable[[], Question]] = {
    "a": _trained,
    "b": _noises,
    "b2": _figure_1,
    "b3": _early,
    "c": axes,
    "c2": carried,
    "d": _counts,
    "e": _scales,
    "f": _energies,
    "g": _starts,
    "h": _waveforms,
    "i": receptive_fields,
    "k": _wider,
    "k2": _narrower,
    "l": pictures,
}


def pareto_cells(budget: Budget) -> list[Cell]:
    """Every preset on every pair, one seed: published systems, our own, and rivals without a network."""
    return [
        Cell(name, budget.applied(settings), content, style, 0, STRENGTH, budget.clip_s, settings)
        for content, style in PARETO_PAIRS[: budget.pareto_pairs]
        for name, settings in ((name, jobs["transfer"]) for name, jobs in PRESETS.items())
    ]
