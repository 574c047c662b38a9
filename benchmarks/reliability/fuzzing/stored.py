"""Files that a bench leaves, read by the commands that show them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import click

from ganzoo.cli import cli
from ganzoo.errors import GanzooError

from . import containers
from .format import Format
from .mutations import TEXT, mutated

AUDIT = ("audit", "--no-eval", "bench")
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "results.json": (
        ("compare", "bench"),
        ("leaderboard", "bench"),
        ("report", "bench"),
        ("report", "--format", "md", "bench"),
        ("report", "--format", "latex", "bench"),
        ("watch", "--once", "bench"),
        AUDIT,
    ),
    "bench.json": (("report", "bench"), ("watch", "--once", "bench")),
    "run.json": (
        ("sample", "--n", "2", "bench"),
        ("watch", "--once", "bench"),
        ("report", "bench"),
        ("eval", "bench"),
        ("audit", "bench"),
    ),
    "result.json": (("watch", "--once", "bench"), ("report", "bench"), ("audit", "bench")),
    "metrics.jsonl": (("watch", "--once", "bench"), ("report", "bench"), AUDIT),
    "history.jsonl": (("watch", "--once", "bench"), ("report", "bench"), AUDIT),
    "environment.json": (("watch", "--once", "bench"), ("report", "bench"), AUDIT),
}


def formats(bench: Path) -> Iterator[Format]:
    """Give the format of files that a bench leaves.

    Args:
        bench: the folder of a bench that has ended.
    """
    files = {path.relative_to(bench): path.read_bytes() for path in sorted(bench.rglob("*")) if path.name in COMMANDS}
    yield Format("json", lambda rng: _changed(files, rng), _reader(bench))


def _changed(files: dict[Path, bytes], rng: Random) -> tuple[Path, bytes, tuple[str, ...]]:
    """Give a file's path, its changed contents, and the command that is to read it."""
    chosen = rng.choice(sorted(COMMANDS))  # equally often each, however many there are
    path = rng.choice([path for path in files if path.name == chosen])
    held = files[path]
    command = rng.choice(COMMANDS[path.name])
    if rng.random() < 0.25:
        return path, mutated(held, rng, (), TEXT), command
    if path.suffix == ".json":
        return path, _json(held, rng), command
    lines = held.splitlines()
    at = rng.randrange(len(lines))
    return path, b"\n".join([*lines[:at], _json(lines[at], rng), *lines[at + 1 :]]) + b"\n", command


def _json(held: bytes, rng: Random) -> bytes:
    return json.dumps(containers.value(json.loads(held), rng)).encode("utf-8", "backslashreplace")


def _reader(bench: Path) -> Any:
    def read(case: tuple[Path, bytes, tuple[str, ...]], folder: Path) -> None:
        path, held, command = case
        shutil.copytree(bench, folder / "bench")
        (folder / "bench" / path).write_bytes(held)
        try:
            cli.main(list(command), prog_name="ganzoo", standalone_mode=False)
        except click.ClickException as error:
            raise GanzooError(error.format_message()) from error
        except SystemExit as error:
            assert error.code in (None, 0, 1, 2, 3), error.code

    return read
