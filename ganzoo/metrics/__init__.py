"""Judging images: feature extractors see them, metrics compare generated with real ones."""

from .evaluator import BATCH, Column, Evaluator
from .reference import Reference

__all__ = ["BATCH", "Column", "Evaluator", "Reference"]
