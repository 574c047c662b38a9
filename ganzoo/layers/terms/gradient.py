"""Gradients in inputs, as penalties on a discriminator's slope take them."""

from __future__ import annotations

import torch
from torch import Tensor

from ...samples import Sample, leaves


def input_gradient(outputs: Sample, inputs: Tensor) -> Tensor:
    """Take the gradient of each sample's output in its own input; it can be differentiated again.

    For penalties on verdicts there is ``slope``, which takes samples of named tensors and verdicts of any shape.

    Args:
        outputs: ``(B,)``, such as verdicts, or any sample whose sum is differentiated. Each may depend on its own input
            alone: where samples mix, as in batch normalisation, the gradient is that of the sum.
        inputs: ``(B, ...)``, such as images or latents; requires grad.

    Returns:
        The gradient, with the shape of ``inputs``.
    """
    first, *others = (tensor.sum() for tensor in leaves(outputs))
    (gradient,) = torch.autograd.grad(sum(others, start=first), inputs, create_graph=True)
    return gradient
