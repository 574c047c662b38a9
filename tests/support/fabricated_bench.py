"""A bench folder that no GAN made: numbers known beforehand, drawn digits, every file where the bench puts it."""

import json
import math
from pathlib import Path

import numpy as np
from ganzoo_plugins.modes.bars import bars_png

from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.tables.aggregate import aggregate
from ganzoo.bench.tables.model import Table
from ganzoo.drawing import grid_png, scatter_png

GLYPHS = """
.####. ..##.. .####. .####. ...##. .#####. ..###. .#####. .####. .####.
##..## .###.. ##..## ....## ..###. .#..... .##... ....##. ##..## ##..##
##..## ..##.. ....## ..###. .#.##. .####.. ##.... ...##.. .####. .#####
##..## ..##.. ..###. ....## #####. ....##. #####. ..##... ##..## ....##
##..## ..##.. .##... ##..## ...##. .#..##. ##..## .##.... ##..## ...##.
.####. .#####. ###### .####. ...##. ..###.. .####. .##.... .####. .###..
"""
ENVIRONMENT = {
    "device": "cpu",
    "torch": "2.13.0",
    "python": "3.11.9",
    "platform": "Linux x86_64",
    "threads": 1,
    "cuda": None,
    "commit": "0123abc",
    "plugins": {"dcgan": "0.1.0", "wgan-gp": "0.1.0"},
}
COLUMNS = [
    {"key": "fid", "label": "FD[digits]", "better": "lower"},
    {"key": "is", "label": "IS[digits]", "better": "higher"},
]
# The last value of each seed: what a test computes with by hand.
FINALS = {
    "dcgan": {"fid": [10.0, 10.4, 9.8], "is": [7.9, 8.1, 8.0]},
    "wgan-gp": {"fid": [14.2, 13.1, 15.0], "is": [7.4, 7.9, 7.2]},
}
DEPARTS = "Adam's learning rate is 5.0e-4 instead of 2.0e-4: the budget is short."


