"""Datasets: from a name or a path to uint8 images, decoded once, known by a content hash."""

from .fitting import Fitting
from .image_set import ImageSet
from .packed import found, load
from .sources import resolve

__all__ = ["Fitting", "ImageSet", "found", "load", "resolve"]
