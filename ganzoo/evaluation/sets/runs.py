"""The generator of a trained run as a stream of images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from ...bench.results.folders import find_run
from ...bench.results.run_files.spec import RunSpec
from ...bench.runs.environment import devices
from ...bench.runs.evaluation.loaded import LoadedGenerator
from ...bench.runs.generating.conditions import Drawn, in_classes
from ...bench.runs.generating.session import DivergedError
from ...data import DataSet
from ...errors import GanzooError, MetricError
from ...metrics import BATCH
from ...registry.discovery import Zoo
from ...samples import Sample
from ...seeds import stream
from ...storage.cache import Cache
from ...training.execution.layers import seeded_layers
from .streams import DrawnStream

MOST = 50_000  # samples unless the user says how many


class RunStream(DrawnStream):
    """Samples of a run's newest checkpoint, drawn as the run's own evaluations draw them.

    Args:
        folder: of the run, or of a bench that holds just one.
        zoo: all parts.
        cache: holds the run's data, whose labels a conditional recipe draws from.
        n: how many samples.
        seed: of the noise; None for the run's own.
        device: None for the run's own.

    Raises:
        GanzooError: there is no run, it has no checkpoint, or its data is gone and its recipe is conditional.
    """

    kind = "run"

    def __init__(self, folder: Path, zoo: Zoo, cache: Cache, n: int, seed: int | None, device: str | None) -> None:
        folder = find_run(folder)
        spec = RunSpec.read(folder)
        conditional = spec.resolved_recipe().conditional
        there = spec.changed(device=devices(device or spec.device)[0], extractor=None, metrics=())
        self._session = LoadedGenerator(folder, there, zoo, cache, needs_data=conditional)
        self._seed = spec.seed if seed is None else seed
        self._folder = folder
        session = self._session
        self.name = f"{spec.name} seed {spec.seed}"
        self.source = f"{folder} ({spec.name}, seed {spec.seed}, {session.images_seen / 1000:g} kimg)"
        self.n = n
        self.point = DataSet.from_json(spec.images).point
        self.classes = session.images.classes if in_classes(session.recipe, session.modality) else ()

    def batches(self) -> Iterator[Tensor]:
        """Draw the samples, the same ones each time."""
        for drawn in self._drawn():
            yield _one_tensor(drawn.sample)

    def labelled(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Draw the samples with the classes that they were asked for."""
        for drawn in self._drawn():
            yield _one_tensor(drawn.sample), _one_tensor(drawn.y)

    def _drawn(self) -> Iterator[Drawn]:
        session = self._session
        device = session.device
        finite = torch.ones((), dtype=torch.bool, device=device)
        draw = session.draw(torch.Generator(device).manual_seed(stream(self._seed, "evaluation", 0)), finite)
        with seeded_layers(stream(self._seed, "layers", 1), device):
            for at in range(0, self.n, BATCH):
                yield draw(min(BATCH, self.n - at))
        try:
            session.require_finite(finite)
        except DivergedError as error:
            raise GanzooError(f"{self._folder}: {error}") from error


def _one_tensor(sample: Sample | None) -> Tensor:
    """Return samples that are one tensor each.

    Raises:
        MetricError: they are several.
    """
    if not isinstance(sample, Tensor):
        raise MetricError(f"samples of {' and '.join(sample or ())} are judged where they are played: ganzoo bench")
    return sample
