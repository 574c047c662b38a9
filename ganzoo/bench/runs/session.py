"""Training session: a run's recipe fitted to its data, with its evaluator."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ... import data
from ...backend.precision import without_tf32
from ...data import ImageSet
from ...data.pixels import to_rest
from ...errors import DataError, SetupError
from ...layers.noise import held_noise
from ...layers.whole_batch import Ranks
from ...metrics import BATCH, Evaluator, MetricColumn
from ...recipes.build import build_parts
from ...recipes.revisions import revised, revisions_of, titled
from ...registry.discovery import Zoo
from ...seeds import stream
from ...storage.cache import Cache
from ...training import Trainer
from ...training.layers import seeded_layers
from ..results.spec import GIVEN_WEIGHTS, RunSpec

PICTURES = 1  # the stream of evaluation noise that pictures are drawn from


class DivergedError(Exception):
    """The losses or the images are no longer numbers."""


class TrainingSession:
    """Built anew from a specification; a checkpoint's state is loaded into ``trainer``.

    Attributes:
        trainer: plays the recipe.
        evaluator: what takes the numbers; None without an extractor.
        pixels: the training images ``(N, C, H, W)`` at rest, on the CPU.
        labels: theirs, ``(N,)`` int64, or None.
        held_out: images of the same kind that are not trained on, and their labels; None where there are none.
        classes: how many there are; 0 without labels.
        parameters: how many each player has.

    Raises:
        GanzooError: the recipe does not fit the data, the data is gone, or the extractor lacks its weights.
    """

    def __init__(self, spec: RunSpec, zoo: Zoo, cache: Cache, ranks: Ranks | None = None) -> None:
        torch.set_num_threads(spec.threads)
        self.spec, self.recipe = spec, spec.resolved_recipe()
        if changed := revised(spec.revisions, revisions_of(self.recipe, zoo.registry)):
            raise SetupError(
                f"the run of {spec.name} with seed {spec.seed} is one with {changed[0]} here; play it anew, or use the "
                "versions that it was played with"
            )
        images = _images(spec, zoo, cache)
        self.pixels, self.labels = pixels, labels = data.load(images)
        self.held_out = data.load(images.held_out) if images.held_out is not None else None
        self._points = images.points
        self.classes = len(images.classes)
        parts = build_parts(
            self.recipe,
            zoo.registry,
            image_size=images.height,
            channels=images.channels,
            num_classes=self.classes,
            seed=spec.seed,
        )
        self.parameters = {"G": _count(parts.G), "D": _count(parts.D)}
        self.trainer = Trainer(
            self.recipe,
            parts,
            pixels,
            labels,
            seed=spec.seed,
            device=spec.device,
            flips=spec.flips,
            precision=spec.precision,
            compiled=spec.compiled,
            autotuned=spec.autotuned,
            ranks=ranks,
            budget=spec.resolved_budget().shown(self.recipe.schedule.batch),
        )
        self.evaluator: Evaluator | None = None
        if spec.extractor is not None:
            weights = _weights(spec, cache)
            self.evaluator = Evaluator.open(
                zoo.registry,
                spec.extractor,
                spec.metrics,
                point=images.point,
                weights=weights,
                device=spec.device,
                cache=cache,
            )
            self.reference = self.evaluator.reference(pixels, images.hash)

    @property
    def kimg(self) -> float:
        """Thousand real images shown to D."""
        return self.trainer.images_seen / 1000

    @property
    def columns(self) -> list[MetricColumn]:
        """Of the metrics; empty without an extractor."""
        return self.evaluator.columns if self.evaluator else []

    def draw(self, rng: torch.Generator, finite: Tensor | None = None) -> Callable[[int], tuple[Tensor, Tensor | None]]:
        """Draws from the generator that is evaluated.

        Args:
            rng: of the noise and the labels, on the run's device.
            finite: a bool on that device, made false by images that are no numbers; so no batch is waited for.

        Returns:
            gives the next n images ``(n, C, H, W)`` at rest on the device, and the labels they were asked for with.
        """

        def next_images(n: int) -> tuple[Tensor, Tensor | None]:
            z = self.trainer.parts.G.sample_z(n, device=self.trainer.device, rng=rng)
            y = self.trainer.dealer.labels(n, rng)
            images = self.trainer.generate(z, y)
            if finite is not None:
                finite.logical_and_(images.isfinite().all())
            return to_rest(images, points=self._points), y

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
        device = self.trainer.device
        finite = torch.ones((), dtype=torch.bool, device=device)
        draw = self.draw(torch.Generator(device).manual_seed(stream(self.spec.seed, "evaluation", noise)), finite)
        try:
            with seeded_layers(stream(self.spec.seed, "layers", 1 + noise), device):
                return self.evaluator.score(
                    lambda n: draw(n)[0],
                    samples,
                    self.reference,
                    pictures=pictures,
                    spreads=spreads,
                    replicates=0 if spreads is None else self.spec.replicates,
                )
        finally:
            self._require_finite(finite)

    def identity(self) -> dict[str, Any] | None:
        """List what a number of this run depends on beside data, extractor and metrics; None without an extractor.

        Two numbers that differ in any of it do not compare.
        """
        if self.evaluator is None:
            return None
        return {
            "n_generated": self.spec.samples,
            "n_real": self.reference.n,
            "quantisation": "none, points" if self._points else "uint8",
            "judge_batch": BATCH,
            "batch_norm": "running statistics",
            "truncation": "none",
            "generator": "averaged" if self.recipe.schedule.ema else "as trained",
            "flips": self.trainer.dealer.flips,
            "labels": "as frequent as in training" if self.recipe.conditional else "none",
            "evaluation_noise": "a stream of the run's seed",
            **({"batch_statistics": f"of 1/{self.spec.ranks} of a batch"} if self.spec.plays_locally else {}),
            **{f"the revision of {titled(part)}": revision for part, revision in self.spec.revisions.items()},
        }

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

    def _require_finite(self, finite: Tensor) -> None:
        if not bool(finite):
            raise DivergedError(f"the generator's images hold NaN or infinite values at step {self.trainer.steps}")

    def pictures(self, n: int, seed: int = 0) -> Tensor:
        """``(n, C, H, W)`` at rest on the CPU, from noise that is the same for every run with this length of z.

        The labels of a conditional recipe go round, class after class.
        """
        rng = torch.Generator().manual_seed(stream(seed, "evaluation", PICTURES))
        z = self.trainer.parts.G.sample_z(n, device="cpu", rng=rng).to(self.trainer.device)
        y = torch.arange(n, device=self.trainer.device) % self.classes if self.recipe.conditional else None
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
        device, seed = self.trainer.device, stream(0, "layers", 1 + PICTURES)
        # without TF32 as all that is evaluated
        with without_tf32(), held_noise(self.trainer.average.model), seeded_layers(seed, device):
            images = self.trainer.generate(z, y)
            self._require_finite(images.isfinite().all())
            return to_rest(images, points=self._points).cpu()

    def real(self, n: int) -> Tensor:
        """Give the first ``n`` of the real images, or as many as there are: ``(n, C, H, W)`` at rest on the CPU."""
        return self.pixels[:n]


def generated(session: TrainingSession, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
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


def _images(spec: RunSpec, zoo: Zoo, cache: Cache) -> ImageSet:
    """Find the run's data, and read it anew where the cache no longer holds it."""
    images = data.found(ImageSet.from_json(spec.images), cache)
    if images.folder.is_dir():
        return images
    data_dir = spec.source["data_dir"]
    found = data.resolve(
        zoo.registry,
        spec.source["dataset"],
        data_dir=Path(data_dir) if data_dir else None,
        cache=cache,
        skip_bad=spec.source["skip_bad"],
        hold_out=spec.source.get("hold_out"),
    )
    if found.hash != images.hash:
        raise DataError(f"data {spec.source['dataset']!r} is no longer what this run was trained on")
    return found


def _weights(spec: RunSpec, cache: Cache) -> Path | None:
    """Find the file of weights that the user named; where it is not here, the one of these contents sent along."""
    if spec.weights is None:
        return None
    path = Path(spec.weights)
    sent = None if path.is_file() else cache.find(GIVEN_WEIGHTS, spec.identity["sha256"])
    return path if sent is None else sent / path.name


def _count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
