"""``ganzoo project``."""

from pathlib import Path

import click

from ...messages import logged_to, to_stderr
from ..command import examples
from ..value_types import FilePath, Number, PathText, WholeNumber
from ..zoo import open_zoo
from .generators import class_option, device_option, open_model, out_option, run_argument, seed_option


@click.command(
    "project",
    epilog=examples(
        "ganzoo project runs/first/dcgan/seed0 photo.png --out projection.png",
        "ganzoo project runs/first/dcgan/seed0 photo.png --out near.npz",
        "ganzoo project runs/faces/stylegan2/seed0 photo.png --loss lpips",
    ),
)
@run_argument
@click.argument("image", type=PathText())
@click.option(
    "--steps", type=WholeNumber(min=1), default=500, show_default=True, metavar="N", help="The steps of Adam."
)
@click.option(
    "--restarts",
    type=WholeNumber(min=1, max=512),
    default=8,
    show_default=True,
    metavar="N",
    help="The search starts from so many of 512 samples, those nearest to IMAGE.",
)
@click.option(
    "--rate",
    type=Number(0, min_open=True),
    default=0.1,
    show_default=True,
    metavar="RATE",
    help="The learning rate.",
)
@click.option(
    "--loss",
    metavar="NAME",
    help="pixels; lpips, by VGG-16; or an extractor with gradients.  [default: lpips where its weights are here and "
    "sides have 32 pixels or more, else pixels]",
)
@click.option("--extractor-weights", type=FilePath(), metavar="FILE", help="The file of the extractor's weights.")
@seed_option("The seed of the 512 samples.")
@class_option("The class, by index or name.  [default: that of the nearest samples]")
@out_option("projection.png", "x.png: IMAGE and what was reached; x.npz: the latent and all else.")
@device_option
def command(
    run: str,
    image: str,
    steps: int,
    restarts: int,
    rate: float,
    loss: str | None,
    extractor_weights: Path | None,
    seed: int,
    classes: tuple[str, ...],
    out: str,
    device: str | None,
) -> None:
    """Find the latent of RUN's generator whose sample is nearest to IMAGE.

    IMAGE is a file, cut and resized to the generator's size; of points, numbers such as 0.5,-1. The distance over
    pixels is the mean squared difference over several scales, of values from -1 to 1; an image of the generator's own
    comes near 0. The weights of LPIPS are a file that its authors' package writes.
    """
    from ...models.projections.projection import require_ending

    if len(classes) > 1:
        raise click.BadParameter("an image has one class", param_hint="--class")
    with logged_to(to_stderr):
        require_ending(out)
        model = open_model(run, device)
        y = classes[0] if classes else None
        found = model.project(
            image,
            steps,
            y=y,
            restarts=restarts,
            seed=seed,
            rate=rate,
            loss=loss,
            extractor_weights=extractor_weights,
            zoo=open_zoo(),
        )
        path = found.save(out)
    label = f", class {model.classes[int(found.samples.y[0])]}" if found.samples.y is not None else ""
    to_stderr(f"{found.loss} distance {found.distance:.3g}{label}; the image and its projection are in {path}")
