"""Trained generators, opened without their training data: drawn from, interpolated, projected onto, taken elsewhere."""

from .model import Model, load
from .numbers import Numbers
from .projections.projection import Projection
from .sample_sets.samples import Samples

__all__ = ["Model", "Numbers", "Projection", "Samples", "load"]