def digits(n: int, noise: float, seed: int) -> np.ndarray:
    """``n`` drawn 8x8 digits under ``noise`` in [0, 1], (n, 1, 8, 8) uint8."""
    rows = [line.split() for line in GLYPHS.strip().splitlines()]
    rng = np.random.default_rng(seed)
    images = np.zeros((n, 1, 8, 8))
    for i in range(n):
        for y, row in enumerate(rows):
            for x, sign in enumerate(row[i % 10][:7]):
                images[i, 0, y + 1, x + (i // 10) % 2] = 225.0 if sign == "#" else 0.0
    return np.clip(images * (1 - noise) + rng.normal(0, 1, images.shape) * 170 * noise, 0, 255).astype(np.uint8)


def yaml_of(name: str) -> str:
    return f"name: {name}\ntitle: A GAN\ndeparts: {json.dumps(DEPARTS)}\ngenerator:\n  name: dcgan\n  width: 32\n"


def run(recipe: str, seed: int, finals: dict[str, float], looks: int = 5, kimg: float = 100.0, **more) -> dict:
    """A finished run whose metrics go from bad to ``finals`` in ``looks`` evaluations."""
    speed = 2000.0 / (2.6 if "gp" in recipe else 1.0) + 17 * seed
    evaluations = []
    for look in range(1, looks + 1):
        part = look / looks
        wobble = 1 + 0.1 * math.sin(7 * look + 3 * seed + len(recipe)) * (1 - part)
        metrics = {
            key: (final * math.exp(3.2 * (1 - part)) if key == "fid" else 1 + (final - 1) * part**0.5) * wobble
            for key, final in finals.items()
        }
        at = kimg * part
        name = f"samples/kimg-{at:07.1f}.png"
        evaluations.append(
            {"kimg": at, "d_steps": round(1563 * part), "seconds": at * 1000 / speed, "metrics": metrics, "grid": name}
        )
    evaluations[-1]["metrics"] = dict(finals)
    return {
        "schema": 1,
        "recipe": recipe,
        "seed": seed,
        "status": "done",
        "reason": None,
        "key": f"{recipe}-{seed}",
        "metrics": dict(finals),
        "evaluations": evaluations,
        "kimg": kimg,
        "d_steps": 1563,
        "g_steps": 1563,
        "seconds": kimg * 1000 / speed,
        "warmup_seconds": 1.2,
        "evaluation_seconds": 6.5,
        "images_per_second": speed,
        "peak_memory_mb": 410.0 + seed,
        "parameters": {"G": 134721, "D": 98113},
        "samples": 10000,
        "environment": ENVIRONMENT,
        "folder": f"{recipe.replace(':', '-').replace('=', '-').replace('/', '-')}/seed{seed}",
    } | more


def stopped(recipe: str, seed: int, status: str, reason: str, looks: int = 0, **more) -> dict:
    """A run that ended early, after ``looks`` evaluations of what would have been five."""
    whole = run(recipe, seed, {"fid": 60.0, "is": 3.0})
    empty = dict.fromkeys(("images_per_second", "peak_memory_mb"))
    early = {"status": status, "reason": reason, "metrics": None, "evaluations": whole["evaluations"][:looks]}
    return whole | empty | early | more


def results(runs: list[dict], seeds: tuple[int, ...] = (0, 1, 2), **more) -> dict:
    """The content of a ``results.json``."""
    names = dict.fromkeys(run["recipe"] for run in runs)
    return {
        "schema": 1,
        "ganzoo": "0.1.0",
        "command": f"ganzoo bench {' '.join(names)}",
        "started": "2026-11-21T10:00:00+00:00",
        "finished": "2026-11-21T10:03:42+00:00",
        "dataset": {
            "name": "digits",
            "hash": "9f1c" * 16,
            "n": 1797,
            "channels": 1,
            "height": 8,
            "width": 8,
            "classes": [str(i) for i in range(10)],
        },
        "budget": {"kimg": 100.0},
        "seeds": list(seeds),
        "samples": 10000,
        "extractor": {"extractor": "digits", "weights": "ab" * 32, "version": "1", "torch_fidelity": "0.4.0"},
        "columns": [dict(column) for column in COLUMNS],
        "floor": {"fid": 0.52, "is": None},
        "floor_n": 898,
        "real": {"is": 9.76},
        "recipes": {
            name: {
                "title": "A GAN",
                "year": 2016,
                "paper": "arXiv:1511.06434",
                "departs": DEPARTS,
                "text": yaml_of(name),
            }
            for name in names
        },
        "environment": ENVIRONMENT,
        "runs": runs,
    } | more


def two_recipes() -> list[dict]:
    """``FINALS`` as six finished runs."""
    return [
        run(recipe, seed, {key: values[seed] for key, values in finals.items()})
        for recipe, finals in FINALS.items()
        for seed in range(3)
    ]


POINT_COLUMNS = [
    {"key": "modes", "label": "modes", "better": "higher"},
    {"key": "high-quality", "label": "high quality %", "better": "higher"},
    {"key": "reverse-kl", "label": "reverse KL", "better": "lower"},
]
POINT_FINALS = {
    "gan": {"modes": [6.0, 7.0, 6.0], "high-quality": [98.2, 97.96, 98.44], "reverse-kl": [0.45, 0.36, 0.54]},
    "pacgan": {"modes": [8.0, 8.0, 8.0], "high-quality": [95.6, 93.2, 96.88], "reverse-kl": [0.0704, 0.0612, 0.0811]},
}


def point_run(recipe: str, seed: int, looks: int = 2) -> dict:
    """A finished run on points, of which ``modes`` drew a picture at every evaluation."""
    finals = {key: values[seed] for key, values in POINT_FINALS[recipe].items()}
    made = run(recipe, seed, finals, looks=looks)
    for look in made["evaluations"]:
        look["metrics"] = dict(finals)
        look["pictures"] = {"modes": look["grid"].replace("kimg", "modes-kimg")}
    return made | {"samples": 2500}


def point_results(runs: list[dict], **more) -> dict:
    """The content of a ``results.json`` of a bench on points."""
    content = results(runs, samples=2500, columns=POINT_COLUMNS, floor_n=50_000, **more)
    content["dataset"] |= {"name": "ring", "n": 100_000, "channels": 2, "height": 1, "width": 1, "points": True}
    content["dataset"]["classes"] = [f"({i}, 0)" for i in range(8)]
    content["floor"] = {"modes": 8.0, "high-quality": 98.87, "reverse-kl": 0.0002}
    content["real"] = {"modes": 8.0, "high-quality": 98.91}
    return content


def drawn_points(n: int, spread: float, seed: int) -> np.ndarray:
    """``n`` points near the corners of an octagon, ``(n, 2, 1, 1)`` float32."""
    rng = np.random.default_rng(seed)
    angles = rng.integers(8, size=n) * np.pi / 4
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) + spread * rng.standard_normal((n, 2))
    return points.astype(np.float32)[:, :, None, None]


def write_point_bench(folder: Path, content: dict) -> Path:
    """Put ``content`` of a bench on points, and the pictures it names, into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    real = drawn_points(300, 0.01, seed=9)
    (folder / "real.png").write_bytes(scatter_png(real[:0], real))
    for one in content["runs"]:
        for look in one["evaluations"]:
            missing = 1 - look["kimg"] / one["kimg"]
            path = folder / one["folder"] / look["grid"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(scatter_png(drawn_points(300, 0.02 + missing, seed=one["seed"]), real))
            counts = [300 - 30 * one["seed"] - 100 * int(2 * missing)] * int(look["metrics"]["modes"])
            counts += [0] * (8 - len(counts))
            drawing = bars_png(counts, [12_361] * 8, 2500, 100_000)
            (folder / one["folder"] / look["pictures"]["modes"]).write_bytes(drawing)
    return folder


def write_grid(path: Path, images: np.ndarray) -> None:
    """Put a grid of ``images`` into a file, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(grid_png(images))


def write_bench(folder: Path, content: dict, *, real: bool = True) -> Path:
    """Put ``content`` and the grids it names into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    if real:
        write_grid(folder / "real.png", digits(64, 0.05, seed=1))
    for one in content["runs"]:
        for look in one["evaluations"]:
            part = look["kimg"] / (one["kimg"] or 1.0)
            write_grid(folder / one["folder"] / look["grid"], digits(64, 0.12 + 0.6 * (1 - part), seed=one["seed"]))
    return folder


def read(content: dict) -> BenchResults:
    """Give the results that the reader of ``results.json`` makes of this content, with JSON's types."""
    return BenchResults.parse(json.loads(json.dumps(content)), "results.json")


def table_of(content: dict) -> Table:
    """Its table."""
    return aggregate(read(content))
