"""Options that tell the shape of images, of commands that build parts without any data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..completing.completion import names_of
from ..value_types import WholeNumber

F = TypeVar("F", bound=Callable[..., Any])


class SizeText(click.ParamType):  # type: ignore[type-arg]  # click 8.2 has it without arguments
    """A side in pixels, or height and width, such as 64x32."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | tuple[int, int]:
        """Give one number for a square, else height and width."""
        from pydantic import TypeAdapter, ValidationError

        from ...bench.results.terms.fields import Sides

        try:
            size: int | tuple[int, int] = TypeAdapter(Sides).validate_python(value)
            return size
        except ValidationError as error:
            self.fail(error.errors(include_url=False)[0]["msg"], param, ctx)


def modality_option(function: F) -> F:
    """Add ``--modality`` to a command, whose example stands in the place of images."""
    option = click.option(
        "--modality",
        metavar="NAME",
        shell_complete=names_of("modality"),
        help="Build for an example of this modality.  [default: images, or what the recipe takes]",
    )
    return option(function)


def require_images(modality: str | None, *, shaped: bool) -> None:
    """Refuse a shape of images beside another modality.

    Raises:
        UsageError: both are given.
    """
    if modality is not None and shaped:
        raise click.UsageError(
            "--image-size, --channels and --classes are of images, and --modality takes its own example: leave one out"
        )


def shape_options(image_size: int | None, channels: int | None, classes: int | None) -> Callable[[F], F]:
    """Add ``--image-size``, ``--channels`` and ``--classes`` to a command.

    Args:
        image_size: its default; None, as of the others, for that of the data which a bench takes.
        channels: its default.
        classes: its default.
    """
    otherwise = "" if image_size is not None else "  [default: as in the data of a bench]"

    def one(flag: str, kind: Any, metavar: str, default: int | None, text: str) -> Callable[[F], F]:
        return click.option(
            flag, type=kind, metavar=metavar, default=default, show_default=default is not None, help=text + otherwise
        )

    options = [
        one("--image-size", SizeText(), "SIDE|HxW", image_size, "Pixels: 64, or height and width, 64x32."),
        one("--channels", WholeNumber(1), "N", channels, "Of the images."),
        one("--classes", WholeNumber(1), "N", classes, "Labels of the data, where players see them."),
    ]

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add
