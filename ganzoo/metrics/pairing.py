"""Pairs of extractors and data, and of metrics and extractors, that fit together."""

from collections.abc import Callable, Sequence

from ganzoo.errors import GanzooError, MetricError
from ganzoo.interfaces import Extractor, Metric, Modality
from ganzoo.registry.registry import Registry
from ganzoo.text import listed

from .columns import needs_extractor

OF_MODES = frozenset({"mode", "quality"})  # what an extractor gives if it distinguishes modes
FIRST = ("images", "points")  # what version 1 of the extractors sees, by ``Extractor.point``


def sees(kind: type[Extractor]) -> str:
    """Return the name of the modality that an extractor sees; one of version 1 says by ``point`` that it is points."""
    return FIRST[1] if kind.point else str(getattr(kind, "modality", FIRST[0]))


def fits(kind: type[Extractor], modality: Modality | None, point: int | None) -> bool:
    """Tell whether an extractor sees such data.

    Args:
        kind: its class.
        modality: of the data; None where ``point`` alone tells.
        point: of the data, how many numbers each point has; 0 for images. None where the modality alone tells.
    """
    wanted = FIRST[bool(point)] if modality is None else modality.judged_as or modality.name
    return sees(kind) == wanted and (point is None or wanted not in FIRST or kind.point == point)


def require_pair(
    extractor: str,
    kind: type[Extractor],
    modality: Modality | None,
    point: int | None,
    registry: Registry | None = None,
) -> None:
    """Require that an extractor sees data of this modality.

    Args:
        extractor: its name.
        kind: its class.
        modality: of the data, see ``fits``.
        point: likewise.
        registry: where others are looked up, which the error names.

    Raises:
        MetricError: it does not.
    """
    if fits(kind, modality, point):
        return
    others = [] if registry is None else _extractors(registry, lambda other: fits(other, modality, point))
    told = bool(point) if modality is None else True  # of images that nothing else tells of, nearly every one fits
    instead = f"; {_either(others)}" if told and others else ""
    if not others and modality is not None and registry is not None:
        instead = f"; no extractor of {_words(modality.name, point)} is installed: use --extractor none"
    raise MetricError(
        f"the extractor {extractor} sees {_words(sees(kind), kind.point)}, and the data are "
        f"{_words(FIRST[bool(point)] if modality is None else modality.name, point)}{instead}"
    )


def require_given(
    metric: str, kind_of_metric: type[Metric] | Metric, extractor: str, kind: type[Extractor], registry: Registry
) -> None:
    """Require that an extractor gives what a metric reads of modes and of classes.

    Args:
        metric: the metric's name.
        kind_of_metric: the metric.
        extractor: the extractor's name.
        kind: its class.
        registry: where others are looked up, which the error names.

    Raises:
        MetricError: it does not.
    """
    wanted = _lacking(kind_of_metric, kind)
    if not wanted:
        return

    def instead_of(other: type[Extractor]) -> bool:
        return not _lacking(kind_of_metric, other) and sees(other) == sees(kind) and other.point == kind.point

    others = _extractors(registry, instead_of)
    instead = _either(others) if others else f"no extractor of {_words(sees(kind), kind.point)} does"
    if "logits" in wanted and others:
        instead = f"leave it out of --metrics, or {instead}"
    if "logits" in wanted:
        instead += f" (the extractor {extractor} says `classifies = False`: it knows no classes)"
    raise MetricError(
        f"the metric {metric!r} reads {' and '.join(wanted)}, which the extractor {extractor} does not give; {instead}"
    )


def _lacking(metric: type[Metric] | Metric, extractor: type[Extractor]) -> list[str]:
    """Return what a metric reads of modes and of classes and an extractor does not give."""
    absent = frozenset() if extractor.modes else OF_MODES
    return sorted(metric.reads & (absent if extractor.classifies else absent | {"logits"}))


def served(metrics: Sequence[str], extractor: str, registry: Registry) -> tuple[str, ...]:
    """Return the metrics whose modes and classes an extractor gives; all of them where it gives none.

    Args:
        metrics: names of those that nobody asked for, such as the data's own.
        extractor: that somebody chose.
        registry: of both.
    """
    try:
        kind: type[Extractor] = registry.get("extractor", extractor).load()
        kinds: list[type[Metric]] = [registry.get("metric", name).load() for name in metrics]
        found = tuple(name for name, metric in zip(metrics, kinds, strict=True) if not _lacking(metric, kind))
    except (GanzooError, AttributeError):  # which is told of when they are opened
        return tuple(metrics)
    return found or tuple(metrics)


def require_own(metrics: dict[str, Metric]) -> None:
    """Require that metrics can do without an extractor.

    Raises:
        MetricError: one reads what only an extractor gives.
    """
    for name, metric in metrics.items():
        if needs_extractor(metric):
            raise MetricError(
                f"the metric {name} reads what an extractor gives, and there is none: leave it out of --metrics, or "
                "name an extractor with --extractor"
            )


def _words(modality: str, point: int | None) -> str:
    """Name data in words: points with how many numbers each has, where that is known."""
    if modality == FIRST[1] and point:
        return f"points of {point} number{'s' * (point != 1)}"
    return modality


def _either(names: list[str]) -> str:
    return f"use --extractor {listed(names, 'or')}"


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
