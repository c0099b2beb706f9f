"""Values that a request refuses, each in one sentence with its remedy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.errors import UsageError
from gramophone.request import (
    REQUESTS,
    StreamRequest,
    TextureRequest,
    TransferRequest,
    request_of,
)


class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"strength": 1.3}, "strength must be between 0 and 1, not 1.3"),
            ({"strength": "x"}, "strength must be a number between 0 and 1, not 'x'"),
            ({"strength": math.nan}, "strength must be a finite number between 0 and 1, not nan"),
            ({"strength": True}, "strength must be a number between 0 and 1, not true"),
            ({"seed": 1.5}, f"seed must be an integer between 0 and {2**63 - 1}, not 1.5"),
            ({"seed": True}, f"seed must be an integer between 0 and {2**63 - 1}, not true"),
            ({"seed": -1}, f"seed must be between 0 and {2**63 - 1}, not -1"),
            ({"iterations": "2.5"}, "iterations must be an integer of at least 1, not 2.5"),
            ({"iterations": 0}, "iterations must be at least 1, not 0"),
            ({"rhythm": -1}, "rhythm must be at least 0, not -1"),
            ({"scale": "bark"}, "scale must be one of linear, mel, erb, constant-q, not 'bark'"),
            ({"preset": 5}, "preset must be text, not 5"),
            ({"preset": "loud"}, "there is no preset 'loud'; choose one of antognini2018, barry2017"),
            (
                {"span_ms": "20,x"},
                "span_ms must be lengths greater than 0 with commas between them, such as 20,80,320",
            ),
            ({"span_ms": [0]}, "such as 20,80,320, not 0"),
            ({"styles": []}, "styles must be names of recordings, at least one, not []"),
            ({"styles": None}, "a transfer needs 'styles'; name one recording or more"),
            ({"content": None}, "a transfer needs 'content'; name a recording"),
            ({"cake": 1}, "there is no option 'cake'; a transfer has content, styles, weights"),
            ({"duration": 1}, "there is no option 'duration'; a transfer has"),
            ({"duration_s": 1}, "a transfer takes no 'duration_s'; leave it out"),
            ({"loop": True}, "a transfer takes no 'loop'; leave it out"),
            ({"weights": [1, 2]}, "the weights 1,2 do not fit 1 style(s); give one number for each style"),
            ({"weights": [0]}, "the weights 0 are invalid; give numbers of 0 or more, not all 0"),
            ({"weights": [-1]}, "the weights -1 are invalid"),
            ({"weights": "x"}, "weights must be numbers of 0 or more, one for each style, such as 2,1, or trained"),
            ({"weights": [True]}, "weights must be numbers of 0 or more"),
            ({"weights": [math.inf]}, "weights must be numbers of 0 or more"),
            ({"weights": "random"}, "the weights random need a network; the preset 'infinite' has none"),
            ({"weights": ["random", "trained"], "network": "wyse2017"}, "one set of weights, not random and trained"),
            ({"network": "vgg19"}, "network must be one of wyse2017, huzaifah2019, "),
            ({"network": "wyse2017", "scale": "mel"}, "the network wyse2017 has a frequency scale of its own"),
            ({"network": "wyse2017", "rhythm": 1}, "the network wyse2017 has settings of its own; leave out rhythm"),
            ({"noise": 0.5}, "the preset 'infinite' has no share of noise"),
            ({"envelopes": "style"}, "the preset 'infinite' compares no envelopes"),
            ({"preset": "wyse2017", "scale": "mel"}, "has a frequency scale of its own"),
            ({"keep": "harmony"}, "keep must be auto, all, or some of melody, words, rhythm, not harmony"),
            ({"keep": "auto,words"}, "keep must be auto, all, or some of melody, words, rhythm, not auto"),
            ({"keep": ""}, "keep must be auto, all, or some of melody"),
            ({"keep": 5}, "keep must be text, not 5"),
            ({"octave": 5}, "octave must be between -4 and 4, not 5"),
            ({"octave": "up"}, "octave must be an integer between -4 and 4, not 'up'"),
            ({"transpose_range": 37}, "transpose_range must be between 0 and 36, not 37"),
            ({"fast": True, "no_copy": True}, "fast and no_copy exclude each other; leave out one of them"),
            ({"fast": True, "iterations": 3}, "the fast mode takes no optimiser steps; leave out fast or iterations"),
            ({"scale": "mel"}, "transfers of 'infinite' take no scale; leave it out, or choose infinite-deep"),
            ({"rhythm": 1}, "transfers of 'infinite' take no rhythm"),
            ({"preset": "wyse2017", "keep": "melody"}, "transfers of wyse2017 take no keep; leave it out"),
            ({"network": "wyse2017", "octave": 1, "fast": True}, "transfers of wyse2017 take no octave, fast"),
            ({"rhythm": 1001}, "rhythm must be at most 1000, not 1001"),
            ({"span_ms": [20, 10_001]}, "each value of span_ms must be at most 10000, not 10001"),
            ({"span_ms": [20] * 33}, "span_ms must have at most 32 values, not 33"),
            ({"weights": [1e308]}, "each value of weights must be at most 1000000, not 1e+308"),
            ({"weights": [1.0] * 5000}, "1,1... do not fit 1 style(s)"),
            ({"filters": 10**6}, "filters must be at most 100000, not 1000000"),
            ({"iterations": 10**10}, "iterations must be at most 1000000000, not 10000000000"),
            ({"content": "c" * 5000}, "content must have at most 4096 characters, not 5000"),
            ({"styles": ["a"] * 1001}, "styles must have at most 1000 values, not 1001"),
            ({"preset": "x" * 101}, "preset must have at most 100 characters, not 101"),
            ({"keep": ["melody"] * 99}, "keep must have at most 100 characters, not 692"),
            ({"preset": "mcdermott2011", "rhythm": 1}, "optimises the waveform alone and takes no rhythm"),
        ],
    )
    def test_of_transfers(self, values, said):
        with pytest.raises(UsageError) as caught:
            TransferRequest(**{"content": "c", "styles": ["a"], **values})
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"duration_s": 0}, "duration must be greater than 0, not 0"),
            ({"duration_s": "soon"}, "duration must be a number greater than 0, not 'soon'"),
            ({"duration_s": math.inf}, "duration must be a finite number greater than 0, not inf"),
            ({"loop": "perhaps"}, "loop must be true or false, not 'perhaps'"),
            ({"loop": True, "morph": "0:1 5:1"}, "a loop ends as it begins and cannot morph; leave out the loop"),
            ({"weights": [1], "morph": "0:1 5:1"}, "a morph sets the weights of the styles itself; leave out"),
            ({"morph": "soon"}, "'soon' in the morph 'soon' is not a point in time"),
            ({"morph": "0:1,2"}, "do not fit 1 style(s)"),
            ({"morph": "0:1"}, "the morph '0:1' ends at 0 s; give a duration, or a later last point"),
            ({"morph": "0:1 5:1", "preset": "ulyanov2016"}, "the preset 'ulyanov2016' makes no streams"),
            ({"crossover_hz": [200]}, "do not divide the spectrum among 1 style(s)"),
            (
                {"crossover_hz": [200], "styles": ["a", "b"], "mix": "blend"},
                "leave out weights, morph and mix",
            ),
            ({"morph": "0:1 " * 501}, "morph must have at most 2000 characters, not 2004"),
            ({"morph": "0:1 2e9:1"}, "the morph ends at 2e+09 s; it must end by 1e+09 s"),
            ({"duration_s": 2e9}, "duration must be at most 1000000000, not 2000000000"),
            ({"crossover_hz": [200_001], "styles": ["a", "b"]}, "must be at most 200000, not 200001"),
            ({"mix": "stir"}, "mix must be one of alternate, blend, not 'stir'"),
            ({"strength": 0.5}, "a texture takes no 'strength'; leave it out"),
        ],
    )
    def test_of_textures(self, values, said):
        with pytest.raises(UsageError) as caught:
            TextureRequest(**{"styles": ["a"], **values})
        assert said in str(caught.value)

    def test_of_a_preset_that_does_not_stream(self):
        with pytest.raises(UsageError, match="the preset 'ulyanov2016' makes no streams; choose infinite"):
            StreamRequest(styles=["a"], preset="ulyanov2016")

    @pytest.mark.parametrize("values", [[], "texture", None, {}, {"task": "dance"}, {"task": ["texture"]}])
    def test_of_what_is_no_request(self, values):
        with pytest.raises(
            UsageError, match=r"a request must be a JSON object|task must be one of texture, transfer"
        ):
            request_of(values)

    @given(
        st.sampled_from(sorted(REQUESTS)),
        st.dictionaries(
            st.sampled_from(sorted({name for one in REQUESTS.values() for name in one.model_fields})),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
                max_leaves=6,
            ),
            max_size=5,
        ),
    )
    def test_are_usage_errors_whatever_is_sent(self, task, values):
        try:
            request = request_of({**values, "task": task})
        except UsageError:
            return
        assert request.styles
