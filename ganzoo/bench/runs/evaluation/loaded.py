"""The generator of a run's newest checkpoint, built without the rest of the game wherever that is sound."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ....errors import CheckpointError, GanzooError, SetupError
from ....interfaces import Deal, Generator
from ....recipes.building.build import build_generator, build_parts, load_class, part_names
from ....recipes.provenance.origins import absent
from ....recipes.provenance.revisions import named_parts
from ....registry.discovery import Zoo
from ....storage.cache import Cache
from ....training.checkpoints.checkpoint import Checkpoint, newest_that
from ....training.checkpoints.fit import parsed_values
from ....training.checkpoints.trained_generator import TrainedGenerator
from ....training.turns.layout import always_second_order
from ....training.updates.ema import ExponentialMovingAverage
from ...results.folders import without_checkpoint
from ...results.run_files.spec import RunSpec
from ..environment import devices
from ..generating.rows import picked
from ..generating.session import GeneratingSession, count_of
from ..keeping.run_state import game_values
from ..origins import moved_parts, require_revisions

_log = logging.getLogger(__name__)


def spec_on(folder: Path, device: str | None = None, **changes: Any) -> RunSpec:
    """Read a run's specification to look at the run.

    Args:
        folder: of the run.
        device: None for the run's own.
        changes: fields of others, e.g. ``metrics``.

    Raises:
        GanzooError: the folder is no run's, or the machine lacks the device.
    """
    spec = RunSpec.read(folder)
    return spec.changed(device=devices(device or spec.device)[0], **changes)


class LoadedGenerator(GeneratingSession):
    """A run's generator, to be looked at.

    A checkpoint tells which terms changed its generator when they were prepared. Where none did, the generator alone is
    built. Where some did, they and the discriminator must be there. One from before that was told is built with all
    parts that are there.

    Args:
        folder: of the run.
        spec: of the run, by ``spec_on``.
        zoo: all parts.
        cache: holds the data.
        needs_data: find the run's data, and open the evaluator that ``spec`` asks for; else ``fields`` hold nothing.

    Attributes:
        images_seen: real images that D had been shown.
        built: names in ``Parts.modules`` of the parts that were built.
        second_order: see ``always_second_order``.
        registry: knows the parts.
        doubts: a sentence for each part that is not here and may have changed the generator.

    Raises:
        GanzooError: there is no checkpoint that fits, a part that the generator needs is not installed, the data is
            gone, or the extractor lacks its weights.
    """

    def __init__(self, folder: Path, spec: RunSpec, zoo: Zoo, cache: Cache, *, needs_data: bool) -> None:
        zoo = spec.zoo_with_files(zoo)
        super().__init__(spec, zoo, cache, needs_data=needs_data)
        self._folder, self._zoo, self.registry = folder, zoo, zoo.registry
        self.built: tuple[str, ...] = ()
        self.second_order = False
        self.doubts: tuple[str, ...] = ()
        self._deal: Deal | None = None
        self._parts = dict(zip(part_names(self.recipe), named_parts(self.recipe), strict=True))
        self._generator: TrainedGenerator
        if newest_that(folder / "checkpoints", self._take) is None:
            raise GanzooError(without_checkpoint(folder))
        if needs_data:
            self._open_evaluator(zoo, cache)

    @property
    def average(self) -> ExponentialMovingAverage:
        """The generator that is evaluated, and the live one."""
        return self._generator.average

    @property
    def device(self) -> torch.device:
        """The place of the generator."""
        return torch.device(self.spec.device)

    @property
    def steps(self) -> int:
        """Steps played."""
        return self._steps

    def generate(self, z: Tensor, y: Any) -> Any:
        """Samples of the generator that is evaluated, ``(B, ...)``."""
        return self.average.generate(z, y)

    def labels_of(self, n: int, rng: torch.Generator) -> Any:
        """``n`` conditions with the frequencies of the training set; None if not conditional.

        Without the data, the frequencies of classes are those of the run's file; an older one tells none, and they are
        equal.

        Raises:
            GanzooError: they are those of data that are not there.
        """
        if not self.recipe.conditional:
            return None
        if self._has_data:
            deal = self._deal = self._deal or self.modality.deal(self.fields, self.spec.seed)
            return self.modality.condition(picked(self.fields, deal.by, deal.draw(n, rng), self.device))
        if not self.classes:
            raise GanzooError(f"conditions of {self.modality.name} are drawn from their data, which are not here")
        counts = torch.tensor(self.images.counts or (1,) * self.classes)
        labels = torch.arange(self.classes).repeat_interleave(counts).to(self.device)
        return labels[torch.randint(len(labels), (n,), device=self.device, generator=rng)]

    def _take(self, found: Checkpoint) -> bool:
        """Build the generator as a checkpoint has it, and load it.

        Raises:
            CheckpointError: the checkpoint does not fit.
            GanzooError: the generator cannot be built here.
        """
        schedule = self.recipe.schedule
        values = parsed_values(game_values(found), {"D": schedule.d_steps, "G": 1})
        told = values.generator
        shaped_by = set(told.shaped_by) if told is not None else set()
        alone = told is not None and not shaped_by
        lacking = self._lacking(["G"] if alone else self._parts)
        for name in ("G", *(("D", *sorted(shaped_by)) if shaped_by else ())):
            if name in lacking:
                raise SetupError(f"{self._folder} cannot be drawn from: its generator needs a part: {lacking[name]}")
        wanted = ["G"] if alone else [name for name in self._parts if name not in lacking]
        require_revisions(self.spec, [self._parts[name] for name in wanted], self._zoo.registry)
        G, second_order = self._built(wanted, None if told is None else told.second_order)
        self._generator = TrainedGenerator(
            G, averaged=bool(schedule.ema), second_order=second_order, device=self.device
        )
        self.built, self.second_order = tuple(wanted), second_order
        kind, part = self._parts["G"]
        plugin = self._zoo.registry.get(kind, part.name).plugin
        try:
            self._generator.load(found.tensors, f"{kind} {part.name!r} of plugin {plugin!r}")
        except CheckpointError as error:
            if told is None and lacking:
                why = "; ".join(lacking.values())
                raise SetupError(f"{self._folder} cannot be drawn from: {why}; without that, {error}") from error
            raise
        self._steps, self.images_seen = values.steps, values.turns["D"] * schedule.batch
        self.doubts = tuple(lacking.values()) if told is None else ()
        self.parameters = {"G": count_of(G)}
        self._warn(wanted)
        return True

    def _lacking(self, names: Collection[str]) -> dict[str, str]:
        """Return a sentence for each of these parts that cannot be had here."""
        registry = self._zoo.registry
        whys = absent(self.spec.origins, registry)
        found = {}
        for name in names:
            kind, part = self._parts[name]
            try:
                load_class(registry, kind, part.name)
            except GanzooError as error:
                found[name] = whys.get(f"{kind} {part.name}", str(error))
        return found

    def _built(self, wanted: Collection[str], second_order: bool | None) -> tuple[Generator, bool]:
        """Build the generator; gives with it whether its game took second derivatives in every turn of D."""
        registry, seed = self._zoo.registry, self.spec.seed
        if second_order is None and len(wanted) == len(self._parts):
            parts = build_parts(self.recipe, registry, modality=self.modality, seed=seed)
            return parts.G, always_second_order(parts)
        without = [name for name in self._parts if name not in wanted]
        G = build_generator(self.recipe, registry, modality=self.modality, seed=seed, without=without)
        return G, bool(second_order)

    def _warn(self, wanted: Collection[str]) -> None:
        for why in self.doubts:
            _log.warning(f"{self._folder}: {why}: what is drawn or judged may not be its own")
        for part in moved_parts(self.spec, self._zoo.registry, [self._parts[name] for name in wanted]):
            # a sample of it may still be wanted
            _log.warning(f"{self._folder} was trained with {part} here: what is drawn or judged may not be its own")
