"""``ganzoo eval``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from ...errors import GanzooError, suggest
from ...messages import logged_to, to_stderr
from ..command import echo, echo_json, examples
from ..command import given as given_options
from ..completing.completion import listed_names_of, names_of
from ..options import data_options
from ..value_types import SEED, FilePath, PathText, WholeNumber
from ..zoo import open_zoo

_FITTING = ("size", "crop", "resize", "grey_to_rgb")
_OF_TWO = (
    "program",
    "report",
    "replicates",
    "pairs",
    "seed",
    "data_dir",
    "skip_bad",
    "modality",
    *_FITTING,
)  # options that say how two sets are compared
_FLAGS = {"program": "as"}


@click.command(
    "eval",
    epilog=examples(
        "ganzoo eval samples/ photos/",
        "ganzoo eval runs/first/dcgan/seed0 digits --metrics fid,kid",
        "ganzoo eval digits-dcgan digits",
        "ganzoo eval samples/ photos/ --size 64 --crop center",
        "ganzoo eval samples.csv wine",
        "ganzoo eval runs/first/pix2pix/seed0 digits --modality left-half",
        "ganzoo eval runs/first/dcgan/seed0 --samples 1000",
    ),
)
@click.argument("generated", type=PathText())
@click.argument("real", type=PathText(), required=False, shell_complete=names_of("dataset"))
@click.option(
    "--metrics",
    metavar="NAMES",
    shell_complete=listed_names_of("metric"),
    help="The metrics, separated by commas.  [default: the data's own, or fid,kid]",
)
@click.option(
    "--extractor",
    metavar="NAME",
    shell_complete=names_of("extractor"),
    help="The network whose features the metrics compare.  [default: the data's own, or inception]",
)
@click.option("--extractor-weights", type=FilePath(), metavar="FILE", help="The file of the extractor's weights.")
@click.option(
    "--as",
    "program",
    metavar="PROGRAMS",
    help="Read and resize images as torch-fidelity, pytorch-fid or clean-fid does; several, separated by commas, are "
    "shown side by side.",
)
@click.option(
    "--samples",
    type=WholeNumber(min=2),
    metavar="N",
    help="The number of images that a generator draws.  [default: the run's own; as many as REAL, 50,000 at most]",
)
@click.option(
    "--seed",
    type=SEED,
    metavar="N",
    help="The seed of a generator's noise.  [default: the run's own; 0]",
)
@click.option(
    "--replicates",
    type=WholeNumber(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Random halves of the generated set that give each number's spread; 0 for none.",
)
@click.option("--pairs/--no-pairs", default=True, help="Look for the real image nearest to each generated one.")
@click.option("--data-dir", type=FilePath(), metavar="DIR", help="The folder with the files of a named data set.")
@click.option("--skip-bad", is_flag=True, help="Leave files out that are no images.")
@data_options(*_FITTING)
@click.option(
    "--modality",
    metavar="NAME",
    shell_complete=names_of("modality"),
    help="Read both sets as data of this modality, or take them for such.  [default: what REAL is]",
)
@click.option(
    "--report",
    type=FilePath(dir_okay=False),
    metavar="FILE.html",
    help="Write a page with the numbers, both sets side by side, and the nearest and farthest pairs.",
)
@click.option(
    "--export",
    type=FilePath(dir_okay=False),
    metavar="FILE.npz",
    help="Write the statistics of the one set that is named, which then stands for it as REAL.",
)
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.  [default: auto; the run's own]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@click.pass_context
def command(context: click.Context, /, generated: str, real: str | None, as_json: bool, **options: Any) -> None:
    """Compare GENERATED samples with REAL ones, or compute the metrics of a run again.

    Each is a folder of images of any sizes, an archive, an .npz, the name of a data set, or a file that a modality
    reads, such as a table; GENERATED may also be a generator: the folder of a run or of an export, one that ships, or
    hf://user/name. Without REAL, GENERATED is a run, whose newest checkpoint is evaluated against its own data: on a
    CPU the numbers of its last evaluation come out again to the last digit.
    """
    metrics = options.pop("metrics")
    names = tuple(name.strip() for name in metrics.split(",") if name.strip()) if metrics else None
    export = options.pop("export")
    if export is not None:
        _export(generated, real, export, names, options)
    elif real is None:
        if extra := sorted(set(_OF_TWO) & given_options(context).keys()):
            raise GanzooError(
                f"--{_FLAGS.get(extra[0], extra[0].replace('_', '-'))} says how two sets are compared; name the real "
                "one, too: "
                f"ganzoo eval {generated} REAL"
            )
        _again(generated, names, options, as_json)
    else:
        _compare(generated, real, names, options, as_json)
    sys.exit(0)


def _compare(
    generated: str, real: str, metrics: tuple[str, ...] | None, options: dict[str, Any], as_json: bool
) -> None:
    from ...evaluation import evaluate
    from ..table import table

    if options["replicates"] == 1:
        raise click.BadParameter("a spread takes 2 random halves or more, or 0 for none", param_hint="--replicates")
    options["device"] = options["device"] or "auto"
    with logged_to(to_stderr):
        found = evaluate(generated, real, metrics=metrics, zoo=open_zoo(), **options)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2, allow_nan=False))
        return
    echo(table(found.rows, ("metric", "value", "floor", "of"), whole=True))
    echo()
    for fact in found.facts:
        echo(fact)
    if found.pairs and found.pairs.nearest:
        rows = [(f"{pair.distance:.4g}", pair.generated, pair.real) for pair in found.pairs.nearest]
        echo(table(rows, ("distance", "generated", "real"), whole=True))


def _export(real: str, other: str | None, path: Path, metrics: tuple[str, ...] | None, options: dict[str, Any]) -> None:
    from ...evaluation import export_statistics

    if options["modality"] is not None:
        raise GanzooError("--export writes statistics of images or of points: leave --modality out")
    if other is not None:
        raise GanzooError(f"--export writes the statistics of one set: ganzoo eval {other} --export {path}")
    names = ("extractor", "extractor_weights", "program", "data_dir", "skip_bad", *_FITTING)
    kept = {name: options[name] for name in names}
    with logged_to(to_stderr):
        told = export_statistics(
            real, path, metrics=metrics, device=options["device"] or "auto", zoo=open_zoo(), **kept
        )
    echo(f"wrote {path}: statistics of {told.told}")


def _again(given: str, metrics: tuple[str, ...] | None, options: dict[str, Any], as_json: bool) -> None:
    from ...bench.results.folders import find_run, is_run
    from ...bench.runs.evaluation.again import score_again
    from ...models.opening import is_generator
    from ...storage.cache import Cache

    if is_generator(given):
        raise GanzooError(f"{given} has no data of its own here: name the real images, too: ganzoo eval {given} REAL")
    run = Path(given)
    if run.exists() and not is_run(run):
        raise GanzooError(f"{run} holds no run: name the real images, too, such as: ganzoo eval {run} REAL")
    if not run.exists() and run.name == given:
        _require_no_data(given)
    with logged_to(to_stderr):
        scored = score_again(
            find_run(run),
            open_zoo(),
            Cache.open(),
            samples=options["samples"],
            metrics=metrics,
            extractor=options["extractor"],
            weights=options["extractor_weights"],
            device=options["device"],
        )
    if as_json:
        from ...bench.results.printed.checks import Scored

        echo_json(Scored.parse(scored, "the evaluation"))
        return
    what = f"{scored['recipe']} seed {scored['seed']}, step {scored['step']}, {scored['kimg']:g} kimg"
    echo(f"{what}, {scored['samples']:,} samples")
    for column in scored["columns"]:
        echo(f"{column['label']:<14} {scored['metrics'][column['key']]:.6g}")


def _require_no_data(given: str) -> None:
    """Refuse a name that is one of a data set or a generator, or nearly."""
    from ...models.exporting.shipped import shipped

    data = [entry.name for entry in open_zoo().registry.all("dataset")]
    if given in data:
        raise GanzooError(
            f"{given} is a data set, and no run: name the samples, too, such as: ganzoo eval SAMPLES {given}"
        )
    near = suggest(given, (*data, *shipped()))
    if near.startswith("did you mean"):
        raise GanzooError(f"there is no folder {given}, and no data set or generator of this name: {near}")
