"""Shared by the checks of both players: images of several shapes, and networks built for them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import GanzooError, RecipeError
from ..recipes.build import build_part
from ..recipes.recipe import Part
from ..recipes.rectangles import plays
from ..registry.registry import Registry
from .findings import Findings, listed, require
from .games import Game
from .partners import plain_recipe, with_partners
from .usage import parameters_of

SIZES = (8, 28, 32)
CHANNELS = (1, 3)
CLASSES = (0, 10)
BATCH = 4


@dataclass(frozen=True)
class Case:
    """Images that a network was built for."""

    image_size: int
    channels: int
    num_classes: int

    def __str__(self) -> str:
        labels = f" with {self.num_classes} labels" if self.num_classes else ""
        return f"{self.channels}x{self.image_size}x{self.image_size}{labels}"

    def images(self, seed: int = 0) -> Tensor:
        """Noise, ``(B, C, H, W)`` in [-1, 1]."""
        rng = torch.Generator().manual_seed(seed)
        return torch.rand(BATCH, self.channels, self.image_size, self.image_size, generator=rng) * 2 - 1

    def labels(self) -> Tensor | None:
        """``(B,)`` labels, or None."""
        return torch.arange(BATCH) % self.num_classes if self.num_classes else None


class Builder:
    """Builds one part, for any images, from any seed.

    Raises:
        ConformanceError: it cannot be known which parameters it needs.
    """

    def __init__(self, registry: Registry, kind: str, name: str) -> None:
        self.registry, self.kind = registry, kind
        self.part = Part(name=name, params=parameters_of(registry, kind, name))

    def build(self, case: Case, seed: int = 0) -> Any:
        """One for these images."""
        torch.manual_seed(seed)
        return build_part(self.registry, self.kind, self.part, **vars(case))

    def game(self, case: Case) -> Game:
        """Make a game of it against the suite's own, on these images."""
        conditional = bool(case.num_classes)
        return Game(
            plain_recipe(self.kind, self.part, conditional),
            with_partners(self.registry),
            case.image_size,
            case.channels,
        )

    def accepted(self) -> list[Case]:
        """List the cases that it can be built for.

        Raises:
            ConformanceError: there is none.
        """
        cases, refusal = [], ""
        for case in (Case(s, c, k) for s in SIZES for c in CHANNELS for k in CLASSES):
            try:
                self.build(case)
            except RecipeError as error:
                refusal = refusal or str(error)
            else:
                cases.append(case)
        require(bool(cases), f"it refuses every size of {SIZES} with 1 or 3 channels; of the first it says: {refusal}")
        return cases

    def plays_rectangles(self, cases: list[Case]) -> bool:
        """Say whether it plays images twice as high as those of the smallest case that it accepts, or twice as wide."""
        height = cases[0].image_size
        shapes = [vars(cases[0]) | {"image_size": size} for size in ((2 * height, height), (height, 2 * height))]
        torch.manual_seed(0)
        return all(self._plays(shape) for shape in shapes)

    def _plays(self, shape: dict[str, Any]) -> bool:
        try:
            player = build_part(self.registry, self.kind, self.part, **shape)
        except GanzooError:
            return False
        return plays(player, shape)


def constructed(findings: Findings, registry: Registry) -> tuple[Builder | None, list[Case]]:
    """Check construction; gives the builder and the images that the part accepts."""
    builder, cases = None, []
    with findings.check("construction") as seen:
        builder = Builder(registry, findings.kind, findings.name)
        cases = builder.accepted()
        sizes = sorted({case.image_size for case in cases})
        seen.append(f"sizes {', '.join(map(str, sizes))}")
        seen.append("rectangles" if builder.plays_rectangles(cases) else "squares only")
        seen.append("labels" if any(case.num_classes for case in cases) else "no labels")
    return builder, cases


def plainest(cases: list[Case]) -> list[Case]:
    """Choose the smallest images without labels and the smallest with labels, as far as they are accepted."""
    groups = [[c for c in cases if not c.num_classes], [c for c in cases if c.num_classes]]
    return [group[0] for group in groups if group]


def require_gradients(module: nn.Module, case: Case) -> None:
    """Every parameter has a gradient, and it is finite.

    Raises:
        ConformanceError: one has not.
    """
    without = [key for key, p in module.named_parameters() if p.requires_grad and p.grad is None]
    require(not without, f"for images of {case}, no gradient reaches {listed(without)}")
    broken = [key for key, p in module.named_parameters() if p.grad is not None and not p.grad.isfinite().all()]
    require(not broken, f"for images of {case}, the gradient of {listed(broken)} is not finite")


def weighted(values: Tensor) -> Tensor:
    """Reduce values to a scalar in which each counts differently."""
    rng = torch.Generator().manual_seed(1)
    return (values * torch.randn(values.shape, generator=rng)).sum()


def require_state(builder: Builder, case: Case, run: Callable[[Any, Case], list[Tensor]]) -> None:
    """Require that a part built from another seed gives the same values once it has loaded the state.

    Raises:
        ConformanceError: it does not.
    """
    first, second = builder.build(case, 0).eval(), builder.build(case, 1).eval()
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    require(
        all(torch.equal(a, b) for a, b in zip(run(first, case), run(second, case), strict=True)),
        f"for images of {case}, another one that loaded its state_dict gives other values",
    )


def require_repeats(builder: Builder, case: Case, run: Callable[[Any, Case], list[Tensor]]) -> None:
    """Two calls in evaluation mode give the same values.

    Raises:
        ConformanceError: they do not.
    """
    module = builder.build(case).eval()
    require(
        all(torch.equal(a, b) for a, b in zip(run(module, case), run(module, case), strict=True)),
        f"for images of {case}, two calls in evaluation mode differ",
    )
