"""Evaluation of a network in the midst of its training."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluation_mode(network: nn.Module) -> Iterator[None]:
    """Keep a network in evaluation mode until the block ends.

    Afterwards each of its modules is in the mode in which it was: a part may keep some of its own in evaluation mode.
    """
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
