"""``ganzoo explain``."""

from __future__ import annotations

from pathlib import Path

import click

from ..text import printable_block
from .command import echo, examples
from .completion import names_of
from .shape_options import shape_options
from .zoo import open_zoo


@click.command("explain", epilog=examples("ganzoo explain wgan-gp", "ganzoo explain dcgan --out step.py"))
@click.argument("recipe", shell_complete=names_of("recipe"))
@shape_options(image_size=32, channels=3, classes=10)
@click.option(
    "--out", metavar="FILE.py", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file."
)
def command(recipe: str, image_size: int | tuple[int, int], channels: int, classes: int, out: Path | None) -> None:
    """Write the training step of RECIPE as a program of plain PyTorch.

    The networks are built by `ganzoo.build`; the step itself (D's turn, its penalties, G's turn, the averaged
    generator) is written out from the code of the recipe's own parts, and gives the same losses. Augmentations, and
    the networks and buffers that a part keeps, are called by name. A recipe that cannot be written so is refused, with
    the reason.
    """
    from ..recipes.build import build_parts
    from ..recipes.explaining import explained
    from ..recipes.recipe import resolve

    registry = open_zoo().registry
    made = resolve(registry, recipe)
    count = classes if made.conditional else 0
    parts = build_parts(made, registry, image_size=image_size, channels=channels, num_classes=count, seed=0)
    text = explained(made, parts, recipe, image_size=image_size, channels=channels, num_classes=count)
    if out is None:
        echo(printable_block(text).rstrip())
    else:
        out.write_text(text, encoding="utf-8")
        echo(f"Wrote {out}", err=True)
