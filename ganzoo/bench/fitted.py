"""A run's recipe, fitted to its data, with what judges it: what training, evaluating and sampling share."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from .. import data
from ..build import build_parts
from ..cache import Cache
from ..data import ImageSet
from ..data.pixels import to_rest
from ..discovery import Zoo
from ..errors import DataError
from ..game import Trainer
from ..metrics import Column, Judge
from ..precision import without_tf32
from ..seeds import stream
from .spec import RunSpec


class DivergedError(Exception):
    """The losses or the images are no longer numbers."""


class Fitted:
    """Built anew from a specification; a checkpoint's state is loaded into ``trainer``.

    Raises:
        GanzooError: the recipe does not fit the data, the data is gone, or the extractor lacks its weights.
    """

    def __init__(self, spec: RunSpec, zoo: Zoo, cache: Cache, say: Callable[[str], None]) -> None:
        torch.set_num_threads(spec.threads)
        self.spec, self.recipe = spec, spec.resolved_recipe()
        images = _images(spec, zoo, cache, say)
        pixels, labels = data.load(images)
        self._pixels, self._points = pixels, images.points
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
        )
        self.judge: Judge | None = None
        if spec.extractor is not None:
            weights = Path(spec.weights) if spec.weights else None
            self.judge = Judge.open(
                zoo.registry,
                spec.extractor,
                spec.metrics,
                point=images.point,
                weights=weights,
                device=spec.device,
                cache=cache,
            )
            self.reference = self.judge.reference(pixels, images.hash)

    @property
    def columns(self) -> list[Column]:
        """Of the metrics; empty without an extractor."""
        return self.judge.columns if self.judge else []

    def score(self, samples: int, pictures: dict[str, bytes] | None = None) -> dict[str, float]:
        """The metrics of the generator as it stands, on ``samples`` images of the run's evaluation noise.

        Args:
            samples: how many.
            pictures: is given the PNGs of the metrics that draw one, by the metric's name.

        Raises:
            DivergedError: the images are no longer numbers.
        """
        if self.judge is None:
            return {}
        device = self.trainer.device
        rng = torch.Generator(device).manual_seed(stream(self.spec.seed, "evaluation"))
        finite = torch.ones((), dtype=torch.bool, device=device)  # looked at once, so that no batch is waited for

        def draw(n: int) -> Tensor:
            z = self.trainer.parts.G.sample_z(n, device=device, rng=rng)
            images = self.trainer.generate(z, self.trainer.draw_labels(n, rng))
            finite.logical_and_(images.isfinite().all())
            return to_rest(images, points=self._points)

        try:
            return self.judge.score(draw, samples, self.reference, pictures=pictures)
        finally:
            self._require_numbers(finite)

    def _require_numbers(self, finite: Tensor) -> None:
        if not bool(finite):
            raise DivergedError(f"the generator's images hold NaN or infinite values at step {self.trainer.steps}")

    def pictures(self, n: int, seed: int = 0) -> Tensor:
        """``(n, C, H, W)`` at rest on the CPU, from noise that is the same for every run with this length of z.

        The labels of a conditional recipe go round, class after class.
        """
        rng = torch.Generator().manual_seed(stream(seed, "evaluation", 1))
        z = self.trainer.parts.G.sample_z(n, device="cpu", rng=rng).to(self.trainer.device)
        y = torch.arange(n, device=self.trainer.device) % self.classes if self.recipe.conditional else None
        with without_tf32():  # as all that is evaluated
            images = self.trainer.generate(z, y)
            self._require_numbers(images.isfinite().all())
            return to_rest(images, points=self._points).cpu()

    def real(self, n: int) -> Tensor:
        """The first ``n`` of the real images, or as many as there are: ``(n, C, H, W)`` at rest on the CPU."""
        return self._pixels[:n]


def _images(spec: RunSpec, zoo: Zoo, cache: Cache, say: Callable[[str], None]) -> ImageSet:
    """The run's data; read anew where the cache no longer holds it."""
    images = spec.image_set()
    if images.folder.is_dir():
        return images
    data_dir = spec.source["data_dir"]
    found = data.resolve(
        zoo.registry,
        spec.source["dataset"],
        data_dir=Path(data_dir) if data_dir else None,
        cache=cache,
        skip_bad=spec.source["skip_bad"],
        say=say,
    )
    if found.hash != images.hash:
        raise DataError(f"data {spec.source['dataset']!r} is no longer what this run was trained on")
    return found


def _count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
