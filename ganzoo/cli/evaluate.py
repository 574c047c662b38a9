"""``ganzoo eval``."""

import json
import sys
from pathlib import Path

import click

from ..messages import logged_to, to_stderr
from .command import examples
from .zoo import open_zoo


@click.command("eval", epilog=examples("ganzoo eval runs/first/dcgan/seed0 --samples 1000"))
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--samples",
    type=click.IntRange(min=2),
    metavar="N",
    help="The number of images to generate.  [default: as the run's own]",
)
@click.option("--metrics", metavar="NAMES", help="The metrics, separated by commas.  [default: the run's own]")
@click.option(
    "--extractor", metavar="NAME", help="The network whose features the metrics compare.  [default: the run's own]"
)
@click.option(
    "--extractor-weights", type=click.Path(path_type=Path), metavar="FILE", help="The file of the extractor's weights."
)
@click.option("--device", metavar="DEVICE", help="auto, cpu, cuda or cuda:N.  [default: the run's own]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(
    run: Path,
    samples: int | None,
    metrics: str | None,
    extractor: str | None,
    extractor_weights: Path | None,
    device: str | None,
    as_json: bool,
) -> None:
    """Compute the metrics of RUN's newest checkpoint.

    With no options it gives the numbers of the run's last evaluation again: on a CPU the same to the last digit.
    """
    from ..bench.results.folders import find_run
    from ..bench.runs.evaluation.again import score_again
    from ..storage.cache import Cache

    with logged_to(to_stderr):
        scored = score_again(
            find_run(run),
            open_zoo(),
            Cache.open(),
            samples=samples,
            metrics=tuple(name.strip() for name in metrics.split(",") if name.strip()) if metrics else None,
            extractor=extractor,
            weights=extractor_weights,
            device=device,
        )
    if as_json:
        click.echo(json.dumps(scored, indent=2, allow_nan=False))
        sys.exit(0)
    what = f"{scored['recipe']} seed {scored['seed']}, step {scored['step']}, {scored['kimg']:g} kimg"
    click.echo(f"{what}, {scored['samples']:,} samples")
    for column in scored["columns"]:
        click.echo(f"{column['label']:<14} {scored['metrics'][column['key']]:.6g}")
