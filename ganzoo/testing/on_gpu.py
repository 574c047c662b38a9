"""Capture and cost of parts on a GPU, found on a pretended one: no GPU is needed.

All that a plugin provides is looked at in one process, which plays each part's game until a step was replayed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import SetupError
from ..recipes.recipe import load_recipe
from ..registry.registry import KINDS as REGISTERED
from ..registry.registry import Entry, Registry
from .captures import Captures, captures
from .findings import Finding, Findings, require
from .kinds.players import Builder
from .kinds.recipes import fitting
from .kinds.terms import game_of
from .playing.games import Game
from .pretend_cuda import environment

CHECK = "capture"
KINDS = ("generator", "discriminator", "loss", "regularizer", "recipe")  # those that play
SECONDS = 300.0  # after which a part is given up
GRACE_SECONDS = 10.0  # for the process to end after its last part


def _game(registry: Registry, kind: str, name: str) -> Game:
    if kind == "recipe":
        return fitting(load_recipe(registry.get(kind, name).file), registry)
    if kind in ("loss", "regularizer"):
        return game_of(registry, kind, name)
    builder = Builder(registry, kind, name)
    return builder.game(builder.first())


def _captures(game: Game) -> Captures:
    trainer = game.trainer(device="cuda:0", precision="tf32")
    trainer.norms.every = 0  # no doing of the part's
    return captures(trainer)


def _cost(game: Game, kind: str, seen: Captures) -> str:
    """Describe what the part has a GPU do."""
    steps = dict(sorted(seen.replayed.items(), key=lambda step: step[0] != "plain"))
    costs = [f"{step.kernels} kernels" + ("" if due == "plain" else f" with {due}") for due, step in steps.items()]
    words = f"a replayed step is {', '.join(costs)}"
    if kind != "regularizer":
        return words
    without = _captures(game.without_regularizers()).replayed["plain"].kernels
    return f"{words}; {without} without it"


def _check(findings: Findings, registry: Registry) -> None:
    """One part, in a process with a pretended GPU."""
    with findings.check(CHECK) as seen_words:
        game = _game(registry, findings.kind, findings.name)
        seen = _captures(game)
        require(not seen.why_eager, f"on a GPU it plays eagerly: {seen.why_eager}")
        require(not seen.offences, f"on a GPU it breaks CUDA's rules: {'; '.join(seen.offences)}")
        require(not seen.missing, f"on a GPU steps are never replayed: {'; '.join(seen.missing)}")
        seen_words.append(_cost(game, findings.kind, seen))


def _known(registry: Registry, folder: Path) -> list[dict[str, Any]]:
    """List all that is registered, as JSON can hold it; recipes' files are copied, as they may lie in an archive."""
    known: list[dict[str, Any]] = []
    for entry in (entry for kind in REGISTERED for entry in registry.all(kind)):
        target = entry.target
        if not isinstance(target, str):
            file = folder / entry.name / target.name
            file.parent.mkdir()
            file.write_bytes(target.read_bytes())
            target = str(file)
        entered = {"kind": entry.kind, "name": entry.name, "target": target, "plugin": entry.plugin}
        known.append({**entered, "params": entry.params})
    return known


def _run(entries: list[Entry], known: list[dict[str, Any]], variables: dict[str, str]) -> tuple[list[Finding], str]:
    """Check entries in a process of its own; gives the findings, and why it ended before the last, or nothing."""
    path = os.pathsep.join(filter(None, sys.path))
    wanted = json.dumps({"known": known, "wanted": [[entry.kind, entry.name] for entry in entries]})
    with tempfile.TemporaryFile("w+") as asked, tempfile.TemporaryFile("w+", errors="replace") as said:
        asked.write(wanted)
        asked.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env={**os.environ, **variables, "PYTHONPATH": path},
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        found, late = _findings(process, len(entries))
        said.seek(0)
        last = (said.read().strip().splitlines() or ["nothing was said"])[-1]
    why = f"it was not done after {SECONDS:g} seconds" if late else f"exit code {process.returncode}: {last}"
    return found, why if len(found) < len(entries) else ""


def _findings(process: subprocess.Popen[str], most: int) -> tuple[list[Finding], bool]:
    """Read the findings of a process; gives them, and whether it was ended because one took too long."""
    found: list[Finding] = []
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    assert process.stdout is not None
    with process.stdout, suppress(ValueError):  # a line that is torn is the last
        while len(found) < most:
            timer = threading.Timer(SECONDS, end)
            timer.start()
            line = process.stdout.readline()
            timer.cancel()
            if not line:
                break
            found.append(Finding(**json.loads(line)))
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:  # a plugin may have left a thread
        process.kill()
        process.wait()
    return found, late.is_set()


def check_on_gpu(registry: Registry, plugin: str, entries: Iterable[Entry]) -> list[Finding]:
    """Check each entry that plays; where CUDA cannot be pretended, one finding says so and passes.

    Args:
        registry: knows the parts, and whatever they need beside them.
        plugin: what provides them.
        entries: parts that conform so far.
    """
    left = [entry for entry in entries if entry.kind in KINDS]
    if not left:
        return []
    try:
        variables = environment()
    except SetupError as error:
        return [Finding("plugin", plugin, CHECK, True, f"not looked at: {error}")]
    found: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="ganzoo-check-") as folder:
        known = _known(registry, Path(folder))
        while left:
            seen, why = _run(left, known, variables)
            left = left[len(seen) :]
            found += seen
            if left:
                found.append(Finding(left[0].kind, left[0].name, CHECK, False, f"its process broke off: {why}"))
                left = left[1:]
    return found


def main() -> None:
    """Read what is known and wanted as JSON, and write a line of JSON for the finding on each part."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a plugin prints is no finding
    asked, registry = json.load(sys.stdin), Registry()
    registry.add(
        [
            Entry(**entry | {"target": Path(entry["target"]) if entry["kind"] == "recipe" else entry["target"]})
            for entry in asked["known"]
        ]
    )
    for kind, name in asked["wanted"]:
        findings = Findings(kind, name)
        _check(findings, registry)
        for finding in findings.found:
            print(json.dumps(asdict(finding)), file=out)
    os._exit(0)


if __name__ == "__main__":
    main()
