"""``ganzoo show``. Imports no torch, unless it is asked how a recipe's parts connect."""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import click

from ...errors import GanzooError
from ...recipes import safeyaml
from ...recipes.headings.played_on import PlayedOn
from ...recipes.overrides import split_spec
from ...registry.registry import KINDS, Entry, Registry
from ...text import printable, printable_block
from ..command import echo, echo_json, examples
from ..completing.completion import kinds, names_of
from ..part_source import source_lines
from ..zoo import open_zoo
from .connected import NO_GRAPH, connected, connected_lines
from .listing import Kind
from .measured import measured_lines
from .modality_shown import modality_lines
from .part_use import use_of
from .shape_options import modality_option, require_images, shape_options

if TYPE_CHECKING:
    from ...recipes.recipe import Recipe


@click.command(
    "show",
    epilog=examples(
        "ganzoo show dcgan",
        "ganzoo show wgan-gp@published",
        "ganzoo show wgan-gp --image-size 64 --channels 3",
        "ganzoo show hinge --kind losses",
    ),
)
@click.argument("name", shell_complete=names_of(*KINDS))
@click.option(
    "--kind", type=Kind(), shell_complete=kinds, is_eager=True, help="Which one, where a name stands for several."
)
@click.option(
    "--graph/--no-graph",
    default=None,
    help="Below a recipe, the numbers of parameters and how the parts connect.  [default: on a terminal, and where a "
    "shape is given]",
)
@shape_options(image_size=None, channels=None, classes=None)
@modality_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(name: str, kind: str | None, graph: bool | None, modality: str | None, as_json: bool, **shape: Any) -> None:
    """Show the recipe or the part called NAME.

    A recipe is checked and printed as a YAML file, complete and with its variants in place, so that
    `ganzoo show dcgan > mine.yaml` is the start of your own; its first lines are comments with the numbers that
    were measured of it, and with what its paper plays differently. `ganzoo show dcgan@published` prints it with the
    paper's values in place.

    With --graph the parts are built and one turn of each player is tried, which needs torch and takes some seconds:
    comments below the YAML tell the numbers of parameters, which values each loss, regularizer and augmentation reads
    in each turn, what moves when, and which generator is evaluated. A recipe for other data than images is built for an
    example of them.

    A part is shown with its definition, what it computes, its parameters with their defaults, its source and where it
    departs from that, as its code says; a modality with what it offers to parts, its values, and what its numbers are
    taken with.
    """
    registry = open_zoo().registry
    shape["num_classes"] = shape.pop("classes")
    shaped = any(value is not None for value in shape.values())
    require_images(modality, shaped=shaped)
    shaped = shaped or modality is not None
    if graph is False and shaped:
        raise click.UsageError(
            "--image-size, --channels, --classes and --modality are for --graph; leave --no-graph out"
        )
    wanted = bool(graph or shaped)
    if as_json:
        from .show_json import shown

        echo_json(shown(registry, name, kind, shape if wanted else None, modality))
        return
    asked = split_spec(name)
    entries = [] if kind == "recipe" or asked.is_file or name != asked.base else registry.find(name)
    parts = [registry.get(kind, name)] if kind not in (None, "recipe") else [e for e in entries if e.kind != "recipe"]
    if kind in (None, "recipe") and not (entries == parts != []):
        recipe = _resolved(registry, name)
        echo(_recipe(registry, recipe, name, parts))
        if wanted or (graph is None and on_terminal()):
            _graph(registry, recipe, shape, modality, wanted=wanted)
        return
    if wanted:
        raise click.UsageError(NO_GRAPH)
    offered = PlayedOn(registry).offered()
    echo("\n\n".join(_part(entry, registry, offered) for entry in parts))


def on_terminal() -> bool:
    """Say whether somebody looks at stdout, and no file or program takes it."""
    return sys.stdout.isatty()


def _graph(registry: Registry, recipe: Recipe, shape: dict[str, Any], modality: str | None, *, wanted: bool) -> None:
    """Print how a recipe's parts connect; where they cannot be built and nobody asked for it, that in a comment."""
    sys.stdout.flush()  # it takes a while
    try:
        lines = ["#", *connected_lines(recipe, connected(recipe, registry, shape, modality))]
    except GanzooError as error:
        if wanted:
            raise
        lines = [printable(f"# not built for images as in the data of a bench: {error}")]
    echo("\n".join(lines))


def _part(entry: Entry, registry: Registry, offered: Collection[str]) -> str:
    shown = ("kind", "name", "summary", "paper", "plugin", "version", "licence", "target")
    rows = {key: str(getattr(entry, key) or "-") for key in shown}
    if use := use_of(entry.kind, entry.name):
        rows["use"] = f"ganzoo bench {use}"
    if entry.revision > 1:
        rows["revision"] = f"{entry.revision}: what it computes has changed under this name"
    if entry.params:
        rows["fixed"] = ", ".join(f"{key}={value!r}" for key, value in entry.params.items())
    facts = [f"{key + ':':<9} {printable(value)}" for key, value in rows.items()]
    if entry.kind == "modality":
        facts += modality_lines(entry, registry)
    return "\n".join([*facts, *(printable_block(line).rstrip() for line in source_lines(entry, offered))])


def _resolved(registry: Registry, name: str) -> Recipe:
    """Return a recipe as named on the command line."""
    gc.disable()  # pydantic takes longer to import than all the rest, a sixth of it looking for garbage in vain
    from ...recipes.recipe import resolve

    recipe = resolve(registry, name)
    gc.enable()
    return recipe


def _recipe(registry: Registry, recipe: Recipe, name: str, namesakes: list[Entry]) -> str:
    from .published import published_lines, told

    asked, data = split_spec(name), recipe.to_dict()
    head = f"# {data.pop('name')}"  # left out, so that a file made of this is called by its own name
    known = [] if ":" in name else [entry for entry in registry.all("recipe") if entry.name == name]
    said: list[str] = []
    if asked.published and recipe.published:
        said = told(recipe.published)
        said += ["# departs is of the quick form: where a key below says otherwise, the key holds"] * bool(
            recipe.departs
        )
        del data["published"]  # it is in place
    elif not asked.edits:
        said = published_lines(recipe, registry, name)
    measured = [line for entry in known for line in measured_lines(entry, recipe, registry)]
    others = [f"# {entry.kind} {name!r}: ganzoo show {name} --kind {entry.kind}" for entry in namesakes]
    comments = [printable(head), *measured, *said, *_changing(recipe), *_papers(registry, recipe), *others]
    return "\n".join([*comments, printable_block(safeyaml.dump(data)).rstrip()])


def _changing(recipe: Recipe) -> list[str]:
    """Comment lines: the values that change over a run, in words."""
    from ...recipes.changing import schedules_of

    return [printable(f"# {key}: {schedule}") for key, schedule in schedules_of(recipe).items()]


def _papers(registry: Registry, recipe: Recipe) -> list[str]:
    """Comment lines: where each part of a recipe was published, and what it is."""
    kinds = ("generator", "discriminator", "loss")
    named = [(kind, getattr(recipe, kind).name) for kind in kinds]
    named += [("regularizer", part.name) for part in recipe.regularizers]
    entries = [registry.get(kind, part) for kind, part in named]
    return [printable(f"# {e.kind} {e.name} ({e.paper or 'no paper'}): {e.summary or '-'}") for e in entries]
