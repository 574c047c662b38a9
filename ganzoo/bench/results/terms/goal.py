"""Goals that a run may be asked to reach: bounds on metrics, as texts such as ``fid <= 5``. Does not import torch."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from ....recipes.schema.fields import Frozen, wrong
from ..formats import number

_GOAL = re.compile(r"([a-z][a-z0-9-]*)\s*(<=|>=)\s*(\d+(?:\.\d+)?)")


class Goal(Frozen):
    """A bound on one metric.

    Attributes:
        metric: its registered name.
        sense: ``<=``: at most; ``>=``: at least.
        bound: the value that still meets it.
    """

    metric: str
    sense: Literal["<=", ">="]
    bound: float

    def met(self, metrics: Mapping[str, Any]) -> bool:
        """Say whether an evaluation's numbers meet it; a number that is missing or not finite meets none."""
        value = number(metrics.get(self.metric))
        if value is None:
            return False
        return value <= self.bound if self.sense == "<=" else value >= self.bound

    def __str__(self) -> str:
        return f"{self.metric} {self.sense} {self.bound:g}"


def goal_fields(value: Any) -> Any:
    """Return the fields of a goal that is written as a text; what is a goal already, as it is.

    Raises:
        PydanticCustomError: it is neither.
    """
    if isinstance(value, Goal):
        return value
    match = _GOAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise wrong(f"must be a metric and its bound, as in 'fid <= 5' or 'modes >= 25', not {value!r:.60}")
    return {"metric": match[1], "sense": match[2], "bound": float(match[3])}


def parse_goal(text: str) -> Goal:
    """Read a goal that a try or a run keeps; the inverse of ``str``."""
    return Goal.model_validate(goal_fields(text))
