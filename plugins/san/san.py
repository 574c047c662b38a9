"""The two objectives of a slicing adversarial network."""

from __future__ import annotations

from typing import NoReturn, cast

from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn

from .head import Head, head_of
from .sliced import Sliced

WHO = "regularizer 'san'"


class SAN(Regularizer):
    """Takes D's last layer w as a direction omega = w / |w|, and trains that apart from the rest.

    In the discriminator's turn, the loss and all other terms see logits |w| <sg(omega), h> + b, and so move all but the
    direction. The direction ascends what the generator is to lower: with R what the generator descends for one fake
    with the logit l, this is E_fake[R(l)] - E_real[R(l)] of l = sg(|w|) <omega, sg(h)>. Of the hinge and the
    Wasserstein loss, R(l) = -l, it is the difference of the mean logits; of the non-saturating one, R(l) =
    softplus(-l), the difference is weighted by r(l) = sigmoid(-l). In the generator's turn nothing changes.

    With a projection of the label, w is the sum of the dense layer's row and the label's vector.

    Source: arXiv:2301.12811, sec. 5: the normalised layer, and the objective with stop-gradients sg; sec. 4: the
        weights r.
    Departs: the weights r are not divided by their means over real samples and over fakes, as in arXiv:2309.02836. A
        bias of the last layer stays, as a part of h.

    Args:
        weight: lambda in the paper.

    Raises:
        RecipeError: the logits are not one number of a dense layer on the features, or the loss's part for the
            generator reads more than the logits of fakes.
    """

    reads = frozenset({"logits", "features"})

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__(weight)
        self._head: Head | None = None

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Find the last layer.

        Raises:
            RecipeError: the discriminator has none of the kind, or has heads.
        """
        if D.heads:
            raise RecipeError(f"{WHO} is for a discriminator of one verdict, and {type(D).__name__} has {len(D.heads)}")
        self._head = head_of(D, WHO)

    def recast(self, turn: Turn) -> Turn:
        """Give the discriminator's turn with a discriminator that says its verdict twice."""
        if turn.player == "G" or self._head is None:
            return turn
        return turn.replace(D=Sliced(turn.D, self._head))

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[R(l_real)] - E[R(l_fake)], a scalar, of the logits that move the direction alone."""
        real, fake = (turn.loss.g_loss(_verdict(turn, seen["along"])) for seen in (turn.on_real, turn.on_fake))
        return real - fake


def _verdict(turn: Turn, logits: Tensor) -> Turn:
    return cast(Turn, _Fakes({**turn.on_fake, "logits": logits}, type(turn.loss).__name__))


class _Fakes:
    """A turn in which a loss finds verdicts on fakes and nothing else."""

    def __init__(self, on_fake: dict[str, Tensor], loss: str) -> None:
        self.on_fake, self._loss = on_fake, loss

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RecipeError(
            f"{WHO} needs a loss whose part for the generator is a mean over the logits of fakes, and {self._loss} "
            f"reads turn.{name} there: take hinge, non-saturating, wasserstein or least-squares"
        )
