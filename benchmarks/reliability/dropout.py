"""Dropout that draws alike under every version of torch."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ganzoo.backend.internals import OperationMode


class SameDropout(OperationMode):
    """Draws the masks of dropout on the CPU as torch 2.14 does: one float64 of ``[0, 1)`` for each number.

    Torch 2.6 draws one seed from its generator and the mask from that, by MKL. The two never agree, and the weights
    differ from the first step of a discriminator with dropout on; all other draws are equal.
    """

    def __torch_dispatch__(
        self, func: Any, types: object, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Do what was asked for, with the draws of ``bernoulli_(p)`` replaced."""
        given = dict(kwargs or {})
        if func is not torch.ops.aten.bernoulli_.float:
            return func(*args, **given)
        mask, p = args[0], args[1] if len(args) > 1 else given.get("p", 0.5)
        return mask.copy_(torch.rand(mask.shape, dtype=torch.float64, generator=given.get("generator")) < p)
