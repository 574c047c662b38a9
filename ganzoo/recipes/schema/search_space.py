"""The space of a recipe: which of its keys a search may change, and between what. Does not import torch.

A file writes it as dotted keys, each with the two ends of an interval or with a list of choices::

    space:
      g_optimizer.lr: [1.0e-4, 1.0e-3]
      regularizers.r1.weight: [0.1, 10.0]
      d_optimizer.betas: {choices: [[0.5, 0.999], [0.0, 0.9]]}
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Keys that a search must leave alone: texts, the recipe's name, what its players are shown, its space, what was
# published.
APART = ("name", "title", "year", "paper", "summary", "departs", "conditional", "space", "published")
_FORMS = "write [low, high] with 0 < low < high, or {choices: [...]} with two or more different values"


def problem_of(key: str, values: Any) -> str | None:
    """Give the reason why a key cannot be searched over these values; None where it can.

    Args:
        key: dotted, such as ``regularizers.r1.weight``.
        values: as a file writes them.
    """
    if not all(key.split(".")) or key.split(".")[0] in APART:
        return "is no key that a search may change; take one such as g_optimizer.lr or regularizers.r1.weight"
    if isinstance(values, Mapping):
        choices = values.get("choices")
        if set(values) != {"choices"} or not isinstance(choices, list):
            return _FORMS
        return None if len({json.dumps(choice) for choice in choices}) == len(choices) > 1 else _FORMS
    if not isinstance(values, list) or len(values) != 2:
        return _FORMS
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in values)
    return None if numbers and 0 < values[0] < values[1] else _FORMS


def ends(values: Any) -> list[Any]:
    """Return the values that all others lie between: the two ends of an interval, or every choice."""
    return list(values["choices"] if isinstance(values, Mapping) else values)


def value_at(values: Any, share: float) -> Any:
    """Return the value that lies at a share of the way through, as a file would write it.

    Intervals are walked in the logarithm, and rounded to four digits, or to whole numbers where both ends are whole;
    choices are shared out evenly.

    Args:
        values: of one key.
        share: in [0, 1).
    """
    if isinstance(values, Mapping):
        choices = values["choices"]
        return choices[min(int(share * len(choices)), len(choices) - 1)]
    low, high = values
    if isinstance(low, int) and isinstance(high, int):  # each whole number gets its part of the logarithms
        return min(high, int(low * ((high + 1) / low) ** share))
    return min(max(float(f"{low * (high / low) ** share:.4g}"), float(low)), float(high))


def meet(key: str, other: str) -> bool:
    """Return whether two dotted keys are one, or one lies below the other."""
    a, b = key.split("."), other.split(".")
    shared = min(len(a), len(b))
    return a[:shared] == b[:shared]


def without(space: Mapping[str, Any], fixed: Iterable[str]) -> dict[str, Any]:
    """Return a space less the keys that are fixed, and what lies above or below them."""
    held = list(fixed)
    return {key: values for key, values in space.items() if not any(meet(key, other) for other in held)}


def overlapping(keys: Sequence[str]) -> tuple[str, str] | None:
    """Two keys of which one lies below the other; None where no two do."""
    pairs = ((a, b) for i, a in enumerate(keys) for b in keys[i + 1 :] if meet(a, b))
    return next(pairs, None)
