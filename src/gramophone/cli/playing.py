"""Playing a finished result on the sound card."""

from pathlib import Path

from gramophone.cli.sinks import player

OTHERWISE = "leave out --play"
RATE_HZ = 48_000
PART_S = 0.1  # so that Ctrl-C is heard soon


def check_player() -> None:
    """Refuses to play before anything is computed, where nothing can be played.

    Raises:
        UsageError: there is no sound card, or the package that plays is not installed.
    """
    with player(RATE_HZ, 2, OTHERWISE):
        pass


def play(path: Path) -> None:
    """Plays a file to its end.

    Raises:
        UsageError: the sound card does not take it.
    """
    from gramophone.audio import Sound, load

    sound = load(path)
    part = round(PART_S * sound.rate_hz)
    with player(sound.rate_hz, sound.channels, OTHERWISE) as sink:
        for first in range(0, sound.samples.shape[1], part):
            sink(Sound(sound.samples[:, first : first + part], sound.rate_hz))
