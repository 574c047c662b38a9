"""Nearest real images of generated ones, by what the extractor sees, within bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ..bench.results.bench_files.evaluation import EvaluatedPair, EvaluatedPairs
from ..bench.runs.examine.nearest import Nearest, nearest
from ..metrics import Evaluator
from ..metrics.reference import Measured, read, write
from .sets.streams import spaced

MOST_GENERATED, MOST_REAL = 10_000, 50_000  # images whose features are kept
MOST_YARDSTICK = 2_000  # real images whose nearest other is looked for
SHOWN = 8


class Rows:
    """Features of images at evenly spaced places of a set, kept while they pass.

    Args:
        n: images in the set.
        most: how many are kept at most.

    Attributes:
        places: ``(K,)`` int64, ascending.
    """

    def __init__(self, n: int, most: int) -> None:
        self.places = spaced(n, most)
        self._seen = 0
        self._rows: list[Tensor] = []

    def __call__(self, seen: Mapping[str, Tensor]) -> None:
        """Take in what the extractor saw of the next images."""
        rows = seen["features"]
        end = self._seen + len(rows)
        inside = self.places[(self.places >= self._seen) & (self.places < end)] - self._seen
        self._rows.append(rows[inside.to(rows.device)].float().cpu())
        self._seen = end

    def features(self) -> Tensor:
        """``(K, F)`` float32 on the CPU."""
        return torch.cat(self._rows)


def recall_rows(evaluator: Evaluator, data_hash: str, n: int) -> Tensor | None:
    """Return the cached features of real images; None where there are none."""
    kept = read(evaluator.cache, _identity(evaluator, data_hash, n))
    return None if kept is None else kept.summary["features"]


def keep_rows(evaluator: Evaluator, data_hash: str, n: int, features: Tensor) -> None:
    """Cache the features of real images."""
    write(evaluator.cache, _identity(evaluator, data_hash, n), Measured({"features": features}, floor=None, real=None))


def _identity(evaluator: Evaluator, data_hash: str, n: int) -> dict[str, Any]:
    kept = {"schema": 1, "kept": "features for pairs", "data": data_hash, "n": n, "most": MOST_REAL}
    return kept | evaluator.sight


def find_pairs(
    generated: Tensor,
    real: Tensor,
    *,
    space: str,
    device: torch.device,
    places: tuple[Tensor, Tensor],
    labels: tuple[Callable[[int], str], Callable[[int], str]],
) -> EvaluatedPairs:
    """Find the real image nearest to each generated one.

    Args:
        generated: features ``(G, F)``.
        real: likewise ``(R, F)``.
        space: what they are, in words.
        device: where distances are computed.
        places: which images of their sets the rows are of, of both.
        labels: name an image of its set, of both.
    """
    found = nearest(generated, real, device=device)
    median_real = None
    if len(real) > 1:
        few = spaced(len(real), MOST_YARDSTICK)
        median_real = float(nearest(real[few], real, own=few, device=device).distance.median())

    def pair(row: int) -> EvaluatedPair:
        own, other = int(places[0][row]), int(places[1][found.index[row]])
        return EvaluatedPair(
            generated=labels[0](own),
            real=labels[1](other),
            distance=float(found.distance[row]),
            generated_place=own,
            real_place=other,
        )

    return EvaluatedPairs(
        space=space,
        generated=len(generated),
        real=len(real),
        copies=float((found.distance == 0).double().mean()),
        median=float(found.distance.median()),
        median_real=median_real,
        nearest=[pair(row) for row in _closest(found)],
        farthest=[pair(int(row)) for row in found.distance.argsort(descending=True, stable=True)[:SHOWN]],
    )


def _closest(found: Nearest) -> list[int]:
    """Choose the closest of all, each real image once."""
    chosen: dict[int, int] = {}
    for row in found.distance.argsort(stable=True).tolist():
        chosen.setdefault(int(found.index[row]), row)
        if len(chosen) == SHOWN:
            break
    return list(chosen.values())
