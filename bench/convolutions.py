"""`python -m bench.convolutions`: convolutions with fixed weights, directly and at points, with their gradients.

One thread, processor time, medians of runs that take turns. Sizes are those of published networks on 2 s of sound.
"""

import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor

from gramophone.networks.pretrained.frozen_convolution import FrozenConvolution

SIZES = {
    "`wyse2017`, first layer": (257, 2048, 5, 345),
    "`wyse2017`, second layer": (2048, 64, 5, 172),
    "`huzaifah2019-freq`, first layer": (513, 256, 11, 172),
    "`huzaifah2019-freq --filters 4096`, first layer": (513, 4096, 11, 172),
}
REPEATS = 15


def main() -> None:
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    print("| layer | direct, ms | at points, ms | ratio | difference |\n|---|---|---|---|---|")
    for name, (inputs, outputs, width, length) in SIZES.items():
        weight = torch.randn(outputs, inputs, width, generator=generator) / (inputs * width) ** 0.5
        bias = torch.zeros(outputs)
        x = torch.randn(1, inputs, length, generator=generator).requires_grad_()
        frozen = FrozenConvolution(weight, bias, width // 2)

        def direct(x: Tensor, weight: Tensor = weight, bias: Tensor = bias, width: int = width) -> Tensor:
            return torch.nn.functional.conv1d(x, weight, bias, padding=width // 2)

        times: dict[str, list[float]] = {"direct": [], "points": []}
        for _ in range(REPEATS + 1):
            times["direct"].append(_seconds(direct, x))
            times["points"].append(_seconds(frozen, x))
        first, second = (1e3 * median(one[1:]) for one in times.values())
        expected = direct(x).detach()
        away = float((frozen(x).detach() - expected).norm() / expected.norm())
        print(f"| {name} | {first:.1f} | {second:.1f} | {second / first:.2f} | {away:.0e} |", flush=True)


def _seconds(convolve: Callable[[Tensor], Tensor], x: Tensor) -> float:
    began = time.process_time()
    y = convolve(x)
    torch.autograd.grad(y, x, torch.ones_like(y))
    return time.process_time() - began


if __name__ == "__main__":
    main()
