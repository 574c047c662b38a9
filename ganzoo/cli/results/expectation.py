"""``ganzoo verify NAME@published``: what to expect, how long it takes here, and whether what came out agrees."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ...recipes.schema.published import PublishedMetric
from ...text import printable, shown
from ..catalogue.published import metric_in_words
from ..command import given
from ..table import table
from ..zoo import open_zoo

_TAKES = {"recipes", "played", "data_dir", "weights", "device", "threads", "as_json", "quiet"}
_DAY = 86_400


def tell_published(context: click.Context, specs: tuple[str, ...], played: Path | None) -> int:
    """Tell of one published form, and give the exit code.

    Args:
        context: of the command line.
        specs: the recipes that it names, all of them published forms.
        played: the folder of a finished bench; None to tell what to expect.
    """
    from ...bench.published.expectation import agree, expect
    from ...storage.cache import Cache

    if beside := [name for name in given(context) if name not in _TAKES]:
        parameter = next(one for one in context.command.params if one.name == beside[0])
        raise click.UsageError(
            f"{parameter.opts[-1]} has no use beside {specs[0]}, whose data and budget are the published ones; leave "
            "it out"
        )
    if len(specs) > 1:
        raise click.UsageError(
            f"one published form at a time, and there are {len(specs)}: {', '.join(map(shown, specs))}"
        )
    as_json = context.params["as_json"]
    if played is not None:
        found = agree(specs[0], played, open_zoo().registry)
        click.echo(json.dumps(found, indent=2, allow_nan=False) if as_json else agreement_said(found))
        return 0 if found["passed"] else 1
    names = ("device", "threads", "data_dir", "weights")
    found = expect(specs[0], open_zoo(), Cache.open(), **{name: context.params[name] for name in names})
    click.echo(json.dumps(found, indent=2, allow_nan=False) if as_json else expectation_said(found))
    return 0


def expectation_said(found: Mapping[str, Any]) -> str:
    """Write what to expect as lines."""
    lines = [f"{found['recipe']}: {found['kimg']:,.10g} kimg of {found['data']}"]
    for metric in found["published"]:
        note = "; ganzoo has no such metric" if metric["name"] in found["unknown"] else ""
        lines.append(f"  published: {metric_in_words(PublishedMetric(**metric))}{note}")
    if not found["published"]:
        lines.append("  published: no number that a source was found for")
    for need in found["needs"]:
        lines.append(f"  {need['what']}: " + ("here" if need["here"] else f"not here. {need['instructions']}"))
        if not need["here"]:
            lines.append(f"    without: {need['without']}")
    pace = found["pace"]
    steps = f"{pace['steps']} step{'s' * (pace['steps'] != 1)}"
    lines += [
        f"  time: about {_time(pace['seconds'])} a seed. Measured: {steps} on {pace['name']} in "
        f"{pace['precision']}, {pace['images_per_second']:,.1f} images/s, with images of noise. Not in it: "
        "evaluations, reading data, and what else the machine will do",
        f"  play it: {found['command']}",
    ]
    if found["published"]:
        lines.append(f"  and then: ganzoo verify {found['recipe']} --bench FOLDER")
    return "\n".join(printable(line) if line == line.lstrip() else _indented(line) for line in lines)


def agreement_said(found: Mapping[str, Any]) -> str:
    """Write measured beside published numbers as a table, with the rule and what came of it."""
    rows = []
    for one in found["numbers"]:
        spread = f" ± {one['spread']:g}" if one["spread"] is not None else ""
        half = f" ± {one['half_width']:.4g}" if one["half_width"] is not None else ""
        mean = "-" if one["mean"] is None else f"{one['mean']:.4g}{half}"
        verdict = one["verdict"] + (f": {one['reason']}" if one["reason"] else "")
        rows.append([one["metric"], f"{one['published']:g}{spread}", mean, str(len(one["measured"])), verdict])
    came = "agrees" if found["passed"] else "does not agree"
    left_out = sum(not one["decides"] for one in found["numbers"])
    if found["passed"] and left_out:
        came += f", as far as {len(rows) - left_out} of {len(rows)} numbers tell,"
    return "\n".join(
        [
            table(rows, ("metric", "published", "measured", "seeds", ""), whole=True),
            f"{found['recipe']} {came} with what was published ({found['rule']})",
        ]
    )


def _time(seconds: float) -> str:
    from ...bench.results.formats import duration

    return duration(seconds) if seconds < _DAY else f"{seconds / _DAY:,.1f} days"


def _indented(line: str) -> str:
    return " " * (len(line) - len(line.lstrip())) + printable(line.strip())
