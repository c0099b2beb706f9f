"""`python -m bench.live [--pairs N] [--minutes M] [--hours H] [--write]`: what playing through a sound costs, keeps.

Latency, jitter, deadlines, processor time, memory and the gap of a change at 44.1 kHz and blocks of 512 samples, with
styles of five seconds; identity, style and copying on the pairs of `bench.identity` beside the offline transfer and
`tralie2024`. `--write` puts the tables into docs/live.md.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from threading import Thread

import numpy as np
from jaxtyping import Float32, Float64

from bench.identity.pairs import KINDS, PAIRS, Pair
from bench.identity.sounds import sound
from bench.identity.systems import SYSTEMS
from gramophone.audio import Sound
from gramophone.demo.textures import fire, melody, rain
from gramophone.live import MODES, LiveTransfer
from gramophone.live.priority import raise_priority, shorten_pauses
from gramophone.live.session import LEAD_BLOCKS
from gramophone.metrics.identity import listen

RATE_HZ, BLOCK, STYLE_S = 44_100, 512, 5.0
CLICKS, CLICK_SAMPLES, SEEDS = 24, 64, 12
STRENGTHS = (0.3, 0.5, 0.7)
BEGIN, END = "<!-- figures: python -m bench.live --write -->", "<!-- end of figures -->"
DOCS = Path(__file__).parents[1] / "docs" / "live.md"
BUSY = "while True: pass"
NOTHING = "nothing computed"

Seconds = Float64[np.ndarray, " _"]
Samples = Float32[np.ndarray, " _"]
Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def style(maker: Callable[[int, float, int], Float32[np.ndarray, "channel sample"]], seed: int = 0) -> Sound:
    return Sound(maker(RATE_HZ, STYLE_S, seed), RATE_HZ)


def played(live: LiveTransfer, samples: Samples) -> Samples:
    return np.concatenate([live.process(samples[at : at + BLOCK]) for at in range(0, len(samples), BLOCK)])


def tune(duration_s: float) -> Samples:
    """Melody and noise in turn, so that every way of playing has its share."""
    part = melody(RATE_HZ, 8.0, 1)[0]
    return np.tile(part, -(-round(duration_s * RATE_HZ) // len(part)))[: round(duration_s * RATE_HZ)]


def click_delays(mode: str) -> Samples:
    """Delay of 24 clicks at random places, in milliseconds, by the mean energy over 12 seeds of the carrier."""
    rng = np.random.default_rng(0)
    places = ((np.arange(1, CLICKS + 1) * 0.7 + rng.uniform(-0.1, 0.1, CLICKS)) * RATE_HZ).astype(int)
    content = np.zeros(round((CLICKS + 2) * 0.7 * RATE_HZ), np.float32)
    for place in places:
        content[place : place + CLICK_SAMPLES] = 0.7 * np.hanning(CLICK_SAMPLES)
    heard = np.zeros(len(content))
    for seed in range(SEEDS):
        heard += played(LiveTransfer(style(rain), RATE_HZ, BLOCK, mode=mode, strength=0.0, seed=seed), content) ** 2
    smooth = np.hanning(round(0.01 * RATE_HZ))
    heard, asked = np.convolve(heard, smooth, "same"), np.convolve(content**2, smooth, "same")
    reach = round(0.3 * RATE_HZ)
    found = []
    for place in places:
        here, there = asked[place - 800 : place + 800], heard[place - 800 : place + 800 + reach]
        found.append(float(np.correlate(there, here, "valid").argmax()) / RATE_HZ * 1000)
    return np.array(found, np.float32)


def latency_table() -> Table:
    rows = []
    for mode in MODES:
        delays = click_delays(mode)
        stated = LiveTransfer(style(rain), RATE_HZ, BLOCK, mode=mode).latency_samples / RATE_HZ * 1000
        rows.append((mode, f"{stated:.1f}", f"{delays.mean():.1f}", f"{delays.std():.1f}", f"{np.ptp(delays):.1f}"))
    heads = ("mode", "stated, ms", "mean of 24 clicks, ms", "standard deviation, ms", "largest difference, ms")
    return heads, rows


def resident_bytes() -> int:
    """Resident memory now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


class Nothing:
    """Gives every block back as it is: how late a thread is woken on this machine, whatever it computes."""

    def process(self, block: Samples) -> Samples:
        """Returns the block."""
        return block


