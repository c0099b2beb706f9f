"""How many frames a network sees at once: shorter recordings tell it nothing."""

from gramophone.networks.frequency_wise import KERNELS
from gramophone.networks.pretrained import speech
from gramophone.networks.pretrained.classifier import receptive_frames
from gramophone.networks.pretrained.configs import sized
from gramophone.networks.waveform_models import barry_layers
from gramophone.settings import NetworkSettings

VGG_FRAMES = 156
"""What one value of conv5_1 sees."""


def receptive_field_frames(network: NetworkSettings) -> int:
    """Frames that one feature sees, of the deepest layer that is used; 1 where spans follow the recordings."""
    if network.kind in {"random", "mital2017"}:
        return max(network.widths_frames)
    if network.is_trained:
        design = sized(network.kind, network.filters)
        deepest = max(design.content_block, *(place for place, _ in design.style_blocks))
        along_time = design.architecture.orientation != "time"
        return receptive_frames(design.architecture.blocks[: deepest + 1]) if along_time else 1
    known = {
        "vgg19": lambda: VGG_FRAMES,
        "chorowski2017": _speech_frames,
        "caracalla2020": lambda: max(width for _, width in KERNELS),
        "barry2017": _barry_frames,
    }
    return known[network.kind]() if network.kind in known else 1


def _speech_frames() -> int:
    seen, step = 1, 1
    for layer in speech.LAYERS:
        seen += (layer.width_frames - 1) * step
        if layer.pool[1] > 1:
            seen += (layer.pool[1] - 1) * step
            step *= layer.pool[1]
    return seen


def _barry_frames() -> int:
    longest = 1
    for layers in barry_layers(16).values():
        seen, step = 1, 1
        for layer in layers:
            seen += (layer.pool - 1) * step
            step *= layer.pool
            seen += (layer.kernel[-1] - 1) * layer.dilation * step
        longest = max(longest, seen)
    return longest
