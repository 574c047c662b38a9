"""A run that several processes play together, each its share of every batch."""

from .draws import Draws, UnmappedDrawError
from .group import ProcessRanks
from .shared import SharedGame

__all__ = ["Draws", "ProcessRanks", "SharedGame", "UnmappedDrawError"]
