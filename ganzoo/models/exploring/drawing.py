"""Samples as a page asks for them: by seeds, a class, and changes of the latents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import GanzooError
from ..browser.page_text import COUNTS, POINTS
from ..generation.latents import MeanStyles, drawn, seed_of, truncation_of
from ..generation.sampling import rendered
from ..trained import Trained

_FIELDS = ("n", "seed", "to", "t", "offsets", "direction", "by")
_BATCH = 64  # samples that are generated at once


@dataclass(frozen=True)
class Wanted:
    """Samples as they are asked for.

    Attributes:
        n: how many samples.
        seed: of their latents.
        to: the seed at the other end of the walk.
        t: the share of the way there, from 0 to 1.
        y: index of a class; None for all in turn.
        truncation: None for none.
        offsets: what is added to the first latents.
        direction: the seed of a direction.
        by: steps along it, in its unit.
    """

    n: int
    seed: int
    to: int
    t: float
    y: int | None
    truncation: float | None
    offsets: tuple[float, ...]
    direction: int
    by: float


def wanted(trained: Trained, query: Mapping[str, str]) -> Wanted:
    """Read what is asked for.

    Raises:
        GanzooError: a field is missing, is no number, or is out of range.
    """
    if missing := [name for name in _FIELDS if name not in query]:
        raise GanzooError(f"the address lacks {missing[0]}=")
    try:
        offsets = tuple(float(one) for one in query["offsets"].split(",")) if query["offsets"] else ()
        found = Wanted(
            n=int(query["n"]),
            seed=int(query["seed"]),
            to=int(query["to"]),
            t=float(query["t"]),
            y=int(query["y"]) if "y" in query else None,
            truncation=float(query["truncation"]) if "truncation" in query else None,
            offsets=offsets,
            direction=int(query["direction"]),
            by=float(query["by"]),
        )
    except ValueError as error:
        raise GanzooError("a field of the address is no number") from error
    for seed in (found.seed, found.to, found.direction):
        seed_of(seed)
    most = max(POINTS if trained.points else COUNTS)
    if not 1 <= found.n <= most or not 0 <= found.t <= 1 or len(offsets) > trained.generator.z_dim:
        raise GanzooError(f"a page draws 1 to {most:,} samples, with t from 0 to 1")
    if not all(math.isfinite(value) and abs(value) <= 100 for value in (found.by, *offsets)):
        raise GanzooError("latents are moved by -100 to 100")
    if found.y is not None and not (trained.conditional and 0 <= found.y < len(trained.classes)):
        raise GanzooError(f"{trained.name} has no class {found.y}")
    truncation_of(trained, found.truncation)
    return found


class Drawing:
    """Draws what is asked for; the mean styles of a truncation are taken once.

    Args:
        trained: the generator.
    """

    def __init__(self, trained: Trained) -> None:
        self._trained = trained
        self._means: MeanStyles | None = None

    def latents(self, want: Wanted) -> Tensor:
        """Return the latents ``(n, z_dim)`` that are asked for; without changes, those of ``ganzoo sample``."""
        limit = want.truncation if self._trained.mapped is None else None
        z = torch.cat(list(drawn(self._trained, want.n, want.seed, limit)))
        if want.t > 0:
            z = great_circle(z, torch.cat(list(drawn(self._trained, want.n, want.to, limit))), want.t)
        z = z.clone()
        z[:, : len(want.offsets)] += torch.tensor(want.offsets)
        if want.by:
            way = torch.randn(z.shape[1], generator=torch.Generator().manual_seed(want.direction))
            z += want.by * way / way.norm()
        return z

    def draw(self, want: Wanted) -> bytes:
        """Return the samples' bytes: uint8 ``(n, C, H, W)``, or points, float32 ``(n, C)`` little-endian."""
        z = self.latents(want)
        y = None
        if self._trained.conditional:
            classes = len(self._trained.classes)
            y = torch.arange(want.n) % classes if want.y is None else torch.full((want.n,), want.y)
        psi = want.truncation if self._trained.mapped is not None else None
        if psi is not None and self._means is None and self._trained.mapped is not None:
            self._means = MeanStyles(self._trained.mapped, self._trained.device)
        size = want.n if self._trained.points else _BATCH
        parts = [
            rendered(self._trained, z[at : at + size], None if y is None else y[at : at + size], self._means, psi).data
            for at in range(0, want.n, size)
        ]
        data = torch.cat(parts).contiguous().numpy()
        return data.astype("<f4").tobytes() if self._trained.points else data.tobytes()


def great_circle(one: Tensor, other: Tensor, t: float) -> Tensor:
    """Go from latents ``(n, z_dim)`` to others along the great circle, their length from the one's to the other's."""
    first, last = one.norm(dim=1, keepdim=True), other.norm(dim=1, keepdim=True)
    a, b = one / first.clamp(min=1e-12), other / last.clamp(min=1e-12)
    angle = (a * b).sum(dim=1, keepdim=True).clamp(-1, 1).acos()
    sine = angle.sin()
    near = sine < 1e-6
    safe = torch.where(near, 1, sine)
    p = torch.where(near, 1 - t, ((1 - t) * angle).sin() / safe)
    q = torch.where(near, t, (t * angle).sin() / safe)
    made: Tensor = (p * a + q * b) * torch.lerp(first, last, t)
    return made
