"""Latents: drawn in blocks that no number of samples changes, and truncated."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ...api.arguments import number, whole
from ...bench.runs.generating.session import PICTURES
from ...errors import GanzooError
from ...interfaces import Generator, MappedGenerator
from ...seeds import LARGEST_SEED, stream
from ..trained import Trained

_RESAMPLED = 12  # the streams of evaluation noise: of values that truncation draws anew,
_MEAN = 13  # and of the latents whose mean style is taken
STYLES = 10_000  # that a mean is taken of


def block_size(trained: Trained) -> int:
    """Return the number of latents that are drawn at once: as many as a run's own picture shows."""
    return trained.modality.pictured


def drawn(trained: Trained, n: int, seed: int, threshold: float | None = None) -> Iterator[Tensor]:
    """Draw ``n`` latents in blocks ``(b, z_dim)`` on the CPU; the first ones are the same for any ``n``.

    Those of seed 0 begin with those of the pictures of all runs with this length of z.

    Args:
        trained: the generator.
        n: how many.
        seed: of the noise.
        threshold: values beyond it, on either side of 0, are drawn anew; None for none.
    """
    rng = torch.Generator().manual_seed(stream(seed, "evaluation", PICTURES))
    again = torch.Generator().manual_seed(stream(seed, "evaluation", _RESAMPLED))
    size = block_size(trained)
    for at in range(0, n, size):
        z = trained.generator.sample_z(size, device="cpu", rng=rng)
        if threshold is not None:
            z = resampled(z, threshold, again)
        yield z[: n - at]


def resampled(z: Tensor, threshold: float, rng: torch.Generator) -> Tensor:
    """Draw those values of standard normal latents anew that lie beyond a threshold, until they lie within.

    All are drawn at once, by the inverse of the truncated normal's distribution function.

    Source: arXiv:1809.11096, sec. 3.1.

    Args:
        z: ``(N, z_dim)`` standard normal.
        threshold: above 0.
        rng: of the new values.
    """
    bound = torch.tensor(threshold, dtype=torch.float64)
    share = torch.rand(z.shape, generator=rng, dtype=torch.float64) * 2 - 1
    inside = torch.erfinv(share * torch.erf(bound / 2**0.5)) * 2**0.5
    return torch.where(z.abs() > threshold, inside.clamp(-threshold, threshold).to(z.dtype), z)


def seed_of(seed: object) -> int:
    """Return a seed as a whole number.

    Raises:
        GanzooError: it is none, or out of range.
    """
    return whole(seed, "a seed", 0, LARGEST_SEED)


def is_normal(G: Generator) -> bool:
    """Say whether a generator's latents are standard normal, which each draws in its own way."""
    one, other = (torch.Generator().manual_seed(0) for _ in range(2))
    plain = torch.randn(16, G.z_dim, generator=other)
    return torch.equal(G.sample_z(16, device="cpu", rng=one), plain)


def truncation_of(trained: Trained, truncation: float | None) -> float | None:
    """Return a truncation as a number, where it means something for a generator; None for none.

    Raises:
        GanzooError: it is out of range, or the generator's latents have no tails that could be cut off.
    """
    if truncation is None:
        return None
    truncation = number(truncation, "truncation")
    if trained.mapped is not None:
        if not 0 <= truncation <= 1:
            raise GanzooError(
                f"truncation of {trained.name} is a share from 0 (the mean style) to 1 (none), not {truncation}"
            )
        return truncation
    if not is_normal(trained.generator):
        raise GanzooError(
            f"{trained.name} cannot be truncated: its latents are not standard normal, so they have no tails to cut off"
        )
    if truncation <= 0:
        raise GanzooError(
            f"truncation of {trained.name} is the largest absolute value of a latent, above 0, not {truncation}"
        )
    return truncation


class MeanStyles:
    """Mean styles of a generator, each computed once: of every class, or of all latents without labels.

    With classes each has a mean of its own, so that a truncated sample stays in its class.

    Source: arXiv:1812.04948, app. B, and the authors' code: 10,000 latents, always the same.

    Args:
        G: maps latents to styles.
        device: of the generator.
    """

    def __init__(self, G: MappedGenerator, device: torch.device) -> None:
        self._map, self._device = G.map, device
        rng = torch.Generator().manual_seed(stream(0, "evaluation", _MEAN))
        self._z = G.sample_z(STYLES, device="cpu", rng=rng).to(device)
        self._means: dict[int | None, Tensor] = {}

    def of(self, y: Tensor | None) -> Tensor:
        """Return the mean styles of labels ``(B,)``, ``(B, L, W)``; without labels, the one of all ``(1, L, W)``."""
        if y is None:
            return self._mean(None)[None]
        return torch.stack([self._mean(label) for label in y.tolist()])

    def truncated(self, w: Tensor, y: Tensor | None, psi: float | None) -> Tensor:
        """Draw styles ``(B, L, W)`` towards their means: ``mean + psi (w - mean)``; None leaves them."""
        return w if psi is None else torch.lerp(self.of(y).expand_as(w), w, psi)

    @torch.no_grad()
    def _mean(self, label: int | None) -> Tensor:
        if label not in self._means:
            y = None if label is None else torch.full((STYLES,), label, device=self._device)
            self._means[label] = self._map(self._z, y).mean(dim=0)
        return self._means[label]
