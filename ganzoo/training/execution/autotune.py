"""Lets cuDNN choose among its algorithms by trial."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def by_trial(tries: bool) -> Iterator[None]:
    """While the block runs, cuDNN tries its algorithms on the shapes of a convolution that it meets first.

    What it chose it keeps for these shapes as long as the process lives, whether or not it may still try. A trial
    measures time, for which it waits for the device, and so none may come while a step is captured: the step was played
    before, and all of its shapes have had theirs. Choices differ from process to process, and with them the order of
    sums.

    Args:
        tries: else the block takes what was chosen, and what cuDNN's own rule of thumb says of other shapes.
    """
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = tries
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
