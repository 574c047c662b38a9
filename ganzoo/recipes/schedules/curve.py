"""A value as a function of the images that were shown. Does not import torch."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Way = Literal["linear", "cosine", "exponential"]


@dataclass(frozen=True)
class Knot:
    """A value at a place, and the way there from the knot before.

    Attributes:
        images: real images shown to D until here.
        value: here.
        way: ``linear``; ``cosine``, half a period; or ``exponential``, by the same factor in each image, between two
            values above 0.
    """

    images: float
    value: float
    way: Way = "linear"


class Curve:
    """Goes from knot to knot; before the first and from the last one on, the value is theirs.

    Args:
        knots: one or more, in rising order; of two at one place the later holds from there on.
    """

    def __init__(self, knots: Sequence[Knot]) -> None:
        self.knots = tuple(knots)
        self._places = [knot.images for knot in knots]

    @property
    def last(self) -> float:
        """Images from which on the value stays as it is."""
        return self._places[-1]

    def at(self, images: float) -> float:
        """Return the value where so many images were shown."""
        passed = bisect_right(self._places, images)
        if passed in (0, len(self.knots)):
            return self.knots[min(passed, len(self.knots) - 1)].value
        before, after = self.knots[passed - 1], self.knots[passed]
        share = (images - before.images) / (after.images - before.images)
        if after.way == "exponential":
            return before.value * math.pow(after.value / before.value, share)
        if after.way == "cosine":
            share = (1 - math.cos(math.pi * share)) / 2
        return before.value + (after.value - before.value) * share
