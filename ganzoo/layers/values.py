"""Checks of the values that a recipe gives to a part."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import RecipeError


def require_positive(**parameters: int) -> None:
    """Check the whole numbers that a recipe gives to a network.

    Raises:
        RecipeError: one of them is not a whole number of at least 1.
    """
    for name, value in parameters.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise RecipeError(f"{name} is {value!r}, and must be a whole number of at least 1")


def require_choice(choices: Iterable[str], **parameters: str) -> None:
    """Check the words that a recipe gives to a part.

    Raises:
        RecipeError: one of them is not among the choices.
    """
    choices = list(choices)
    for name, value in parameters.items():
        if value not in choices:
            raise RecipeError(f"{name} is {value!r}, and must be one of {', '.join(choices)}")


def require_at_least(least: float, **parameters: float) -> None:
    """Check the numbers that a recipe gives to a part.

    Raises:
        RecipeError: one of them is not a number of at least ``least``.
    """
    for name, value in parameters.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
            raise RecipeError(f"{name} is {value!r}, and must be a number of at least {least:g}")
