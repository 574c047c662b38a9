"""Modalities by what was said of data before there were any: sizes of images, and tensors of images or points."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any, cast

from torch import Tensor

from ...interfaces import Modality
from ...interfaces.size import Size, sides, size_of
from ...registry.discovery import load_zoo
from ...registry.registry import Registry
from ..schema.published import Published

PICTURES, NUMBERS = "images", "points"  # what there was


def modality_of_shape(image_size: Size, channels: int, num_classes: int, registry: Registry | None = None) -> Modality:
    """Return the modality of images of a shape; those of one pixel are points.

    Args:
        image_size: height and width in pixels: one number for squares, else both.
        channels: of the images.
        num_classes: how many labels there are; 0 for none.
        registry: knows it; None for that of what ships.
    """
    size = size_of(*sides(image_size))
    if size == 1:
        return _made(NUMBERS, registry, channels=channels, num_classes=num_classes)
    return _made(PICTURES, registry, image_size=size, channels=channels, num_classes=num_classes)


def modality_of_published(published: Published, registry: Registry) -> Modality:
    """Return the modality of the data that a recipe was published on, of one that knows no sizes its example.

    Raises:
        UnknownName: nobody registers the modality that they are taken for.
    """
    channels, height, width = published.shape
    size = size_of(height, width)
    if not published.modality:
        return modality_of_shape(size, channels, published.classes, registry)
    cls = registry.get("modality", published.modality).load()
    named = inspect.signature(cls).parameters
    told = {"image_size": size, "channels": channels}
    return cast(Modality, cls(**{name: value for name, value in told.items() if name in named}))


def modality_of(x: Tensor, labels: Tensor | None) -> Modality:
    """Return the modality of images ``(N, C, H, W)`` uint8, or of points ``(N, C, 1, 1)`` float32."""
    _, channels, height, width = x.shape
    classes = 0 if labels is None or not len(labels) else int(labels.max()) + 1
    if x.is_floating_point():
        return _made(NUMBERS, None, channels=channels, num_classes=classes)
    return _made(PICTURES, None, image_size=size_of(height, width), channels=channels, num_classes=classes)


def _made(name: str, registry: Registry | None, **values: Any) -> Modality:
    held = registry is not None and any(entry.name == name for entry in registry.all("modality"))
    cls = cast(Registry, registry).get("modality", name).load() if held else _shipped(name)
    return cast(Modality, cls(**values))


@cache
def _shipped(name: str) -> type[Modality]:
    cls: type[Modality] = load_zoo(third_party=False).registry.get("modality", name).load()
    return cls