def on_the_clock(live: LiveTransfer | Nothing, content: Samples, taken_s: Seconds, late_s: Seconds) -> None:
    """Plays at the speed of the clock, a block each time that a sound card would bring one.

    Args:
        live: what plays.
        content: played over and over.
        taken_s: is given the time of each block.
        late_s: is given by how much each block was done after the next one came; negative if before.
    """
    raise_priority()
    length_s = BLOCK / RATE_HZ
    began_s = time.perf_counter() + 0.1
    for number in range(len(taken_s)):
        due_s = began_s + number * length_s
        while (now_s := time.perf_counter()) < due_s:
            time.sleep(max(0.0, min(due_s - now_s - 0.0005, 0.002)))
        at = number * BLOCK % (len(content) - BLOCK)
        before_s = time.perf_counter()
        live.process(content[at : at + BLOCK])
        after_s = time.perf_counter()
        taken_s[number], late_s[number] = after_s - before_s, after_s - due_s - length_s


def deadline_row(mode: str, minutes: float) -> tuple[str, ...]:
    """Two styles at once, one of noise and one of notes, while another process keeps a core busy."""
    live: LiveTransfer | Nothing = Nothing()
    if mode != NOTHING:
        live = LiveTransfer([style(rain), style(melody)], RATE_HZ, BLOCK, mode=mode, watch_clock=True)
    blocks = round(minutes * 60 * RATE_HZ / BLOCK)
    shorten_pauses()
    taken_s, late_s = np.zeros(blocks), np.zeros(blocks)
    with subprocess.Popen([sys.executable, "-c", BUSY]) as other:
        try:
            used_s = time.process_time()
            thread = Thread(target=on_the_clock, args=(live, tune(60.0), taken_s, late_s))
            thread.start()
            thread.join()
            used_s = time.process_time() - used_s
        finally:
            other.kill()
    return (
        mode,
        f"{minutes:g}",
        str(blocks),
        str(int((late_s > 0).sum())),
        str(int((late_s > (LEAD_BLOCKS - 1) * BLOCK / RATE_HZ).sum())),
        "-" if isinstance(live, Nothing) else str(live.meters.fallbacks),
        f"{used_s / (blocks * BLOCK / RATE_HZ):.2f}",
        *(f"{1000 * float(np.quantile(taken_s, q)):.1f}" for q in (0.5, 0.999, 1.0)),
    )


def deadline_table(minutes: float) -> Table:
    heads = (
        *("mode", "minutes", "blocks", "later than one block", "late in a session (two blocks)", "fallbacks"),
        *("processor seconds a second", "median of a block, ms", "99.9 %, ms", "longest, ms"),
    )
    return heads, [deadline_row(mode, minutes) for mode in (NOTHING, *MODES)]


def memory_table(hours: float) -> Table:
    """Resident memory while so much sound goes through, as fast as it can."""
    live = LiveTransfer([style(rain), style(melody)], RATE_HZ, BLOCK)
    minute = tune(60.0)
    found = []
    for _ in range(round(60 * hours)):
        played(live, minute)
        found.append(resident_bytes() / 1e6)
    rows = [(f"{hours:g}", f"{found[0]:.1f}", f"{max(found):.1f}", f"{found[-1]:.1f}")]
    return ("hours of sound", "after the first minute, MB", "most, MB", "at the end, MB"), rows


