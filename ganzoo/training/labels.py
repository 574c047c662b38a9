"""Labels for the phases of a step in the traces of ``torch.profiler``.

While no profiler runs a label is entered for nothing: it costs what a look at one flag costs. Each label stands in the
trace as ``ganzoo:PHASE``, eager steps' and those of steps that are being captured alike; a replayed step is one launch.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

from torch import nn
from torch.profiler import record_function

from ..backend.internals import profiler_is_on
from ..interfaces import Regularizer

Phase = Literal[
    "step",  # all of it
    "data",
    "g_forward",
    "d_forward",
    "backward",
    "second_order",  # a term that differentiates a gradient, with all that it starts
    "other_terms",
    "optimizer",  # and the moving average
]
PREFIX = "ganzoo:"
_OFF = nullcontext()


def label(phase: Phase) -> AbstractContextManager[Any]:
    """Enter around a phase of a step."""
    return record_function(PREFIX + phase) if profiler_is_on() else _OFF


def label_of(regularizer: Regularizer, moment: str) -> AbstractContextManager[Any]:
    """Enter around a call of a regularizer's method; one that it does not override gets no label.

    Args:
        regularizer: whose method it is.
        moment: the method's name.
    """
    if not profiler_is_on() or getattr(type(regularizer), moment) is getattr(Regularizer, moment):
        return _OFF
    differentiates = regularizer.second_order or regularizer.through_loss
    whole = differentiates and moment in ("recast", "d_penalty", "g_penalty")
    return label("second_order" if whole else "other_terms")


def labelled(forward: Callable[..., Any], phase: Phase) -> Callable[..., Any]:
    """Give a network's forward pass, as a function of the network and what it takes, with a label around it."""

    def run(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        with label(phase):
            return forward(self, *args, **kwargs)

    return run
