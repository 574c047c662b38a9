"""Evaluation of images: feature extractors see them, metrics compare generated with real ones."""

from .evaluator import Evaluator
from .panel import MetricColumn
from .real_side import BATCH
from .reference import ReferenceSet

__all__ = ["BATCH", "Evaluator", "MetricColumn", "ReferenceSet"]