def change_table() -> Table:
    """How soon another style is all there is, and the quietest hundredth of a second on the way."""
    rows = []
    for mode in MODES:
        content, strength = 0.3 * tune(4.0), 0.6
        live = LiveTransfer([style(rain), style(fire)], RATE_HZ, BLOCK, mode=mode, weights=[1, 0], strength=strength)
        after = LiveTransfer(style(fire), RATE_HZ, BLOCK, mode=mode, strength=strength, seed=1)
        half = 2 * RATE_HZ
        played(live, content[:half])
        played(after, content[:half])
        live.weights = [0, 1]
        got, target = played(live, content[half:]), played(after, content[half:])
        step = RATE_HZ // 200
        pieces = range(0, len(got) - step, step)
        error = np.array([np.mean((got - target)[at : at + step] ** 2) for at in pieces])
        level = np.array([np.mean(target[at : at + step] ** 2) for at in pieces])
        settled = (
            int(np.flatnonzero(error > 0.01 * level.mean())[-1]) + 1 if (error > 0.01 * level.mean()).any() else 0
        )
        levels = [float(np.sqrt(np.mean(got[at : at + 2 * step] ** 2))) for at in pieces][: RATE_HZ // 4 // step]
        quietest_db = 20 * np.log10(min(levels) / float(np.sqrt(np.mean(target**2))))
        rows.append((mode, f"{1000 * settled * step / RATE_HZ:.0f}", f"{quietest_db:.0f}"))
    return ("mode", "time until the other style is alone (-20 dB), ms", "quietest 10 ms on the way, dB"), rows


def live_transfer(content: Sound, style: Sound, strength: float, mode: str) -> Sound:
    """A recording through `LiveTransfer`, its latency taken off."""
    live = LiveTransfer(style, content.rate_hz, BLOCK, strength=strength, mode=mode)
    late = np.pad(content.mono().samples[0], (0, live.latency_samples))
    return Sound(played(live, late)[None, live.latency_samples :], content.rate_hz)


def identity_cells(pairs: Sequence[Pair]) -> dict[tuple[str, float], list[tuple[Pair, tuple[float | None, ...]]]]:
    """Identity, style and copying of every system at every strength, pair by pair."""
    found: dict[tuple[str, float], list[tuple[Pair, tuple[float | None, ...]]]] = {}
    for pair in pairs:
        content, theirs = sound(pair.content), sound(pair.style)
        ears = listen(content, theirs)
        ways = {("tralie2024", 0.5): SYSTEMS["tralie2024"].make(content, theirs, 0.5)}
        for strength in STRENGTHS:
            ways["transfer", strength] = SYSTEMS["transfer"].make(content, theirs, strength)
            for mode in MODES:
                ways[f"live, {mode}", strength] = live_transfer(content, theirs, strength, mode)
        for key, result in ways.items():
            heard = ears.hear(result)
            copying = {measure.name: measure.value for measure in heard.measures}.get("copying")
            found.setdefault(key, []).append((pair, (heard.identity, heard.style, copying)))
        print(pair.name, flush=True)
    return found


def identity_table(pairs: Sequence[Pair]) -> Table:
    cells = identity_cells(pairs)
    kinds = [kind for kind in KINDS if any(pair.kind == kind for pair in pairs)]
    rows = []
    for (system, strength), measured in sorted(cells.items()):
        groups = [measured, *([one for one in measured if one[0].kind == kind] for kind in kinds)]
        rows.append(
            (system, "-" if system == "tralie2024" else f"{strength:g}", *(_summary(group) for group in groups))
        )
    return ("system", "strength", f"all {len(pairs)} pairs", *kinds), rows


def _summary(group: Sequence[tuple[Pair, tuple[float | None, ...]]]) -> str:
    columns = [[value for _, values in group if (value := values[place]) is not None] for place in range(3)]
    return " / ".join(f"{mean(column):.2f}" if column else "-" for column in columns)


def markdown(table: Table) -> str:
    heads, rows = table
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=30, help="pairs of bench.identity; 0 leaves them out")
    parser.add_argument("--held-out", action="store_true", help="only pairs that no setting was chosen by")
    parser.add_argument("--minutes", type=float, default=10.0, help="on the clock, in each mode")
    parser.add_argument("--hours", type=float, default=1.0, help="of sound for the memory; 0 leaves it out")
    parser.add_argument("--data", type=Path, help="a folder with clips/ and instruments/ (default: GRAMOPHONE_DATA)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/live.md")
    arguments = parser.parse_args()
    if arguments.data:
        os.environ["GRAMOPHONE_DATA"] = str(arguments.data.resolve())
    parts = ["Delay of clicks:", markdown(latency_table()), "Another style while it plays:", markdown(change_table())]
    if arguments.minutes > 0:
        parts += ["On the clock, the other core busy:", markdown(deadline_table(arguments.minutes))]
    if arguments.hours > 0:
        parts += ["Memory:", markdown(memory_table(arguments.hours))]
    pairs = [pair for pair in PAIRS if pair.held_out or not arguments.held_out][: arguments.pairs]
    if pairs:
        parts += ["Identity / style / copying, mean over the pairs:", markdown(identity_table(pairs))]
    text = "\n\n".join(parts)
    print(text)
    if arguments.write:
        before, _, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
        DOCS.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
