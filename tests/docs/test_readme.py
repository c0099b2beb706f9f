"""The code of the README: Python runs, commands run or, where they would take minutes, are read as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from gramophone import api
from gramophone.cli import main
from gramophone.cli.app import build
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, flute, melody, rain
from gramophone.live.transfer import STRENGTH

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [shlex.split(line) for block in SHELL for line in block.splitlines()]
RATE_HZ, SECONDS, STEPS = 16000, 1.5, 2
RECORDINGS = {
    **dict.fromkeys(("voice.wav", "speech.wav"), spoken_phrase),
    **dict.fromkeys(("rain.wav", "rain1.wav", "rain2.wav"), rain),
    **dict.fromkeys(("fire.wav", "rooster.wav"), fire),
    "tune.wav": melody,
    "violin.wav": flute,
}
RUN = {"texture", "transfer", "style", "evaluate", "models"}
TOO_LONG = {"--sweep", "--network"}  # ten transfers and their rivals; what it shows is tested elsewhere
RIVALS = {"driedger2015", "vocoder"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, make in RECORDINGS.items():
        api.save(api.Sound(make(RATE_HZ, SECONDS, 0), RATE_HZ), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shortened(words):
    words = list(words)
    if "--duration" in words:
        words[words.index("--duration") + 1] = "2"
    if words[0] in {"texture", "transfer"} and not RIVALS & set(words):
        words += ["--iterations", str(STEPS)]
    return words if words[0] not in {"texture", "transfer", "style"} else [*words, "--overwrite"]


def test_commands_run(folder):
    made = 0
    for words in COMMANDS:
        if words[0] == "gramophone" and words[1] in RUN and not TOO_LONG & set(words):
            assert main(shortened(words[1:])) == 0, words
            made += 1
    assert made >= 6


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_command_is_one(words):
    if words[0] == "gramophone":
        _, _, unparsed = build(words[1:]).parse_args(words[1:], print_error=False, exit_on_error=False)
        assert set(unparsed) <= {"command", "task"}
    elif words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    else:
        assert words[:2] == ["pip", "install"]


def test_python_runs(folder, monkeypatch):
    """With two steps, and with the first block of the stream alone."""
    for verb in ("texture", "transfer"):
        whole = getattr(api, verb)
        monkeypatch.setattr(
            api, verb, lambda *sounds, whole=whole, **options: whole(*sounds, iterations=STEPS, **cut(options))
        )
    endless = api.stream
    monkeypatch.setattr(api, "stream", lambda style: [next(endless(style, iterations=STEPS))])
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)
    assert names["rain"].sound.rate_hz == RATE_HZ
    assert names["live"].strength == STRENGTH


def cut(options):
    return {**options, "duration_s": 2.0} if "duration_s" in options else options
