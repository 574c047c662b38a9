"""The distance of mel spectrograms as a term."""

from __future__ import annotations

from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Modality, Regularizer, Turn

from .log_bands import LogBands


class MelL1(Regularizer):
    """The mean absolute difference of the log-mel spectrograms of each fake and the true wave of the same condition.

    Source: arXiv:2010.05646, eq. 4, as a mean over bands and frames, as the authors' code takes it.
    Departs: the bands are those of the condition, which end at 8,000 Hz; the authors' go on to half of the rate here.

    Args:
        weight: lambda_mel; 45 in the paper beside a sum over the heads of squares, and 45 over twice the heads, 2.8125
            with eight of these, beside the mean over heads of halved squares.
        every: see ``Regularizer``.

    Raises:
        RecipeError: the data are no waves.
    """

    pairs = True

    def __init__(self, weight: float = 2.8125, every: int = 1) -> None:
        super().__init__(weight, every)
        self.mels: LogBands | None = None

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Choose the spectrogram that suits the waves."""
        modality: Modality | None = getattr(G, "modality", None)
        told = {} if modality is None else modality.offers(conditional=True)
        if "rate" not in told or "length" not in told:
            of = "data that say no rate" if modality is None else f"{modality.plural}, which have no rate"
            raise RecipeError(f"regularizer 'mel-l1' compares spectrograms of waves, not of {of}: leave it out")
        self.mels = LogBands.of(told["rate"], told["length"])

    def g_penalty(self, turn: Turn) -> Tensor:
        """E |mel(real) - mel(fake)|, a scalar of at least 0."""
        assert self.mels is not None
        return (self.mels(turn.real) - self.mels(turn.fake)).abs().mean()
