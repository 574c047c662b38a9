"""A loss, and a recipe that uses it. This module holds hooks only: it must be quick to import, so no torch here."""

from collections.abc import Callable
from pathlib import Path

from ganzoo import hookimpl


@hookimpl
def register_losses(register: Callable[..., None]) -> None:
    """Register the loss: a name, where to import it from when it is used, and what to say of it."""
    register(
        "arctan",
        f"{__name__}.arctan:Arctan",
        summary="the difference of the mean verdicts, each bounded by an arctan",
    )


@hookimpl
def register_recipes(register: Callable[..., None]) -> None:
    """Register the recipe: a complete YAML file beside this module."""
    register("arctan-dcgan", Path(__file__).with_name("arctan-dcgan.yaml"))
