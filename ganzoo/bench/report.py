"""``report.html``: a bench on one page that needs nothing else, on the screen, on a phone and on paper."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..files import write_file
from ..printable import printable, printable_block
from .charts import Reference, curve_chart, key_svg, log_scale, score_chart
from .curves import curves
from .formats import NONE, duration, fixed, memory, number, short, whole
from .grid import shown_channels
from .points import shown_numbers
from .table import Column, Row, Table, aggregate, cell, recipe_names

if TYPE_CHECKING:
    from jinja2 import Template

SCHEMA = 1
IMAGE_BYTES = 16_000_000
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """A grid, a scatter or a metric's drawing on the page.

    Attributes:
        source: its data URI; empty where there is none to show.
        alt: what it shows, in words.
        caption: what stands below it.
    """

    source: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Strip:
    """The pictures of one run, evaluation by evaluation.

    Attributes:
        title: what they are of.
        pictures: from the first to the last.
        kind: how they are laid out: ``grid``, ``points`` or ``drawing``.
    """

    title: str
    pictures: list[Picture]
    kind: str


@dataclass(frozen=True)
class Figure:
    """A chart on the page.

    Attributes:
        svg: the drawing.
        title: what it shows.
        caption: how it is to be read.
    """

    svg: str
    title: str
    caption: str


class _Pictures:
    """Reads the PNGs of a bench, up to so many bytes that a browser still opens the page."""

    def __init__(self, bench: Path, limit: int) -> None:
        self._bench = bench.resolve()
        self._left = limit
        self.omitted = 0

    def source(self, *parts: str) -> str:
        """The PNG at the path ``parts`` in the bench folder as a data URI; empty where there is no such PNG."""
        path = self._bench.joinpath(*parts).resolve()
        if not path.is_relative_to(self._bench) or not path.is_file():
            return ""
        data = path.read_bytes()
        if not data.startswith(_PNG):
            return ""
        if len(data) > self._left:
            self.omitted += 1
            return ""
        self._left -= len(data)
        return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _read(bench: Path) -> dict[str, Any]:
    path = bench / "results.json"
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"there is no results.json in {bench}: a report needs the folder of a bench") from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    if not isinstance(results, dict) or results.get("schema") != SCHEMA:
        schema = results.get("schema") if isinstance(results, dict) else None
        raise DataError(f"{path} has schema {schema}, and this version of ganzoo reads schema {SCHEMA}")
    return results


def _budget(budget: Mapping[str, float]) -> str:
    if "kimg" in budget:
        return f"{short(number(budget['kimg']))} kimg a run"
    return f"{short(number(budget.get('minutes')))} min of training a run"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _heading(results: Mapping[str, Any], names: Sequence[str]) -> str:
    data = printable(results["dataset"]["name"])
    shown = [printable(name) for name in names]
    if 1 <= len(shown) <= 4 and sum(map(len, shown)) <= 60:
        return f"{_listed(shown)} on {data}"
    return f"{len(shown)} recipes on {data}"


def _elapsed(results: Mapping[str, Any]) -> str:
    try:
        started = datetime.fromisoformat(results["started"])
        seconds = (datetime.fromisoformat(results["finished"]) - started).total_seconds()
    except (KeyError, TypeError, ValueError):
        return printable(str(results.get("started") or NONE))
    return f"{started:%Y-%m-%d %H:%M %Z}".strip() + f", took {duration(seconds)}"


def _samples(results: Mapping[str, Any]) -> str:
    """What the data consists of; results from before there were points do not say."""
    return "points" if results["dataset"].get("points") else "images"


def _facts(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    data, seeds, samples = results["dataset"], results["seeds"], _samples(results)
    size = f"{data['channels']}×{data['height']}×{data['width']}"
    if samples == "points":
        size = "1 number" if data["channels"] == 1 else f"{data['channels']} numbers"
    classes = f", {len(data['classes'])} classes" if data.get("classes") else ""
    facts = [
        ("Data", f"{printable(data['name'])}: {data['n']:,} {samples} of {size}{classes}"),
        ("Budget", _budget(results["budget"])),
        ("Seeds", f"{len(seeds)} ({', '.join(map(str, seeds))}), the same for every recipe"),
        ("Judged on", f"{results['samples']:,} generated {samples}, the last state of each run"),
        ("Device", ", ".join(_devices(results)) or NONE),
        ("Started", _elapsed(results)),
    ]
    return [(key, value) for key, value in facts if value != NONE]


def _devices(results: Mapping[str, Any]) -> list[str]:
    every = [run.get("environment") or {} for run in results["runs"]] or [results.get("environment") or {}]
    return list(dict.fromkeys(printable(str(one["device"])) for one in every if one.get("device")))


def _flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested plain data as rows of ``a.b`` and text."""
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = before + printable(str(key))
        if isinstance(value, Mapping):
            rows += _flat(value, f"{name}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            rows.append((name, NONE if value is None else printable(text)))
    return rows


def _references(results: Mapping[str, Any], column: Column) -> list[Reference]:
    real = number((results.get("real") or {}).get(column.key))
    floor = number((results.get("floor") or {}).get(column.key))
    if column.better == "higher" and real is not None:
        return [Reference("real data", real)]
    return [] if floor is None else [Reference("real halves", floor)]


def _curve_figures(results: Mapping[str, Any], column: Column) -> list[Figure]:
    figures = []
    shown = f"kimg (thousand real {_samples(results)} shown to D)"
    for against, label in (("kimg", shown), ("seconds", "seconds of training")):
        found = curves(results, column.key, against)
        if not found:
            continue
        svg, left_out = curve_chart(found, column, label, _references(results, column))
        values = [value for curve in found for trace in curve.traces for _, value in trace.points]
        said = ["Logarithmic scale."] if log_scale(column.better, values) else []
        said += [f"Not drawn: {one.label}, {short(one.value)}." for one in left_out]
        figures.append(Figure(svg, f"{column.title} against {label.split()[0]}", " ".join(said)))
    return figures


def _looks(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [look for look in run.get("evaluations") or () if look.get("grid")]


Sources = Mapping[tuple[str, str], str]


def _sources(results: Mapping[str, Any], pictures: _Pictures) -> Sources:
    """The PNGs by run folder and path, the last of every run first: what does not fit is the oldest."""
    aged = [
        (age, rank, run["folder"], path)
        for run in results["runs"]
        for age, look in enumerate(reversed(_looks(run)))
        for rank, path in enumerate([look["grid"], *_drawings(look).values()])
    ]
    aged.sort(key=lambda one: one[:2])
    return {(folder, path): pictures.source(folder, path) for _, _, folder, path in aged}


def _drawings(look: Mapping[str, Any]) -> Mapping[str, str]:
    """The paths of what metrics drew at an evaluation, by metric."""
    return look.get("pictures") or {}


def _picture(
    sources: Sources,
    run: Mapping[str, Any],
    look: Mapping[str, Any],
    caption: str,
    columns: Sequence[Column],
    samples: str,
) -> Picture:
    scores = ", ".join(
        f"{column.label} {fixed(value, column.digits)}"
        for column in columns
        if (value := number((look.get("metrics") or {}).get(column.key))) is not None
    )
    source = sources[run["folder"], look["grid"]]
    return Picture(source, f"Generated {samples} of {_where(run, look)}", f"{caption}{': ' if scores else ''}{scores}")


def _where(run: Mapping[str, Any], look: Mapping[str, Any]) -> str:
    return f"{printable(run['recipe'])}, seed {run['seed']}, {short(number(look.get('kimg')))} kimg"


def _drawing(
    sources: Sources, run: Mapping[str, Any], look: Mapping[str, Any], caption: str, column: Column
) -> Picture | None:
    """What the metric of ``column`` drew at an evaluation, where it is there to be shown."""
    path = _drawings(look).get(column.key)
    if path is None or not sources[run["folder"], path]:
        return None
    value = fixed(number((look.get("metrics") or {}).get(column.key)), column.digits)
    return Picture(
        sources[run["folder"], path],
        f"What is behind the {column.label} of {_where(run, look)}",
        f"{caption}: {column.label} {value}",
    )


def _shown_run(runs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The run whose grid stands for its recipe: the first seed, or the first that finished if that one did not."""
    seen = [run for run in runs if _looks(run)]
    return next((run for run in seen if run["status"] == "done"), seen[0] if seen else None)


@dataclass(frozen=True)
class _RecipeView:
    """What the page says of one recipe."""

    name: str
    title: str
    about: str
    departs: str
    text: str
    key: str
    parameters: str
    shown: Picture | None
    drawings: list[Picture]
    strips: list[Strip]


def _parameters(runs: Sequence[Mapping[str, Any]]) -> str:
    counts = [run["parameters"] for run in runs if run.get("parameters")]
    if not counts:
        return ""
    return ", ".join(f"{player} {whole(number(n))}" for player, n in counts[0].items()) + " parameters"


def _shown(
    runs: Sequence[Mapping[str, Any]], sources: Sources, columns: Sequence[Column], samples: str
) -> tuple[Picture | None, list[Picture]]:
    """The last look at the run that stands for its recipe, and what its metrics drew then."""
    run = _shown_run(runs)
    if run is None:
        return None, []
    look = _looks(run)[-1]
    status = "" if run["status"] == "done" else f" ({run['status']})"
    caption = f"seed {run['seed']}{status} at {short(number(look.get('kimg')))} kimg"
    drawings = [_drawing(sources, run, look, caption, column) for column in columns]
    return _picture(sources, run, look, caption, columns, samples), [one for one in drawings if one]


def _strips(
    runs: Sequence[Mapping[str, Any]], sources: Sources, columns: Sequence[Column], samples: str
) -> list[Strip]:
    strips = []
    for run in runs:
        title = f"seed {run['seed']}, {run['status']}"
        timed = [(look, f"{short(number(look.get('kimg')))} kimg") for look in _looks(run)]
        looks = [_picture(sources, run, look, caption, columns, samples) for look, caption in timed]
        strips.append(Strip(title, [one for one in looks if one.source], "points" if samples == "points" else "grid"))
        for column in columns:
            drawn = [_drawing(sources, run, look, caption, column) for look, caption in timed]
            strips.append(Strip(f"{title}: {column.label}", [one for one in drawn if one], "drawing"))
    return [strip for strip in strips if strip.pictures]


def _views(results: Mapping[str, Any], names: Sequence[str], sources: Sources, table: Table) -> list[_RecipeView]:
    views = []
    for index, name in enumerate(names):
        about = (results.get("recipes") or {}).get(name) or {}
        runs = [run for run in results["runs"] if run["recipe"] == name]
        text = str(about.get("text") or "")
        shown, drawings = _shown(runs, sources, table.columns, _samples(results))
        views.append(
            _RecipeView(
                name=printable(name),
                title=printable(str(about.get("title") or name)),
                about=", ".join(printable(str(about[key])) for key in ("paper", "year") if about.get(key)),
                departs=printable(str(about.get("departs") or "")),
                text=printable_block(text),
                key=key_svg(index),
                parameters=_parameters(runs),
                shown=shown,
                drawings=drawings,
                strips=_strips(runs, sources, table.columns, _samples(results)),
            )
        )
    return views


def _table_rows(table: Table) -> list[dict[str, Any]]:
    def values(row: Row) -> list[tuple[str, bool]]:
        return [(cell(row, column), column.key in row.best) for column in table.columns]

    return [
        {
            "recipe": printable(row.recipe),
            "seeds": row.seeds,
            "whole": row.done == row.asked,
            "values": values(row),
            "costs": [whole(row.images_per_second), memory(row.peak_memory_mb), duration(row.seconds)],
        }
        for row in table.rows
    ]


def _baseline_rows(table: Table) -> list[tuple[str, list[str]]]:
    return [
        (baseline.name, [fixed(baseline.values[column.key], column.digits) for column in table.columns])
        for baseline in table.baselines
    ]


def _run_rows(results: Mapping[str, Any], names: Sequence[str], table: Table) -> list[list[str]]:
    rows = []
    for run in sorted(results["runs"], key=lambda run: names.index(run["recipe"])):
        metrics = run.get("metrics") or {}
        rows.append(
            [
                printable(run["recipe"]),
                str(run["seed"]),
                run["status"],
                *(fixed(number(metrics.get(column.key)), column.digits) for column in table.columns),
                *(whole(number(run.get(key))) for key in ("kimg", "d_steps", "g_steps", "images_per_second")),
                memory(number(run.get("peak_memory_mb"))),
                *(duration(number(run.get(f"{phase}seconds"))) for phase in ("", "warmup_", "capture_", "evaluation_")),
            ]
        )
    return rows


def _warnings(results: Mapping[str, Any]) -> list[str]:
    said = []
    if len(_devices(results)) > 1:
        said.append("The runs were made on different devices: their times and speeds cannot be compared.")
    samples = {run["samples"] for run in results["runs"] if run["status"] == "done" and run.get("samples")}
    if samples - {results["samples"]}:
        counts = ", ".join(f"{n:,}" for n in sorted(samples))
        said.append(f"The runs were judged on different numbers of images ({counts}): the metrics cannot be compared.")
    return said


def _part(results: Mapping[str, Any]) -> str:
    """What the pictures show of each sample, where it is not all of it."""
    size = results["dataset"]["channels"]
    return shown_numbers(size) if _samples(results) == "points" else shown_channels(size)[1]


def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(resources.files(__package__).joinpath("report.html.jinja2").read_text("utf-8"))


def render_report(results: Mapping[str, Any], bench: Path, image_bytes: int = IMAGE_BYTES) -> str:
    """The page of a bench.

    Args:
        results: the content of its ``results.json``.
        bench: its folder, where the pictures are.
        image_bytes: how many bytes of PNG the page may hold; what does not fit stays in the run folders, and the
            page says how many did.
    """
    names = recipe_names(results)
    table = aggregate(results)
    pictures = _Pictures(bench, image_bytes)
    real = pictures.source("real.png")
    views = _views(results, names, _sources(results, pictures), table)
    charts = [(column, _curve_figures(results, column)) for column in table.columns]
    scores = [(column, score_chart(table, column, _references(results, column))) for column in table.columns]
    return _template().render(
        heading=_heading(results, names),
        facts=_facts(results),
        table=table,
        rows=_table_rows(table),
        baselines=_baseline_rows(table),
        warnings=_warnings(results),
        charts=[(column, figures) for column, figures in charts if figures],
        scores=[(column, svg) for column, svg in scores if svg],
        recipes=views,
        real=real,
        samples=_samples(results),
        part=_part(results),
        omitted=pictures.omitted,
        run_rows=_run_rows(results, names, table),
        environment=_flat(results.get("environment") or {}),
        judge=_flat(results.get("extractor") or {}),
        data_hash=printable(str(results["dataset"].get("hash") or NONE)),
        command=printable(str(results.get("command") or NONE)),
        version=printable(str(results.get("ganzoo") or NONE)),
    )


def write_report(bench: Path) -> Path:
    """Write ``report.html`` of the bench folder ``bench`` from its ``results.json`` and grids; the page's path.

    Raises:
        DataError: there is no ``results.json`` that can be read.
        SetupError: the page cannot be written.
    """
    page = bench / "report.html"
    write_file(page, render_report(_read(bench), bench))
    return page
