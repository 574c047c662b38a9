"""Values of the two programs side by side, and the certificate of what they agree in."""

import math
import platform
import sys
from collections.abc import Sequence

import torch
from torch import Tensor

from .networks import PREFIX
from .record import Certificate, Quantity
from .subject import Subject, Values

SAMPLES = 24  # of an output, a loss, or a gradient with respect to an input
OF_PARAMETERS = 3  # of a gradient with respect to one parameter of many


class UnequalError(Exception):
    """Values that cannot be compared, or counts that are not equal; one sentence."""


def certificate(part: str, subject: Subject, commit: str, ours: Values, theirs: Values) -> Certificate:
    """Give the certificate of what both programs gave.

    Raises:
        UnequalError: names, shapes or counts differ, or a value is not finite.
        ValueError: a difference is above the subject's tolerance; pydantic's, which names the quantities.
    """
    return Certificate(
        part=part,
        title=subject.title,
        repository=subject.repository,
        commit=commit,
        licence=subject.licence,
        files=subject.files,
        ran=subject.ran,
        compared=subject.compared,
        departs=subject.departs,
        tolerance=subject.tolerance,
        versions=versions(),
        counts=counts(ours, theirs),
        quantities=tuple(quantities(ours, theirs)),
    )


def versions() -> dict[str, str]:
    """Give the versions of Python and of the libraries that ran."""
    ran = {name: sys.modules.get(name) for name in ("torch", "numpy", "scipy", "tensorflow")}
    found = {name: str(getattr(module, "__version__", "")) for name, module in ran.items() if module is not None}
    return {"python": platform.python_version(), **found}


def counts(ours: Values, theirs: Values) -> dict[str, int]:
    """Give the whole numbers, which are equal in both."""
    if set(ours) != set(theirs):
        raise UnequalError(f"only one of the two gave {', '.join(sorted(set(ours) ^ set(theirs)))}")
    found = {name: value for name, value in theirs.items() if isinstance(value, int)}
    for name, value in found.items():
        if ours[name] != value:
            raise UnequalError(f"{name}: ours {ours[name]}, theirs {value}")
    return found


def quantities(ours: Values, theirs: Values) -> list[Quantity]:
    """Compare all tensors."""
    tensors = {name: value for name, value in theirs.items() if isinstance(value, Tensor)}
    return [_quantity(name, torch.as_tensor(ours[name]), value) for name, value in tensors.items()]


def _quantity(name: str, ours: Tensor, theirs: Tensor) -> Quantity:
    if ours.shape != theirs.shape:
        raise UnequalError(f"{name}: ours {tuple(ours.shape)}, theirs {tuple(theirs.shape)}")
    mine, value = ours.detach().double().flatten(), theirs.detach().double().flatten()
    if not (mine.isfinite().all() and value.isfinite().all()):
        raise UnequalError(f"{name} is not finite")
    difference = (mine - value).abs()
    at = sampled(len(value), OF_PARAMETERS if name.startswith(PREFIX) else SAMPLES)
    at = sorted({*at, int(difference.argmax())})
    return Quantity(
        name=name,
        shape=tuple(theirs.shape),
        norm=value.norm().item(),
        largest=value.abs().max().item(),
        at=tuple(at),
        values=tuple(value[at].tolist()),
        absolute=difference.max().item(),
    )


def sampled(size: int, n: int) -> Sequence[int]:
    """Give ``n`` positions below ``size``, or all, spread by the golden ratio so that no row or column is preferred."""
    golden = (math.sqrt(5) - 1) / 2
    return range(size) if size <= n else sorted({int((i + 1) * golden % 1 * size) for i in range(n)})


def disagreements(ours: Values, certificate: Certificate) -> list[str]:
    """Give a sentence for each number of a certificate that our code does not give; the clone is not needed.

    A difference that the certificate states must be found again at the place where it was largest.
    """
    found = [f"{name}: {ours.get(name)}, not {n}" for name, n in certificate.counts.items() if ours.get(name) != n]
    stated = {*certificate.counts, *(quantity.name for quantity in certificate.quantities)}
    found += [f"{name} is in one of the two only" for name in sorted(stated ^ set(ours))]
    for quantity in certificate.quantities:
        if quantity.name in ours:
            found += _disagreements(torch.as_tensor(ours[quantity.name]), quantity, certificate.tolerance)
    return found


def _disagreements(ours: Tensor, stated: Quantity, tolerance: float) -> list[str]:
    if tuple(ours.shape) != stated.shape:
        return [f"{stated.name}: shape {tuple(ours.shape)}, not {stated.shape}"]
    mine, allowed = ours.detach().double().flatten(), tolerance * (stated.largest or 1)
    off = (mine[list(stated.at)] - torch.tensor(stated.values, dtype=torch.float64)).abs().max().item()
    found = [f"{stated.name}: off by {off:g} at a sample"] if not off <= stated.absolute + allowed else []
    if not abs(off - stated.absolute) <= allowed:
        found.append(f"{stated.name}: the largest difference is {off:g}, not {stated.absolute:g}")
    if not abs(mine.norm().item() - stated.norm) <= (stated.absolute + allowed) * math.sqrt(len(mine)):
        found.append(f"{stated.name}: norm {mine.norm().item():g}, not {stated.norm:g}")
    if not abs(mine.abs().max().item() - stated.largest) <= stated.absolute + allowed:
        found.append(f"{stated.name}: largest value {mine.abs().max().item():g}, not {stated.largest:g}")
    return found
