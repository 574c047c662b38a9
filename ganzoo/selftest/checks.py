"""Makes the known-answer tests, one after the other."""

import time
from collections.abc import Callable, Iterator

import torch

from ..errors import GanzooError
from ..registry.registry import Registry, describe
from ..storage.cache import Cache
from . import distances, games, variety
from .answer import Answer, Found
from .subject import Subject
from .symmetry import symmetry

CHECKS: dict[str, Callable[[Subject], Found]] = {
    "itself": distances.itself,
    "halves": distances.halves,
    "gaussians": distances.gaussians,
    "fid-infinity": distances.infinity,
    "kid-unbiased": distances.kernel,
    "duplicates": variety.duplicates,
    "lost-classes": variety.lost_classes,
    "lost-modes": variety.lost_modes,
    "penalties": games.penalties,
    "symmetry": symmetry,
    "seed": games.seed,
}
ON_GPU: dict[str, Callable[[Subject], Found]] = {"device": games.device}


def run(registry: Registry, cache: Cache, device: str | torch.device = "cpu") -> Iterator[Answer]:
    """Each test's answer as soon as there is one; a test that cannot be made has failed, with the reason.

    Args:
        registry: where the metrics, the extractors, the data and the recipe are looked up.
        cache: an empty one, so that nothing that was computed on an earlier day is taken for granted.
        device: what is tested.
    """
    subject = Subject(registry, cache, torch.device(device))
    checks = CHECKS if subject.device.type == "cpu" else CHECKS | ON_GPU
    for name, check in checks.items():
        start = time.perf_counter()
        try:
            found = check(subject)
        except Exception as error:  # whatever goes wrong here is what the user wants to know
            said = str(error) if isinstance(error, GanzooError) else describe(error)
            found = Found(f"it could not be made: {said}", {}, ok=False)
        yield Answer(name, found.ok, found.text, time.perf_counter() - start, found.figures)
