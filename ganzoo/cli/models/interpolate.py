"""``ganzoo interpolate``."""

from pathlib import Path
from typing import Literal

import click

from ...errors import GanzooError
from ...messages import logged_to, to_stderr
from ..command import examples
from ..value_types import Number, WholeNumber
from .generators import class_option, device_option, open_model, out_option, run_argument


def _seeds(ctx: click.Context, param: click.Parameter, value: str) -> list[int]:
    try:
        return [int(word) for word in value.split(",")]
    except ValueError:
        raise click.BadParameter(f"{value!r} is no list of whole numbers, such as 1,2,3") from None


@click.command(
    "interpolate",
    epilog=examples(
        "ganzoo interpolate runs/first/dcgan/seed0 --seeds 1,2,3 --out ways.png",
        "ganzoo interpolate runs/first/dcgan/seed0 --seeds 1,2,3,1 --out ways.gif",
        "ganzoo interpolate runs/first/cgan/seed0 --seeds 1 --class 3 --class 8",
    ),
)
@run_argument
@click.option(
    "--seeds",
    default="0,1,2,3",
    show_default=True,
    metavar="LIST",
    callback=_seeds,
    help="The seeds that are joined, one after another.",
)
@click.option(
    "--steps",
    type=WholeNumber(min=2, max=1000),
    default=9,
    show_default=True,
    metavar="N",
    help="Samples on each way, with both ends.",
)
@class_option("The class, by index or name; given twice, from the first to the second.  [default: one for each way]")
@click.option("--kind", type=click.Choice(["slerp", "lerp"]), help="Along the great circle, or straight.")
@click.option(
    "--space", type=click.Choice(["z", "w"]), help="Through latents or styles.  [default: w where there is one]"
)
@click.option(
    "--truncation",
    type=Number(0, 1),
    metavar="T",
    help="Draw styles towards their mean: 0 is the mean, 1 changes nothing.",
)
@out_option("ways.png", "x.png: a way in each row; x.gif; x.mp4, for which ffmpeg must be there.")
@device_option
def command(
    run: str,
    seeds: list[int],
    steps: int,
    classes: tuple[str, ...],
    kind: Literal["slerp", "lerp"] | None,
    space: Literal["z", "w"] | None,
    truncation: float | None,
    out: str,
    device: str | None,
) -> None:
    """Draw samples on the ways between latents of RUN's generator.

    A seed stands for the first sample of `ganzoo sample --seed`. Generators with styles (StyleGAN2) go straight from
    style to style, others along the great circle through their latents. A film shows one way after another, of images.
    """
    from ...models.sample_sets.animation import require_ending, save_ways

    path = Path(out)
    with logged_to(to_stderr):
        if len(classes) > 2:
            raise GanzooError(
                f"a way leads from one class to another: give --class once or twice, not {len(classes)} times"
            )
        require_ending(path)
        y = (classes[0], classes[1]) if len(classes) == 2 else classes[0] if classes else None
        model = open_model(run, device)
        found = model.interpolate(seeds, steps, y, kind=kind, space=space, truncation=truncation)
        save_ways(path, found, steps)
    ways = len(found) // steps
    to_stderr(f"{ways:,} way{'s' * (ways != 1)} of {steps:,} {found.kind} in {path}")
