"""Pairs of extractors and data, and of metrics and extractors, that fit together."""

from collections.abc import Callable

from ganzoo.errors import MetricError
from ganzoo.interfaces import Extractor
from ganzoo.registry.registry import Registry

OF_MODES = frozenset({"mode", "quality"})  # what an extractor gives if it distinguishes modes


def require_pair(extractor: str, sees: int, point: int, registry: Registry | None = None) -> None:
    """Require that an extractor sees data of this kind.

    Args:
        extractor: its name.
        sees: its ``Extractor.point``.
        point: of the data: how many numbers each point has; 0 for images.
        registry: where others are looked up, which the error names.

    Raises:
        MetricError: it does not.
    """
    if sees == point:
        return
    others = [] if registry is None else _extractors(registry, lambda kind: kind.point == point)
    raise MetricError(
        f"the extractor {extractor} sees {_things(sees)}, and the data are {_things(point)}"
        f"{f'; {_either(others)}' if point and others else ''}"
    )


def require_given(
    metric: str, reads: frozenset[str], extractor: str, kind: type[Extractor], registry: Registry
) -> None:
    """Require that an extractor gives what a metric reads of modes and of classes.

    Args:
        metric: the metric's name.
        reads: its ``Metric.reads``.
        extractor: the extractor's name.
        kind: its class.
        registry: where others are looked up, which the error names.

    Raises:
        MetricError: it does not.
    """

    def lacking(other: type[Extractor]) -> list[str]:
        absent = (frozenset() if other.modes else OF_MODES) | (frozenset() if other.classifies else {"logits"})
        return sorted(reads & absent)

    wanted = lacking(kind)
    if not wanted:
        return
    others = _extractors(registry, lambda other: not lacking(other) and other.point == kind.point)
    instead = _either(others) if others else f"no extractor of {_things(kind.point)} does"
    if "logits" in wanted and others:
        instead = f"leave it out of --metrics, or {instead}"
    if "logits" in wanted:
        instead += f" (the extractor {extractor} says `classifies = False`: it knows no classes)"
    raise MetricError(
        f"the metric {metric} reads {' and '.join(wanted)}, which the extractor {extractor} does not give; {instead}"
    )


def _things(point: int) -> str:
    return f"points of {point} number{'s' * (point != 1)}" if point else "images"


def _either(names: list[str]) -> str:
    listed = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
    return f"use --extractor {listed}"


def _extractors(registry: Registry, fits: Callable[[type[Extractor]], bool]) -> list[str]:
    """List the names of those that fit."""
    names = []
    for entry in registry.all("extractor"):
        try:
            if fits(entry.load()):
                names.append(entry.name)
        except Exception:  # a stranger's broken extractor must not hide what is wrong here
            continue
    return names
