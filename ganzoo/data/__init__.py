"""Datasets: from a name or a path to data at rest, decoded once, known by a content hash."""

from .data_set import DataSet
from .fitting import Fitting
from .image_set import ImageSet
from .packed import NONE, found, load, load_images
from .sources import resolve

__all__ = ["NONE", "DataSet", "Fitting", "ImageSet", "found", "load", "load_images", "resolve"]
