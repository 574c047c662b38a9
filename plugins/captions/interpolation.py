"""The term of GAN-INT."""

from __future__ import annotations

from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Modality, Regularizer, Turn
from ganzoo.samples import each, leaves

from .matching_aware import of_another


class ConditionInterpolation(Regularizer):
    """The generator's loss once more, of fakes whose condition lies between those of two rows of the batch.

    No image belongs to such a condition, so that the discriminator is never trained on it; it judges by what it knows
    of others whether the fake fits. Conditions are vectors; what of them is no floating number stays the first row's.

    Source: arXiv:1605.05396, sec. 4.3, eq. 5, with the loss that the game has in place of log(1 - D).
    Departs: the authors' code makes these fakes in one batch with the others, whose statistics they then share, and
        half as many; with ``weight`` 0.5 they count as much as there.

    Args:
        weight: of the term beside the generator's loss.
        every: see ``Regularizer``.
        beta: the share of the first condition, 0.5 in the paper.

    Raises:
        RecipeError: beta does not lie between 0 and 1, or conditions are no vectors.
    """

    samples = "gathered"

    def __init__(self, weight: float = 1.0, every: int = 1, beta: float = 0.5) -> None:
        super().__init__(weight, every)
        if not 0 < beta < 1:
            raise RecipeError(f"beta is {beta!r}, and must lie between 0 and 1, such as 0.5")
        self.beta = beta

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """See that conditions are vectors."""
        modality: Modality | None = getattr(D, "modality", None)
        y = modality.condition(modality.example()) if modality is not None and D.conditional else None
        if modality is not None and not any(tensor.is_floating_point() for tensor in leaves(y)):
            raise RecipeError(
                "regularizer 'condition-interpolation' goes between conditions that are vectors, such as those of "
                "captions, and this game has none: leave it out"
            )

    def g_penalty(self, turn: Turn) -> Tensor:
        """-E[log D(G(z, v), v)] with v = beta y + (1 - beta) y', y' another's, or what the loss has there; a scalar."""

        def between(one: Tensor, other: Tensor) -> Tensor:
            return self.beta * one + (1 - self.beta) * other if one.is_floating_point() else one

        y = each(between, turn.y_fake, of_another(turn.y_fake))
        z = turn.G.sample_z(len(turn.z), device=turn.z.device, rng=turn.rng).to(turn.z.dtype)
        return turn.replace(z=z, y_fake=y).g_loss()
