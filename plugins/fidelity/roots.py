"""Square roots of covariances, and the trace of the root of a product of two: the Fréchet distance's hard part.

With ``S1 = F1 F1^T`` and ``S2 = F2 F2^T``, the eigenvalues of ``S1 S2`` are the squared singular values of ``F1^T F2``,
whatever the factors. So no matrix root is needed, only the eigenvalues of the symmetric ``F1^T S2 F1``.
"""

import torch
from torch import Tensor

_DEPENDENT = 1e-10  # of a feature's variance: what others may leave of it before it counts as made of them
_DOUBT = 1e-8  # of both variances: error of the trace from which on singular values are worth their price
_BLOCKS = 8  # in which the zeros of a triangular factor are skipped


def factor(sigma: Tensor) -> Tensor:
    """``F (d, r)`` with ``F F^T = sigma``, for a covariance ``(d, d)`` in float64 of any rank.

    Lower triangular ``(d, d)`` by Cholesky, where no feature is constant or made of others. Else constant features have
    rows of zeros, and the rest its scaled eigenvectors, without those whose eigenvalues are rounding.
    """
    variance = sigma.diagonal()
    live = variance > 0
    if not bool(live.all()):
        kept = live.nonzero().squeeze(1)
        inner = factor(sigma[kept][:, kept]) if len(kept) else sigma.new_zeros(0, 0)
        return sigma.new_zeros(len(sigma), inner.shape[1]).index_copy(0, kept, inner)
    lower: Tensor
    lower, failed = torch.linalg.cholesky_ex(sigma)
    left = lower.diagonal().square() / variance
    # NaN, which a factorisation that failed may leave behind, is not above the bound either.
    if bool((failed == 0) & (left > _DEPENDENT).all()):
        return lower
    scale = variance.sqrt()
    values, vectors = torch.linalg.eigh(sigma / scale / scale[:, None])
    rounding = len(sigma) * torch.finfo(sigma.dtype).eps * values[-1]
    real = values > rounding
    out: Tensor = scale[:, None] * vectors[:, real] * values[real].sqrt()
    return out


def _is_lower(given: Tensor) -> bool:
    return given.shape[0] == given.shape[1] and not bool(given.triu(1).any())


def _squared(lower: Tensor, sigma: Tensor) -> Tensor:
    """Give the lower triangle of ``lower^T sigma lower``, at less than half of the multiplications."""
    size = len(lower)
    step = -(-size // _BLOCKS)
    made = torch.zeros_like(sigma)
    for i in range(0, size, step):
        half = lower[i:, i : i + step].T @ sigma[i:]
        for j in range(0, i + 1, step):
            made[i : i + step, j : j + step] = half[:, j:] @ lower[j:, j : j + step]
    return made


def trace_of_root(one: Tensor, other: Tensor, sigma: Tensor, rank: int) -> Tensor:
    """``tr sqrt(S1 S2)`` of two covariances, a scalar on their device.

    The eigenvalues of a matrix are known up to rounding of the largest, and their roots accordingly less well the
    smaller they are. Where that would show, the singular values are computed instead, at thrice the time.

    Args:
        one: a factor of S1, ``(d, r1)``.
        other: a factor of S2, ``(d, r2)``.
        sigma: S2 itself.
        rank: what the product has at most, known from the numbers of images.
    """
    full = len(sigma)
    if one.shape[1] == other.shape[1] == full <= rank and _is_lower(one):
        values = torch.linalg.eigvalsh(_squared(one, sigma))
    else:
        cross = one.T @ other
        cross = cross if cross.shape[0] <= cross.shape[1] else cross.T
        values = torch.linalg.eigvalsh(cross @ cross.T)
    if not len(values):
        return sigma.new_zeros(())
    values = values[max(0, len(values) - rank) :].clamp(min=0)
    rounding = torch.finfo(values.dtype).eps * values[-1]
    roots = values.sqrt()
    errors = rounding / (2 * torch.maximum(roots, rounding.sqrt())).clamp(min=torch.finfo(values.dtype).tiny)
    if bool(errors.norm() > _DOUBT * (one.square().sum() + sigma.trace())):
        roots = torch.linalg.svdvals(one.T @ other)[:rank]
    trace: Tensor = roots.sum()
    return trace
