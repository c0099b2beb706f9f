"""What `gramophone live` does: through the sound card, a file, or standard input and output."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import numpy as np
from jaxtyping import Float32

from gramophone.audio import Sound, appending, blocks, load, save
from gramophone.cli.console import silence, write_stderr, write_stdout
from gramophone.cli.graceful_stop import Interrupted, exit_code
from gramophone.cli.keys import HELP, Keys, press, single_keys
from gramophone.cli.live import BLOCK, SoundOptions, WayOptions
from gramophone.cli.progress import Progress, duration
from gramophone.cli.sound_card import Card
from gramophone.errors import GramophoneError, UsageError
from gramophone.live import LiveTransfer
from gramophone.live.control import controls_of, listening
from gramophone.live.priority import shorten_pauses
from gramophone.live.session import Session
from gramophone.runs.inputs import load_audible, sound_warnings

RAW_RATE_HZ = 44_100
METER_S = 0.1
FILE_LIMIT_S = 86_400.0

Samples = Float32[np.ndarray, " _"]


@dataclass(frozen=True)
class Player:
    """What plays and how it was asked for.

    Attributes:
        live: the transfer.
        way: where sound comes from and goes to.
        progress: where the meter is shown.
        card: the sound card; None without one.
    """

    live: LiveTransfer
    way: WayOptions
    progress: Progress
    card: Card | None

    @classmethod
    def of(cls, styles: Sequence[Path], sound: SoundOptions, way: WayOptions, progress: Progress) -> "Player":
        """Reads the styles and sets everything up; the sound card is looked for first.

        Raises:
            UsageError: there is no sound card, or an option is out of its range.
            InputError: a recording cannot be used.
        """
        through_card = not way.raw and way.from_file is None
        card = Card(way.input, way.output, way.rate) if through_card else None
        rate_hz = card.rate_hz if card else way.rate or (_rate_of(way.from_file) if way.from_file else RAW_RATE_HZ)
        recordings = []
        for path in styles:
            progress.show(f"reading {path}")
            recordings.append(load_audible(path, progress.warn))
        progress.show("preparing the styles")
        live = LiveTransfer(
            recordings,
            rate_hz,
            BLOCK if way.block is None else way.block,
            strength=sound.strength,
            mix=sound.mix,
            weights=parse_weights(sound.weights),
            mode=sound.mode,
            seed=sound.seed,
            watch_clock=through_card or way.raw or way.clock,
        )
        return cls(live, way, progress, card)

    @property
    def block(self) -> int:
        """Samples that are computed at once."""
        return BLOCK if self.way.block is None else self.way.block


def parse_weights(words: str | None) -> list[float] | None:
    """Numbers with commas between them.

    Raises:
        UsageError: one is no number.

    Example:
        >>> parse_weights("2,1")
        [2.0, 1.0]
    """
    if words is None:
        return None
    try:
        return [float(word) for word in words.split(",")]
    except ValueError:
        raise UsageError(f"weights must be numbers with commas between them, such as 2,1, not '{words}'") from None


def play(player: Player) -> int:
    """Plays in the way that was asked for, and listens for MIDI and OSC meanwhile."""
    way = player.way
    shorten_pauses()
    with listening(controls_of(player.live), way.midi, way.osc):
        if way.raw:
            return through_pipes(player)
        return through_card(player) if way.from_file is None else through_file(player)


def through_pipes(player: Player) -> int:
    """Standard input to standard output, until either ends."""
    if sys.stdin is None or sys.stdout is None:
        raise UsageError("there is no standard input and output to use with --raw; name files with --from and -o")
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    left = _samples(player)
    try:
        while left > 0 and (data := source.read(4 * min(player.block, left))):
            heard = np.frombuffer(data[: len(data) // 4 * 4], "<f4").astype(np.float32)
            sink.write(player.live.process(heard).astype("<f4").tobytes())
            sink.flush()
            left -= len(heard)
    except BrokenPipeError:
        silence(sys.stdout)  # whoever listened has heard enough
    return 0


def through_file(player: Player) -> int:
    """A file through it, the latency taken off, so that it lies beside the original."""
    way, live = player.way, player.live
    assert way.from_file is not None
    assert way.to is not None
    with sound_warnings(player.progress.warn):
        content = load(way.from_file, rate_hz=live.rate_hz, limit_s=FILE_LIMIT_S).mono().samples[0]
    content = content[: min(len(content), _samples(player))]
    began_s = time.perf_counter()
    made, missed = _on_the_clock(player, content) if way.clock else (_at_once(player, content), 0)
    took_s = time.perf_counter() - began_s
    written = save(Sound(made[None], live.rate_hz), way.to, overwrite=way.overwrite)
    length_s = len(content) / live.rate_hz
    lines = [
        f"{written.path}: {duration(length_s)} at {live.rate_hz} Hz",
        f"made in {duration(took_s)}, {length_s / max(took_s, 1e-9):.1f} times as fast as it plays",
    ]
    if way.clock:
        lines[1] = f"{missed} block(s) were late, {live.meters.fallbacks} fallback(s), load {live.meters.load:.0%}"
    write_stdout("\n".join(lines))
    return 0


def through_card(player: Player) -> int:
    """The sound card, until a key or a signal ends it.

    Raises:
        InputError: the card went away.
    """
    card, way, live = player.card, player.way, player.live
    assert card is not None
    began_s = time.perf_counter()
    failure: BaseException | None = None
    # What was recorded is kept whatever ends it.
    with ExitStack() as stack:
        recorder = stack.enter_context(_recording(way.record, live.rate_hz, overwrite=way.overwrite))
        keys = stack.enter_context(single_keys())
        session = stack.enter_context(Session(live, player.block, recorder))
        try:
            _watch(player, card, session, keys)
        except (GramophoneError, Interrupted) as error:
            failure = error
    player.progress.clear()
    if isinstance(failure, Interrupted):
        played = duration(time.perf_counter() - began_s)
        write_stderr(f"stopped after {played}; {session.missed} block(s) were late")
        return exit_code(failure)
    if failure is not None:
        raise failure
    return 0


def _watch(player: Player, card: Card, session: Session, keys: Keys) -> None:
    """Shows the meter and heeds the keys until one ends it, or the duration is over."""
    way, progress = player.way, player.progress
    began_s = last_s = time.perf_counter()
    blocks_before = 0
    with card.playing(session.exchange, player.block) as playing:
        progress.note(f"{card.names} at {player.live.rate_hz} Hz; use headphones")
        progress.note(HELP)
        while way.duration is None or time.perf_counter() - began_s < way.duration:
            time.sleep(METER_S)
            now_s = time.perf_counter()
            if session.blocks != blocks_before:
                blocks_before, last_s = session.blocks, now_s
            playing.check(now_s - last_s)
            if session.error is not None:
                raise session.error
            ends = [press(player.live, key) for key in keys.pressed()]
            if any(ends):
                return
            progress.show(meter_line(session, playing.latency_s))


def meter_line(session: Session, card_latency_s: float = 0.0) -> str:
    """Levels, load, latency and late blocks, the most important first."""
    live, meters = session.live, session.live.meters
    latency_ms = 1000 * (session.latency_samples / live.rate_hz + card_latency_s)
    parts = [
        "FEEDBACK: turned down, use headphones" if meters.is_ducking else "",
        f"in {meters.in_db:4.0f} dB",
        f"out {meters.out_db:4.0f} dB",
        f"load {meters.load:4.0%}",
        f"latency {latency_ms:.0f} ms",
        f"late {session.missed}",
        f"strength {live.strength:.2f}",
        f"mix {live.mix:.1f}",
        "frozen" if live.freeze else "",
    ]
    return "  ".join(part for part in parts if part)


def _at_once(player: Player, content: Samples) -> Samples:
    """As fast as it goes."""
    live, late = player.live, player.live.latency_samples
    made = np.zeros(len(content) + late, np.float32)
    padded = np.pad(content, (0, late))
    for start in range(0, len(padded), player.block):
        player.progress.show(f"playing  {duration(start / live.rate_hz)} of sound")
        made[start : start + player.block] = live.process(padded[start : start + player.block])
    return made[late:]


def _on_the_clock(player: Player, content: Samples) -> tuple[Samples, int]:
    """As a sound card would ask for it; also the number of late blocks."""
    live, block = player.live, player.block
    with Session(live, block) as session:
        late = session.latency_samples
        padded = np.pad(content, (0, late + -(len(content) + late) % block))
        made = np.zeros(len(padded), np.float32)
        began_s = time.perf_counter()
        for start in range(0, len(padded), block):
            _wait_until(began_s + start / live.rate_hz)
            session.exchange(padded[start : start + block], made[start : start + block])
            if start // block % 16 == 0:
                player.progress.show(meter_line(session))
        return made[late : late + len(content)], session.missed


def _wait_until(due_s: float) -> None:
    while (left_s := due_s - time.perf_counter()) > 0:
        time.sleep(left_s)


@contextmanager
def _recording(
    path: Path | None, rate_hz: int, *, overwrite: bool
) -> Iterator[Callable[[Samples, Samples], object] | None]:
    """Writes blocks of the output to a file, in a thread of its own so that no block waits for the disk."""
    if path is None:
        yield None
        return
    with appending(path, rate_hz=rate_hz, channels=1, overwrite=overwrite) as file:
        waiting: SimpleQueue[Samples | None] = SimpleQueue()

        def write() -> None:
            while (made := waiting.get()) is not None:
                file.write(Sound(made[None], rate_hz))

        thread = Thread(target=write, name="gramophone-record", daemon=True)
        thread.start()
        try:
            yield lambda _, made: waiting.put(made)
        finally:
            waiting.put(None)
            thread.join()
    if file.full:
        write_stderr(f"warning: the disk is full; {path} ends after {duration(file.frames / rate_hz)}")


def _rate_of(path: Path) -> int:
    """Rate of a file, which is not read for it."""
    for block in blocks(path):
        return block.rate_hz
    return RAW_RATE_HZ


def _samples(player: Player) -> int:
    """Largest number of samples that are played."""
    asked_s = player.way.duration
    return round(asked_s * player.live.rate_hz) if asked_s is not None else sys.maxsize
