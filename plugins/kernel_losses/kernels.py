"""Mixtures of kernels, as functions of squared distances, and the discrepancy that they measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

Kernel = Callable[[Tensor], Tensor]


def rbf(squares: Tensor, bandwidth: float) -> Tensor:
    """Take the Gaussian kernel, exp(-d^2 / (2 bandwidth^2)) of squared distances, in (0, 1] (arXiv:1705.08584)."""
    return (squares * (-0.5 / bandwidth**2)).exp()


def rational_quadratic(squares: Tensor, bandwidth: float) -> Tensor:
    """(1 + d^2 / (2 bandwidth))^-bandwidth of squared distances, in (0, 1]. Source: arXiv:1801.01401."""
    return (squares * (0.5 / bandwidth)).log1p().mul(-bandwidth).exp()


def mixture(kernel: Callable[[Tensor, float], Tensor], bandwidths: Sequence[float]) -> Kernel:
    """Give the sum of one kernel at several bandwidths."""
    first, *others = bandwidths

    def summed(squares: Tensor) -> Tensor:
        return sum((kernel(squares, bandwidth) for bandwidth in others), start=kernel(squares, first))

    return summed


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """``(N, F)``, ``(M, F)`` -> ``(N, M)``, at least 0."""
    return (a[:, None] - b[None]).square().sum(dim=-1)


def mean_of_pairs(values: Tensor) -> Tensor:
    """``(N, N)`` -> a scalar, the mean over all pairs of different points: the diagonal does not count."""
    n = len(values)
    return (values.sum() - values.diagonal().sum()) / max(n * (n - 1), 1)


def squared_mmd(a: Tensor, b: Tensor, kernel: Kernel) -> Tensor:
    """Estimate without bias E k(A, A') - 2 E k(A, B) + E k(B, B') from samples ``(N, F)`` and ``(M, F)``, a scalar.

    Source: Gretton et al., A Kernel Two-Sample Test, JMLR 13 (2012), lemma 6; it can be below 0.
    """
    within = mean_of_pairs(kernel(squared_distances(a, a))) + mean_of_pairs(kernel(squared_distances(b, b)))
    return within - 2 * kernel(squared_distances(a, b)).mean()
