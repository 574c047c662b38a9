"""Duties of a trainer that is one rank of several, beside its own share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ...backend.internals import BatchNorm
from ...errors import RecipeError
from ...layers.whole_batch import Ranks
from ...recipes.building.build import Parts
from ...recipes.recipe import Recipe
from .draws import Draws
from .shares import Agreement
from .statistics import synchronise


class SharedGame:
    """Lets the ranks of a run play the game that one process would play.

    Args:
        ranks: of the run; each is given its share of the recipe's batch.
        recipe: what is played.
        parts: its parts, whose batch normalisations are synchronised where the recipe says so.

    Attributes:
        ranks: of the run.
        draws: random draws, for the whole batch.
        batch_stats: ``synced`` or ``local``, as the recipe says; None where no part has batch statistics.

    Raises:
        RecipeError: the ranks cannot share out the batch.
    """

    def __init__(self, ranks: Ranks, recipe: Recipe, parts: Parts) -> None:
        self.ranks = ranks
        if recipe.schedule.batch % ranks.count:
            raise RecipeError(
                f"schedule.batch is {recipe.schedule.batch}, and must be a multiple of the {ranks.count} ranks"
            )
        ranks.share = recipe.schedule.batch // ranks.count
        modules = parts.modules().values()
        self.batch_stats: str | None = recipe.schedule.batch_stats
        if not any(isinstance(layer, BatchNorm) for module in modules for layer in module.modules()):
            self.batch_stats = None
        elif self.batch_stats == "synced":
            synchronise(modules)
        self.draws = Draws(ranks)
        self._agreement = Agreement(ranks, modules)

    def part(self, total: Tensor) -> Tensor:
        """Return what a rank differentiates of the loss of its share, so that the sum over the ranks is that of the
        batch.

        A sample then weighs as much in the backward pass as in a run of one process, and fp16 overflows where it does.
        """
        return total / self.ranks.count

    def agree_on_gradients(self, player: str, weights: Sequence[Tensor]) -> None:
        """Give every rank the gradients of the whole batch, before anything looks at them."""
        self._agreement.gradients(player, weights)

    def alike(self, change: Callable[[], None]) -> Callable[[], None]:
        """Return a change of weights or of their gradients whose draws are the same on every rank."""

        def changed() -> None:
            with self.draws.of_weights():
                change()

        return changed

    def agree_on_buffers(self) -> None:
        """After a turn: give every rank the same state."""
        self._agreement.buffers()

    def means(self, losses: dict[str, Tensor]) -> dict[str, Tensor]:
        """Losses of the whole batch from those of the shares."""
        means = torch.stack(list(losses.values())).clone()
        self._agreement.average([means])
        return dict(zip(losses, means.unbind(), strict=True))
