"""Datasets: from a name or a path to data at rest, decoded once, known by a content hash."""

from .data_set import DataSet
from .fitting import Fitting
from .image_set import ImageSet
from .packed import found, load, load_images
from .sources import resolve

__all__ = ["DataSet", "Fitting", "ImageSet", "found", "load", "load_images", "resolve"]
