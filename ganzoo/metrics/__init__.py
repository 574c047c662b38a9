"""Evaluation of images: feature extractors see them, metrics compare generated with real ones."""

from .evaluator import BATCH, Evaluator, MetricColumn
from .reference import ReferenceSet

__all__ = ["BATCH", "Evaluator", "MetricColumn", "ReferenceSet"]
