"""``ganzoo sample``."""

from pathlib import Path

import click

from ..messages import logged_to, to_stderr
from .command import examples
from .zoo import open_zoo


@click.command("sample", epilog=examples("ganzoo sample runs/first/dcgan/seed0 --out samples.png"))
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--n", type=click.IntRange(min=1, max=4096), help="Images, or points.  [default: 64 images or 2,500 points]"
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The seed of the noise.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("grid.png"),
    show_default=True,
    metavar="FILE",
    help="The PNG to write.",
)
@click.option("--device", metavar="DEVICE", help="auto, cpu, cuda or cuda:N.  [default: the run's own]")
def command(run: Path, n: int | None, seed: int, out: Path, device: str | None) -> None:
    """Draw images from RUN's newest checkpoint into one picture.

    With the default seed the first ones are those of the run's own pictures. Points are drawn over as many real ones.
    Noise that a generator adds to its maps is the same for all images, which then are functions of their latents.
    """
    from ..bench.results.folders import find_run
    from ..bench.runs.evaluation.again import draw_again
    from ..storage.atomic import write_file
    from ..storage.cache import Cache

    with logged_to(to_stderr):
        picture, what = draw_again(find_run(run), open_zoo(), Cache.open(), n=n, seed=seed, device=device)
    write_file(out, picture)
    to_stderr(f"{what} in {out}")
