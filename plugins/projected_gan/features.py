"""Maps of a frozen network at several scales."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.layers import frozen_extractor


class FeatureMaps(nn.Module):
    """The last map of each size that an extractor makes of images, large to small.

    An extractor that names modules in ``stages`` is looked at behind these instead. It stays as it is, in evaluation
    mode.

    Args:
        extractor: its registered name; one with gradients.
        shape: of an image, ``(C, H, W)``.
        most: how many maps at the most; the smallest are taken.

    Attributes:
        shapes: ``(C, H, W)`` of each map.

    Raises:
        RecipeError: nobody registers the extractor, it has no gradients, or makes no maps.
        SetupError: its weights are missing.
    """

    def __init__(self, extractor: str, shape: tuple[int, ...], most: int) -> None:
        super().__init__()
        with torch.device("cpu"):  # its weights are read from a file, wherever the rest is made
            self.network = frozen_extractor(extractor)
            stages: tuple[str, ...] = getattr(self.network, "stages", ())
            names = stages or [name for name, _ in self.network.named_modules() if name]
            seen = self._look(torch.zeros(2, *shape), names)
        sizes = {found.shape[2:]: (name, tuple(found.shape[1:])) for name, found in seen.items()}  # the last of a size
        last = sorted(sizes.values(), key=lambda one: -one[1][1] * one[1][2])[-most:]
        if not last:
            raise RecipeError(
                f"extractor is {extractor!r}, which makes no maps of an image: take one of convolutions, such as digits"
            )
        self.names, self.shapes = [name for name, _ in last], [found for _, found in last]

    @torch.no_grad()
    def _look(self, x: Tensor, names: Any) -> dict[str, Tensor]:
        return self._maps(x, names)

    def _maps(self, x: Tensor, names: Any) -> dict[str, Tensor]:
        """Return what these modules give, in the order in which they ran, where that is a map of several pixels."""
        found: dict[str, Tensor] = {}

        def note(name: str) -> Any:
            def hook(module: nn.Module, given: Any, made: Any) -> None:
                if isinstance(made, Tensor) and made.ndim == 4 and made.shape[2] * made.shape[3] > 1:
                    found.pop(name, None)
                    found[name] = made

            return hook

        hooks = [self.network.get_submodule(name).register_forward_hook(note(name)) for name in names]
        try:
            self.network.embedded(x)
        finally:
            for hook in hooks:
                hook.remove()
        return found

    def train(self, mode: bool = True) -> Self:
        """Leave the extractor in evaluation mode."""
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, x: Tensor) -> list[Tensor]:
        """``(B, C, H, W)`` images in [-1, 1] -> maps, each ``(B, *shape)`` of ``shapes``."""
        found = self._maps(x, self.names)
        return [found[name] for name in self.names]
