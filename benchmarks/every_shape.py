"""The conformance suite's game checks for every bundled recipe, at a tiny width, on images of every shape.

Recipes that are for other data are played on an example of these, as they are.

    python benchmarks/every_shape.py               # all recipes; 8, 28 and 32 pixels, 1 and 3 channels, labels or none
    python benchmarks/every_shape.py dcgan biggan  # some of them
    python benchmarks/every_shape.py --out benchmarks/results/cpu/every-shape.json

Takes some five minutes on two cores, which is why it is no test; the tests play two steps on each of these shapes, with
labels or without. Exit code 1 if any check fails. One is known to: the bounded kernel of mmd-gan-rep leaves a tiny
discriminator alone on noise whose projections already lie as far apart as it asks.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import torch

from ganzoo.bench.runs.environment import usable_cores
from ganzoo.recipes.building.example_data import on_an_example
from ganzoo.recipes.building.old_shapes import modality_of_shape
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.storage.atomic import write_file
from ganzoo.testing.findings import Findings
from ganzoo.testing.kinds.recipes import fitting_in_words
from ganzoo.testing.playing.checks import check_game, check_other_order
from ganzoo.testing.playing.games import Game

SHAPES = list(product((8, 28, 32), (1, 3)))
WIDTH = 8


def played(name: str, registry: Registry) -> Iterator[tuple[str, Game]]:
    """Give the games of a recipe on all data that it is tried on, each with words for the data."""
    if on_an_example(recipe := resolve(registry, name), registry) is not None:
        game, words = fitting_in_words(recipe, registry)
        yield words, game
        return
    needs = load_recipe(registry.get("recipe", name).target).conditional
    for (size, channels), conditional in product(SHAPES, [True] if needs else [False, True]):
        overrides = [
            f"generator.width={WIDTH}",
            f"discriminator.width={WIDTH}",
            f"conditional={str(conditional).lower()}",
        ]
        where = f"{channels}x{size}x{size}{' with labels' if conditional else ''}"
        yield where, Game(resolve(registry, name, overrides), registry, modality_of_shape(size, channels, 10))


def check(name: str) -> dict[str, Any]:
    """All shapes of one recipe: how many checks passed, and what failed."""
    torch.set_num_threads(1)
    registry = load_zoo(third_party=False).registry
    passed, failed, started = 0, [], time.perf_counter()
    for where, game in played(name, registry):
        findings = Findings("recipe", name)
        check_game(findings, game)
        check_other_order(findings, game)
        passed += sum(finding.ok for finding in findings.found)
        failed += [f"{where}: {finding.check}: {finding.detail}" for finding in findings.found if not finding.ok]
    return {"recipe": name, "passed": passed, "failed": failed, "seconds": round(time.perf_counter() - started, 1)}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", help="all of them by default")
    parser.add_argument("--out", type=Path, help="a JSON file of what came of it")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    names = chosen.recipes or [entry.name for entry in load_zoo(third_party=False).registry.all("recipe")]
    with ProcessPoolExecutor(usable_cores()) as pool:
        found = []
        for row in pool.map(check, names):
            found.append(row)
            print(
                f"{row['recipe']:24} {row['passed']:4} passed  {len(row['failed']):3} failed  {row['seconds']:6.1f} s"
            )
            for line in row["failed"]:
                print(f"    {line}")
            sys.stdout.flush()
    if chosen.out:
        content = {"schema": 1, "torch": torch.__version__, "width": WIDTH, "recipes": found}
        write_file(chosen.out, json.dumps(content, indent=1) + "\n")
    return int(any(row["failed"] for row in found))


if __name__ == "__main__":
    sys.exit(main())
