"""Distances whose right value is known."""

import math

import torch
from torch import Tensor

from .answer import Found
from .subject import Subject

_ALIKE = 1e-4  # where the features' variances sum to about 100: what rounding may make of nothing
_HALVES = 1.0  # a hundredth of those variances; 0.67 was found
_EXACT = 1e-5  # relative: points are float32
_FEW = 300  # images: many take seconds of a kernel distance
_BLOCKS = 14  # of the digits, compared two by two
_POINTS = 5_000


def itself(subject: Subject) -> Found:
    """Real images against themselves: no distance, and everything is among everything."""
    real, _ = subject.digits
    shares = ("precision", "recall", "coverage")
    found = subject.numbers("digits", ("fid", *shares), real, real)
    found |= subject.numbers("digits", ("kid",), real[:_FEW], real[:_FEW])
    ok = found["fid"] <= _ALIKE and found["kid"] <= 0 and all(found[name] == 1 for name in shares)
    words = ", ".join(f"{name} {found[name]:.4g}" for name in shares)
    return Found(f"FD {found['fid']:.2g} (0), KID {found['kid']:.2g} (0 or below), {words} (all 1)", found, ok)


def halves(subject: Subject) -> Found:
    """Two random halves of the real images: a small distance, not none."""
    real, _ = subject.digits
    order = subject.order()
    middle = len(order) // 2
    found = subject.numbers("digits", ("fid",), real[order[:middle]], real[order[middle:]])
    return Found(f"FD {found['fid']:.3g} (above 0, below {_HALVES:g})", found, 0 < found["fid"] < _HALVES)


def _shaped(mean: Tensor, root: Tensor, seed: int) -> Tensor:
    """Points whose mean is ``mean`` and whose unbiased covariance is ``root @ root.T``, as near as float32 comes."""
    drawn = torch.randn(_POINTS, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    centred = drawn - drawn.mean(0)
    white: Tensor = torch.linalg.solve_triangular(torch.linalg.cholesky(centred.T.cov()), centred.T, upper=False).T
    points = (mean + white @ root.T).float()
    return points[:, :, None, None]


def frechet(mean: Tensor, one: Tensor, other: Tensor) -> float:
    """Take the Fréchet distance of two Gaussians in the plane, from their means' difference and covariances' roots.

    Of two rows, the trace of the root of a product follows from that product's trace and determinant.
    """
    a, b = one @ one.T, other @ other.T
    product = a @ b
    shared = (product.trace() + 2 * product.det().sqrt()).sqrt()
    return float(mean.square().sum() + a.trace() + b.trace() - 2 * shared)


def _turned(degrees: float, *scales: float) -> Tensor:
    angle = math.radians(degrees)
    rows = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return torch.tensor(rows, dtype=torch.float64) @ torch.tensor(scales, dtype=torch.float64).diag()


def gaussians(subject: Subject) -> Found:
    """Gaussians that are shifted, scaled and turned: the distance in closed form."""
    at_home = torch.zeros(2, dtype=torch.float64)
    away = torch.tensor([0.3, -0.4], dtype=torch.float64)
    cases = {
        "shifted": (away, _turned(0, 1, 1), _turned(0, 1, 1)),
        "scaled": (at_home, _turned(0, 1, 1), _turned(0, 2, 0.5)),
        "turned": (away, _turned(20, 2, 0.3), _turned(75, 1, 0.6)),
    }
    figures: dict[str, float] = {}
    words, ok = [], True
    for seed, (name, (mean, one, other)) in enumerate(cases.items()):
        want = frechet(mean, one, other)
        found = subject.numbers("ring", ("fid",), _shaped(mean, one, seed), _shaped(at_home, other, 10 + seed))["fid"]
        figures |= {name: found, f"{name}_expected": want}
        words.append(f"{name} {found:.6f} ({want:.6f})")
        ok = ok and abs(found - want) <= _EXACT * max(1, want)
    return Found(f"FD {', '.join(words)}", figures, ok)


def infinity(subject: Subject) -> Found:
    """Drawn from the real images, with a true distance of 0: FID-infinity lies nearer to it than FID."""
    real, _ = subject.digits
    drawn = torch.randint(len(real), (1_000,), generator=torch.Generator().manual_seed(0))
    found = subject.numbers("digits", ("fid", "fid-infinity"), real[drawn], real)
    text = f"FD {found['fid']:.3g}, FD at infinity {found['fid-infinity']:.3g} (nearer to 0)"
    return Found(text, found, abs(found["fid-infinity"]) < found["fid"])


def kernel(subject: Subject) -> Found:
    """Pairs of disjoint blocks of the real images: KID is 0 within three standard errors, being unbiased."""
    real, _ = subject.digits
    blocks = subject.order(1).tensor_split(_BLOCKS)
    pairs = zip(blocks[::2], blocks[1::2], strict=True)
    values = [subject.numbers("digits", ("kid",), real[one], real[other])["kid"] for one, other in pairs]
    kids = torch.tensor(values, dtype=torch.float64)
    mean, error = float(kids.mean()), float(kids.std() / len(kids) ** 0.5)
    text = f"KID {mean:.2g} with a standard error of {error:.2g} over {len(kids)} pairs (0 within three of them)"
    return Found(text, {"kid": mean, "standard_error": error}, abs(mean) < 3 * error)
