"""Weights as networks start with them: the standard deviation where they are drawn, the value where they are not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn

from .draws import double_by_default


@contextmanager
def deviations_drawn() -> Iterator[None]:
    """Let ``torch.randn`` give ones, and ``normal_`` the standard deviation, in double precision by default."""

    def randn(*shape: Any, **_: Any) -> Tensor:
        return torch.ones(*shape)

    def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, **_: Any) -> Tensor:
        if mean:
            raise ValueError(f"weights are drawn about {mean}, which this does not tell apart from their spread")
        return self.fill_(std)

    with double_by_default(), patch.object(torch, "randn", randn), patch.object(torch.Tensor, "normal_", normal_):
        yield


def start(case: str, module: nn.Module, names: Mapping[str, str] | None = None) -> dict[str, Tensor]:
    """Give one number for each parameter of a network that was made within ``deviations_drawn``, by our names.

    Args:
        case: name of the network.
        module: whose parameters are each of one number.
        names: our name by the module's, for the authors' network.

    Raises:
        ValueError: a parameter was drawn in another way.
    """
    found = {}
    for name, parameter in module.named_parameters():
        if not bool((parameter == parameter.flatten()[0]).all()):
            raise ValueError(f"{name} of {case} is drawn neither by randn nor by normal_")
        found[names[name] if names else name] = parameter.detach().flatten()[0].double()
    return {f"start of {case}": torch.stack([found[name] for name in sorted(found)])}
