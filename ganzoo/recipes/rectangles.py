"""Networks that take square images alone, found out before they are played on other ones."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from ..errors import RecipeError
from ..interfaces import Discriminator, Generator
from ..interfaces.size import as_text, sides
from ..registry.registry import Entry

_ASKED = 2  # images: some layers refuse a single one


def as_square(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a player is given, for squares of the shorter side."""
    return {**shape, "image_size": min(sides(shape["image_size"]))}


def is_built(make: Callable[..., Any], given: Mapping[str, Any]) -> bool:
    """Say whether a network can be made of these arguments."""
    try:
        make(**given)
    except Exception:  # a stranger's code may fail in any way
        return False
    return True


@torch.no_grad()
def plays(player: nn.Module, shape: Mapping[str, Any]) -> bool:
    """Say whether a network makes or judges images of this shape; a copy is asked, so that it stays as it was.

    Args:
        player: a generator or a discriminator.
        shape: ``image_size``, ``channels`` and ``num_classes``.
    """
    wanted = (_ASKED, shape["channels"], *sides(shape["image_size"]))
    y = torch.arange(_ASKED) % shape["num_classes"] if shape["num_classes"] else None
    try:
        asked = copy.deepcopy(player).eval()
        if isinstance(asked, Generator):
            return bool(asked(asked.sample_z(_ASKED, device="cpu"), y).shape == wanted)
        if isinstance(asked, Discriminator):
            asked(torch.zeros(wanted), y)
    except Exception:  # as above
        return False
    return True


def squares_only(entry: Entry, shape: Mapping[str, Any]) -> RecipeError:
    """Make the error that refuses images which are not square, with what makes them square."""
    size = as_text(shape["image_size"])
    return RecipeError(
        f"{entry.kind} {entry.name!r} of {entry.origin} takes square images only, and these are {size}: "
        f"--size {min(sides(shape['image_size']))} --crop center makes them square"
    )
