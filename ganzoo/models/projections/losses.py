"""Distances that a projection makes small: over pixels, or between the features of an extractor such as LPIPS."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ...api.arguments import path_text
from ...errors import GanzooError, suggest
from ...interfaces import Extractor
from ...metrics.opening import open_extractor
from ...registry.discovery import Zoo, load_zoo
from ...registry.registry import Registry
from ...storage import download
from ...storage import weights as weights_file
from ...storage.cache import Cache
from ..trained import Trained
from .distances import distance

PIXELS = "pixels"
LPIPS = "lpips"
LPIPS_EXTRACTOR = "lpips-vgg16"  # the trunk of arXiv:1912.04958, app. D
LARGEST = 256  # pixels of the shorter side, above which features are those of the averaged image, as there
SMALLEST = 32  # below which LPIPS sees nothing

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loss:
    """A distance of samples from a target.

    Attributes:
        name: of it, for people: ``pixels`` or the title of an extractor.
        to: makes of a target ``(1, C, H, W)``, as it plays, the distances ``(B,)`` of samples from it.
    """

    name: str
    to: Callable[[Tensor], Callable[[Tensor], Tensor]]


def loss_for(trained: Trained, asked: str | None, weights: Path | str | None = None, zoo: Zoo | None = None) -> Loss:
    """Return the loss that is asked for.

    Args:
        trained: the generator.
        asked: ``pixels``; ``lpips`` through VGG-16; the name of any extractor with gradients. None for LPIPS where its
            weights are here and the samples are large enough for it, else pixels, which is logged.
        weights: the file of the extractor's weights.
        zoo: knows the extractors; None for all that are installed.

    Raises:
        GanzooError: there is no such loss, or it does not see such samples.
        SetupError: the weights are missing.
    """
    if asked is None and weights is not None:
        asked = LPIPS
    if asked == PIXELS or (asked is None and not _large(trained)):
        if weights is not None:
            raise GanzooError("the distance over pixels has no weights: leave --extractor-weights out")
        return Loss(PIXELS, lambda target: partial(distance, target=target))
    zoo = zoo or load_zoo()
    cache = Cache.open()
    name = LPIPS_EXTRACTOR if asked in (None, LPIPS) else str(asked)
    kind = _kind(zoo.registry, name)
    if asked is None and not weights_file.at_hand(name, kind, cache):
        file = kind.weights.name if kind.weights else ""
        _log.warning(f"the distance is over pixels: {file} is not here, the weights of LPIPS (--loss lpips)")
        return loss_for(trained, PIXELS)
    if trained.points:
        raise GanzooError(f"{trained.name} draws points, which {name} does not see: leave --loss {asked} out")
    opened = open_extractor(
        zoo.registry,
        name,
        (),
        point=None,
        weights=None if weights is None else Path(path_text(weights, "extractor_weights")),
        device=trained.device,
        cache=cache,
        fetch=download.fetch,
        instead=lambda: f"; without it there is --loss {PIXELS}",
    )
    assert opened.extractor is not None  # it was named
    opened.extractor.embedded(torch.zeros(1, *trained.shape, device=trained.device))  # refuses what it does not see
    return Loss(opened.title, partial(_to, opened.extractor))


def _large(trained: Trained) -> bool:
    return not trained.points and trained.channels in (1, 3) and min(trained.height, trained.width) >= SMALLEST


def _kind(registry: Registry, name: str) -> type[Extractor]:
    """Return the class of an extractor with gradients."""
    known = [PIXELS, LPIPS, *_differentiable(registry)]
    if name not in (entry.name for entry in registry.all("extractor")):
        raise GanzooError(f"there is no loss {name!r} of a projection: {suggest(name, known)}")
    kind: type[Extractor] = registry.get("extractor", name).load()
    if not kind.differentiable:
        raise GanzooError(f"the extractor {name} gives no gradients; a projection takes {', '.join(known)}")
    return kind


def _differentiable(registry: Registry) -> list[str]:
    """List the extractors with gradients; one that cannot be loaded is left out."""
    names = []
    for entry in registry.all("extractor"):
        try:
            kind: Any = entry.load()
            names += [entry.name] * bool(kind.differentiable)
        except Exception:  # a stranger's broken extractor must not hide the others
            continue
    return names


def _to(extractor: Extractor, target: Tensor) -> Callable[[Tensor], Tensor]:
    """Squared distances of features, which are LPIPS with its own."""
    with torch.no_grad():
        there = extractor.embedded(_averaged(target))
    return lambda made: (extractor.embedded(_averaged(made)) - there).square().sum(dim=1)


def _averaged(images: Tensor) -> Tensor:
    """Average cells of pixels so that the shorter side has less than twice ``LARGEST``."""
    cells = min(images.shape[-2:]) // LARGEST
    return avg_pool2d(images, cells) if cells > 1 else images
