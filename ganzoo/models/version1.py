"""The shapes of images and points, whose programs, pages and projections are older than modalities."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from torch import Tensor

from ..data import version1
from ..data.plain import built
from ..errors import GanzooError
from ..interfaces import Modality
from ..interfaces.size import sides
from ..registry.discovery import load_zoo
from ..registry.registry import Registry
from ..samples import Sample

if TYPE_CHECKING:
    from .trained import Trained


def shape_of(modality: Modality) -> tuple[int, int, int]:
    """Return the shape ``(C, H, W)`` of an image or a point; zeros of any other modality."""
    if not version1.is_one(modality.name):
        return 0, 0, 0
    offered = modality.offers(conditional=False)
    height, width = sides(offered["image_size"])
    return offered["channels"], height, width


def modality_of(data: Sample) -> Modality:
    """Return the modality of images or points at rest that tell none.

    Raises:
        GanzooError: they are neither.
    """
    if not isinstance(data, Tensor) or data.ndim != 4:
        raise GanzooError("samples that are neither images nor points need their modality: Samples(data, modality=...)")
    name = version1.modality_of(data.numpy())
    return built(_bundled(), name, version1.values_of(name, tuple(data.shape[1:]), ()), "samples")


@cache
def _bundled() -> Registry:
    return load_zoo(third_party=False).registry


def require_images(trained: Trained, what: str) -> None:
    """Refuse a generator of another modality than images and points.

    Args:
        trained: the generator.
        what: begins the error's sentence, such as ``a page``.

    Raises:
        GanzooError: it is one.
    """
    if not version1.is_one(trained.modality.name):
        raise GanzooError(
            f"{what} is of images or points, and {trained.name} draws {trained.modality.name}: "
            "ganzoo sample writes them"
        )
