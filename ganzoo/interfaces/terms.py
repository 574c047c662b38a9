"""Terms of the objective: one loss, and any number of regularizers beside it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal

from torch import Tensor, nn

from .players import Discriminator, Generator, Samples
from .run_length import RunLength
from .turn import Turn

# Fates of the floating point buffers that a turn moved where several ranks play a run: ``mean``, the mean over the
# ranks, which is right for what moves in proportion to a mean over the batch, such as a running mean; or ``same``,
# nothing, because the part moves them by what it knows of the whole batch (``ganzoo.layers.batch_mean``), as it must
# where they move otherwise, or where the same turn reads them.
Buffers = Literal["mean", "same"]


class Loss(nn.Module, ABC):
    """The loss that each player descends. State that changes lives in buffers.

    What it learns itself, its parameters, moves with the discriminator.

    Attributes:
        reads: the discriminator outputs it looks at.
        second_order: ``d_loss`` differentiates a verdict w.r.t. an image, so that the
            turn is played in float32 and uncompiled.
        pairs: it compares each fake with the real sample of the same place in the batch, so that in a conditional game
            both must carry one label: a recipe has to have ``schedule.labels: paired`` there.
        reads_average: it learns from ``turn.averaged``, so that a recipe must keep an average (``schedule.ema``).
        samples: how it treats the samples of a batch, see ``Samples``.
        buffers_over_ranks: see ``Buffers``.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"logits"})
    second_order: ClassVar[bool] = False
    pairs: ClassVar[bool] = False
    reads_average: ClassVar[bool] = False
    samples: Samples = "apart"
    buffers_over_ranks: Buffers = "mean"

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Once, before the optimizers are made: fit what it learns to the players, or refuse the pair.

        Raises:
            RecipeError: the players lack what this loss needs.
        """

    def unreached(self, run: RunLength) -> str | None:
        """Return what of this term's settings cannot take effect in so short a run, in words; None where all does.

        It is said before training and below the tables, behind the term's name: ``k never falls below the batch: ...``.
        """

    def told(self, run: RunLength) -> Mapping[str, float]:
        """Return numbers of this term's own, by name, for the results; none by default.

        They are asked for at every evaluation, may wait for the device, and those of the last one are said below the
        tables, behind the term's name: ``epsilon at delta 1e-05: 3.2``.

        Args:
            run: as far as it was played.
        """
        return {}

    def heads(self) -> Iterable[nn.Module]:
        """Return the modules of its own that read D's outputs and belong to D, such as a classifier; none by default.

        They are asked for once, when all terms are prepared; what acts on D's layers then acts on them, too.
        """
        return ()

    @abstractmethod
    def d_loss(self, turn: Turn) -> Tensor:
        """Return the discriminator's loss, a scalar on the device."""

    @abstractmethod
    def g_loss(self, turn: Turn) -> Tensor:
        """Return the generator's loss, a scalar on the device."""


class Regularizer(nn.Module):
    """Anything that acts on the game beside the loss, at any of many moments; each does nothing by default.

    State that changes lives in buffers. What it learns itself, its parameters, moves with the discriminator.

    Attributes:
        weight: factor of the penalties, applied by the engine; a 0-dim tensor on the device where the recipe lets it
            change over the run.
        every: lazy regularization (arXiv:1912.04958, sec. 3.1): penalties are taken once in ``every``
            turns of their player, ``every`` times as strong.
        reads: the discriminator outputs it looks at.
        second_order: its penalties, or ``recast``, differentiate a network's output. Due turns of the players whose
            penalty it has are then played in float32 and uncompiled, and in the discriminator's ``real`` and
            ``fake`` require grad.
            If it reads ``logits``, penalties are taken of each of the discriminator's heads, and averaged.
        through_loss: it differentiates ``turn.loss`` itself, which therefore must not be of second order.
        pairs, reads_average: see ``Loss``.
        samples: how it treats the samples of a batch, see ``Samples``.
        mirror_symmetric: ``view`` favours no side: the mean of what it makes of an image, over its draws, is where the
            image was. ``ganzoo check`` tries it.
        buffers_over_ranks: see ``Buffers``.
    """

    mirror_symmetric: bool = False
    reads: ClassVar[frozenset[str]] = frozenset()
    second_order: ClassVar[bool] = False
    through_loss: ClassVar[bool] = False
    pairs: ClassVar[bool] = False
    reads_average: ClassVar[bool] = False
    samples: Samples = "apart"
    buffers_over_ranks: Buffers = "mean"

    def __init__(self, weight: float = 1.0, every: int = 1) -> None:
        super().__init__()
        self.weight: float | Tensor = weight
        self.every = every

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Once, before the optimizers are made: wrap or initialise modules, or refuse the pair.

        Raises:
            RecipeError: the players lack what this regularizer needs.
        """

    def unreached(self, run: RunLength) -> str | None:
        """Return what of this term's settings cannot take effect in so short a run, in words; None where all does.

        It is said before training and below the tables, behind the term's name: ``k never falls below the batch: ...``.
        """

    def told(self, run: RunLength) -> Mapping[str, float]:
        """Return numbers of this term's own, by name, for the results; none by default.

        They are asked for at every evaluation, may wait for the device, and those of the last one are said below the
        tables, behind the term's name: ``epsilon at delta 1e-05: 3.2``.

        Args:
            run: as far as it was played.
        """
        return {}

    def heads(self) -> Iterable[nn.Module]:
        """Return the modules of its own that read D's outputs and belong to D, such as a classifier; none by default.

        They are asked for once, when all terms are prepared; what acts on D's layers then acts on them, too.
        """
        return ()

    def prepare_heads(self, heads: Sequence[nn.Module]) -> None:
        """Once, when all terms are prepared: do to the heads of all of them what ``prepare`` did to D.

        Every term has its heads by then, whatever the order in which the recipe names them.

        Args:
            heads: those that the loss and the regularizers own, in their order.
        """

    def recast(self, turn: Turn) -> Turn:
        """Return what loss and penalties see instead of ``turn``, before it is played: the same, or
        ``turn.replace(...)``.
        """
        return turn

    def view(self, x: Tensor) -> Tensor:
        """Return what the discriminator is shown instead of the samples ``x``, same shape.

        What it draws comes from torch's own stream on the device of ``x``, which the engine seeds:
        ``torch.rand(len(x), device=x.device)``.
        """
        return x

    def d_penalty(self, turn: Turn) -> Tensor | None:
        """Return what is added, times ``weight``, to the discriminator's loss: a scalar, or None for nothing."""

    def g_penalty(self, turn: Turn) -> Tensor | None:
        """Return what is added, times ``weight``, to the generator's loss: a scalar, or None for nothing."""

    def before_step(self, turn: Turn, weights: Sequence[nn.Parameter]) -> None:
        """Before the optimizer of ``turn.player`` steps: may change ``.grad`` of the weights that it moves.

        It is asked in every turn, whatever ``every`` is. Several ranks have agreed on the gradients by then, and draws
        are the same on each of them; the losses' scale is taken off, and in fp16 the gradients of a turn that moves
        nobody, because they overflowed, are not finite. Norms of gradients are measured afterwards: of what the
        optimizer uses.

        Args:
            turn: what was played, as penalties saw it.
            weights: all that the player moves; one that the turn did not reach has no ``.grad``.
        """

    def after_step(self, turn: Turn) -> None:
        """After the optimizer of ``turn.player`` stepped."""
