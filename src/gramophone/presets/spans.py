"""Time spans of a preset: of patches, of drawn filters, or none that could be changed."""

import math
from collections.abc import Sequence
from dataclasses import replace

from gramophone.errors import UsageError
from gramophone.settings import ONE_WIDTH, NetworkKind, Resolution, Settings

SIDE_BY_SIDE: tuple[NetworkKind, ...] = ("random", "mital2017")
"""Networks of one layer for each width."""
OWN_SPANS: dict[NetworkKind, str] = {
    "huzaifah2019-time": "slides its filters along frequency, and each of them spans the whole recording",
    "auditory": "compares statistics of the whole recording",
}
"""Why a network has no time span that could be changed; the filters of all others have their published widths."""


def with_spans(name: str, settings: Settings, span_ms: Sequence[float]) -> Settings:
    """The settings with other time spans: of patches in every view that resolves them, or of the drawn filters.

    A filter of `k` frames spans `k` hops, as a patch does; Huzaifah & Wyse 2019 set it to control what their network
    can see at once ("parametric control of receptive fields").

    Args:
        name: name of the preset in errors.
        settings: settings of the preset.
        span_ms: the spans, in milliseconds.

    Raises:
        UsageError: there is none, one is not a length of time, or the network takes no such spans.

    Example:
        >>> from gramophone.presets import PRESETS
        >>> drawn = with_spans("huzaifah2019-cqt", PRESETS["huzaifah2019-cqt"]["texture"], [58.1])
        >>> drawn.network.widths_frames
        (5,)
    """
    if not span_ms or not all(0 < span < math.inf for span in span_ms):
        shown = ",".join(f"{span:g}" for span in span_ms) or "none"
        raise UsageError(f"span_ms must be lengths greater than 0, such as 20,80,320, not {shown}")
    spans = tuple(sorted(set(span_ms)))
    if settings.network.kind == "infinite":
        return _of_patches(settings, spans)
    if settings.network.kind in (*ONE_WIDTH, *SIDE_BY_SIDE):
        return _of_filters(name, settings, spans)
    why = OWN_SPANS.get(settings.network.kind, "has filters of its published widths")
    raise UsageError(f"the preset '{name}' {why}, so it takes no span_ms; leave it out, or choose another preset")


def _of_patches(settings: Settings, spans: tuple[float, ...]) -> Settings:
    def seen(view: Resolution) -> Resolution:
        hop_ms = 1000 * view.hop_samples / settings.rate_hz
        return replace(view, span_ms=tuple(span for span in spans if span >= hop_ms) or spans[-1:])

    return replace(
        settings,
        resolution=seen(settings.resolution),
        waveform=replace(settings.waveform, resolutions=tuple(map(seen, settings.waveform.resolutions))),
        keep_spans=True,
    )


def _of_filters(name: str, settings: Settings, spans: tuple[float, ...]) -> Settings:
    hop_ms = 1000 * settings.resolution.hop_samples / settings.rate_hz
    widths = tuple(sorted({max(1, round(span / hop_ms)) for span in spans}))
    has_one = len(settings.network.widths_frames) == 1
    if has_one is not (len(widths) == 1):
        wanted = "one span" if has_one else "several spans"
        raise UsageError(
            f"the preset '{name}' takes {wanted}, and {','.join(f'{span:g}' for span in spans)} ms are filters of "
            f"{len(widths)} width(s) in steps of {hop_ms:.3g} ms; give {wanted}, or choose another preset"
        )
    view = settings.resolution
    return replace(
        settings,
        resolution=replace(view, span_ms=spans) if view.span_ms else view,
        network=replace(settings.network, widths_frames=widths),
        keep_spans=True,
    )
