"""Room for a bench on its disk, asked for before anything is trained."""

from collections.abc import Iterable
from pathlib import Path

import torch

from ....data import DataSet
from ....errors import SetupError
from ....recipes.building.build import Parts
from ....recipes.recipe import Recipe
from ....storage.room import room
from ....training.checkpoints.checkpoint import KEEP
from ...results.run_files.spec import RunSpec

PICTURES = 64  # of a grid, at an evaluation
TEXTS, FILES = 64 * 1024, 24  # bytes and number of a run's other files: its record, result, logs and settings
OF_CHECKPOINT = 4  # a folder and its files
MARGIN = 32 * 1024 * 1024  # at most, for the page of the bench and what else lies in its folder


def state_bytes(recipe: Recipe, parts: Parts) -> int:
    """Return about how large a checkpoint is: parts, averaged generator, and two moments of each weight that moves."""
    modules = parts.modules()
    held = sum(_bytes([*module.parameters(), *module.buffers()]) for module in modules.values())
    moved = sum(_bytes(w for w in module.parameters() if w.requires_grad) for module in modules.values())
    averaged = _bytes([*parts.G.parameters(), *parts.G.buffers()]) if recipe.schedule.ema else 0
    return held + 2 * moved + averaged


def _bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def require_room(folder: Path, runs: Iterable[tuple[Path, RunSpec]], states: dict[str, int], slots: int) -> None:
    """See that a bench's runs fit on the disk of its folder: their checkpoints, of which each keeps two, and results.

    What a run has written already is counted as there.

    Args:
        folder: of the bench.
        runs: folder and settings of each.
        states: the size of a checkpoint, by the name of the recipe.
        slots: how many runs write a checkpoint beside those that they keep at once.

    Raises:
        SetupError: they do not.
    """
    size = files = count = 0
    for place, spec in runs:
        if spec.name not in states:
            continue
        images = DataSet.from_json(spec.images)
        grid = PICTURES * images.channels * images.height * images.width
        there = [path.stat().st_size for path in place.rglob("*") if path.is_file()] if place.is_dir() else []
        size += max(0, KEEP * states[spec.name] + (spec.evaluations + 2) * grid + TEXTS - sum(there))
        files += max(0, KEEP * OF_CHECKPOINT + 2 * spec.evaluations + FILES - len(there))
        count += 1
    if not count:
        return
    at_once = min(slots, count) * max(states.values())
    size, files = size + at_once + min(MARGIN, size), files + min(slots, count) * OF_CHECKPOINT
    free = room(folder)
    asked = f"the checkpoints and results of {count} run{'s' * (count > 1)} in {folder}"
    elsewhere = "give another --out, or fewer seeds or recipes"
    if free.size < size:
        raise SetupError(
            f"no room for {asked}: about {size:,} bytes are needed, and {free.size:,} are free there; {elsewhere}"
        )
    if free.files is not None and free.files < files:
        raise SetupError(
            f"no room for {asked}: about {files:,} inodes are needed, and {free.files:,} are free there; {elsewhere}"
        )
