"""A turn that shows real samples to nobody."""

from __future__ import annotations

from typing import Any, NoReturn, Self

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Turn
from ganzoo.samples import Sample, detached

from .row_gradients import Clipped, clipped_sum

_REAL = frozenset({"batch", "real", "y", "on_real"})  # what a turn has seen once somebody looked at real samples


class PrivateTurn(Turn):
    """A turn of a private game: all that is learned of real samples are clipped gradients of single ones.

    Any other reading of ``real`` or ``on_real`` is an error, in both players' turns. What is said of fakes is open:
    the generator, and so its fakes, know real samples by the discriminator alone, which is private.

    Attributes:
        found: the clipped gradients, once D's loss is taken; None before.
    """

    found: Clipped | None
    _open: Turn
    _settings: dict[str, Any]

    @classmethod
    def of(cls, turn: Turn, **settings: Any) -> Self:
        """Close a turn.

        Args:
            turn: as it was dealt.
            settings: see ``row_gradients.clipped_sum``.

        Raises:
            RecipeError: somebody has looked at its real samples already.
        """
        if turn.player == "D" and _REAL & turn.seen().keys():
            raise RecipeError(
                "a term that recasts D's turn before dp-sgd reads real samples, whose gradients nothing clips: "
                "leave that term out"
            )
        made = cls.__new__(cls)
        vars(made).update(vars(turn))
        made.joint, made.found, made._open, made._settings = False, None, turn, settings
        return made

    def _refuse(self) -> NoReturn:
        who = "the loss of G or a term beside it" if self.player == "G" else "a term beside the loss of D"
        raise RecipeError(
            f"{who} reads real samples, and dp-sgd clips D's loss alone, so that what it learns of them is not "
            "private: leave that term out, or take a loss whose G reads fakes alone"
        )

    @property
    def real(self) -> Tensor:
        """Nobody's to read."""
        self._refuse()

    @property
    def shown_real(self) -> Tensor:
        """Nobody's to read."""
        self._refuse()

    @property
    def on_real(self) -> dict[str, Tensor]:
        """Nobody's to read."""
        self._refuse()

    @property
    def y(self) -> Tensor | None:
        """None: a private game has no conditions."""
        return None

    @property
    def y_fake(self) -> Tensor | None:
        """None: a private game has no conditions."""
        return None

    def d_loss(self) -> Tensor:
        """Return the mean loss of the rows that are taken, without a graph to them; keep their clipped gradients."""
        if self.player == "G":
            self._refuse()
        dealt = self._open
        real: Sample = detached(dealt.real)
        self.found = clipped_sum(dealt, real, detached(self.fake), **self._settings)
        # D's optimizer wants a gradient of what the engine differentiates: nothing, in one weight.
        weight = next(weight for weight in self.dealt_D.parameters() if weight.requires_grad)
        return self.found.loss + 0 * torch.flatten(weight)[0]
