"""Small models with conditions."""

import pytest
import torch

from gramophone.raw import Condition, LruConfig, WaveNetConfig
from gramophone.raw.models import model_of

CONDITIONS = (Condition("texture", ("fire", "rain")), Condition("amount", low=0.0, high=2.0))


@pytest.fixture(params=["wavenet", "lru"])
def small(request):
    """A configuration of each kind."""
    if request.param == "wavenet":
        return WaveNetConfig(conditions=CONDITIONS, channels=6, skip=10, embedding=5, layers=4, cycles=2)
    return LruConfig(conditions=CONDITIONS, channels=6, skip=10, embedding=5)


@pytest.fixture
def lively():
    """Builds a model that is not near its start: its logits differ, and every parameter counts."""

    def build(config):
        model = model_of(config, seed=1)
        generator = torch.Generator().manual_seed(2)
        with torch.no_grad():
            for name, value in model.named_parameters():
                if name.endswith("bias"):
                    value.add_(0.1 * torch.randn(value.shape, generator=generator))
            model.get_parameter("head_1_weight").mul_(20)
        return model.eval().requires_grad_(False)

    return build
