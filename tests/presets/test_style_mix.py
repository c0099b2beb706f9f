"""What a weight means, checked."""

import pytest

from gramophone.errors import UsageError
from gramophone.presets.style_mix import Mix


class TestStyleMix:
    def test_usual_mixes(self):
        assert Mix.of("alternate", None, 3, weighted=True) == Mix()
        assert Mix.of("blend", None, 2, weighted=True).kind == "blend"
        assert Mix.of("alternate", [500, 4000], 3).crossover_hz == (500, 4000)

    def test_bands_are_no_blend(self):
        with pytest.raises(UsageError, match="leave out weights, morph and mix"):
            Mix.of("blend", [500], 2)

    @pytest.mark.parametrize(
        ("crossover_hz", "styles", "options", "said"),
        [
            ([500], 1, {}, "do not divide the spectrum among 1 style"),
            ([500], 3, {}, "give one fewer than there are styles"),
            ([4000, 500], 3, {}, "must be greater than 0 and ascend"),
            ([500, 500], 3, {}, "must be greater than 0 and ascend"),
            ([0], 2, {}, "must be greater than 0 and ascend"),
            ([float("nan")], 2, {}, "must be greater than 0 and ascend"),
            ([500], 2, {"weighted": True}, "leave out weights"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, crossover_hz, styles, options, said):
        with pytest.raises(UsageError, match=said):
            Mix.of("alternate", crossover_hz, styles, **options)
