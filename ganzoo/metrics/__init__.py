"""Judging images: feature extractors see them, metrics compare generated with real ones."""

from .evaluator import BATCH, Column, Judge
from .reference import Reference

__all__ = ["BATCH", "Column", "Judge", "Reference"]
