"""Judging images: feature extractors see them, metrics compare generated with real ones."""

from .judge import Column, Judge
from .reference import Reference

__all__ = ["Column", "Judge", "Reference"]
