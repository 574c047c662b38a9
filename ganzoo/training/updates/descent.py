"""The players' weights, and how they move along their gradients."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...backend.strides import align_gradients
from ...interfaces.turn import Player
from ...recipes.building.build import Parts
from ...recipes.building.learning import OPTIMIZERS, learning
from ...recipes.recipe import Recipe
from ..labels import label
from .gradients import GradientNorms
from .optimizers import make_optimizer
from .overflow import SkippedOnOverflow, for_scaler
from .played_values import PlayedValues


class Descent:
    """Owns both optimizers and what they move.

    Args:
        recipe: names the optimizers.
        parts: on the device already.
        precision: with ``fp16`` the losses are scaled.
        device: of the parts.
        changing: the values that change over the run, learning rates and betas among them.

    Attributes:
        moves: the weights of each player.
        optimizers, scalers: of each player.
        norms: of both players' gradients.
    """

    def __init__(
        self, recipe: Recipe, parts: Parts, *, precision: str, device: torch.device, changing: PlayedValues
    ) -> None:
        named = learning(recipe, parts.modules())
        self.moves: dict[Player, list[nn.Parameter]] = {
            player: [weight for _, weight in weights] for player, weights in named.items()
        }
        self._names = {player: [name for name, _ in weights] for player, weights in named.items()}
        self.optimizers = self._optimizers(recipe, changing)
        self.scalers: dict[Player, torch.amp.GradScaler] = {
            player: torch.amp.GradScaler(device.type, enabled=precision == "fp16") for player in self.moves
        }
        self.norms = GradientNorms(device)

    def _optimizers(self, recipe: Recipe, changing: PlayedValues) -> dict[Player, torch.optim.Optimizer]:
        return {
            player: make_optimizer(key, getattr(recipe, key), self.moves[player], changing, self._names[player])
            for player, key in OPTIMIZERS.items()
        }

    def attend(self, **wanted: bool) -> None:
        """Choose the players whose weights gradients are taken for; a frozen one costs no backward pass of its own."""
        for player, weights in self.moves.items():
            for weight in weights:
                weight.requires_grad_(wanted[player])

    def differentiate(self, player: Player, total: Tensor) -> None:
        """Leave the gradient of one player's total in its weights."""
        for weight in self.moves[player]:  # a penalty may have left some in the other's turn
            weight.grad = None  # as zero_grad does, which looks for a profiler first: 0.1 ms a turn
        # For these weights alone: images that a penalty differentiates want no gradient of the whole.
        with label("backward"):
            torch.autograd.backward(self.scalers[player].scale(total), inputs=self.moves[player])
        align_gradients(self.moves[player])

    def differentiate_both(self, totals: dict[Player, Tensor]) -> None:
        """Leave each player's gradient of its own total in its weights, where the totals share a graph."""
        for player, moves in self.moves.items():
            total = self.scalers[player].scale(totals[player])
            with label("backward"):
                gradients = torch.autograd.grad(total, moves, retain_graph=player == "D", allow_unused=True)
            for parameter, gradient in zip(moves, gradients, strict=True):
                parameter.grad = gradient
            align_gradients(moves)

    def move(self, player: Player, *, measured: bool, change: Callable[[], None] | None = None) -> None:
        """Let a player's optimizer move its weights.

        Args:
            player: whose weights hold a gradient.
            measured: add the gradient's norm to ``norms``, as the optimizer finds it.
            change: changes the gradients before, once they are unscaled; None for nothing.
        """
        with label("optimizer"):
            self._move(player, measured, change)

    def _move(self, player: Player, measured: bool, change: Callable[[], None] | None) -> None:
        scaler = self.scalers[player]
        if not scaler.is_enabled():
            if change is not None:
                change()
            if measured:
                self.norms.add(player, self.moves[player], scaled=False)
            self.optimizers[player].step()
            return
        stepping = for_scaler(self.optimizers[player])
        if measured or change is not None or isinstance(stepping, SkippedOnOverflow):
            scaler.unscale_(stepping)
        if change is not None:
            change()
        if measured:
            self.norms.add(player, self.moves[player], scaled=True)
        scaler.step(stepping)
        scaler.update()
