"""The trained generator of an exported folder."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError

from ...bench.results.stored import read_plain
from ...data import version1
from ...data.plain import built
from ...errors import CheckpointError, DataError, GanzooError, SetupError, UnknownName
from ...interfaces import Generator, Modality
from ...recipes.building.build import build_generator, load_class, part_names
from ...recipes.provenance.origins import absent, moved, origins_of
from ...recipes.provenance.revisions import above_one, named_parts, revised
from ...recipes.recipe import Recipe
from ...registry.discovery import Zoo, load_zoo
from ...registry.registry import CORE, Registry
from ...registry.run_files import with_files
from ...registry.sources.files import from_source
from ...training.checkpoints.trained_generator import TrainedGenerator
from ..devices import device_for
from ..provenance import Provenance
from ..trained import Trained
from .config import CONFIG, FORMAT, WEIGHTS, Config

_log = logging.getLogger(__name__)
_MOST_BYTES = 20_000_000  # of a configuration


def is_exported(source: str) -> bool:
    """Say whether a text names a folder that ``export`` wrote."""
    path = Path(source) / CONFIG
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return False
        content = read_plain(path)
    except (OSError, DataError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def open_exported(source: str, device: str | None, zoo: Zoo | None) -> Trained:
    """Open the generator of an exported folder.

    Its files are JSON and safetensors, which hold no code. Plugin files that came with it are imported only where this
    machine was given them before; else ``--plugin`` has to name them.

    Args:
        source: the folder.
        device: None for its own where this machine has it, and for the best that there is where it has not.
        zoo: all parts; None to load the plugins that the generator needs.

    Raises:
        DataError: a file is damaged, or of a later version.
        SetupError: a part of the generator is not installed, or is another one here.
    """
    folder = Path(source)
    config = _read(folder)
    recipe = Recipe.from_dict(config.recipe, f"the recipe in {folder / CONFIG}")
    registry = _registry(config, zoo)
    _require_parts(folder, config, recipe, registry)
    modality = _modality(folder, config, registry)
    G = _generator(folder, config, recipe, registry, modality, torch.device(device_for(source, config.device, device)))
    return Trained(
        generator=G,
        recipe=recipe,
        name=config.name,
        source=str(folder),
        modality=modality,
        classes=tuple(config.classes),
        counts=tuple(config.counts),
        data=config.data.name,
        step=config.step,
        kimg=config.kimg,
        numbers=config.numbers,
        threads=config.threads,
        provenance=_provenance(config, registry),
    )


def _read(folder: Path) -> Config:
    path = folder / CONFIG
    content = read_plain(path)
    if content.get("version") != 1:
        raise DataError(
            f"{path} is of version {content.get('version')!r:.40}, and this version of ganzoo reads version 1: "
            "pip install --upgrade ganzoo-core"
        )
    config = Config.parse(content, path)
    known = part_names(Recipe.from_dict(config.recipe, f"the recipe in {path}"))
    if config.built[0] != "G" or not set(config.built) <= set(known) or (config.built[1:] and "D" not in config.built):
        raise DataError(f"{path} is no exported generator: built must name parts of its recipe, G first")
    if config.counts and len(config.counts) != len(config.classes):
        raise DataError(f"{path} is no exported generator: it has {len(config.counts)} counts of its classes")
    return config


def _registry(config: Config, zoo: Zoo | None) -> Registry:
    if zoo is None:
        installed = None if config.plugins is None else [name for name in config.plugins if name not in config.files]
        zoo = load_zoo(only=installed)
    files = [from_source(name, source) for name, source in config.files.items()]
    plugins = config.plugins if config.plugins is not None else list(config.files)
    return with_files(zoo, files, plugins, config.origins).registry


def _require_parts(folder: Path, config: Config, recipe: Recipe, registry: Registry) -> None:
    """See to it that the parts of the generator are here, and compute what they did.

    Raises:
        SetupError: one is missing or of another revision.
    """
    whys = absent(config.origins, registry)
    wanted = [pair for name, pair in zip(part_names(recipe), named_parts(recipe), strict=True) if name in config.built]
    named = [f"{kind} {part.name}" for kind, part in wanted]
    for (kind, part), key in zip(wanted, named, strict=True):
        try:
            load_class(registry, kind, part.name)
        except GanzooError as error:
            of = config.generator.distribution if kind == "generator" and isinstance(error, UnknownName) else ""
            of = "" if of in (CORE, part.name.partition(":")[0]) else of
            given = f"{kind} {part.name!r}" + (f" comes with the package {of}, which is not here: " if of else ": ")
            raise SetupError(f"{folder} cannot be opened: {whys.get(key) or given + str(error)}") from error
    here = above_one((kind, part.name, registry.get(kind, part.name).revision) for kind, part in wanted)
    then = {key: config.revisions[key] for key in named if key in config.revisions}
    for change in revised(then, here):
        raise SetupError(f"{folder} was exported with {change} here: use the version of ganzoo that it was made with")
    origins = {key: origin for key, origin in config.origins.items() if key in named}
    for part_moved in moved(origins, origins_of(wanted, registry)):
        _log.warning(f"{folder} was exported with {part_moved} here: what it draws may not be its own")


def _modality(folder: Path, config: Config, registry: Registry) -> Modality:
    """Build the modality of the samples again.

    Raises:
        DataError: the configuration does not tell it.
        UnknownName: nobody registers it here.
    """
    if config.shape is None and config.modality is None:
        raise DataError(f"{folder / CONFIG} is no exported generator: it tells no shape of its {config.kind}")
    values = config.modality
    if config.shape is not None:
        shape = config.shape.channels, config.shape.height, config.shape.width
        values = version1.values_of(config.kind, shape, tuple(config.classes))
    return built(registry, config.kind, values or {}, str(folder / CONFIG))


def _generator(
    folder: Path, config: Config, recipe: Recipe, registry: Registry, modality: Modality, device: torch.device
) -> Generator:
    built = build_generator(
        recipe,
        registry,
        modality=modality,
        seed=config.seed,
        without=[name for name in part_names(recipe) if name not in config.built],
    )
    trained = TrainedGenerator(built, averaged=False, second_order=config.second_order, device=device)
    try:
        tensors = safetensors.torch.load(_weights(folder, config))
        trained.load({f"G.{name}": tensor for name, tensor in tensors.items()}, f"generator {config.generator.name!r}")
    except (SafetensorError, CheckpointError, ValueError) as error:
        raise DataError(f"{folder / WEIGHTS} does not fit its {CONFIG}: {error}") from error
    if trained.G.z_dim != config.z_dim:
        raise DataError(f"{folder / CONFIG} names latents of {config.z_dim} numbers, and they have {trained.G.z_dim}")
    return trained.G.eval().requires_grad_(False)


def _weights(folder: Path, config: Config) -> bytes:
    path = folder / WEIGHTS
    try:
        if path.stat().st_size == config.weights.bytes:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == config.weights.sha256:
                return content
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    raise DataError(f"{path} is not the file that its {CONFIG} names: it is damaged or was changed; get it again")


def _provenance(config: Config, registry: Registry) -> Provenance:
    return Provenance(
        registry=registry,
        built=tuple(config.built),
        second_order=config.second_order,
        seed=config.seed,
        device=config.device,
        budget=config.budget or {},
        data_hash=config.data.hash,
        data_asked=config.data.asked,
        data_options=tuple(config.data.options),
        revisions=config.revisions,
        origins=config.origins,
        plugins=None if config.plugins is None else tuple(config.plugins),
        files=config.files,
        license=config.license,
    )
