"""A curve in a line of text."""

import math
from collections.abc import Sequence
from itertools import pairwise

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-:=+*#"  # where a terminal knows no blocks


def sparkline(values: Sequence[float], width: int, signs: str = BLOCKS) -> str:
    """``values`` from the lowest to the highest of ``signs``, the extremes of what is shown at their ends.

    Args:
        values: in order; those that are not finite are left out.
        width: columns at the most; where there are more values, each sign is the mean of its share of them.
        signs: from low to high.

    Returns:
        one sign a value or a share; the middle one throughout where all are alike.
    """
    known = [value for value in values if math.isfinite(value)]
    n = min(width, len(known))
    if n < 1:
        return ""
    ends = [i * len(known) // n for i in range(n + 1)]
    means = [math.fsum(known[a:b]) / (b - a) for a, b in pairwise(ends)]
    low, high = min(means), max(means)
    if not high > low:
        return signs[(len(signs) - 1) // 2] * n
    return "".join(signs[round((value - low) / (high - low) * (len(signs) - 1))] for value in means)
