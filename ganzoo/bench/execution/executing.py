"""The executor that a bench was asked to use, and what its machines mean for the runs."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from ...data import DataSet
from ...errors import GanzooError, SetupError
from ...interfaces import Executor, Extractor, Resources
from ...metrics import Evaluator
from ...recipes.building.build import load_class
from ...recipes.building.part_weights import sent
from ...recipes.provenance.revisions import named_parts
from ...recipes.recipe import Recipe
from ...registry.registry import Registry
from ...storage.cache import Cache
from ...storage.download import DOWNLOADS
from ...storage.weights import find
from ..results.run_files.spec import GIVEN_WEIGHTS
from ..runs.environment import devices
from .local import LocalExecutor

_log = logging.getLogger(__name__)

LOCAL = "local"


@contextmanager
def opened(registry: Registry, name: str, address: str | None) -> Iterator[Executor]:
    """Open the executor of this name, until the block ends.

    Raises:
        UnknownName: nobody registers it.
        PluginError: it cannot be imported, or is no executor.
        SetupError: its machines cannot be reached.
    """
    executor = load_class(registry, "executor", name)(address, _log.info)
    try:
        yield executor
    finally:
        executor.close()


def local() -> Executor:
    """Return the executor of this machine."""
    return LocalExecutor(None, _log.info)


def devices_on(resources: Resources | None, wish: str) -> list[str]:
    """Return the devices that ``--device`` stands for, one for each GPU that may be used.

    A run that is played elsewhere has the GPU that it is given there, as ``cuda:0``.

    Args:
        resources: of the machines elsewhere; None for this one.
        wish: as the user wrote it.

    Raises:
        GanzooError: there is no such device.
        SetupError: CUDA was asked for and there is none.
    """
    if resources is None:
        return devices(wish)
    if wish not in ("auto", "cpu", "cuda"):
        raise GanzooError(f"--device {wish} names a device of this machine; on others there are: auto, cpu, cuda")
    if wish == "cuda" and not resources.gpus:
        raise SetupError("--device cuda was asked for, but the executor's machines have no GPU; use --device cpu")
    return ["cpu"] if wish == "cpu" or not resources.gpus else ["cuda:0"] * resources.gpus


def evaluation_device(device: str) -> str:
    """Return where this machine judges the real images, for runs on ``device``; it may have no GPU where others have
    some.
    """
    return device if device == "cpu" or torch.cuda.is_available() else "cpu"


def what_is_read(
    registry: Registry,
    images: DataSet,
    evaluator: Evaluator | None,
    extractor: str | None,
    weights: Path | None,
    cache: Cache,
    recipes: Sequence[Recipe] = (),
) -> dict[str, Path]:
    """Return what a run reads beside its folder, for ``Task.files``.

    These are the images, the weights of the extractor and of parts, and the reference.

    Args:
        registry: knows the extractor and the parts.
        images: of the runs.
        evaluator: takes the numbers; None for none.
        extractor: its extractor's name; None where it has none.
        weights: the file of weights that the user named.
        cache: where the rest lies.
        recipes: of the runs.
    """
    files = {f"{images.place}/{images.hash}": images.folder}
    if images.held_out is not None:
        files[f"{images.held_out.place}/{images.held_out.hash}"] = images.held_out.folder
    for kind, part in (pair for recipe in recipes for pair in named_parts(recipe)):
        files |= sent(kind, part.name, load_class(registry, kind, part.name))
    if evaluator is None:
        return files
    files |= {f"{folder.parent.name}/{folder.name}": folder for folder in evaluator.kept(images.hash, images.n)}
    if extractor is None:
        return files
    cls: type[Extractor] = load_class(registry, "extractor", extractor)
    path, digest, _ = find(extractor, cls, weights, cache)
    if path is not None and weights is not None:
        files[f"{GIVEN_WEIGHTS}/{digest}/{path.name}"] = path
    elif path is not None and cls.weights is not None:
        files[f"{DOWNLOADS}/{extractor}/{cls.weights.name}"] = path
    return files
