"""Options and opening of the commands that draw from a trained generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..value_types import SEED, PathText
from ..zoo import open_zoo

if TYPE_CHECKING:
    from ...models import Model

F = TypeVar("F", bound=Callable[..., Any])

run_argument = click.argument("run", type=PathText())
device_option = click.option(
    "--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.  [default: the run's own where it is there]"
)


def out_option(default: str, help: str) -> Callable[[F], F]:
    """Add ``--out``, whose ending decides what is written."""
    return click.option("--out", type=PathText(), default=default, show_default=True, metavar="PATH", help=help)


def class_option(help: str) -> Callable[[F], F]:
    """Add ``--class``, by index or name."""
    return click.option("--class", "classes", metavar="CLASS", multiple=True, help=help)


def seed_option(help: str) -> Callable[[F], F]:
    """Add ``--seed``, 0 unless it is given."""
    return click.option("--seed", type=SEED, default=0, show_default=True, metavar="N", help=help)


def open_model(run: str, device: str | None) -> Model:
    """Open a trained generator with the zoo as the command line asks for it, and torch with its threads."""
    import torch

    from ...models.model import load

    model = load(run, device, zoo=open_zoo())
    if model.trained.threads is not None:
        torch.set_num_threads(model.trained.threads)  # sums of another number of threads round otherwise
    return model
