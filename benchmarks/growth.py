"""The cost as the work grows: time and peak memory, and whether they grow along a straight line.

    python benchmarks/growth.py                         # all that is swept
    python benchmarks/growth.py batch samples --out     # some of it

- ``image size``: a step of dcgan on images of 32, 64 and 128 pixels, the first and last layers as wide everywhere. A
  doubling of the side is 4 times the pixels and one layer more for each player, which is why it may cost a little more
  than the pixels do.
- ``batch``: a step of dcgan.
- ``samples``: judging so many images through the extractor of ``digits``, on 8x8 images of noise.
- ``recipes``: planning a bench of so many recipes: reading, checking and building each.
- ``plugins``: ``ganzoo list`` with so many installed plugins, each of a distribution of its own with one loss.

Every point is a process of its own, the median of ``--rounds`` of them; points are measured by turns. ``exponent`` is
that of the power law through the points: 1 is a line through nothing at all. ``bend`` is the greatest distance of a
point from the straight line through all of them, as a share of the greatest: near 0 the line is straight, wherever it
starts. Memory is what the process holds at most, beyond what it held before the work began.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from measuring import bend, exponent, line, parsed, parser, report, spread, tell
from peers import synthetic, trainer

from ganzoo.bench.plan import prepare
from ganzoo.bench.profiling.matrix_rate import synchronize
from ganzoo.bench.profiling.memory import forget_peak, peak_memory, resident_memory
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.metrics import Evaluator
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

POINT = "--point"  # how this script calls itself for one point, in a fresh process


# -- one point -----------------------------------------------------------------------------------------------------


def _held(device: torch.device) -> float:
    """MB that are held now."""
    return torch.cuda.memory_allocated(device) / 1e6 if device.type == "cuda" else resident_memory() or 0.0


def _timed(work: Callable[[], Any], device: str, times: int) -> dict[str, float]:
    """Seconds of one piece of work, the least of some repeats, and the MB that it took at most.

    The memory is left out where the system does not tell.
    """
    where = torch.device(device)
    forget_peak(where)
    before, best = _held(where), float("inf")
    for _ in range(times):
        synchronize(where)
        began = time.perf_counter()
        work()
        synchronize(where)
        best = min(best, time.perf_counter() - began)
    most = peak_memory(where)
    return {"seconds": best} if most is None else {"seconds": best, "MB": max(0.0, most - before)}


def _step(device: str, steps: int, *, size: int, batch: int, width: int) -> dict[str, float]:
    registry = load_zoo(third_party=False).registry
    overrides = [f"generator.width={width}", f"discriminator.width={width}", f"schedule.batch={batch}"]
    images = synthetic(size, n=max(256, batch))
    ours = trainer(resolve(registry, "dcgan", overrides), registry, images, device, "fp32")
    # The first makes what is made once, whose memory counts; it is never the fastest.
    return _timed(ours.step, device, steps + 1)


def image_size(n: int, given: dict[str, Any]) -> dict[str, float]:
    """Return a step of dcgan on ``n`` x ``n`` images."""
    return _step(given["device"], given["steps"], size=n, batch=given["batch"], width=given["width"])


def batch(n: int, given: dict[str, Any]) -> dict[str, float]:
    """Return a step of dcgan with batches of ``n``."""
    return _step(given["device"], given["steps"], size=given["size"], batch=n, width=given["width"])


def samples(n: int, given: dict[str, Any]) -> dict[str, float]:
    """Return the Fréchet distance and the inception score of ``n`` images."""
    zoo, cache = load_zoo(third_party=False), Cache.open()
    evaluator = Evaluator.open(zoo.registry, "digits", ("fid", "is"), device=given["device"], cache=cache)
    reference = evaluator.reference(synthetic(8, 500, channels=1), "noise of growth.py")
    rng = torch.Generator().manual_seed(1)

    def draw(k: int) -> torch.Tensor:
        return torch.randint(0, 256, (k, 1, 8, 8), dtype=torch.uint8, generator=rng)

    evaluator.score(draw, 100, reference)  # what is made once
    return _timed(lambda: evaluator.score(draw, n, reference), given["device"], given["steps"])


def recipes(n: int, given: dict[str, Any]) -> dict[str, float]:
    """Planning a bench of ``n`` recipes."""
    zoo, cache = load_zoo(third_party=False), Cache.open()

    def request(count: int) -> RunSettings:
        named = tuple(f"dcgan:generator.width=8:discriminator.width=8:schedule.batch={8 + i}" for i in range(count))
        return RunSettings(
            recipes=named, budget=Budget(kimg=1.0), seeds=(0,), dataset="digits", device="cpu", threads=1
        )

    prepare(request(1), zoo, cache)  # what is read and cached once
    return _timed(lambda: prepare(request(n), zoo, cache), "cpu", given["steps"])


def plugins(n: int, given: dict[str, Any]) -> dict[str, float]:
    """``ganzoo list`` with ``n`` plugins in ``given["folder"]``, which is on the path."""
    ran = [sys.executable, "-P", "-m", "ganzoo", "list", "losses"]
    told = ""

    def listed() -> None:
        nonlocal told
        told = subprocess.run(ran, capture_output=True, text=True, check=True).stdout

    measured = _timed(listed, "cpu", given["steps"])
    found = sum(row.startswith("growth-") for row in told.splitlines())
    if found != n:
        raise RuntimeError(f"ganzoo list tells of {found} of the {n} losses of the {n} plugins")
    return {"seconds": measured["seconds"]}


def install(n: int, folder: Path) -> None:
    """Put ``n`` plugins into a folder: for each a module and the metadata of an installed distribution."""
    for i in range(n):
        name = f"growth_{i:04}"
        module = folder / name
        module.mkdir(parents=True)
        (module / "__init__.py").write_text(
            '"""A plugin that growth.py made."""\n\nfrom ganzoo import hookimpl\n\n\n@hookimpl\n'
            f'def register_losses(register):\n    register("growth-{i:04}", f"{{__name__}}.loss:Loss")\n'
        )
        metadata = folder / f"{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[ganzoo]\n{name} = {name}\n")


@dataclass(frozen=True)
class Sweep:
    """One thing that grows.

    Attributes:
        work: gives what one point costs; its name is what grows.
        unit: of a point's number in the table.
        ns: the points.
        tiny: the points of a quick look.
        amount: what the cost should be in proportion to.
    """

    work: Callable[[int, dict[str, Any]], dict[str, float]]
    unit: str
    ns: tuple[int, ...]
    tiny: tuple[int, ...]
    amount: Callable[[int], float] = float


SWEEPS = {
    "image-size": Sweep(image_size, "pixels a side", (32, 64, 128), (8, 16, 32), amount=lambda n: float(n * n)),
    "batch": Sweep(batch, "images", (16, 32, 64, 128, 256), (4, 8, 16)),
    "samples": Sweep(samples, "images", (1000, 2000, 4000, 8000, 16000, 32000), (200, 400, 800)),
    "recipes": Sweep(recipes, "recipes", (1, 4, 16, 64, 256), (1, 2, 4)),
    "plugins": Sweep(plugins, "plugins", (1, 10, 50, 100, 250, 500), (1, 2, 4)),
}


# -- a sweep -------------------------------------------------------------------------------------------------------


def _child(title: str, n: int, given: dict[str, Any], more: dict[str, str]) -> dict[str, float]:
    threads = str(given["threads"])
    there = {**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, **more}
    asked = json.dumps({"title": title, "n": n, "given": given})
    done = subprocess.run([sys.executable, __file__, POINT, asked], env=there, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{title} at {n} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def swept(title: str, chosen: Namespace, folder: Path) -> list[dict[str, Any]]:
    """Return the points of one sweep, each with its spread."""
    sweep = SWEEPS[title]
    ns = sweep.tiny if chosen.tiny else sweep.ns
    given = {key: getattr(chosen, key) for key in ("device", "threads", "steps", "batch", "size", "width")}
    more = {n: {"GANZOO_CACHE": str(folder / "cache")} for n in ns}
    if sweep.work is plugins:
        for n in ns:
            install(n, folder / f"{n}-plugins")
            path = [str(folder / f"{n}-plugins"), *filter(None, [os.environ.get("PYTHONPATH")])]
            more[n]["PYTHONPATH"] = os.pathsep.join(path)
            _child(title, n, {**given, "steps": 1}, more[n])  # compiles their modules, which are cached then
    told: dict[int, list[dict[str, float]]] = {n: [] for n in ns}
    for i in range(chosen.rounds):
        for n in ns:
            told[n].append(_child(title, n, given, more[n]))
        tell(f"{title}: round {i + 1} of {chosen.rounds}")
    rows = []
    for n in ns:
        row: dict[str, Any] = {"n": n, "seconds": spread([point["seconds"] for point in told[n]])}
        if "MB" in told[n][0]:
            row["MB"] = spread([point["MB"] for point in told[n]])
        rows.append(row)
    return rows


def fitted(title: str, what: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how the medians of one column grow with the amount of work."""
    sweep = SWEEPS[title]
    xs, ys = [sweep.amount(row["n"]) for row in rows], [row[what]["median"] for row in rows]
    slope, intercept = line(xs, ys)
    return {
        "what": f"{what} by {title.replace('-', ' ')}",
        "exponent": exponent(xs, ys) if min(ys) > 0 else None,
        "bend": bend(xs, ys) if max(ys) > 0 else None,
        "each one more": slope,
        "at none": intercept,
        "from the least to the most": f"{ys[-1] / ys[0]:.3g} times for {xs[-1] / xs[0]:.3g} times" if ys[0] else None,
    }


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=3)
    made.add_argument("sweeps", nargs="*", metavar="SWEEP", help=f"of these: {', '.join(SWEEPS)} (default: all)")
    made.add_argument("--steps", type=int, default=3, help="repeats in a process, the fastest counts (default: 3)")
    made.add_argument("--batch", type=int, default=16, help="where it does not grow (default: 16)")
    made.add_argument("--size", type=int, default=32, help="of images where it does not grow (default: 32)")
    made.add_argument("--width", type=int, default=32, help="of dcgan's outer layers (default: 32)")
    made.add_argument("--tiny", action="store_true", help="few small points, for a quick look")
    chosen = parsed(made, arguments)
    titles = chosen.sweeps or list(SWEEPS)
    if unknown := set(titles) - SWEEPS.keys():
        made.error(f"there is no sweep {unknown.pop()!r}; there are: {', '.join(SWEEPS)}")
    tables: dict[str, list[dict[str, Any]]] = {}
    fits = []
    with tempfile.TemporaryDirectory() as folder:
        for title in titles:
            rows = swept(title, chosen, Path(folder))
            tables[f"{title.replace('-', ' ')}, in {SWEEPS[title].unit}"] = rows
            fits += [fitted(title, what, rows) for what in ("seconds", "MB") if what in rows[0]]
    columns = dict.fromkeys(tables, ("n", "seconds", "MB"))
    tables["How it grows"] = fits
    report(
        "growth",
        chosen,
        protocol={
            "clock": "wall time",
            "rounds": chosen.rounds,
            "repeats in a process": chosen.steps,
            "batch": chosen.batch,
            "size": chosen.size,
            "width": chosen.width,
        },
        tables=tables,
        columns={
            **columns,
            "How it grows": ("what", "exponent", "bend", "each one more", "at none", "from the least to the most"),
        },
    )
    return 0


def point(asked: str) -> None:
    """Measure one point in a child process, and print it on stdout."""
    what = json.loads(asked)
    torch.set_num_threads(what["given"]["threads"])
    print(json.dumps(SWEEPS[what["title"]].work(what["n"], what["given"])))


if __name__ == "__main__":
    if sys.argv[1:2] == [POINT]:
        point(sys.argv[2])
    else:
        sys.exit(main())
