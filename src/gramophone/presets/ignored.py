"""Options that a preset would ignore are refused: each acts, or says why it cannot."""

from gramophone.errors import UsageError
from gramophone.settings import DRAWN, NetworkSettings, Settings

FIXED_COUNTS = ("vgg19", "auditory", "verma2018", "huzaifah2019-2d", "soundnet")
"""Networks whose layers have fixed numbers of filters, drawn or not."""
BARRY_LEAST = 16


def check_filters(name: str, network: NetworkSettings) -> None:
    """Refuses another number of filters for a network that draws none, or draws a fixed number.

    Args:
        name: name of the preset or of the network in the error.
        network: settings of the network, with the weights that were asked for.

    Raises:
        UsageError: the network takes no number of filters.
    """
    least = BARRY_LEAST if network.kind == "barry2017" else 1
    if network.filters < least:
        raise UsageError(
            f"{name} has layers of a sixteenth of its filters and needs {least} or more, not {network.filters}; "
            "give more filters"
        )
    remedy = "leave out filters"
    if network.kind == "infinite":
        why = "has infinitely many filters"
    elif network.kind in FIXED_COUNTS:
        why = "has layers of fixed sizes"
    elif network.is_trained and network.weights != DRAWN:
        why, remedy = "has the filters of its weights", "leave out filters, or add --weights random"
    else:
        return
    raise UsageError(f"{name} {why} and takes no other number of them; {remedy}")


def check_trained_spans(name: str, network: NetworkSettings) -> None:
    """Refuses time spans for filters whose widths come with trained weights.

    Raises:
        UsageError: the weights are not drawn.
    """
    if network.is_trained and network.weights != DRAWN:
        raise UsageError(
            f"{name} has the filter widths of its weights and takes no span_ms; leave it out, or add --weights random"
        )


def draws(settings: Settings) -> bool:
    """Whether anything of a transfer is random: filters, start, or phases.

    Example:
        >>> from gramophone.presets import preset
        >>> draws(preset("ulyanov2016", "transfer")), draws(preset("grinstein2017-auditory", "transfer"))
        (True, False)
    """
    if settings.rival is not None:
        return settings.rival in ("driedger2015", "tralie2024")
    network = settings.network
    has_drawn_filters = network.kind not in ("infinite", "auditory") and (
        network.weights == DRAWN or not network.takes_weights
    )
    has_drawn_phases = not network.is_waveform_model and settings.phase.start != "spsi"
    return has_drawn_filters or has_drawn_phases or settings.transfer.noise != 0
