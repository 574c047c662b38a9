"""``ganzoo list`` and ``ganzoo plugins``. Imports no torch."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from ...errors import suggest
from ...recipes.headings.heading import Heading, headings_of
from ...recipes.headings.played_on import USUAL, PlayedOn
from ...registry.registry import PLURALS, Entry, Registry, kind_called
from ..command import echo, examples
from ..completing.completion import kinds, plugins
from ..table import table
from ..zoo import open_zoo
from .picking import Years, has_wildcards, is_match, is_picked

SCHEMA = 1


class Kind(click.ParamType):  # type: ignore[type-arg]  # click 8.2 has it without arguments
    """A kind of entry, in the singular or the plural."""

    name = "kind"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the singular."""
        return kind_called(value.lower()) or self.fail(
            f"no kind named {value!r}; {suggest(value.lower(), PLURALS.values())}", param, ctx
        )


def _echo_plain(**content: Any) -> None:
    """Print an object of ``bench.results.printed.zoo``, without it: pydantic takes as long as a whole list."""
    click.echo(json.dumps({"schema": SCHEMA, **content}, indent=2))


@click.command(
    "list", epilog=examples("ganzoo list", "ganzoo list losses", "ganzoo list 'wgan*' --year 2017-2019 --unconditional")
)
@click.argument("kind", metavar="[KIND]", required=False, shell_complete=kinds)
@click.argument("pattern", required=False)
@click.option("--year", "years", type=Years(), help="Recipes of this year, or from one year to another.")
@click.option("--conditional/--unconditional", default=None, help="Recipes whose players see labels, or do not.")
@click.option("--family", metavar="NAME", shell_complete=plugins, help="Only what this plugin provides.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def list_command(
    kind: str | None,
    pattern: str | None,
    years: range | None,
    conditional: bool | None,
    family: str | None,
    as_json: bool,
) -> None:
    """List the recipes, or the parts of a KIND, whose names match PATTERN.

    KIND is one of generators, discriminators, losses, regularizers, recipes, datasets, extractors, metrics,
    trackers, executors, modalities; a first word that is none of these is a PATTERN of recipes. A PATTERN is a stretch
    of the name (`wgan`), or has wildcards for all of it (`*-gp`). On a terminal an entry takes one line, and its
    summary is cut; elsewhere the summary is whole.
    """
    opened = open_zoo()
    family_known = [plugin.name for plugin in opened.plugins]
    if family is not None and family not in family_known:
        raise click.BadParameter(
            f"no plugin named {family!r}; {suggest(family, family_known)}", param_hint="'--family'"
        )
    given, chosen = kind or "recipes", kind_called((kind or "recipes").lower())
    if chosen is None and pattern is None:
        chosen, pattern = "recipe", given
    if chosen is None:
        raise click.BadParameter(f"no kind named {given!r}; {suggest(given, PLURALS.values())}", param_hint="'KIND'")
    if chosen != "recipe" and (years is not None or conditional is not None):
        raise click.UsageError(f"--year and --conditional choose among recipes, and {PLURALS[chosen]} have neither.")
    every = rows_of(opened.registry.all(chosen), opened.registry)
    rows = [row for row in every if is_picked(row, pattern or "", family, years, conditional)]
    if kind == pattern and pattern and not any(is_match(row["name"], pattern) for row in every):
        if has_wildcards(pattern):
            raise click.BadParameter(f"no recipe's name matches {pattern!r}", param_hint="'PATTERN'")
        near = suggest(pattern.lower(), PLURALS.values())
        raise click.BadParameter(
            f"no recipe has {pattern!r} in its name, and there is no kind named {pattern!r}; {near}",
            param_hint="'KIND'",
        )
    if as_json:
        _echo_plain(kind=chosen, entries=rows)
    elif not rows:
        why = "none matches" if every else "no plugin provides any"
        echo(f"There are no {PLURALS[chosen]}: {why}.", err=True)
    else:
        columns: tuple[str, ...] = ("name", "plugin", "summary")
        if chosen == "recipe":
            others = ("data",) if any(map(_data, rows)) else ()
            columns = ("name", "year", "paper", *others, "summary")
        shown = [{**row, "paper": _site(row["paper"]), "data": _data(row)} for row in rows]
        cells = [[str(row[key] or "-") for key in columns] for row in shown]
        echo(table(cells, columns, whole=not sys.stdout.isatty()))


def _site(paper: str) -> str:
    """Return a paper's address in a table: the site is enough to know it by."""
    return paper.partition("://")[2].partition("/")[0].removeprefix("www.") or paper


def _data(row: dict[str, Any]) -> str:
    """Return the modalities that a recipe plays, where images are none of them; of many the first."""
    played: list[str] = list(row.get("modalities") or ())
    if not played or USUAL in played:
        return ""
    return played[0] if len(played) == 1 else f"{played[0]}, ..."


def rows_of(entries: Sequence[Entry], registry: Registry | None = None) -> list[dict[str, Any]]:
    """Return what a list tells of entries, as JSON has it.

    Args:
        entries: of any kind.
        registry: knows the players of recipes, and so the modalities that they play; None to leave these out.
    """
    recipes = [entry for entry in entries if entry.kind == "recipe"]
    headings = dict(zip(recipes, headings_of(recipes), strict=True)) if recipes else {}
    played = PlayedOn(registry) if recipes and registry is not None else None
    rows = [_row(entry, headings.get(entry), played) for entry in entries]
    if played is not None:
        played.save()
    return rows


def _row(entry: Entry, heading: Heading | None, played: PlayedOn | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": entry.name,
        "summary": entry.summary,
        "paper": entry.paper,
        "plugin": entry.plugin,
        "version": entry.version,
        "licence": entry.licence,
    }
    if heading is None:  # of a part
        return {**row, "target": entry.target, "params": dict(entry.params), "revision": entry.revision}
    row |= {"summary": heading.summary, "paper": heading.paper}
    row |= {"title": heading.title, "year": heading.year, "conditional": heading.conditional}
    found = None if played is None else played.modalities(heading.players)
    return row | {"modalities": None if found is None else [*found]}


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
                "changes": list(plugin.changes),
                "hooks": list(plugin.hooks),
                "provides": [{"kind": entry.kind, "name": entry.name} for entry in plugin.provides],
            }
            for plugin in plugins
        ]
        _echo_plain(plugins=rows)
        return
    cells = []
    for plugin in plugins:
        hooks = ", ".join(hook.removeprefix("register_") for hook in plugin.hooks)
        changes = f"changes {', '.join(plugin.changes)} when it is imported" if plugin.changes else ""
        cells.append(
            [
                plugin.name,
                plugin.distribution or "-",
                plugin.version or "-",
                plugin.status,
                "; ".join(filter(None, (plugin.reason or hooks, changes))) or "-",
            ]
        )
    echo(table(cells, ("name", "distribution", "version", "status", "hooks, or the reason"), whole=True))
