"""The picture of what transfers keep, over what they are made of."""

import dataclasses
import re

from gramophone.evaluation.metric_result import MetricResult
from gramophone.evaluation.sweep import Heard, Sweep, SweepPoint
from gramophone.metrics.transfer import Placed
from gramophone.report.entry import Entry, Track
from gramophone.report.page import page
from gramophone.report.placing import pair_of, placings

TRACKS = (Track("content", "voice.wav", None), Track("style", "rain.wav", None), Track("result", "out.wav", None))


def figure(key, value):
    return MetricResult(key, key, value, "", "higher", "as read", "identity")


def entry(system, strength, identity, style):
    rival = None if system == "infinite" else system
    record = {
        "task": "transfer",
        "parameters": {"strength": strength},
        "settings": {"rival": rival, "network": {"kind": "infinite"}},
    }
    return Entry("a run", record, TRACKS, (figure("identity", identity), figure("style", style)))


class TestPlacings:
    def test_every_system_has_a_line_and_every_run_a_point(self):
        runs = [
            entry("infinite", 0.3, 0.5, 0.2),
            entry("infinite", 0.9, 0.1, 0.6),
            entry("driedger2015", None, 0.6, 0.5),
        ]
        drawn = placings(runs, {})
        assert drawn.count("<circle") == 3
        assert {"infinite", "driedger2015", "0.3", "0.9"} <= set(re.findall(r">([^<>]+)</text>", drawn))
        assert drawn in page(runs)

    def test_pairs_have_a_picture_each_and_runs_without_figures_none(self):
        other = dataclasses.replace(
            entry("cross", 0.5, 0.7, 0.4), tracks=(Track("content", "song.wav", None), *TRACKS[1:])
        )
        assert placings([entry("cross", 0.5, 0.7, 0.4), other], {}).count("<svg") == 2
        assert placings([entry("cross", 0.5, 0.7, None)], {}) == ""

    def test_rivals_and_mixing_are_drawn_beside_the_runs_of_their_pair(self):
        run, placed = entry("infinite", 0.3, 0.5, 0.2), Placed(0.5, 0.5)
        points = tuple(
            SweepPoint("vocoder", strength, placed, 0.1, Heard(1 - strength, strength, 0.0))
            for strength in (0.1, 0.9)
        )
        swept = Sweep((), points, (Heard(0.9, 0.1, 0.9), Heard(0.1, 0.9, 0.1)))
        drawn = placings([run], {pair_of(run): swept})
        assert drawn.count("<circle") == 3
        assert {"infinite", "vocoder", "plain mixing"} <= set(re.findall(r">([^<>]+)</text>", drawn))
        assert "vocoder" not in placings([run], {"other": swept})
