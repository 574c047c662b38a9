"""Memory layout that torch's fused optimizers take for granted."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def align_gradients(weights: Iterable[nn.Parameter]) -> None:
    """Lay each gradient out in memory as its weight is.

    Torch's fused optimizers read a weight, its gradient and their state by their places in memory: where the strides
    of a gradient are not its weight's, they move each weight by the gradient of another one, without a word.
    ``Tensor.backward`` lays gradients out as it should; ``torch.autograd.grad`` promises no layout. Nothing is
    computed where they agree, which strides tell on the host.
    """
    for weight in weights:
        if weight.grad is not None and not laid_out_alike(weight, weight.grad):
            with torch.no_grad():
                weight.grad = torch.empty_like(weight).copy_(weight.grad)


def laid_out_alike(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors of one shape keep the same entries in the same places of their memory.

    The stride of a dimension of size 1 says nothing.
    """
    theirs = one.stride(), other.stride()
    if theirs[0] == theirs[1]:
        return True
    return all(size == 1 or a == b for size, a, b in zip(one.shape, *theirs, strict=True))


def dense(tensor: Tensor) -> bool:
    """Return whether the entries of a tensor fill a stretch of memory, each place once, in whatever order."""
    return laid_out_alike(tensor, torch.empty_like(tensor, device="meta"))
