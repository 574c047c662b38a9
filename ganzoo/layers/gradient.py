"""Gradients in inputs, as penalties on a discriminator's slope take them."""

from __future__ import annotations

import torch
from torch import Tensor


def input_gradient(outputs: Tensor, inputs: Tensor) -> Tensor:
    """Take the gradient of each sample's output in its own input; it can be differentiated again.

    Args:
        outputs: ``(B,)``, such as verdicts, or any shape whose sum is differentiated. Each may depend on its own input
            alone: where samples mix, as in batch normalisation, the gradient is that of the sum.
        inputs: ``(B, ...)``, such as images or latents; requires grad.

    Returns:
        The gradient, with the shape of ``inputs``.
    """
    (gradient,) = torch.autograd.grad(outputs.sum(), inputs, create_graph=True)
    return gradient
