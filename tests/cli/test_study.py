"""`gramophone study`: a grid that is made, judged, kept and gone on with; presets with weights in words."""

import json
from pathlib import Path

import pytest
import soundfile

from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import rain
from gramophone.presets.published import WYSE_CONTENT
from gramophone.runs.run_record import read_record

RATE_HZ = 16_000
GRID = ("--grid", "filters=8", "noise=0,1", "--iterations", "2")


@pytest.fixture
def longer(folder):
    for name, make in (("voice", spoken_phrase), ("rain", rain)):
        soundfile.write(folder / f"{name}.wav", make(RATE_HZ, 1.0, 0).T, RATE_HZ, subtype="FLOAT")
    return folder


class TestStudy:
    def test_a_study_is_made_and_gone_on_with(self, longer, gramophone):
        words = ("study", "voice.wav", "rain.wav", "-o", "out", "--grid", "preset=ulyanov2016", *GRID[1:], "--quiet")
        outcome = gramophone(*words, "--json")
        assert (outcome.code, outcome.err) == (0, "")
        found = json.loads(outcome.out)
        assert found["made"] == 2
        assert [cell["choices"]["noise"] for cell in found["cells"]] == ["0", "1"]
        assert all(0 <= cell["figures"]["purity"] <= 1 for cell in found["cells"])
        page = Path("out/study.html").read_text(encoding="utf-8")
        assert page.count("<audio") == page.count("data:image/webp") == 4
        assert all(text in page for text in ("noise 1", "content: voice.wav", "Conclusions"))
        record = read_record(Path("out/preset-ulyanov2016_filters-8_noise-0.json"))
        assert record["settings"]["transfer"] == {"content": 0.01, "noise": 0.0, "condition": None}
        assert record["command"][-8:] == [
            *("--filters", "8", "--iterations", "2", "--noise", "0", "--preset", "ulyanov2016"),
        ]

        Path("out/preset-ulyanov2016_filters-8_noise-1.json").unlink()
        again = json.loads(gramophone(*words, "--json").out)
        assert again["made"] == 1
        assert again["cells"] == found["cells"]
        damaged = Path("out/preset-ulyanov2016_filters-8_noise-0.flac")
        damaged.write_bytes(damaged.read_bytes()[:-9])
        refusal = gramophone(*words)
        assert refusal.code == 2
        assert "belongs to another study or is incomplete; choose another folder, or add --overwrite" in refusal.err
        assert json.loads(gramophone(*words, "--overwrite", "--json").out)["made"] == 1

    @pytest.mark.parametrize(
        ("code", "words", "said"),
        [
            (2, ("-o", "out", "--grid", "cake=1"), "a grid has no axis 'cake'"),
            (2, ("-o", "rain.wav"), "rain.wav is a file; name a folder for the study"),
            (2, ("-o", "none/out"), "the folder none does not exist; create it first"),
            (2, ("-o", "out", "--grid", "preset=nil"), "there is no preset 'nil'"),
            (3, ("-o", "out", "--grid", "preset=huzaifah2019-freq"), "at least"),
        ],
    )
    def test_refusals(self, folder, refused, code, words, said):
        assert said in refused(code, "study", "voice.wav", "rain.wav", *words)


class TestNetworkWeights:
    def test_a_preset_with_drawn_weights_from_the_command_line(self, folder, gramophone):
        words = ("transfer", "voice.wav", "rain.wav", "-o", "a.wav", "--preset", "wyse2017", "--weights", "random")
        assert gramophone(*words, "--noise", "0.5", "--iterations", "1", "--quiet").code == 0
        record = read_record(folder / "a.json")
        assert record["settings"]["network"]["weights"] == "random"
        assert record["settings"]["transfer"] == {"content": WYSE_CONTENT, "noise": 0.5, "condition": None}

    @pytest.mark.parametrize(
        ("code", "words", "said"),
        [
            (
                2,
                ("--preset", "ulyanov2016", "--weights", "random"),
                "need a network; the preset 'ulyanov2016' has none",
            ),
            (2, ("--preset", "huzaifah2019-2d", "--weights", "trained"), "'gramophone train esc50 --data ESC-50"),
            (2, ("--preset", "infinite", "--noise", "0.5"), "has no share of noise"),
            (2, ("--preset", "wyse2017", "--noise", "2"), "noise must be between 0 and 1, not 2"),
            (3, ("--preset", "gatys-vgg19", "--weights", "none.npz"), "at least"),
            (3, ("--preset", "wyse2017", "--weights", "none.safetensors"), "none.safetensors does not exist"),
            (
                3,
                (
                    "--preset",
                    "huzaifah2019-freq",
                ),
                "at least 0.860 s are needed",
            ),
        ],
    )
    def test_refused_transfers(self, folder, refused, code, words, said):
        assert said in refused(code, "transfer", "voice.wav", "rain.wav", "-o", "a.wav", *words)

    def test_weights_of_another_network(self, folder, refused):
        from gramophone.networks.pretrained.packaged import FOLDER

        path = FOLDER / "verma2018.safetensors"
        words = ("transfer", "voice.wav", "rain.wav", "-o", "a.wav", "--preset", "wyse2017", "--weights", path)
        assert "holds a network verma2018, not wyse2017; choose another file" in refused(5, *words)
        of_time = ("texture", "rain.wav", "-o", "a.wav", "--preset", "huzaifah2019-time", "--weights")
        said = refused(5, *of_time, FOLDER / "huzaifah2019.safetensors")
        assert "holds a network huzaifah2019 (along time), not huzaifah2019 (along frequency)" in said
