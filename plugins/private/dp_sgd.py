"""Private steps of the discriminator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Loss, Regularizer, RunLength, Turn
from ganzoo.layers import batch_mean, batch_size, require_at_least, require_choice, require_positive

from .accounting import ACCOUNTANTS, epsilon, releases, require_accountant
from .apart import require_rows_apart, require_rows_once
from .lots import Lot
from .private_turn import PrivateTurn


class DPSGD(Regularizer):
    """D's gradient is that of each pair of a real and a fake sample, clipped, summed, with Gaussian noise.

    With g_i the gradient of the recipe's loss in a turn of the i-th pair alone, and C the clip, it is
    (sum_i c_i g_i min(1, C / ||g_i||) + noise C N(0, 1)) / (keep B); c_i is 1 with the probability ``keep``, and else
    0. The generator learns of real samples by D alone, and needs no noise (post-processing). A real sample adds at most
    C to the sum: the fake of its pair is drawn without looking at the data.

    Gradients of other terms that do not read real samples, such as orthogonal regularization, are added as they are;
    those that read them are refused, as are losses and discriminators that mix rows.

    Source: arXiv:1802.06739, alg. 1; the clip is that of arXiv:1607.00133, alg. 1.
    Departs: the paper bounds a row's gradient by clipping D's weights, which bounds it through a constant of the
        network; here it is itself clipped, as in later work, whatever D and the loss are.

    Args:
        clip: C, the most that a row's gradient is long, over all weights of D; infinity for no limit, without noise.
        noise: its standard deviation over C.
        keep: the probability with which a row of a batch counts; below 1 it amplifies privacy, exactly as in the papers
            where the batch is all rows of the data.
        delta: for which epsilon is told.
        accountant: of epsilon: ``rdp``, Renyi's, or ``prv``, Opacus's, which is tighter and an extra.
        by: ``batch``, gradients of many rows at once, or ``row``, for networks that cannot.
        at_once: for how many rows gradients are held at once.

    Raises:
        RecipeError: a value is out of range; the loss or D mixes rows, draws, or keeps running means; or a term reads
            real samples beside D's loss.
    """

    through_loss = True
    samples = "mixed"  # with several ranks its sums are those of the batch; conformance cannot try vmap there

    def __init__(
        self,
        clip: float = 1.0,
        noise: float = 1.0,
        keep: float = 1.0,
        delta: float = 1e-5,
        accountant: str = "rdp",
        by: str = "batch",
        at_once: int = 256,
    ) -> None:
        super().__init__()
        require_at_least(0, noise=noise)
        require_positive(at_once=at_once)
        require_choice(("batch", "row"), by=by)
        require_choice(ACCOUNTANTS, accountant=accountant)
        require_accountant(accountant)
        for name, value, most in (("clip", clip, math.inf), ("keep", keep, 1), ("delta", delta, 1)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
                limit = "" if most == math.inf else f" and at most {most}"
                raise RecipeError(f"{name} of dp-sgd is {value!r}, and must be a number above 0{limit}")
        if noise and clip == math.inf:
            raise RecipeError("dp-sgd has noise in units of the clip, which is infinite: give a clip, or noise=0")
        self.clip, self.noise, self.keep, self.delta = clip, noise, keep, delta
        self.accountant, self.by, self.at_once = accountant, by, at_once
        self._lot = Lot(keep)
        self._judges: list[Discriminator] = []

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Take note of D, which other terms may yet change."""
        self._judges = [D]

    def prepare_heads(self, heads: Sequence[nn.Module]) -> None:
        """Refuse a discriminator that does not judge each row by itself, and data whose rows come more often."""
        for D in self._judges:
            require_rows_apart(D)
            require_rows_once(D.modality)

    def recast(self, turn: Turn) -> Turn:
        """Close the turn, so that real samples are seen by nothing but the clipped gradients."""
        _require_rows_apart(turn.loss)
        return PrivateTurn.of(turn, clip=self.clip, lot=self._lot, at_once=self.at_once, by=self.by)

    @torch.no_grad()
    def before_step(self, turn: Turn, weights: Sequence[nn.Parameter]) -> None:
        """Set D's gradient: the clipped sum with noise, and what other terms made of fakes and weights."""
        if turn.player != "D":
            return
        assert isinstance(turn, PrivateTurn) and turn.found is not None
        here, rows = len(turn.z) * self.keep, batch_size(turn.z) * self.keep
        named = dict(turn.dealt_D.named_parameters())
        for name, summed in turn.found.sums.items():
            weight, gradient = named[name], batch_mean(summed / here)
            if self.noise:
                drawn = torch.randn(summed.shape, generator=turn.rng, device=summed.device, dtype=summed.dtype)
                gradient = gradient + self.noise * self.clip / rows * drawn
            weight.grad = gradient if weight.grad is None else weight.grad + gradient

    def unreached(self, run: RunLength) -> str | None:
        """Refuse batches that hold a row several times, before anything is trained.

        Raises:
            RecipeError: a batch has more rows than the data.
        """
        releases(run.rows, run.batch, run.turns["D"], noise=self.noise, keep=self.keep)
        return None

    def told(self, run: RunLength) -> Mapping[str, float]:
        """Return the epsilon that the run has spent."""
        spent = epsilon(
            run.rows,
            run.batch,
            run.turns["D"],
            noise=self.noise,
            keep=self.keep,
            delta=self.delta,
            accountant=self.accountant,
        )
        return {f"epsilon at delta {self.delta:g}": spent}


def _require_rows_apart(loss: Loss) -> None:
    """See that a loss is the mean of what it makes of single pairs, and keeps nothing of them.

    Raises:
        RecipeError: it is not.
    """
    why = ""
    if loss.samples != "apart":
        why = "looks at the rows of a batch together"
    elif any(True for _ in loss.parameters()):
        why = "learns from real samples itself"
    elif any(True for _ in loss.buffers()):
        why = "keeps values from turn to turn"
    if why:
        raise RecipeError(
            f"dp-sgd needs a loss of single rows, and {type(loss).__name__} {why}: take one such as non-saturating, "
            "hinge, least-squares or wasserstein"
        )
