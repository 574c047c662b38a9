"""A run's generator, with the data and the evaluator that it is drawn and judged by."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn

from .... import data
from ....backend.precision import without_tf32
from ....data import DataSet
from ....errors import GanzooError
from ....interfaces import Generator, OfClass
from ....layers.blocks.noise import held_noise
from ....metrics import BATCH, Evaluator, MetricColumn
from ....recipes.provenance.revisions import titled
from ....recipes.provenance.used import entries_used
from ....registry.discovery import Zoo
from ....registry.guarding.guard import guarded_parts
from ....samples import Sample, each, join, leaves
from ....seeds import stream
from ....storage.cache import Cache
from ....training.execution.layers import seeded_layers
from ....training.turns.dealer import mirrors
from ....training.updates.ema import ExponentialMovingAverage
from ...results.identity import quantisation
from ...results.run_files.spec import RunSpec
from ..origins import judges_of, require_installed
from .conditions import HELD_OUT, TRAINING, Drawn, RowsInOrder, in_classes, in_pairs, labels_of
from .inputs import blank_of, images_of, weights_of
from .rows import first, on

PICTURES = 1  # the stream of evaluation noise that pictures are drawn from


class DivergedError(Exception):
    """The losses or the images are no longer numbers."""


class GeneratingSession(ABC):
    """The generator of a run as it stands.

    Args:
        spec: of the run.
        zoo: all parts.
        cache: holds the data.
        needs_data: find the run's data; else ``fields`` hold nothing.

    Attributes:
        evaluator: what takes the numbers; None without an extractor or the data.
        images: the data.
        modality: of the data.
        fields: the training data at rest by name, ``(N, ...)`` each, on the CPU.
        classes: how many there are; 0 without labels.
        parameters: how many each player has that was built.

    Raises:
        GanzooError: the data is gone, or the extractor lacks its weights.
    """

    def __init__(self, spec: RunSpec, zoo: Zoo, cache: Cache, *, needs_data: bool = True) -> None:
        torch.set_num_threads(spec.threads)
        self.spec, self.recipe, self._has_data = spec, spec.resolved_recipe(), needs_data
        self.images = images_of(spec, zoo, cache) if needs_data else DataSet.from_json(spec.images)
        self.modality = self.images.modality(zoo.registry)
        self.fields = data.load(self.images) if needs_data else blank_of(self.images)
        self.classes = len(self.images.classes)
        self._held_out: dict[str, Tensor] | None = None
        self.evaluator: Evaluator | None = None
        self.parameters: dict[str, int] = {}

    def _open_evaluator(self, zoo: Zoo, cache: Cache) -> None:
        """Open the evaluator that the run asks for, without metrics of classes where no class is asked for."""
        spec = self.spec
        used = entries_used(zoo.registry, self.recipe, spec.beside_recipe)
        self._judging = [entry for entry in used if entry.kind in ("extractor", "metric")]
        if spec.extractor is None and not spec.metrics:
            return
        require_installed(spec, judges_of(spec), zoo.registry)
        self.evaluator = Evaluator.open(
            zoo.registry,
            spec.extractor,
            spec.metrics,
            modality=self.modality,
            point=self.images.point,
            weights=weights_of(spec, cache),
            device=spec.device,
            cache=cache,
        )
        if not in_classes(self.recipe, self.modality):
            self.evaluator = self.evaluator.only(
                name for name in self.evaluator.metrics if name not in self.evaluator.labelled
            )
        with guarded_parts(self._judging, "while they judge the real images"):
            self.reference = self.evaluator.reference(
                self.modality.target(self.fields), self.images.hash, labels=labels_of(self.modality, self.fields)
            )

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
    def generate(self, z: Tensor, y: Any) -> Any:
        """Samples of the generator that is evaluated, ``(B, ...)``, as they play."""

    @abstractmethod
    def labels_of(self, n: int, rng: torch.Generator) -> Any:
        """``n`` conditions with the frequencies of the training set; None if not conditional."""

    @property
    def pairs(self) -> str:
        """The rows that give conditions of evaluations, ``held-out`` or ``training``; empty where they are drawn."""
        if not self._has_data or not in_pairs(self.recipe, self.modality):
            return ""
        return TRAINING if self.images.held_out is None else HELD_OUT

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
            "quantisation": quantisation(self.images.modality_name),
            "judge_batch": BATCH,
            "batch_norm": "running statistics",
            "truncation": "none",
            "generator": "averaged" if self.recipe.schedule.ema else "as trained",
            "flips": mirrors(self.recipe, self.spec.flips, self.modality),
            "labels": self._told_of_conditions(),
            "evaluation_noise": "a stream of the run's seed",
            **({"batch_statistics": f"of 1/{self.spec.ranks} of a batch"} if self.spec.plays_locally else {}),
            **{f"the revision of {titled(part)}": revision for part, revision in self.spec.revisions.items()},
        }

    def _told_of_conditions(self) -> str:
        if not self.recipe.conditional:
            return "none"
        return f"of the {self.pairs} rows, in their order" if self.pairs else "as frequent as in training"

    def draw(
        self, rng: torch.Generator, finite: Tensor | None = None, *, playing: bool = False
    ) -> Callable[[int], Drawn]:
        """Draws from the generator that is evaluated.

        Conditions that are more than labels are those of rows in their order, from the first: held-out rows, or
        training rows where none are held out. Labels are drawn, as frequent as in training.

        Args:
            rng: of the noise and the labels, on the run's device.
            finite: a bool on that device, made false by samples that are no numbers; so no batch is waited for.
            playing: give samples as they play, and not at rest.

        Returns:
            gives the next n samples at rest on the device, and the conditions they were asked for with.
        """
        rows = RowsInOrder(self.modality, self._looked_at, self.device) if self.pairs else None

        def next_samples(n: int) -> Drawn:
            z = self.G.sample_z(n, device=self.device, rng=rng)
            y, target = (self.labels_of(n, rng), None) if rows is None else rows.take(n)
            made = self.generate(z, y)
            if finite is not None:
                for tensor in leaves(made):
                    finite.logical_and_(tensor.isfinite().all())
            return Drawn(made if playing else self.modality.rest(made), y, target)

        return next_samples

    def score(
        self,
        samples: int,
        pictures: dict[str, bytes] | None = None,
        *,
        spreads: dict[str, float] | None = None,
        by_class: dict[str, dict[int, OfClass]] | None = None,
        noise: int = 0,
    ) -> dict[str, float]:
        """Evaluate the generator as it stands, on ``samples`` images of the run's evaluation noise.

        Args:
            samples: how many.
            pictures: is given the PNGs of the metrics that draw one, by the metric's name.
            spreads: is given each metric's standard error over the samples, as far as the run asks for them.
            by_class: is given the numbers of single classes, see ``Evaluator.score``.
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
                    lambda n: draw(n).judged,
                    samples,
                    self.reference,
                    pictures=pictures,
                    spreads=spreads,
                    by_class=by_class,
                    replicates=0 if spreads is None else self.spec.replicates,
                )
        finally:
            self.require_finite(finite)

    def require_finite(self, finite: Tensor) -> None:
        """See that the samples that ``draw`` gave were numbers; waits for the device.

        Raises:
            DivergedError: they were not.
        """
        if not bool(finite):
            raise DivergedError(
                f"the generator's {self.modality.plural} hold NaN or infinite values at step {self.steps}"
            )

    def pictures(self, n: int, seed: int = 0) -> Sample:
        """``n`` samples at rest on the CPU, from noise that is the same for every run with this length of z.

        Their conditions are those of ``conditions_shown``.
        """
        rng = torch.Generator().manual_seed(stream(seed, "evaluation", PICTURES))
        z = self.G.sample_z(n, device="cpu", rng=rng).to(self.device)
        return self.samples_of(z, self.conditions_shown(n))

    def conditions_shown(self, n: int) -> Sample | None:
        """Return the conditions of a picture of ``n`` samples, on the run's device; None if not conditional.

        Classes go round; other conditions are those of the first held-out rows, or training rows where none are held
        out, again from the first where there are fewer.

        Raises:
            GanzooError: they are those of data that are not there.
        """
        if not self.recipe.conditional:
            return None
        if self.classes:
            return torch.arange(n, device=self.device) % self.classes
        if not self._has_data:
            raise GanzooError(f"conditions of {self.modality.name} are drawn from their data, which are not here")
        conditions: Sample | None = each(lambda tensor: tensor.to(self.device), self.modality.shown(self._looked_at, n))
        return conditions

    def real(self, n: int) -> Sample | None:
        """Return what a picture shows beside ``n`` generated samples: real ones at rest, on the CPU; None without data.

        In a game whose labels are paired they belong to ``conditions_shown``; else they are the first of the data, or
        as many as there are.
        """
        if not self._has_data:
            return None
        paired = self.recipe.schedule.labels == "paired" and not self.classes
        return self.modality.target(first(self._looked_at if paired else self.fields, n, again=paired))

    @property
    def held_out(self) -> dict[str, Tensor] | None:
        """Fields of data of the same kind that are not trained on, on the CPU; None where there are none."""
        if self._held_out is None and self._has_data and self.images.held_out is not None:
            self._held_out = data.load(self.images.held_out)
        return self._held_out

    @property
    def _looked_at(self) -> dict[str, Tensor]:
        """The rows that conditions are taken from."""
        return self.fields if self.held_out is None else self.held_out

    def samples_of(self, z: Tensor, y: Sample | None) -> Sample:
        """Generate samples from latents with the generator that is evaluated: at rest on the CPU.

        They are functions of their latents: where the generator adds noise, it is the same for all.

        Args:
            z: ``(n, z_dim)`` on the run's device.
            y: ``n`` conditions there; None where the recipe is not conditional.

        Raises:
            DivergedError: they are no longer numbers.
        """
        device, seed = self.device, stream(0, "layers", 1 + PICTURES)
        # without TF32 as all that is evaluated
        with without_tf32(), held_noise(self.average.model), seeded_layers(seed, device):
            made = self.generate(z, y)
            self.require_finite(torch.stack([tensor.isfinite().all() for tensor in leaves(made)]).all())
            rested: Sample = each(lambda tensor: tensor.cpu(), self.modality.rest(made))
            return rested


def count_of(player: nn.Module) -> int:
    """Return how many parameters a player has."""
    return sum(p.numel() for p in player.parameters())


def generated(session: GeneratingSession, n: int, rng: torch.Generator, *, playing: bool = False) -> Drawn:
    """Draw ``n`` samples at rest with their conditions and, where these are of rows, the real ones; all on the CPU.

    Args:
        session: the run.
        n: how many.
        rng: of the noise and the labels, on the run's device.
        playing: give samples as they play, and not at rest.
    """
    draw = session.draw(rng, playing=playing)
    batches = [draw(min(BATCH, n - at)) for at in range(0, n, BATCH)]
    parts = [(on("cpu", one.sample), on("cpu", one.y), on("cpu", one.target)) for one in batches]
    return Drawn(*(reduce(join, column) for column in zip(*parts, strict=True)))
