"""The hidden layers of both players."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.layers import init_normal, require_choice, require_positive

PIECES = 5  # of maxout, as in the first paper


class Maxout(nn.Module):
    """The largest of ``PIECES`` numbers for each unit (arXiv:1302.4389)."""

    def forward(self, x: Tensor) -> Tensor:
        """``(B, PIECES * width)`` -> ``(B, width)``."""
        out: Tensor = x.unflatten(1, (-1, PIECES)).amax(dim=2)
        return out


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.2),
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "maxout": Maxout,
}


def hidden_layers(
    inputs: int, width: int, depth: int, *, norm: str, activation: str, dropout: float = 0.0, from_image: bool = False
) -> list[nn.Module]:
    """Dense layers of one width, each with its norm, its activation and its dropout, in this order.

    Args:
        inputs: how many numbers the first layer reads.
        width: how many units each layer has behind its activation.
        depth: how many layers there are.
        norm: ``batch`` or ``none``.
        activation: ``relu``, ``leaky-relu`` of slope 0.2, ``elu``, ``silu``, ``tanh``, or ``maxout`` of 5
            pieces.
        dropout: share of the units that are dropped.
        from_image: the first layer reads images, and goes without a norm.

    Raises:
        RecipeError: a parameter is out of range.
    """
    require_positive(width=width, depth=depth)
    require_choice(("batch", "none"), norm=norm)
    require_choice(ACTIVATIONS, activation=activation)
    size = width * PIECES if activation == "maxout" else width
    layers: list[nn.Module] = []
    for i in range(depth):
        normed = norm == "batch" and not (from_image and i == 0)
        layers += [nn.Linear(width if i else inputs, size, bias=not normed)]
        layers += [nn.BatchNorm1d(size)] if normed else []  # whose shift takes the place of a bias
        layers += [ACTIVATIONS[activation]()]
        layers += [nn.Dropout(dropout)] if dropout else []
    return layers


def init_dense(net: nn.Module, std: float | None) -> None:
    """Draw the weights of all dense layers from N(0, std) and zero their biases; with None they stay torch's.

    Raises:
        RecipeError: the standard deviation is not above 0.
    """
    if std is None:
        return
    if isinstance(std, bool) or not isinstance(std, int | float) or not std > 0:
        raise RecipeError(f"init_std is {std!r}, and must be a number above 0, or null for torch's own weights")
    for module in net.modules():
        init_normal(module, std)
