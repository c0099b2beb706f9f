"""`gramophone models`."""

import textwrap
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from gramophone.cli.console import write_stdout
from gramophone.cli.progress import duration
from gramophone.cli.table import table
from gramophone.errors import UsageError

if TYPE_CHECKING:
    from gramophone.networks.pretrained.packaged import PackagedNetwork
    from gramophone.raw.packaged import PackagedModel


def models(
    what: Annotated[Literal["list", "verify", "card"], Parameter(name="WHAT")] = "list",
    name: Annotated[str | None, Parameter(name="NAME")] = None,
    /,
) -> int:
    """The trained networks that come with gramophone.

        gramophone models card wyse2017

    Args:
        what: 'list' them, 'verify' their files by their hash, or show the 'card' of one.
        name: Which; all by default.
    """
    from gramophone.networks.pretrained.packaged import shipped
    from gramophone.raw.packaged import shipped_models

    classifiers, makers = shipped(), shipped_models()
    found: tuple[PackagedNetwork | PackagedModel, ...] = (*classifiers.values(), *makers.values())
    names = [one.name for one in found]
    if name is not None and name not in names:
        raise UsageError(f"no network '{name}' comes with gramophone; choose one of {', '.join(names)}")
    chosen = [one for one in found if name in {None, one.name}]
    if what == "list":
        rows = [("name", "size", "accuracy", "what it is")]
        for one in chosen:
            size = f"{one.path.stat().st_size / 1e6:.1f} MB" if one.path.is_file() else "missing"
            rows.append((one.name, size, *_summary(one)))
        write_stdout(table(rows, numbers={1, 2}))
    elif what == "verify":
        for one in chosen:
            one.verify()
            write_stdout(f"{one.name}: {one.path.name} is as it was made, sha256 {one.sha256[:12]}...")
    else:
        write_stdout("\n\n".join(_described(one) for one in chosen))
    return 0


def _summary(one: "PackagedNetwork | PackagedModel") -> tuple[str, str]:
    from gramophone.networks.pretrained.packaged import PackagedNetwork

    if isinstance(one, PackagedNetwork):
        return _accuracy(one.card), one.card["description"]
    card = one.file.card if one.path.is_file() else None
    return (f"{card['bits']['all']:.2f} bits", card["description"]) if card else ("", "")


def _described(one: "PackagedNetwork | PackagedModel") -> str:
    from gramophone.networks.pretrained.packaged import PackagedNetwork

    if isinstance(one, PackagedNetwork):
        return _card(one.card, one.name, one.sha256)
    card = one.file.card
    conditions = "; ".join(f"{name}: {words}" for name, words in card["conditions"].items()) or "none"
    bits = ", ".join(f"{name} {value:.3f}" for name, value in card["bits"].items())
    return _rows(
        [
            ("network", f"{one.name}: {card['description']}, {card['parameters']:,} parameters"),
            ("conditions", conditions),
            ("data", f"{card['data']}, {card['recordings']} recordings, {card['train_s']:g} s"),
            ("bits", f"{bits} a sample of {card['held_out_s']:g} s held out"),
            ("trained", f"{card['created'][:10]} in {duration(card['seconds'])} on {card['machine']}"),
            ("again", card["command"]),
            ("sha256", one.sha256),
        ]
    )


def _accuracy(card: dict[str, Any]) -> str:
    return f"{100 * card['accuracy']['class']:.1f} %"


def _card(card: dict[str, Any], name: str, sha256: str) -> str:
    layers = card["architecture"]
    seen = card["representation"]
    blocks = ", ".join(f"{block['channels']} of {'x'.join(map(str, block['kernel']))}" for block in layers["blocks"])
    accuracy = ", ".join(f"{head} {100 * share:.1f} %" for head, share in card["accuracy"].items())
    rows = [
        ("network", f"{name}: {card['description']}"),
        ("convolutions", blocks),
        ("sees", _seen(seen, layers["bins"])),
        ("data", f"{card['data']}, {card['clips']['train']} clips"),
        ("licence", card["licence"]),
        ("accuracy", f"{accuracy} on {card['clips']['test']} clips: {card['split']}"),
        ("trained", f"{card['created'][:10]} in {duration(card['seconds'])} on {card['machine']}"),
        ("again", card["command"]),
        ("weights", f"stored in {card.get('weight_bits', 16)} bits"),
        ("sha256", sha256),
    ]
    return _rows(rows)


def _seen(seen: dict[str, Any], bins: int) -> str:
    if "n_fft" not in seen:
        return f"{seen['rate_hz']} Hz, the waveform at level 1"
    scale = f"{seen['bands']} mel bands" if seen["bands"] else f"{bins} bins"
    return (
        f"{seen['rate_hz']} Hz, windows of {seen['n_fft']}, a step of {seen['hop_samples']}, {scale}, "
        f"log1p({seen['gain']:g} S / mean level)"
    )


def _rows(rows: list[tuple[str, str]]) -> str:
    width = max(len(title) for title, _ in rows)
    return "\n".join(
        textwrap.fill(text, 100, initial_indent=f"{title:{width}}  ", subsequent_indent=" " * (width + 2))
        for title, text in rows
    )
