"""All numbers that verdicts are made of."""

from __future__ import annotations

from . import classes, compression, copies, record, resizing, squeezing, variety, views
from .evidence import Evidence
from .thresholds import LEAST


def measured(evidence: Evidence) -> dict[str, float]:
    """Measure a generator by all that is known of it; what cannot be measured has no number.

    With fewer than ``LEAST`` samples or training rows only the record is looked at. It draws from streams of its own,
    always the same.
    """
    numbers = record.measure(evidence.recorded)
    if min(len(evidence.generated), len(evidence.training)) < LEAST:
        return numbers
    numbers |= copies.measure(evidence) | variety.measure(evidence) | classes.measure(evidence)
    numbers |= views.measure(evidence, numbers.get("distance")) | squeezing.measure(evidence)
    return numbers | compression.measure(evidence) | resizing.measure(evidence)
