"""The pace of a recipe on this machine: some seconds of its steps, on images of noise of the published shape."""

from dataclasses import dataclass

import torch

from ...backend.precision import resolve_precision
from ...recipes.building.build import build_parts
from ...recipes.building.old_shapes import modality_of_published
from ...recipes.recipe import Recipe
from ...recipes.schema.published import Published
from ...registry.registry import Registry
from ...training import Trainer
from ..profiling.measurements import Row, period_of, time_steps

IMAGES = 512  # or a batch, if that is more


@dataclass(frozen=True)
class Pace:
    """Steps that were measured.

    Attributes:
        device: ``cpu`` or ``cuda:N``.
        name: of the GPU, or ``CPU`` with the number of threads.
        precision: of the training.
        steps: that were timed.
        images_per_second: real images shown to D.
        seconds: of training that the published budget takes at this pace.
    """

    device: str
    name: str
    precision: str
    steps: int
    images_per_second: float
    seconds: float


def measure_pace(
    recipe: Recipe, published: Published, registry: Registry, *, device: str, threads: int | None, steps: int | None
) -> Pace:
    """Play and time steps of a recipe at full size; its weights and the images are thrown away.

    Args:
        recipe: the published form.
        published: gives shape, classes and budget.
        registry: knows the parts.
        device: ``cpu`` or ``cuda:N``.
        threads: of torch on the CPU; None for as many as it takes.
        steps: to time; None for as many as take some seconds.

    Raises:
        RecipeError: the parts do not fit together, or not these images.
        PluginError: a part breaks its interface.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    precision = resolve_precision("auto", device)
    modality = modality_of_published(published, registry)
    fields = modality.example(max(IMAGES, recipe.schedule.batch))
    parts = build_parts(recipe, registry, modality=modality, seed=0)
    trainer = Trainer(recipe, parts, fields, seed=0, device=device, precision=precision, budget=published.kimg)
    row = Row(recipe.name, recipe.schedule.batch, turns={"D": trainer.rows["D"]}, period=period_of(trainer))
    time_steps(row, trainer, steps)
    rate = row.images_per_second or 0.0
    cuda = device.startswith("cuda")
    cores = torch.get_num_threads()
    name = torch.cuda.get_device_name(device) if cuda else f"CPU, {cores} thread{'s' * (cores != 1)}"
    return Pace(device, name, precision, row.steps, rate, published.kimg * 1000 / rate)
