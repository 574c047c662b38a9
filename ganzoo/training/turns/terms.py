"""The loss and the regularizers of a game, as its turns ask them."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from ...errors import PluginError
from ...interfaces import Regularizer, Turn
from ...recipes.building.build import Parts
from ..labels import label, label_of
from .due import Due


class Terms:
    """Asks the loss, and those regularizers that are due.

    Args:
        parts: of the game.
        weights: of each regularizer, a 0-dim tensor on the device where it changes over the run, and else None.

    Attributes:
        due: which terms have a say in a turn.
    """

    def __init__(self, parts: Parts, weights: Sequence[Tensor | None] = ()) -> None:
        self.parts = parts
        for regularizer, weight in zip(parts.regularizers, weights, strict=False):
            if weight is not None:
                regularizer.weight = weight
        self.due = Due(parts)
        self._before = [r for r in parts.regularizers if type(r).before_step is not Regularizer.before_step]

    def view(self, x: Tensor) -> Tensor:
        """Show the discriminator a batch of samples as the regularizers let it be seen."""
        for regularizer in self.parts.regularizers:
            with label_of(regularizer, "view"):
                x = regularizer.view(x)
        return x

    def recast(self, turn: Turn) -> Turn:
        """Give the turn that is played in place of the one that was dealt."""
        for regularizer in self.parts.regularizers:
            with label_of(regularizer, "recast"):
                turn = regularizer.recast(turn)
        return turn

    def total(self, turn: Turn, number: int) -> Tensor:
        """Add up what the player of a turn descends: the loss and every penalty that is due.

        Args:
            turn: what is played.
            number: of turns that the player had before.

        Raises:
            PluginError: one of them gives anything but a tensor without dimensions.
        """
        is_d = turn.player == "D"
        method = "d_loss" if is_d else "g_loss"
        with label("other_terms"):
            total = turn.d_loss() if is_d else turn.g_loss()
        self._require_number(self.parts.loss, method, total)
        for r in self.due.terms(number):
            method = "d_penalty" if is_d else "g_penalty"
            with label_of(r, method):
                penalty = turn.penalty(r)
                if penalty is not None:
                    self._require_number(r, method, penalty)
                    total = total + r.weight * r.every * penalty
        return total

    def _require_number(self, term: nn.Module, method: str, given: object) -> None:
        if isinstance(given, Tensor) and not given.ndim:
            return
        name = next(name for name, part in self.parts.modules().items() if part is term)
        title = self.parts.titles.get(name, name)
        if given is None:
            raise PluginError(f"{title}: {method} gives nothing, and must give a tensor: is a `return` missing?")
        if isinstance(given, Tensor):
            what, mend = f"a tensor of shape {tuple(given.shape)}", "end with `.mean()`"
        else:
            what, mend = f"a {type(given).__name__}", "give the tensor itself: no `.item()`, no `float()`"
        raise PluginError(f"{title}: {method} gives {what}, and must give a tensor without dimensions; {mend}")

    def before_step(self, turn: Turn, weights: Sequence[nn.Parameter]) -> Callable[[], None] | None:
        """Return what lets regularizers change the gradients that a turn left; None where none has a mind to.

        Args:
            turn: what was played.
            weights: those that its player moves.
        """
        if not self._before:
            return None

        def change() -> None:
            for regularizer in self._before:
                with label_of(regularizer, "before_step"):
                    regularizer.before_step(turn, weights)

        return change

    def after_step(self, turn: Turn) -> None:
        """Tell every regularizer that the turn's player has moved."""
        for regularizer in self.parts.regularizers:
            with label_of(regularizer, "after_step"):
                regularizer.after_step(turn)
