"""Full float32 while images are judged, whatever precision the training runs in."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from .precision import without_tf32


@contextmanager
def exact_float32(device: torch.device) -> Iterator[None]:
    """No gradients, no autocast, no TF32, and the same cuDNN algorithms every time; all as before afterwards."""
    cudnn = torch.backends.cudnn
    before = cudnn.benchmark, cudnn.deterministic
    with torch.no_grad(), torch.autocast(device.type, enabled=False), without_tf32():
        try:
            cudnn.benchmark, cudnn.deterministic = False, True
            yield
        finally:
            cudnn.benchmark, cudnn.deterministic = before
