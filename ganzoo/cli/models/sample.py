"""``ganzoo sample``."""

from itertools import cycle, islice
from typing import Any

import click

from ...messages import logged_to, to_stderr
from ..command import examples
from ..value_types import Number, WholeNumber
from .generators import class_option, device_option, open_model, out_option, run_argument, seed_option


@click.command(
    "sample",
    epilog=examples(
        "ganzoo sample runs/first/dcgan/seed0 --out samples.png",
        "ganzoo sample runs/first/dcgan/seed0 --out samples.npz --n 50000",
        "ganzoo sample runs/first/cgan/seed0 --out samples/ --n 1000 --class 3",
    ),
)
@run_argument
@click.option(
    "--n",
    type=WholeNumber(min=1),
    metavar="N",
    help="The number of samples.  [default: as many as the run's pictures show, such as 64 images or 2,500 points]",
)
@seed_option("The seed of the noise.")
@class_option(
    "A class to draw, by index or name; may be repeated, and then they take turns.  [default: all classes in turn]"
)
@click.option(
    "--truncation",
    type=Number(),
    metavar="T",
    help="Trade variety for quality: the share of the way from the mean style (StyleGAN2: 0 to 1), "
    "or the largest absolute value of a normal latent (others: above 0).",
)
@out_option(
    "grid.png",
    "x.png: one picture; x.npz: arrays; x/: a folder with a PNG for each image, in class folders; or an ending that "
    "the data's modality has of its own.",
)
@device_option
def command(
    run: str,
    n: int | None,
    seed: int,
    classes: tuple[str, ...],
    truncation: float | None,
    out: str,
    device: str | None,
) -> None:
    """Draw samples from RUN's newest checkpoint.

    The ending of --out decides the form. Arrays and folders are written batch after batch, so any number fits, and
    `ganzoo bench --data` reads them. It needs nothing but RUN's folder and the generator: neither the training data nor
    the cache, nor a loss of a plugin that is no longer installed. With the default seed the first ones are those of the
    run's own pictures. In a picture points are drawn over as many real ones. A generator that is told something else
    than classes, such as an image to translate, is told what the run's data have, which must be there. Noise that a
    generator adds to its maps is the same for all images, which then are functions of their latents.
    """
    from ...models.sample_sets.samples import Samples
    from ...models.sample_sets.saving import require_form, save

    with logged_to(to_stderr):
        model = open_model(run, device)
        n = n or model.modality.pictured
        form = require_form(out, n, model.modality)
        y: Any = islice(cycle(classes), n) if classes else None
        parts = model.batches(n, y, seed, truncation)
        if form == "picture":
            parts = iter([model.over_real(Samples.joined(list(parts)))])
        path = save(out, parts, n)
    to_stderr(f"{n:,} {model.modality.plural} in {path}")
