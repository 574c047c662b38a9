"""Published forms played at a small share of their budgets: a proof that they play, not of how good they become.

    python benchmarks/published.py                              # five of them, at a thousandth
    python benchmarks/published.py wgan-gp --share 1e-4 --out   # and write the record
    python benchmarks/published.py dragan --images mnist=DIR    # the data's own images

Each recipe is played as ``NAME@published`` by a bench of one seed: the networks at full width on images of the
published shape, the batch, the optimizers and the schedules, which run from start to end over the shortened budget.
Images are noise unless ``--images`` names those of a data set: a file, or the folder of a named data set's files. No
metric is taken, since a thousandth of a budget makes no images worth judging. Exit code 1 if a run does not end well.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from measuring import parsed, parser, report, tell

from ganzoo.bench.bench import run_bench
from ganzoo.bench.live.display import make_display
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.recipes.schema.published import Published
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.storage.cache import Cache

FIVE = ("gan", "cgan", "acgan", "dragan", "fisher-gan")
NOISE = 2048  # images; each is seen again and again, which costs what fresh ones cost
COLUMNS = ("recipe", "images", "batch", "kimg", "of", "D turns", "G turns", "G", "D", "status", "images/s", "seconds")


def noise(path: Path, published: Published) -> Path:
    """Write images of noise in the published shape, with a label each where there are classes."""
    rng = np.random.default_rng(0)
    arrays = {"images": rng.integers(0, 256, (NOISE, *published.shape), dtype=np.uint8)}
    if published.classes:
        arrays["labels"] = np.arange(NOISE) % published.classes
    np.savez(path, **arrays)
    return path


def data_of(published: Published, images: Mapping[str, str], zoo: Zoo, folder: Path) -> tuple[str, dict[str, Any]]:
    """Return what the images are called, and the settings that name them."""
    given = images.get(published.data)
    if given is None:
        return "noise", {"dataset": str(noise(folder / "noise.npz", published))}
    named = published.data in [entry.name for entry in zoo.registry.all("dataset")]
    if named and Path(given).is_dir():
        return published.data, {"dataset": published.data, "data_dir": Path(given)}
    return Path(given).name, {"dataset": given}


def play(name: str, share: float, images: Mapping[str, str], zoo: Zoo, chosen: argparse.Namespace) -> dict[str, Any]:
    """Play one published form; gives its row."""
    recipe: Recipe = resolve(zoo.registry, f"{name}@published")
    published = recipe.published
    assert published is not None  # else there is no such form
    with tempfile.TemporaryDirectory() as folder:
        called, found = data_of(published, images, zoo, Path(folder))
        settings = RunSettings(
            recipes=(f"{name}@published",),
            seeds=(0,),
            budget=Budget(kimg=published.kimg * share),
            extractor="none",
            examinations=(),
            evaluations=1,
            replicates=0,
            device=chosen.device,
            threads=chosen.threads,
            third_party=False,
            out=Path(folder) / "bench",
            **found,
        )
        summary, _ = run_bench(settings, zoo, Cache.open(), make_display(sys.stderr, quiet=True))
    (run,) = summary["runs"]
    parameters = run["parameters"] or {}
    return {
        "recipe": recipe.name,
        "images": f"{called} {'x'.join(map(str, published.shape))}",
        "batch": recipe.schedule.batch,
        "kimg": run["kimg"],
        "of": published.kimg,
        "D turns": run["d_steps"],
        "G turns": run["g_steps"],
        "G": parameters.get("G"),
        "D": parameters.get("D"),
        "status": run["status"] if run["reason"] is None else f"{run['status']}: {run['reason']}",
        "images/s": run["images_per_second"],
        "seconds": run["seconds"],
    }


def rows(names: Sequence[str], chosen: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Play the recipes one after the other."""
    zoo = load_zoo(third_party=False)
    images = dict(one.split("=", 1) for one in chosen.images)
    for name in names:
        row = play(name, chosen.share, images, zoo, chosen)
        tell(f"{row['recipe']}: {row['status']}, {row['kimg']:g} kimg")
        yield row


def main(arguments: list[str] | None = None) -> int:
    """Play, print the table, and give the exit code."""
    made = parser(__doc__, rounds=1)
    made.add_argument("recipes", nargs="*", help=f"default: {' '.join(FIVE)}")
    made.add_argument("--share", type=float, default=1e-3, help="of the published budget (default: 0.001)")
    made.add_argument("--images", action="append", default=[], metavar="DATA=PATH", help="in place of noise")
    chosen = parsed(made, arguments)
    protocol = {"share of the published budget": chosen.share, "seeds": "1 (0)", "metrics": "none"}
    found: list[dict[str, Any]] = []
    tables, columns = {"Published forms": found}, {"Published forms": COLUMNS}
    names = chosen.recipes or FIVE
    for row in rows(names, chosen):
        found.append(row)
        report("published", chosen, protocol=protocol, tables=tables, columns=columns, whole=len(found) == len(names))
    return int(any(row["status"] != "done" for row in found))


if __name__ == "__main__":
    sys.exit(main())
