"""Full float32."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_SPEAKS_OF_PRECISION = torch.__version__ >= "2.9"  # before it, TF32 was a pair of booleans


@contextmanager
def without_tf32() -> Iterator[None]:
    """Matrix products and convolutions in full float32, on a GPU too, where torch rounds some of them to TF32."""
    if not _SPEAKS_OF_PRECISION:
        matmul, cudnn = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        try:
            yield
        finally:
            torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = matmul, cudnn
        return
    places = [
        torch.backends.cuda.matmul,
        torch.backends.cudnn.conv,
        torch.backends.cudnn.rnn,
        torch.backends.mkldnn.matmul,
        torch.backends.mkldnn.conv,
    ]
    before = [place.fp32_precision for place in places]
    try:
        for place in places:
            place.fp32_precision = "ieee"
        yield
    finally:
        for place, precision in zip(places, before, strict=True):
            place.fp32_precision = precision
