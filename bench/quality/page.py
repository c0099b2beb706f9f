"""docs/quality.md: what was measured, in tables, and what was asked."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import fields
from statistics import mean

from bench.quality.recordings import HELD_OUT_PAIRS, HELD_OUT_TEXTURES, TUNING_PAIRS, TUNING_TEXTURES
from bench.quality.textures import SYSTEMS, Scores, Textures
from bench.quality.transfers import PUBLISHED, STRENGTHS, Pair, Transferred, Transfers
from gramophone.metrics.transfer import Placed

DEFAULT, REFERENCE = "infinite (default)", "ulyanov2016"
NEAR_COPY = 0.10
FORMS = (".1f", "+.1f", ".2f", ".2f", ".3f", ".1e", ".1f")  # of the fields of Scores


def page(textures: Textures, transfers: Transfers) -> str:
    """The whole page."""
    return "\n".join(
        [
            f"""# Quality

Written by `make bench-quality` on {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}. Every measure is one that no
system here optimises, taken on the written file; `gramophone evaluate` prints the same ones. Settings were chosen on
one half of the recordings only ("tuning"); what counts is the other half ("held out"). Times are processor seconds of
one thread; all results were made side by side on one machine with two cores.
""",
            _asked(textures, transfers),
            _texture_tables(textures),
            _transfer_tables(transfers),
            _failures(textures, transfers),
        ]
    )


def _asked(textures: Textures, transfers: Transfers) -> str:
    held = HELD_OUT_TEXTURES
    own, published = textures.scores[DEFAULT], textures.scores[REFERENCE]
    excess = mean(textures.halves[name][0] for name in held)
    whole = (*held, *TUNING_TEXTURES)
    copies = mean(own[name].copy - textures.natural_copy[name] for name in whole)
    better = mean(own[name].snr_db - published[name].snr_db for name in published)
    faster = mean(published[name].seconds / own[name].seconds for name in published)
    pairs = (*HELD_OUT_PAIRS, *TUNING_PAIRS)
    gain = mean(transfers.gain(pair) for pair in HELD_OUT_PAIRS)
    both = [pair for pair in pairs if pair in transfers.published]
    beaten = sum(transfers.gain(pair) > transfers.published_gain(pair) for pair in both)
    quick = mean(
        mean(one.seconds for one in transfers.published[pair].values())
        / mean(one.seconds for one in transfers.default[pair].values())
        for pair in both
    )
    rows = [
        ("texture: excess over natural variation, equal lengths, held out", "+4 dB", f"{excess:+.1f} dB"),
        ("texture: the same, all clips", "+4 dB", f"{mean(textures.halves[n][0] for n in whole):+.1f} dB"),
        ("texture: mean copy score above the natural level", f"{NEAR_COPY:.2f}", f"{copies:+.2f}"),
        (f"texture: statistics above `{REFERENCE}` ({len(published)} clips)", "+5 dB", f"{better:+.1f} dB"),
        (f"texture: times faster than `{REFERENCE}`", "20", f"{faster:.0f}"),
        ("transfer: purity gained over mixing, held-out pairs", "+0.50", f"{gain:+.2f}"),
        ("transfer: the same, all pairs", "+0.50", f"{mean(map(transfers.gain, pairs)):+.2f}"),
        (f"transfer: pairs on which `{REFERENCE}` is beaten", "8 of 10", f"{beaten} of {len(both)}"),
        (f"transfer: times faster than `{REFERENCE}`", "20", f"{quick:.0f}"),
    ]
    return _table("## Asked and reached", ("figure", "asked", "reached"), rows)


def _texture_tables(textures: Textures) -> str:
    rows = []
    for system in SYSTEMS:
        made = textures.scores[system]
        held, tuned = (
            [made[name] for name in names if name in made] for names in (HELD_OUT_TEXTURES, TUNING_TEXTURES)
        )
        forms = zip(fields(Scores), FORMS, strict=True)
        rows.append((system, *(_both(held, tuned, field.name, form) for field, form in forms)))
    halves = (HELD_OUT_TEXTURES, TUNING_TEXTURES)
    natural = [mean(textures.natural_copy[name] for name in names) for names in halves]
    rows.append(("the recordings themselves", "", "0", f"{natural[0]:.2f} ({natural[1]:.2f})", "", "", "", ""))
    measures = ("statistics, dB", "by pieces, dB", "copy mean", "copy maximum", "Gram cosine", "unseen", "seconds")
    systems = _table("## Textures of 5 s from 5 s: held out (tuning)", ("system", *measures), rows)
    return f"""{systems}
