"""The loss and the regularizers of a game, as its turns ask them."""

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor, nn

from ...errors import PluginError
from ...interfaces import Regularizer, Turn
from ...recipes.building.build import Parts
from ...samples import Sample
from ...text import type_given
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
        """Show the discriminator a batch of samples as the regularizers let it be seen.

        Raises:
            PluginError: one of them gives something else than samples of the same shape.
        """
        for regularizer in self.parts.regularizers:
            with label_of(regularizer, "view"):
                seen = regularizer.view(x)
            if seen is not x:
                self._require_samples(regularizer, x, seen)
            x = seen
        return x

    def recast(self, turn: Turn) -> Turn:
        """Give the turn that is played in place of the one that was dealt.

        Raises:
            PluginError: one of them gives no turn.
        """
        for regularizer in self.parts.regularizers:
            with label_of(regularizer, "recast"):
                given: object = regularizer.recast(turn)
            if not isinstance(given, Turn):
                raise self._refusal(regularizer, f"recast gives {type_given(given)}, and must give a turn")
            turn = given
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
        if given is None:
            raise self._refusal(term, f"{method} gives nothing, and must give a tensor: is a `return` missing?")
        if isinstance(given, Tensor):
            what, mend = f"a tensor of shape {tuple(given.shape)}", "end with `.mean()`"
        else:
            what, mend = f"a {type(given).__name__}", "give the tensor itself: no `.item()`, no `float()`"
        raise self._refusal(term, f"{method} gives {what}, and must give a tensor without dimensions; {mend}")

    def _require_samples(self, term: nn.Module, x: Sample, seen: object) -> None:
        alike, what = False, type_given(seen)
        if isinstance(x, Tensor) and isinstance(seen, Tensor):
            alike, what = x.shape == seen.shape, f"samples of shape {tuple(seen.shape)} for {tuple(x.shape)}"
        elif isinstance(x, Mapping) and isinstance(seen, Mapping):
            alike, what = x.keys() == seen.keys(), f"a dict of {', '.join(map(str, seen))}"
        if not alike:
            raise self._refusal(term, f"view gives {what}, and must give samples like those that it takes")

    def _refusal(self, term: nn.Module, what: str) -> PluginError:
        name = next(name for name, part in self.parts.modules().items() if part is term)
        return PluginError(f"{self.parts.titles.get(name, name)}: {what}")

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
