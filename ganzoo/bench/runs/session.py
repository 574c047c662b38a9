"""Training session: a run's recipe fitted to its data, with its evaluator."""

from typing import Any

import torch
from torch import Tensor

from ...layers.whole_batch import Ranks
from ...recipes.building.build import build_parts
from ...recipes.provenance.revisions import named_parts
from ...registry.discovery import Zoo
from ...storage.cache import Cache
from ...training import Trainer
from ...training.updates.ema import ExponentialMovingAverage
from ..results.run_files.spec import RunSpec
from .generating.session import DivergedError, GeneratingSession, count_of
from .origins import require_installed, require_revisions


class TrainingSession(GeneratingSession):
    """Built anew from a specification; a checkpoint's state is loaded into ``trainer``.

    Args:
        spec: of the run.
        zoo: all parts.
        cache: holds the data.
        ranks: the processes that play the run together; None for this one alone.

    Attributes:
        trainer: plays the recipe.

    Raises:
        GanzooError: a part is not installed, the recipe does not fit the data, the data is gone, or the extractor
            lacks its weights.
    """

    def __init__(self, spec: RunSpec, zoo: Zoo, cache: Cache, ranks: Ranks | None = None) -> None:
        require_installed(spec, spec.origins, zoo.registry)
        require_revisions(spec, named_parts(spec.resolved_recipe()), zoo.registry)
        super().__init__(spec, zoo, cache)
        _ = self.held_out  # opened with the others: the cache may be emptied while the run is played
        parts = build_parts(self.recipe, zoo.registry, modality=self.modality, seed=spec.seed)
        self.parameters = {"G": count_of(parts.G), "D": count_of(parts.D)}
        self.trainer = Trainer(
            self.recipe,
            parts,
            self.fields,
            modality=self.modality,
            seed=spec.seed,
            device=spec.device,
            flips=spec.flips,
            precision=spec.precision,
            compiled=spec.compiled,
            autotuned=spec.autotuned,
            ranks=ranks,
            budget=spec.resolved_budget().shown(self.recipe.schedule.batch),
        )
        self._open_evaluator(zoo, cache)

    @property
    def average(self) -> ExponentialMovingAverage:
        """The generator that is evaluated, and the live one."""
        return self.trainer.average

    @property
    def device(self) -> torch.device:
        """The place of the players."""
        return self.trainer.device

    @property
    def steps(self) -> int:
        """Steps played."""
        return self.trainer.steps

    @property
    def kimg(self) -> float:
        """Thousand real images shown to D."""
        return self.trainer.images_seen / 1000

    def generate(self, z: Tensor, y: Any) -> Any:
        """Samples of the generator that is evaluated, ``(B, ...)``; training is not disturbed."""
        return self.trainer.generate(z, y)

    def labels_of(self, n: int, rng: torch.Generator) -> Tensor | None:
        """``(n,)`` labels with the frequencies of the training set; None if not conditional."""
        drawn: Tensor | None = self.trainer.dealer.labels(n, rng)
        return drawn

    def require_finite_losses(self) -> None:
        """See that the losses summed since the last row are numbers; waits for the device.

        Raises:
            DivergedError: they are not.
        """
        sums = self.trainer.sums
        if not bool(sums.isfinite().all()):
            d_loss, g_loss, _ = sums.tolist()
            raise DivergedError(
                f"the losses became {'NaN' if d_loss != d_loss or g_loss != g_loss else 'infinite'} "
                f"by step {self.trainer.steps} ({self.kimg:.1f} kimg)"
            )
