"""The trained generator of a run's folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch

from .. import data
from ..bench.results.folders import find_run
from ..bench.results.run_files.spec import RunSpec
from ..bench.runs.evaluation.loaded import LoadedGenerator
from ..bench.runs.generating.inputs import images_of
from ..data import DataSet
from ..interfaces import Generator, Row
from ..registry.discovery import Zoo
from ..storage.cache import Cache
from .devices import device_for
from .numbers import numbers_of
from .provenance import Provenance
from .trained import Trained


def open_run(source: str, device: str | None, zoo: Zoo | None) -> Trained:
    """Open the generator of a run's newest checkpoint; neither its data nor its loss need be there.

    Args:
        source: the run's folder, or that of a bench that holds just one run.
        device: None for the run's own where this machine has it, and for the best that there is where it has not.
        zoo: all parts; None to load the plugins that the run uses.

    Raises:
        GanzooError: there is no such run, it has no checkpoint that can be read, or a part of the generator is missing.
    """
    folder = find_run(Path(source))
    own = RunSpec.read(folder)
    spec = own.changed(device=device_for(str(folder), own.device, device), extractor=None, metrics=())
    threads = torch.get_num_threads()
    zoo = zoo or spec.load_packages()
    cache = Cache.open()
    try:
        session = LoadedGenerator(folder, spec, zoo, cache, needs_data=False)
    finally:
        torch.set_num_threads(threads)  # a session sets the run's, and a program may have others
    images = session.images
    return Trained(
        generator=_evaluated(session),
        recipe=session.recipe,
        name=spec.name,
        source=str(folder),
        modality=session.modality,
        classes=images.classes,
        counts=_counts(images),
        data=images.name,
        step=session.steps,
        kimg=session.images_seen / 1000,
        numbers=numbers_of(folder, own, session.images_seen),
        threads=spec.threads,
        fields=partial(_fields, spec, zoo, cache),
        provenance=_provenance(own, session),
    )


def _fields(spec: RunSpec, zoo: Zoo, cache: Cache, *, held_out: bool = False) -> Row:
    """Give the run's data at rest; where it is wanted and there is one, those that were held out.

    Raises:
        DataError: they are gone, or no longer what they were.
        SetupError: they cannot be read here.
    """
    images = images_of(spec, zoo, cache)
    return data.load(images.held_out if held_out and images.held_out is not None else images)


def _provenance(spec: RunSpec, session: LoadedGenerator) -> Provenance:
    return Provenance(
        registry=session.registry,
        built=session.built,
        second_order=session.second_order,
        seed=spec.seed,
        device=spec.device,
        budget=spec.budget,
        data_hash=str(spec.images["hash"]),
        data_asked=str(spec.source["dataset"]),
        data_options=_data_options(spec),
        revisions=spec.revisions,
        origins=spec.origins,
        plugins=spec.plugins,
        files=spec.files,
    )


def _data_options(spec: RunSpec) -> tuple[str, ...]:
    """Give the words of a command line, beside the name of the data, by which the run had its images."""
    fitting = data.Fitting.from_json(spec.source.get("fitting"))
    words = [] if fitting is None else fitting.options.split()
    words += ["--skip-bad"] if spec.source.get("skip_bad") else []
    words += ["--modality", str(spec.source["modality"])] if spec.source.get("modality") else []
    words += ["--hold-out", str(spec.source["hold_out"])] if spec.source.get("hold_out") else []
    return (*words, *(["--extractor", "none"] if spec.extractor is None else []))


def _evaluated(session: LoadedGenerator) -> Generator:
    return session.average.model.eval().requires_grad_(False)


def _counts(images: DataSet) -> tuple[int, ...]:
    return images.counts if len(images.counts) == len(images.classes) else ()
