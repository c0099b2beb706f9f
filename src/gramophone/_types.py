"""Types that several rooms share. One axis order everywhere: `[..., channel, frequency, frame]`."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

TermFunction = Callable[[Float[Tensor, "*shape"]], Float[Tensor, ""]]
"""What a term is: `x -> scalar`, differentiable, 0 where `x` has everything that is asked."""