*Statistics*: mean signal-to-noise ratio of eight classes of auditory statistics, whole result against whole
recording. *By pieces*: the excess over natural variation that `gramophone evaluate` quotes: halves of the result
against halves of the recording, above one half against the other. Results that vary as the recording does end at +3
there at most, whatever the system. *Copy*: best correlation of half seconds with the recording. *Unseen*: style
distance of 4,096 filters drawn for nothing else (2048/512). *Six widths*: six layers of 512 drawn filters in the
manner of Antognini et al. 2018, 100 steps. *Granular*: grains of 0.1 s in another order. A dash stands for what was
not made: the reference takes five minutes a clip.

{_clips(textures)}"""


def _both(held: Sequence[Scores], tuned: Sequence[Scores], name: str, form: str) -> str:
    """Means over the held-out clips and, in parentheses, over the tuning clips."""
    one, other = (format(mean(getattr(s, name) for s in some), form) if some else "-" for some in (held, tuned))
    return f"{one} ({other})"


def _clips(textures: Textures) -> str:
    rows = []
    for name in (*HELD_OUT_TEXTURES, *TUNING_TEXTURES):
        own, published = textures.scores[DEFAULT][name], textures.scores[REFERENCE].get(name)
        given, other = textures.halves[name]
        rows.append(
            (
                name,
                f"{own.snr_db:.1f} / {published.snr_db:.1f}" if published else f"{own.snr_db:.1f} / -",
                f"{given:+.1f}",
                f"{other:+.1f}",
                f"{own.copy:.2f} / {textures.natural_copy[name]:.2f}",
                f"{textures.similarity[name]:.2f}",
                f"{own.seconds:.1f} / {published.seconds:.0f}" if published else f"{own.seconds:.1f} / -",
            )
        )
    head = (
        "clip",
        f"statistics, default / {REFERENCE}",
        "excess, half given",
        "against the other half",
        "copy / natural",
        "two seeds",
        "seconds",
    )
    table = _table("## The default, clip by clip (held out first)", head, rows)
    return f"""{table}
*Excess, half given*: a texture as long as one half of the clip is made from that half; its statistics against that
half, above those of the other half against it. All four sounds have the same length, 2.5 s; mean of both halves.
*Against the other half*: the same texture against the half that it was not given; 0 is as near as the halves are to
each other, and a copy of the given half would have exactly that. *Two seeds*: copy score between two results.
"""


def _transfer_tables(transfers: Transfers) -> str:
    pairs = (*HELD_OUT_PAIRS, *TUNING_PAIRS)
    head = ("pair (held out first)", *(f"strength {s:g}" for s in STRENGTHS), "mean gain")
    default = _table(
        "## Transfers: structure / purity / gain over plain mixing, default",
        head,
        [
            (_name(pair), *(_placed(transfers.default[pair][s]) for s in STRENGTHS), f"{transfers.gain(pair):+.2f}")
            for pair in pairs
        ],
    )
    published = _table(
        f"## The same, `{REFERENCE}` (300 iterations)",
        ("pair", *(f"content weight {weight}" for weight in PUBLISHED.values()), "explained by a mix", "default"),
        [
            (
                _name(pair),
                *(_placed(transfers.published[pair][s]) for s in PUBLISHED),
                f"{transfers.published[pair][0.6].explained:.2f}",
                f"{mean(one.explained for one in transfers.default[pair].values()):.2f}",
            )
            for pair in pairs
            if pair in transfers.published
        ],
    )
    mixes = _table(
        "## The same, plain mixing: structure / purity",
        ("pair", "content alone", "-15 dB", "0 dB", "15 dB", "style alone"),
        [
            (_name(pair), *(f"{m.structure:.2f} / {m.purity:.2f}" for m in _five(transfers.mixes[pair])))
            for pair in pairs
        ],
    )
    return f"{default}\n{published}\n{mixes}"


def _failures(textures: Textures, transfers: Transfers) -> str:
    own = textures.scores[DEFAULT]
    lines = []
    for name, (given, _) in textures.halves.items():
        if given < 4:
            lines.append(f"- {name}: excess {given:+.1f} dB")
        if own[name].copy - textures.natural_copy[name] > NEAR_COPY:
            lines.append(f"- {name}: copy score {own[name].copy:.2f}, natural {textures.natural_copy[name]:.2f}")
    weak = [pair for pair in transfers.default if transfers.gain(pair) < 0.5]
    lines += [f"- {_name(pair)}: gain {transfers.gain(pair):+.2f}" for pair in weak]
    return "## Below what was asked\n\n" + "\n".join(lines or ["None."]) + "\n"


def _five(mixes: Sequence[Placed]) -> list[Placed]:
    last = len(mixes) - 1
    return [mixes[round(place * last / 4)] for place in range(5)]


def _placed(one: Transferred) -> str:
    return f"{one.placed.structure:.2f} / {one.placed.purity:.2f} / {one.gain:+.2f}"


def _name(pair: Pair) -> str:
    return f"{pair[0]} in {pair[1]}"


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return f"{title}\n\n" + "\n".join(lines) + "\n"
