"""Textures longer than memory: written as they are made, block after block."""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gramophone.cli.console import complain, one_line, put
from gramophone.cli.graceful_stop import Interrupted, Wish, deferred_signals, graceful_stop
from gramophone.cli.options import Options
from gramophone.cli.progress import Progress, duration
from gramophone.errors import LimitError, UsageError
from gramophone.presets.style_mix import Mix
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import Settings

if TYPE_CHECKING:
    from gramophone.audio import Written
    from gramophone.cli.run import Order
    from gramophone.synthesis import LongTexture, Streamed


@dataclass(frozen=True)
class Long:
    """What is streamed.

    Attributes:
        settings: of the preset for streams.
        mix: what weights mean.
        morph: weights that move, if they do.
    """

    settings: Settings
    mix: Mix
    morph: Morph | None


def check_morph(options: Options, morph: Morph | None, *, loop: bool) -> None:
    """Refuses what does not go together.

    Raises:
        UsageError: weights are given twice, or a loop is to change.
    """
    if morph is not None and options.weights is not None:
        raise UsageError("--morph says all weights itself; leave out --weights")
    if morph is not None and loop:
        raise UsageError("a loop ends as it begins and cannot morph; leave out --loop or --morph")


def check_size(options: Options, form: tuple[int, int], duration_s: float) -> None:
    """Refuses what the format or the disk cannot hold, before anything is computed.

    Raises:
        LimitError: says how much there is.
        UsageError: the format cannot hold it.
    """
    from gramophone.audio import check_room

    check_room(options.output, rate_hz=form[0], channels=form[1], duration_s=duration_s)


def write_long(duration_s: float, long: Long, order: "Order", progress: Progress) -> int:
    """Writes that much of a stream with its record; says what was done; returns the exit code.

    Ctrl-C keeps what there is, and so does a full disk: the file is complete as far as it goes.

    Raises:
        LimitError: the disk became full.
        ModelError: a block was not finite; nothing is kept.
    """
    from gramophone.runs.run_record import run_record, write_record
    from gramophone.synthesis import LongTexture

    options = order.options
    texture = LongTexture(
        [one.sound for one in order.inputs],
        long.settings,
        duration_s=duration_s,
        weights=options.weights,
        morph=long.morph,
        mix=long.mix,
        seed=options.seed,
        device=options.device,
    )
    wish, written, full = _write(texture, order, progress)
    stopped = "the disk is full" if full else "interrupted" if wish.number is not None else "finished"
    streamed = texture.made(written.frames, time.perf_counter() - progress.began_s, stopped)
    with deferred_signals(wish):
        sources = [one.source for one in order.inputs]
        record = run_record(streamed, command=order.command, inputs=sources, written=written)
        write_record(options.record, record, overwrite=options.overwrite)
        if options.report:
            _write_report(options)
    progress.clear()
    outcome = Outcome(written, streamed)
    put(json.dumps(_plain(outcome, order), allow_nan=False) if options.json else _text(outcome, order))
    if full:
        raise LimitError(
            f"the disk is full: {written.path} holds {streamed.duration_s:.1f} of {duration_s:g} s "
            "and can be played; free some space and begin again for the rest"
        )
    if wish.number is None:
        return 0
    complain(f"interrupted after {duration(streamed.duration_s)} of sound, which are in {written.path}")
    return 128 + wish.number


@dataclass(frozen=True)
class Outcome:
    """What was written, and what is known about it."""

    written: "Written"
    streamed: "Streamed"


def _write_report(options: Options) -> None:
    from gramophone.report import entry_of, write_report

    write_report(options.page, [entry_of(options.record)], overwrite=options.overwrite)


def _write(texture: "LongTexture", order: "Order", progress: Progress) -> tuple[Wish, "Written", bool]:
    from gramophone.audio import appending

    rate_hz, total = texture.rate_hz, texture.samples
    progress.begin("texture", f"texture of {duration(texture.duration_s)} in blocks on {texture.device}")
    options, blocks = order.options, iter(texture)
    with appending(options.output, rate_hz=rate_hz, channels=texture.channels, overwrite=options.overwrite) as file:
        with graceful_stop(lambda: file.frames > 0) as wish:
            while file.frames < total and wish.number is None and not file.full:
                try:
                    block = next(blocks)
                except Interrupted:
                    if not file.frames:
                        raise
                    break  # asked for the second time, in the middle of a block: what is written stays
                file.write(block)
                progress.portion(file.frames, total, _so_far(file.frames, total, rate_hz, progress))
        written, full = file.written(), file.full
    return wish, written, full


def _so_far(done: int, total: int, rate_hz: int, progress: Progress) -> str:
    spent_s = time.perf_counter() - progress.began_s
    left = duration(spent_s / max(done, 1) * (total - done))
    return f"{100 * done // total:3d} %  {duration(done / rate_hz)} of sound, {left} left"


def _plain(outcome: Outcome, order: "Order") -> dict[str, Any]:
    return {
        "output": str(outcome.written.path),
        "record": str(order.options.record),
        "gain_db": outcome.written.gain_db,
        "peak": outcome.written.peak,
        **({"report": str(order.options.page)} if order.options.report else {}),
        "duration_s": outcome.streamed.duration_s,
        "rate_hz": outcome.written.rate_hz,
        "stopped": outcome.streamed.stopped,
        "seconds": outcome.streamed.seconds,
    }


def _text(outcome: Outcome, order: "Order") -> str:
    made = outcome.streamed
    speed = made.duration_s / max(made.seconds, 1e-9)
    lines = [
        f"{outcome.written.path}: {duration(made.duration_s)} at {outcome.written.rate_hz} Hz",
        f"made in {duration(made.seconds)}, {speed:.1f} times as fast as it plays",
        f"run record: {order.options.record}",
    ]
    return "\n".join(map(one_line, lines))
