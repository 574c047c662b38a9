"""Numbers of what was recorded of an evaluation: of as many samples as those that it is compared with, or of fewer."""

from __future__ import annotations

from .evidence import Recorded


def measure(recorded: Recorded | None) -> dict[str, float]:
    """Return the number of samples over the agreed one, of real rows over all there are, and whether sizes differ."""
    if recorded is None:
        return {}
    numbers = {"fitted_alike": float(recorded.fitted == recorded.fitted_real)}
    if recorded.agreed:
        numbers["samples_share"] = recorded.samples / recorded.agreed
    if recorded.available and recorded.reference is not None:
        numbers["reference_share"] = recorded.reference / recorded.available
    return numbers
