"""``ganzoo data``: the content of a data set, and sets of images made ready once."""

import shlex
from pathlib import Path
from typing import Any

import click

from ..bench.results.terms.setting import DATA, OUTPUT
from ..messages import logged_to, to_stderr
from .command import GroupedCommand, echo, echo_json, examples, option
from .completing.completion import names_of
from .options import data_options
from .value_types import SEED, FilePath
from .zoo import open_zoo


@click.group("data", epilog=examples("ganzoo data show photos", "ganzoo data prepare photos photos-64.zip --size 64"))
def command() -> None:
    """Look at data before anything is trained, or write a set of images anew at one size."""


@command.command(
    "show",
    cls=GroupedCommand,
    short_help="Say what would be read, and what to type next.",
    epilog=examples("ganzoo data show photos --out first.png", "ganzoo data show photos.zip --json"),
)
@click.argument("source", metavar="PATH|NAME", shell_complete=names_of("dataset"))
@data_options("modality", "data_dir")
@option(
    "--out",
    type=FilePath(dir_okay=False),
    group=OUTPUT,
    metavar="FILE",
    help="Also write a PNG of the first 64 images, or of what else there is.",
)
@option("--json", "as_json", is_flag=True, group=OUTPUT, help="Print JSON on stdout.")
def show_command(source: str, modality: str | None, data_dir: Path | None, out: Path | None, as_json: bool) -> None:
    """Say what would be read of PATH or NAME, and what to type next; nothing is trained.

    Classes and their counts, sizes, colours, folders, what is left out and why, files that cannot be read, and equal
    and nearly equal images. Each image is read once. Of other data than images: the fields, with shapes and ranges.
    """
    from ..data.rows_survey import look
    from ..storage.atomic import write_file
    from ..storage.cache import Cache
    from .catalogue.data_shown import lines_of, picture_of, shown_data

    if out is not None and out.suffix.lower() != ".png":
        raise click.UsageError(f"--out writes a PNG; give a name such as {out.stem or 'first'}.png")
    with logged_to(to_stderr):
        registry = open_zoo().registry
        found = look(registry, source, cache=Cache.open(), data_dir=data_dir, modality=modality)
        drawn = picture_of(found, registry) if out is not None else None
    if out is not None and drawn is not None:
        write_file(out, drawn)
    if as_json:
        echo_json(shown_data(found, registry, data_dir))
        return
    for line in lines_of(found, registry, data_dir):
        echo(line)
    if out is not None and drawn is not None:
        echo(f"first images: {out}")
    elif out is not None:
        to_stderr(f"{source}: there is nothing to draw for --out")


@command.command(
    "prepare",
    cls=GroupedCommand,
    short_help="Write images anew, cropped and resized once.",
    epilog=examples(
        "ganzoo data prepare photos photos-64.zip --size 64 --grey-to-rgb",
        "ganzoo data prepare cifar10 cifar-16.npz --size 16 --resize area",
    ),
)
@click.argument("source", metavar="PATH|NAME", shell_complete=names_of("dataset"))
@click.argument("target", type=FilePath(), metavar="DST")
@data_options("size", "crop", "resize", "grey_to_rgb", "skip_bad", "data_dir")
@option(
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    metavar="N",
    group=DATA,
    help="The seed of random crops, whose place depends on each image's content besides.",
)
@option("--quiet", is_flag=True, group=OUTPUT, help="Say nothing but errors.")
def prepare_command(source: str, target: Path, seed: int, quiet: bool, **options: Any) -> None:
    """Crop and resize the images of PATH or NAME once, and write them to DST.

    DST is a .zip or a folder of PNG files, or an .npz. Labels, names of classes and the order stay. A small record in
    it, prepared.json, says how it was made and from which content; whoever reads the set is told. The same source and
    options give the same files.
    """
    from ..data import Fitting
    from ..data.prepare import prepare
    from ..storage.cache import Cache

    fitting = Fitting.asked(options["size"], options["crop"], options["resize"], options["grey_to_rgb"], seed)
    with logged_to(to_stderr):
        made = prepare(
            open_zoo().registry,
            source,
            target,
            cache=Cache.open(),
            fitting=fitting,
            skip_bad=options["skip_bad"],
            data_dir=options["data_dir"],
        )
    if quiet:
        return
    for said in (*made.record.notes, *(f"left out: {one}" for one in made.left_out)):
        to_stderr(f"{source}: {said}")
    if made.skipped:
        to_stderr(f"{source}: {len(made.skipped):,} left out as bad, the first: {made.skipped[0]}")
    echo(f"{target}: {made.told}")
    echo(f"next: ganzoo bench dcgan wgan-gp --data {shlex.quote(str(target))}")
