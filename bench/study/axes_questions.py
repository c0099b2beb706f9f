"""Questions to the orientation of networks, their receptive fields, and networks of pictures."""

from dataclasses import replace

from bench.study.question import Question, claim, with_noise, with_weights
from gramophone.settings import Settings, TermSettings, TransferSettings

AXES = ("huzaifah2019-freq", "huzaifah2019-time", "huzaifah2019-2d", "gatys-vgg19")


PUBLISHED_FILTERS = 4096
"""Of drawn networks along one axis; 256 are what is trained here."""


def _drawn(name: str) -> Settings:
    found = with_weights(name, "trained" if name == "gatys-vgg19" else "random")
    if name not in ("huzaifah2019-freq", "huzaifah2019-time"):
        return found
    return replace(found, network=replace(found.network, filters=PUBLISHED_FILTERS))


def axes() -> Question:
    return Question(
        "c",
        "Along time, along frequency, along both, VGG-19: the same start (content), random weights but for VGG-19",
        {name: with_noise(_drawn(name), 0.0) for name in AXES},
        (
            claim("Huzaifah & Wyse: 1-D nets take more of a texture than 2-D", "nearest", AXES[0], AXES[2]),
            claim(
                "1-D nets come nearer to the style than 2-D, as an unseen network sees it",
                "style_distance",
                AXES[0],
                AXES[2],
            ),
            claim("Wyse, Grinstein: picture nets are not compelling", "nearest", AXES[0], AXES[3]),
        ),
    )


RECONSTRUCTED_DB = 6.0
"""Distance in the long-term spectrum beyond which a reconstruction has failed, and says nothing of what was kept."""


def carried() -> Question:
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
            claim("Huzaifah & Wyse: activity carries rhythm better than Gram matrices", "structure", content, style),
            claim("Huzaifah & Wyse: activity carries pitch better than Gram matrices", "chroma", content, style),
            claim("Huzaifah & Wyse: Gram matrices carry timbre better than activity", "spectrum_db", style, content),
        ),
        onto_itself=True,
        within_db=RECONSTRUCTED_DB,
    )


FRAME_MS = 11.625
"""Step of `huzaifah2019`."""
NARROW, PUBLISHED, WIDE = 3, 11, 21
"""Widths in frames; with kernels of more than 25, all three layers do not fit into the study's 2 s."""
FEW, MANY = 64, 1024


def receptive_fields() -> Question:
    """Width and number of filters, in reconstructions from noise by Gram matrices alone."""
    published = with_weights(AXES[0], "random")

    def sized(frames: int, filters: int) -> Settings:
        network = replace(published.network, widths_frames=(frames,), filters=filters)
        return replace(published, network=network, transfer=TransferSettings(content=0.0, noise=1.0))

    def name(frames: int, filters: int) -> str:
        return f"{filters} filters of {frames * FRAME_MS:.0f} ms"

    sizes = [*((frames, 256) for frames in (NARROW, PUBLISHED, WIDE)), (PUBLISHED, FEW), (PUBLISHED, MANY)]
    narrow, wide = name(NARROW, 256), name(WIDE, 256)
    few, many = name(PUBLISHED, FEW), name(PUBLISHED, MANY)
    return Question(
        "i",
        "What Gram matrices keep of one sound, from noise: width and number of filters (huzaifah2019-freq, drawn)",
        {name(*size): sized(*size) for size in sizes},
        (
            claim("Huzaifah & Wyse: the width sets how long a structure is kept", "structure", wide, narrow),
            claim("wide filters keep the statistics", "statistics_db", wide, narrow),
            claim("wide filters copy no more", "copy", wide, narrow),
            claim("Wyse 2017: more channels keep longer structure", "structure", many, few),
            claim("more channels keep the statistics", "statistics_db", many, few),
        ),
        onto_itself=True,
    )


def pictures() -> Question:
    """VGG-19 with its published weights against networks that learnt sounds, along time and along both axes."""
    names = ("gatys-vgg19", AXES[0], "verma2018")
    of_pictures, of_sounds, of_notes = (with_noise(with_weights(name, "trained"), 0.0) for name in names)
    vgg, audio, notes = names[0], f"{names[1]}, trained", f"{names[2]} without its energy terms"
    return Question(
        "l",
        "VGG-19, which learnt pictures, against networks that learnt sounds: all from the content",
        {vgg: of_pictures, audio: of_sounds, notes: replace(of_notes, terms=TermSettings())},
        (
            *(
                claim(f"Wyse 2017: networks of pictures take less style ({by})", measure, sounds, vgg)
                for measure, by in (("embedding", "an embedding"), ("style_distance", "an unseen network"))
                for sounds in (audio, notes)
            ),
            claim("networks of pictures keep less of the content (identity)", "identity", audio, vgg),
        ),
    )
