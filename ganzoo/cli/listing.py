"""``ganzoo list``, ``ganzoo show`` and ``ganzoo plugins``. Imports no torch."""

from __future__ import annotations

import gc
import json
from typing import TYPE_CHECKING, Any

import click

from ..errors import GanzooError, suggest
from ..recipes import safeyaml
from ..recipes.overrides import split_spec
from ..registry.registry import KINDS, PLURALS, Entry, Registry
from ..text import printable, printable_block
from .command import examples
from .completion import kinds, names_of
from .measured import measured_lines
from .table import table
from .zoo import open_zoo

if TYPE_CHECKING:
    from ..recipes.recipe import Recipe

SCHEMA = 1


class Kind(click.ParamType):  # type: ignore[type-arg]  # click 8.2 has it without arguments
    """A kind of entry, in the singular or the plural."""

    name = "kind"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the singular."""
        kinds = {**{plural: kind for kind, plural in PLURALS.items()}, **{kind: kind for kind in KINDS}}
        if value.lower() not in kinds:
            self.fail(f"no kind named {value!r}; {suggest(value.lower(), PLURALS.values())}", param, ctx)
        return kinds[value.lower()]


def _echo_json(**content: Any) -> None:
    click.echo(json.dumps({"schema": SCHEMA, **content}, indent=2))


@click.command("list", epilog=examples("ganzoo list", "ganzoo list losses"))
@click.argument("kind", type=Kind(), required=False, shell_complete=kinds)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def list_command(kind: str | None, as_json: bool) -> None:
    """List the recipes, or the parts of a KIND.

    KIND is one of generators, discriminators, losses, regularizers, recipes, datasets, extractors, metrics,
    trackers, executors.
    """
    registry = open_zoo().registry
    kind = kind or "recipe"
    rows = [_row(entry) for entry in registry.all(kind)]
    if as_json:
        _echo_json(kind=kind, entries=rows)
    elif not rows:
        click.echo(f"There are no {PLURALS[kind]}: no plugin provides any.", err=True)
    else:
        columns = ("name", "year", "paper", "summary") if kind == "recipe" else ("name", "plugin", "summary")
        shown = [{**row, "paper": _site(row["paper"])} for row in rows]
        click.echo(table([[str(row[key] or "-") for key in columns] for row in shown], columns, whole=True))


def _site(paper: str) -> str:
    """Return a paper's address in a table: the site is enough to know it by."""
    return paper.partition("://")[2].partition("/")[0].removeprefix("www.") or paper


def _row(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": entry.name,
        "summary": entry.summary,
        "paper": entry.paper,
        "plugin": entry.plugin,
        "version": entry.version,
        "licence": entry.licence,
    }
    if entry.kind != "recipe":
        return {**row, "target": entry.target, "params": dict(entry.params), "revision": entry.revision}
    row |= {"title": "", "year": None}
    try:
        # The schema is not asked: it would cost as much time as all the rest. `ganzoo show` asks it.
        data = safeyaml.read(entry.file)
    except GanzooError as error:
        return {**row, "summary": f"cannot be read: {error}"}
    given = data if isinstance(data, dict) else {}
    texts = {key: given[key] for key in ("title", "paper", "summary") if isinstance(given.get(key), str)}
    year = given.get("year")
    return {**row, **texts, "year": year if isinstance(year, int) else None}


@click.command(
    "show", epilog=examples("ganzoo show dcgan", "ganzoo show wgan-gp@published", "ganzoo show hinge --kind losses")
)
@click.argument("name", shell_complete=names_of(*KINDS))
@click.option(
    "--kind", type=Kind(), shell_complete=kinds, is_eager=True, help="Which one, where a name stands for several."
)
def show_command(name: str, kind: str | None) -> None:
    """Show the recipe or the part called NAME.

    A recipe is checked and printed as a YAML file, complete and with its variants in place, so that
    `ganzoo show dcgan > mine.yaml` is the start of your own; its first lines are comments with the numbers that
    were measured of it, and with what its paper plays differently. `ganzoo show dcgan@published` prints it with the
    paper's values in place.
    """
    registry = open_zoo().registry
    if kind not in (None, "recipe"):
        click.echo(_part(registry.get(kind, name)))
        return
    asked = split_spec(name)
    entries = [] if kind or asked.is_file or name != asked.base else registry.find(name)
    parts = [entry for entry in entries if entry.kind != "recipe"]
    if entries == parts != []:
        click.echo("\n\n".join(map(_part, parts)))
    else:
        click.echo(_recipe(registry, name, parts))


def _part(entry: Entry) -> str:
    shown = ("kind", "name", "summary", "paper", "plugin", "version", "licence", "target")
    rows = {key: str(getattr(entry, key) or "-") for key in shown}
    if entry.revision > 1:
        rows["revision"] = f"{entry.revision}: what it computes has changed under this name"
    if entry.params:
        rows["fixed"] = ", ".join(f"{key}={value!r}" for key, value in entry.params.items())
    return "\n".join(f"{key + ':':<9} {printable(value)}" for key, value in rows.items())


def _recipe(registry: Registry, name: str, namesakes: list[Entry]) -> str:
    gc.disable()  # pydantic takes longer to import than all the rest, a sixth of it looking for garbage in vain
    from ..recipes.recipe import resolve
    from .published import published_lines, told

    recipe, asked = resolve(registry, name), split_spec(name)
    data = recipe.to_dict()
    gc.enable()
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
    from ..recipes.changing import schedules_of

    return [printable(f"# {key}: {schedule}") for key, schedule in schedules_of(recipe).items()]


def _papers(registry: Registry, recipe: Recipe) -> list[str]:
    """Comment lines: where each part of a recipe was published, and what it is."""
    kinds = ("generator", "discriminator", "loss")
    named = [(kind, getattr(recipe, kind).name) for kind in kinds]
    named += [("regularizer", part.name) for part in recipe.regularizers]
    entries = [registry.get(kind, part) for kind, part in named]
    return [printable(f"# {e.kind} {e.name} ({e.paper or 'no paper'}): {e.summary or '-'}") for e in entries]


@click.command("plugins", epilog=examples("ganzoo plugins"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def plugins_command(as_json: bool) -> None:
    """List the plugins, what they provide, and why one failed."""
    plugins = open_zoo().plugins
    if as_json:
        rows = [
            {
                "name": plugin.name,
                "distribution": plugin.distribution,
                "version": plugin.version,
                "bundled": plugin.bundled,
                "status": plugin.status,
                "reason": plugin.reason,
                "hooks": list(plugin.hooks),
                "provides": [{"kind": entry.kind, "name": entry.name} for entry in plugin.provides],
            }
            for plugin in plugins
        ]
        _echo_json(plugins=rows)
        return
    cells = []
    for plugin in plugins:
        hooks = ", ".join(hook.removeprefix("register_") for hook in plugin.hooks)
        cells.append(
            [
                plugin.name,
                plugin.distribution or "-",
                plugin.version or "-",
                plugin.status,
                plugin.reason or hooks or "-",
            ]
        )
    click.echo(table(cells, ("name", "distribution", "version", "status", "hooks, or the reason"), whole=True))
