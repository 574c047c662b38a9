"""Datasets: from a name or a path to data at rest, decoded once, known by a content hash."""

from .data_set import DataSet
from .packed import NONE, found, load, load_images
from .pictures.fitting import Fitting
from .sources import resolve
from .version1 import is_one as is_of_version_1

__all__ = ["NONE", "DataSet", "Fitting", "found", "is_of_version_1", "load", "load_images", "resolve"]
