"""A run's generator, with the data and the evaluator that it is drawn and judged by."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .... import data
from ....backend.precision import without_tf32
from ....data import ImageSet
from ....data.pixels import to_rest
from ....interfaces import Generator
from ....layers.noise import held_noise
from ....metrics import BATCH, Evaluator, MetricColumn
from ....recipes.revisions import titled
from ....recipes.used import entries_used
from ....registry.discovery import Zoo
from ....registry.guard import guarded_parts
from ....seeds import stream
from ....storage.cache import Cache
from ....training.dealer import mirrors
from ....training.ema import ExponentialMovingAverage
from ....training.layers import seeded_layers
from ...results.spec import RunSpec
from ..keeping.inputs import blank_of, images_of, weights_of
from ..origins import judges_of, require_installed

PICTURES = 1  # the stream of evaluation noise that pictures are drawn from


class DivergedError(Exception):
    """The losses or the images are no longer numbers."""


class GeneratingSession(ABC):
    """The generator of a run as it stands.

    Args:
        spec: of the run.
        zoo: all parts.
        cache: holds the data.
        needs_data: find the run's data; else ``pixels`` holds nothing.

    Attributes:
        evaluator: what takes the numbers; None without an extractor or the data.
        images: the data.
        pixels: the training images ``(N, C, H, W)`` at rest, on the CPU.
        labels: theirs, ``(N,)`` int64, or None.
        classes: how many there are; 0 without labels.
        parameters: how many each player has that was built.

    Raises:
        GanzooError: the data is gone, or the extractor lacks its weights.
    """

    def __init__(self, spec: RunSpec, zoo: Zoo, cache: Cache, *, needs_data: bool = True) -> None:
        torch.set_num_threads(spec.threads)
        self.spec, self.recipe = spec, spec.resolved_recipe()
        self.images = images_of(spec, zoo, cache) if needs_data else ImageSet.from_json(spec.images)
        self.pixels, self.labels = data.load(self.images) if needs_data else (blank_of(self.images), None)
        self.classes = len(self.images.classes)
        self.evaluator: Evaluator | None = None
        self.parameters: dict[str, int] = {}

    def _open_evaluator(self, zoo: Zoo, cache: Cache) -> None:
        """Open the evaluator that the run asks for, if it asks for one."""
        spec = self.spec
        used = entries_used(zoo.registry, self.recipe, spec.beside_recipe)
        self._judging = [entry for entry in used if entry.kind in ("extractor", "metric")]
        if spec.extractor is None:
            return
        require_installed(spec, judges_of(spec), zoo.registry)
        self.evaluator = Evaluator.open(
            zoo.registry,
            spec.extractor,
            spec.metrics,
            point=self.images.point,
            weights=weights_of(spec, cache),
            device=spec.device,
            cache=cache,
        )
        with guarded_parts(self._judging, "while they judge the real images"):
            self.reference = self.evaluator.reference(self.pixels, self.images.hash)

    @property
    @abstractmethod
    def average(self) -> ExponentialMovingAverage:
        """The generator that is evaluated, and the live one."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """The place of the generator."""

    @property
    @abstractmethod
    def steps(self) -> int:
        """Steps played."""

    @abstractmethod
    def generate(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Images of the generator that is evaluated, ``(B, C, H, W)``, as they play."""

    @abstractmethod
    def labels_of(self, n: int, rng: torch.Generator) -> Tensor | None:
        """``(n,)`` labels with the frequencies of the training set; None if not conditional."""

    @property
    def G(self) -> Generator:
        """The live generator, which knows its latents."""
        return self.average.live

    @property
    def columns(self) -> list[MetricColumn]:
        """Columns of the metrics; empty without an extractor."""
        return self.evaluator.columns if self.evaluator else []

    def identity(self) -> dict[str, Any] | None:
        """List what a number of this run depends on beside data, extractor and metrics; None without an extractor.

        Two numbers that differ in any of it do not compare.
        """
        if self.evaluator is None:
            return None
        return {
            "n_generated": self.spec.samples,
            "n_real": self.reference.n,
            "quantisation": "none, points" if self.images.points else "uint8",
            "judge_batch": BATCH,
            "batch_norm": "running statistics",
            "truncation": "none",
            "generator": "averaged" if self.recipe.schedule.ema else "as trained",
            "flips": mirrors(self.recipe, self.spec.flips, self.pixels),
            "labels": "as frequent as in training" if self.recipe.conditional else "none",
            "evaluation_noise": "a stream of the run's seed",
            **({"batch_statistics": f"of 1/{self.spec.ranks} of a batch"} if self.spec.plays_locally else {}),
            **{f"the revision of {titled(part)}": revision for part, revision in self.spec.revisions.items()},
        }

    def draw(self, rng: torch.Generator, finite: Tensor | None = None) -> Callable[[int], tuple[Tensor, Tensor | None]]:
        """Draws from the generator that is evaluated.

        Args:
            rng: of the noise and the labels, on the run's device.
            finite: a bool on that device, made false by images that are no numbers; so no batch is waited for.

        Returns:
            gives the next n images ``(n, C, H, W)`` at rest on the device, and the labels they were asked for with.
        """

        def next_images(n: int) -> tuple[Tensor, Tensor | None]:
            z = self.G.sample_z(n, device=self.device, rng=rng)
            y = self.labels_of(n, rng)
            images = self.generate(z, y)
            if finite is not None:
                finite.logical_and_(images.isfinite().all())
            return to_rest(images, points=self.images.points), y

        return next_images

    def score(
        self,
        samples: int,
        pictures: dict[str, bytes] | None = None,
        *,
        spreads: dict[str, float] | None = None,
        noise: int = 0,
    ) -> dict[str, float]:
        """Evaluate the generator as it stands, on ``samples`` images of the run's evaluation noise.

        Args:
            samples: how many.
            pictures: is given the PNGs of the metrics that draw one, by the metric's name.
            spreads: is given each metric's standard error over the samples, as far as the run asks for them.
            noise: which of the run's streams of evaluation noise; 0 is that of all evaluations.

        Raises:
            DivergedError: the images are no longer numbers.
        """
        if self.evaluator is None:
            return {}
        device = self.device
        finite = torch.ones((), dtype=torch.bool, device=device)
        draw = self.draw(torch.Generator(device).manual_seed(stream(self.spec.seed, "evaluation", noise)), finite)
        try:
            judging = guarded_parts(self._judging, "while they judge the generated images")
            with judging, seeded_layers(stream(self.spec.seed, "layers", 1 + noise), device):
                return self.evaluator.score(
                    lambda n: draw(n)[0],
                    samples,
                    self.reference,
                    pictures=pictures,
                    spreads=spreads,
                    replicates=0 if spreads is None else self.spec.replicates,
                )
        finally:
            self.require_finite(finite)

    def require_finite(self, finite: Tensor) -> None:
        """See that the images that ``draw`` gave were numbers; waits for the device.

        Raises:
            DivergedError: they were not.
        """
        if not bool(finite):
            raise DivergedError(f"the generator's images hold NaN or infinite values at step {self.steps}")

    def pictures(self, n: int, seed: int = 0) -> Tensor:
        """``(n, C, H, W)`` at rest on the CPU, from noise that is the same for every run with this length of z.

        The labels of a conditional recipe go round, class after class.
        """
        rng = torch.Generator().manual_seed(stream(seed, "evaluation", PICTURES))
        z = self.G.sample_z(n, device="cpu", rng=rng).to(self.device)
        y = torch.arange(n, device=self.device) % self.classes if self.recipe.conditional else None
        return self.images_of(z, y)

    def images_of(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Generate images from latents with the generator that is evaluated: ``(n, C, H, W)`` at rest on the CPU.

        They are functions of their latents: where the generator adds noise, it is the same for all.

        Args:
            z: ``(n, z_dim)`` on the run's device.
            y: ``(n,)`` labels there; None where the recipe is not conditional.

        Raises:
            DivergedError: the images are no longer numbers.
        """
        device, seed = self.device, stream(0, "layers", 1 + PICTURES)
        # without TF32 as all that is evaluated
        with without_tf32(), held_noise(self.average.model), seeded_layers(seed, device):
            images = self.generate(z, y)
            self.require_finite(images.isfinite().all())
            return to_rest(images, points=self.images.points).cpu()

    def real(self, n: int) -> Tensor:
        """Give the first ``n`` of the real images, or as many as there are: ``(n, C, H, W)`` at rest on the CPU."""
        return self.pixels[:n]


def count_of(player: nn.Module) -> int:
    """Return how many parameters a player has."""
    return sum(p.numel() for p in player.parameters())


def generated(session: GeneratingSession, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
    """Draw ``n`` images ``(n, C, H, W)`` at rest and the labels they were asked for, or None; both on the CPU.

    Args:
        session: the run.
        n: how many.
        rng: of the noise and the labels, on the run's device.
    """
    draw = session.draw(rng)
    batches = [draw(min(BATCH, n - at)) for at in range(0, n, BATCH)]
    labels = [y.cpu() for _, y in batches if y is not None]
    return torch.cat([images.cpu() for images, _ in batches]), torch.cat(labels) if labels else None
