"""The rate at which a device multiplies matrices, to compare the arithmetic of a step with."""

import time
from typing import Any

import torch

from ...backend.precision import LOW, products_in

SIDES = {"cpu": 1536, "cuda": 8192}  # large enough for the device to be busy, small enough to be repeated


def synchronize(device: torch.device) -> None:
    """Wait for the device's work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def matrix_rate(
    device: str | torch.device, precision: str, *, seconds: float = 0.3, side: int | None = None
) -> dict[str, Any]:
    """Return the rate of a large square matrix product in a run's precision, the best of several.

    Args:
        device: that multiplies.
        precision: one of ``ganzoo.backend.precision.PRECISIONS``.
        seconds: how long to repeat it; three times at least.
        side: of the matrices; None for one that suits the device.

    Returns:
        ``flops``: operations a second; ``side``; ``dtype`` of the factors.
    """
    device = torch.device(device)
    side = side or SIDES[device.type]
    dtype = LOW.get(precision, torch.float32)
    rng = torch.Generator(device).manual_seed(0)
    a, b = (torch.randn(side, side, device=device, generator=rng).to(dtype) for _ in range(2))
    out = torch.empty_like(a)
    times: list[float] = []
    with torch.no_grad(), products_in(precision):
        torch.mm(a, b, out=out)
        synchronize(device)
        while len(times) < 3 or sum(times) < seconds:
            began = time.perf_counter()
            torch.mm(a, b, out=out)
            synchronize(device)
            times.append(time.perf_counter() - began)
    return {"flops": 2 * side**3 / min(times), "side": side, "dtype": str(dtype).removeprefix("torch.")}
