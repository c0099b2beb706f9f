"""The players of one run beside their spectrograms."""

from collections.abc import Sequence

from gramophone.plotting.html import element, percent, text, void
from gramophone.plotting.ticks import labels
from gramophone.report.entry import Track
from gramophone.report.pictures import Gallery, Picture, spectrograms
from gramophone.report.player import Audio, embedded

PLAY = "M8 5v14l11-7z"
PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z"


def listening(tracks: Sequence[Track]) -> str:
    """Shows sounds as players with spectrograms; those that are not there as a sentence."""
    there = [track.sound for track in tracks if track.sound is not None]
    gallery = spectrograms(there) if there else None
    pictures = iter(gallery.pictures if gallery else ())
    rows = [
        _missing(number, track)
        if track.sound is None or gallery is None
        else _player(number, track, embedded(track.sound), next(pictures), gallery)
        for number, track in enumerate(tracks, 1)
    ]
    axis = ""
    if gallery:
        axis = element("div", labels(gallery.time, vertical=False), element("div", "seconds", class_="label-x"))
    return element("div", *rows, element("div", axis, class_="time"), class_="tracks")


def _player(number: int, track: Track, audio: Audio, picture: Picture, gallery: Gallery) -> str:
    name = f"{track.role} {track.name}"
    button = element(
        "button",
        _icon(PLAY, "play"),
        _icon(PAUSE, "pause"),
        type="button",
        class_="toggle",
        hidden=True,
        aria_label=f"Play {name}",
        data_name=name,
    )
    sound = element("audio", src=audio.source, controls=True, preload="auto", aria_label=name)
    return element(
        "div",
        element("div", button, _words(number, track, audio), class_="who"),
        element("div", labels(gallery.frequency, vertical=True), _panel(picture, name, audio), class_="panel"),
        sound,
        class_="track",
        data_number=number,
        data_level_db=f"{audio.level_db:.2f}",
    )


def _panel(picture: Picture, name: str, audio: Audio) -> str:
    image = void("img", src=picture.source, alt=f"spectrogram of {name}", draggable="false")
    return element(
        "div",
        image,
        element("div", class_="head"),
        class_="seek",
        style=f"width:{percent(picture.width)}",
        data_label=f"Position in {name}",
        data_duration_s=f"{audio.duration_s:.3f}",
    )


def _words(number: int, track: Track, audio: Audio) -> str:
    sound = track.sound
    shape = ""
    if sound is not None:
        channels = {1: "mono", 2: "stereo"}.get(sound.channels, f"{sound.channels} channels")
        rate = f"{sound.rate_hz / 1000:g} kHz {channels}"
        shape = element("span", f"{sound.duration_s:.2f} s") + element("span", rate)
    return element(
        "div",
        _named(number, track),
        element("div", shape, class_="quiet shape"),
        _notes(track.notes),
        _notes(audio.notes, "quiet note"),
        class_="words",
    )


def _missing(number: int, track: Track) -> str:
    words = element("div", _named(number, track), class_="words")
    notes = _notes(track.notes or ("its audio is not at hand",))
    return element("div", element("div", words, class_="who"), notes, class_="track missing")


def _named(number: int, track: Track) -> str:
    role = element("div", element("kbd", str(number)), " ", track.role, class_="role")
    return role + element("div", text(track.name), class_="name", title=track.name)


def _notes(notes: Sequence[str], kind: str = "note") -> str:
    return "".join(element("p", text(note), class_=kind) for note in notes)


def _icon(path: str, name: str) -> str:
    return element("svg", element("path", d=path), viewBox="0 0 24 24", class_=name, aria_hidden="true")
