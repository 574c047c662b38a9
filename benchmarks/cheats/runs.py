"""Honest runs on the digits, and the samples and rows that they are judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import ganzoo
from ganzoo import data
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.runs.generating.inputs import images_of
from ganzoo.interfaces.metrics import Extractor
from ganzoo.metrics import Evaluator
from ganzoo.models import load
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.selftest.cheats import evidence
from ganzoo.selftest.planted import Ground, Planted, recorded
from ganzoo.storage.cache import Cache
from ganzoo.verdicts import Evidence

DATA = "digits"
WHOLE = 0.98  # of the samples that were to be picked


def trained(folder: Path, recipes: Sequence[str], seed: int, budget: str, **settings: Any) -> list[Path]:
    """Train each recipe once on one thread of the CPU, or go on where it was stopped; gives the runs' folders."""
    shared: Any = {"examinations": "none", "evaluations": 1, "threads": 1, "parallel": 1, **settings}
    found = ganzoo.bench(list(recipes), DATA, seeds=[seed], budget=budget, out=folder, device="cpu", **shared)
    return [found.folder / run.folder for run in found.runs if run.folder is not None]


def zoo() -> Zoo:
    """Return all parts that ship."""
    return load_zoo(third_party=False)


def judge(parts: Zoo, cache: Cache) -> Extractor:
    """Return the digits' own extractor."""
    found = Evaluator.open(parts.registry, DATA, ("fid",), device="cpu", cache=cache).extractor
    assert found is not None
    return found


def samples_of(run: Path, n: int, seed: int) -> tuple[Tensor, bool]:
    """Draw samples of a run's generator, ``(n, 1, 8, 8)`` uint8, and say whether it is told labels."""
    model = load(run, device="cpu")
    y = model.training_labels(n, seed) if model.classes else None
    drawn: Tensor = model.sample(n, y=y, seed=seed, noise="drawn", batch=500).data
    return drawn, y is not None


def evidence_of(run: Path, parts: Zoo, cache: Cache, extractor: Extractor, seed: int) -> Evidence:
    """Return what is known of a run: as many samples as it has training rows, and the rows that it was given."""
    images = images_of(RunSpec.read(run), parts, cache)
    fields = data.load(images)
    held_out = data.load(images.held_out)["x"] if images.held_out is not None else fields["x"][:0]
    n = len(fields["x"])
    samples, told = samples_of(run, n, seed)
    ground = Ground(fields["x"], held_out, fields["y"], samples, extractor, n, told)
    return evidence(ground, samples, recorded(ground, n))


def ground_of(run: Path, parts: Zoo, cache: Cache, extractor: Extractor, *, n: int, seed: int) -> Ground:
    """Return a ground for cheats that begin with a run's samples: six times as many, and a sixth of the rows held out.

    Rows are dealt by the seed, whatever the run was trained on.
    """
    x, y = data.load_images(data.resolve(parts.registry, DATA, cache=cache))
    assert y is not None
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    held_out, training = order[: len(x) // 6], order[len(x) // 6 :]
    samples, told = samples_of(run, 6 * n, seed)
    return Ground(x[training], x[held_out], y[training], samples, extractor, n, told)


@dataclass(frozen=True)
class Plant:
    """A planted cheat as it was judged: the run whose samples it begins with, and the evidence on it."""

    base: Path
    known: Evidence


def planted_on(
    bases: Sequence[Path],
    place: int,
    cheat: Planted,
    parts: Zoo,
    cache: Cache,
    extractor: Extractor,
    *,
    n: int,
    seed: int,
) -> Plant:
    """Plant a cheat on the run whose turn it is.

    One that picks samples by their classes needs enough of each: a run that is too poor in a class to be picked from is
    passed over, and the next one taken.

    Args:
        bases: the runs.
        place: of the cheat; they take turns.
        cheat: what is planted.
        parts: all that ship.
        cache: of the data.
        extractor: the judge.
        n: how many samples are judged.
        seed: deals the rows and draws the samples and the cheat.
    """
    for turn in range(len(bases)):
        base = bases[(place + turn) % len(bases)]
        ground = ground_of(base, parts, cache, extractor, n=n, seed=seed)
        made, record = cheat.make(ground, torch.Generator().manual_seed(seed))
        if "even-classes" not in cheat.kinds or len(made) >= WHOLE * n:
            break
    return Plant(base, evidence(ground, made, record))
