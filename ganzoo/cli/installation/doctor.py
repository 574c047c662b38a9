"""``ganzoo doctor``. Imports no torch."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ... import __version__
from ...errors import GanzooError
from ...registry.probing.announcement import Announcement
from ...registry.sources.files import make_importable
from ...registry.sources.installed import Found, called, installed, unmet
from ...text import printable
from ..command import echo, echo_json, examples
from ..completing.completion import plugins
from ..zoo import disabled, files, third_party, zoo_as_asked

if TYPE_CHECKING:
    from ...doctor.finding import Finding

_STATES = {"ok": "ok", "note": "note", "problem": "FAILED"}
_OF = {"weights": "weights of ", "data": "data set "}


@click.command("doctor", epilog=examples("ganzoo doctor", "ganzoo doctor --json", "ganzoo doctor my-rsgan"))
@click.argument("names", nargs=-1, metavar="[PLUGIN]...", shell_complete=plugins)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def command(names: tuple[str, ...], as_json: bool) -> None:
    """Look at this machine and at every plugin, and say what is wrong and how to mend it.

    Of the machine: the required packages, torch and its build, GPUs and their driver, torchvision and torch-fidelity,
    the cache and its room, and the files that extractors and data sets need, with their digests. Nothing is
    downloaded: a file that will be is a note, and no fault. Where PLUGIN is named, the machine is left out.

    Every plugin is imported in a process of its own. Of the plugins of third parties, and of those that PLUGIN names
    (an entry point or an installed distribution), the module of each part is imported, and the file of each recipe is
    read, too. Told is what an import changes of the state of its process: torch's defaults, random states, environment,
    signals, and functions of torch, numpy and ganzoo that it replaces. An import may take 30 s
    ($GANZOO_PLUGIN_SECONDS). What is found is kept, and later commands go by it.

    Exit codes: 0 all is well, 1 a plugin or a part fails or changes the state, 2 there is no such plugin, 3 the machine
    lacks something, whatever the plugins do.
    """
    there = [point for point in installed(third_party(), None, disabled()) if not point.disabled] + files()
    make_importable(files())
    points = list(dict.fromkeys(point for name in names for point in called(there, name))) if names else there
    findings, told = [], []
    for finding in () if names else _findings():
        findings.append(finding)
        if not as_json:
            thing = _OF.get(finding.area, "") + finding.name
            echo(f"{_STATES[finding.state]:<9}{thing}: {printable(str(finding))}")
    for row in _looked_at(points, whole=bool(names)):
        told.append(row)
        if not as_json:
            _print(row)
    lacks = sum(finding.state == "problem" for finding in findings)
    ill = sum(row["problems"] != [] or row["changes"] != [] for row in told)
    if as_json:
        from ...bench.results.printed.doctor import Examined

        found = [asdict(finding) for finding in findings]
        content = {"schema": 1, "ok": not (lacks or ill), "findings": found, "plugins": told}
        echo_json(Examined.parse(content, "the examination"))
    else:
        machine = "" if names else f"the machine: {_count(lacks, 'problem')}; "
        echo(f"{machine}{_count(len(told), 'plugin')}: {len(told) - ill} ok, {ill} with problems")
    sys.exit(3 if lacks else 1 if ill else 0)


def _findings() -> "Iterator[Finding]":
    from ...doctor.examine import examine

    yield from examine(zoo_as_asked().registry)


def _looked_at(points: Sequence[Found], whole: bool) -> Iterator[dict[str, Any]]:
    """Import plugins one after another, and keep what is found.

    Args:
        points: of the plugins.
        whole: import the parts of bundled plugins, too.
    """
    from ...registry.probing.probe import look_at
    from ...registry.probing.remembered import keep, stamps_of, surroundings

    for point in points:
        if point.reason:
            seen = Announcement(problems=(point.reason,))
        else:
            before, around = stamps_of(point), surroundings()
            [seen] = look_at([point], parts=None if whole or not point.bundled else ())
            if not point.bundled:
                keep(point, seen, before, around)
        yield _told(point, seen, whole)


def _told(point: Found, seen: Announcement, whole: bool) -> dict[str, Any]:
    """Return what there is to tell of a plugin, as JSON has it."""
    changes = [f"its import changes {change}" for change in seen.changes]
    problems = list(seen.problems)
    if needed := unmet(point, __version__):
        problems.insert(0, f"it needs {needed}, and this is {__version__}")
    for part in seen.parts:
        changes += [f"the import of its {part.kind} {part.name!r} changes {change}" for change in part.changes]
        problems += [part.problem] if part.problem else []
    problems += _in_recipes(seen) if whole or not point.bundled else []
    return {
        "name": point.name,
        "distribution": point.distribution,
        "version": point.version,
        "seconds": seen.seconds,
        "problems": problems,
        "changes": changes,
        "parts": [{**asdict(part), "changes": list(part.changes)} for part in seen.parts],
    }


def _in_recipes(seen: Announcement) -> list[str]:
    """Read the recipes of a plugin; gives what is wrong in their files."""
    from ...recipes.recipe import load_recipe

    problems = []
    for entry in seen.entries:
        if entry.kind == "recipe":
            try:
                load_recipe(entry.file)
            except GanzooError as error:
                problems += [f"recipe {entry.name!r}: {line}" for line in str(error).splitlines()]
    return problems


def _print(row: dict[str, Any]) -> None:
    seconds = "-" if row["seconds"] is None else f"{row['seconds']:.2f} s"
    parts = row["parts"]
    with_parts = f", {_count(len(parts), 'part')} {sum(part['seconds'] for part in parts):.2f} s" if parts else ""
    state = "FAILED" if row["problems"] else "CHANGES" if row["changes"] else "ok"
    origin = f"{row['name']} ({row['distribution']} {row['version']})" if row["version"] else row["name"]
    echo(f"{state:<9}{origin}: {seconds}{with_parts}")
    for line in (*row["problems"], *row["changes"]):
        echo(f"{'':9}{line}")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
