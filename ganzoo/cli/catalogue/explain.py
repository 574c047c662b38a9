"""``ganzoo explain``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...errors import RecipeError
from ...text import printable_block
from ..command import echo, examples, given
from ..completing.completion import names_of
from ..zoo import open_zoo
from .shape_options import modality_option, require_images, shape_options

if TYPE_CHECKING:
    from ...recipes.recipe import Recipe
    from ...registry.registry import Registry


@click.command(
    "explain", epilog=examples("ganzoo explain wgan-gp", "ganzoo explain dcgan --out step.py", "ganzoo explain pix2pix")
)
@click.argument("recipe", shell_complete=names_of("recipe"))
@shape_options(image_size=32, channels=3, classes=10)
@modality_option
@click.option(
    "--out", metavar="FILE.py", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file."
)
@click.pass_context
def command(
    context: click.Context, /, recipe: str, modality: str | None, out: Path | None, classes: int, **shape: Any
) -> None:
    """Write the training step of RECIPE as a program of plain PyTorch.

    The networks are built by `ganzoo.build`; the step itself (D's turn, its penalties, G's turn, the averaged
    generator) is written out from the code of the recipe's own parts, and gives the same losses. Augmentations, and
    the networks and buffers that a part keeps, are called by name. A recipe for other data than images is written for
    an example of them. One that cannot be written so is refused, with the reason.
    """
    from ...recipes.building.build import build_parts
    from ...recipes.building.example_data import on_an_example
    from ...recipes.explaining import explained
    from ...recipes.recipe import resolve

    registry = open_zoo().registry
    made = resolve(registry, recipe)
    _require_found(made, registry)
    shaped = bool(given(context).keys() & {"image_size", "channels", "classes"})
    require_images(modality, shaped=shaped)
    example = None if shaped else on_an_example(made, registry, modality)
    if example is not None:
        text = explained(made, example[0], recipe, modality=example[1])
    else:
        shape["num_classes"] = classes if made.conditional else 0
        text = explained(made, build_parts(made, registry, **shape, seed=0), recipe, **shape)
    if out is None:
        echo(printable_block(text).rstrip())
    else:
        out.write_text(text, encoding="utf-8")
        echo(f"Wrote {out}", err=True)


def _require_found(recipe: Recipe, registry: Registry) -> None:
    """Refuse parts of plugin files that are called by a name, which the program does not know.

    Raises:
        RecipeError: there is one; the sentence says how to call it.
    """
    from ...recipes.provenance.revisions import named_parts

    for kind, part in named_parts(recipe):
        entry = registry.get(kind, part.name)
        file = registry.file(entry.plugin)
        if file is not None and ".py:" not in part.name:
            place = f"{file.path or entry.plugin}:{str(entry.target).partition(':')[2]}"
            raise RecipeError(
                f"{kind} {part.name!r} is of the plugin file {entry.plugin}, which the program would not look in: "
                f"call it {kind}={place}"
            )
