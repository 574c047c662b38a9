"""Judging a generator, end to end: FID and IS of N samples by ganzoo and by others, and the Fréchet step alone.

    python benchmarks/evaluation.py                                  # CPU: 1,000 samples; CUDA: 10,000 and 50,000
    python benchmarks/evaluation.py --samples 200 --rounds 1         # a quick look
    python benchmarks/evaluation.py --samples --rounds 5 --out       # the Fréchet step only

Everybody judges the same DCGAN for 32x32 images from the same noise, with an Inception network of the right layout and
the same random weights, so that nothing has to be downloaded: the work and the memory are those of the published
weights, the numbers are no FID of anything. What is kept of the real images is made beforehand. Everything else counts:
opening the network, noise, images, features, numbers. torch-fidelity's `calculate_metrics` is given the generator as
its input. torchmetrics and pytorch-fid are given its images from memory, keep their networks open, and are asked for
the FID alone:

    pip install pytorch-fid torchmetrics

All compute in float32 without TF32. On a GPU torch-fidelity is run a second time with TF32 as torch sets it, since that
is what its users get; the features, and so the numbers, are then other ones.

Where definitions are the same the numbers must be the same to 1e-5: all but pytorch-fid resize images in the same way.
In float32, single pixels may round to another byte in batches of another size, and torch-fidelity's eigenvalues are
good for about six digits where there are fewer samples than features. The exit code is 1 if they are not.
"""

import math
import sys
import tempfile
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.roots import factor
from judges import (
    BASE,
    CHANNELS,
    FEWEST,
    NOT_EQUAL,
    PEERS,
    SIDE,
    WIDTH,
    Numbers,
    Setting,
    UnavailableError,
    ganzoo,
    imported,
    random_inception,
    real_images,
    torch_fidelity,
    untrained,
    version_of,
)
from measuring import Stopwatch, interleaved, parsed, parser, ratios, report, spread, tell
from torch import Tensor

from ganzoo.backend.precision import without_tf32
from ganzoo.registry.discovery import load_zoo

DISTRIBUTIONS = ("torch-fidelity", "torchmetrics", "pytorch-fid", "scipy")
SAME = 1e-5  # relative
COLUMNS = ("contestant", "metrics", "seconds", "wall seconds", "images/s", f"x {BASE}", "fid", "is", "equal", "note")
STEPS = ("contestant", "seconds", "wall seconds", f"x {BASE}", "fid", "equal", "note")


# -- measuring -----------------------------------------------------------------------------------------------------


class Timed:
    """A contestant that notes wall time and CPU time of each turn, what it found, and why it gave up if it did."""

    def __init__(self, run: Callable[[], Numbers], device: str) -> None:
        self.run, self.device = run, torch.device(device)
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self.found: Numbers = {}
        self.failed = ""

    def __call__(self) -> None:
        """Take a turn."""
        if self.failed:
            return
        self._wait()
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            self.found = self.run()
        except Exception as error:  # a stranger's code, in a run of hours: the others go on
            self.failed = _reason(error)
            return
        self._wait()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def _reason(error: Exception) -> str:
    text = str(error) if isinstance(error, UnavailableError) else f"fails: {type(error).__name__}: {error}"
    return " ".join(text.split())


def raced(
    runs: Mapping[str, Callable[[], Numbers]],
    absent: Mapping[str, str],
    *,
    device: str,
    threads: int,
    rounds: int,
    notes: Mapping[str, str],
) -> list[dict[str, Any]]:
    """One row a contestant: times, ratios to ``BASE``, numbers, and whether these are the base's.

    Args:
        runs: what one turn of each is.
        absent: why the others take no part.
        device: on which they run.
        threads: on a CPU.
        rounds: number of turns of each.
        notes: on those whose numbers are not defined as the base's.
    """
    watch = Stopwatch(device, threads)
    timed = {name: Timed(run, device) for name, run in runs.items()}
    interleaved(timed, watch, rounds=rounds, warmup=0, say=tell)
    by_cpu = watch.kind != "wall time"
    absent = {**absent, **{name: each.failed for name, each in timed.items() if each.failed}}
    clock = {name: each.cpu if by_cpu else each.wall for name, each in timed.items() if name not in absent}
    base = timed[BASE].found if BASE in clock else None
    rows: list[dict[str, Any]] = []
    for name, seconds in clock.items():
        each = timed[name]
        row = {
            "contestant": name,
            "metrics": ", ".join(key.upper() for key in each.found),
            "seconds": spread(seconds),
            "wall seconds": spread(each.wall),
            "CPU seconds": spread(each.cpu),
            **each.found,
        }
        if base is not None:
            row[f"x {BASE}"] = ratios(clock[BASE], seconds)
            row["differs by"] = max(_apart(each.found[key], base[key]) for key in each.found)
            if name not in notes:
                row["equal"] = agrees(each.found, base)
        rows.append({**row, "note": notes[name]} if name in notes else row)
    return rows + [{"contestant": name, "note": reason} for name, reason in absent.items()]


def _apart(value: float, base: float) -> float:
    """Return the distance of a number from another, as a share of that."""
    return abs(value - base) / abs(base) if base else math.inf * abs(value - base) if value != base else 0.0


def agrees(found: Numbers, base: Numbers) -> bool:
    """Return whether all numbers that both have are the same to ``SAME``."""
    return all(math.isclose(value, base[key], rel_tol=SAME) for key, value in found.items())


def opened(
    setting: Setting, peers: Sequence[str], tell: Callable[[str], None] = tell
) -> tuple[dict[str, Callable[[int], Numbers]], dict[str, str]]:
    """Return the contestants, warm and with what they keep of the real images; and why others are none."""
    tell("ganzoo: real images")
    ready, absent = {"ganzoo": ganzoo(setting)}, {}
    wanted = {name: PEERS[name] for name in peers}
    if BASE in wanted and setting.device.startswith("cuda"):
        wanted[f"{BASE}, TF32"] = lambda given: torch_fidelity(given, tf32=True)
    for name, build in wanted.items():
        tell(f"{name}: real images")
        try:
            ready[name] = build(setting)
        except Exception as error:  # a peer that is absent or broken is told of, and the others go on
            absent[name] = _reason(error)
    ready["ganzoo"](FEWEST)
    return ready, absent


def end_to_end(setting: Setting, chosen: Namespace) -> dict[str, list[dict[str, Any]]]:
    """Return a table for each number of samples."""
    ready, absent = opened(setting, chosen.peers)
    notes = {**NOT_EQUAL, f"{BASE}, TF32": "as torch sets it: other features"}
    tables = {}
    for n in chosen.samples:
        tell(f"{n:,} samples")
        rows = raced(
            {name: (lambda score=score, n=n: score(n)) for name, score in ready.items()},
            absent,
            device=setting.device,
            threads=chosen.threads,
            rounds=chosen.rounds,
            notes={name: text for name, text in notes.items() if name in ready},
        )
        for row in rows:
            if "seconds" in row:
                row["images/s"] = n / row["seconds"]["median"]
        tables[f"{n:,} samples of a generator, {len(setting.real):,} real images"] = rows
    return tables


# -- the Fréchet step ----------------------------------------------------------------------------------------------


def features(n: int, width: int, seed: int) -> Tensor:
    """``(n, width)`` float32 whose covariance has eigenvalues over several orders of magnitude, as Inception's."""
    rng = torch.Generator().manual_seed(seed)
    scale = torch.logspace(0, -2, width)
    turn = torch.linalg.qr(torch.randn(width, width, generator=torch.Generator().manual_seed(0))).Q
    return (torch.randn(n, width, generator=rng) + 0.1 * seed) * scale @ turn + 0.5


def steps(n: int, width: int, chosen: Namespace) -> list[dict[str, Any]]:
    """Return the distance from means and covariances that are known; of rows, too, where there are
    fewer than features.
    """
    metric = FrechetDistance()
    fake, real = (metric.summarise({"features": features(n, width, seed).to(chosen.device)}) for seed in (1, 2))
    plain = [{name: summary[name].cpu().numpy() for name in ("mu", "sigma")} for summary in (fake, real)]

    def whole() -> Numbers:
        return {"fid": metric.compare(*({**s, "factor": factor(s["sigma"])} for s in (fake, real)))}

    def kept() -> Numbers:
        return {"fid": metric.compare({**fake, "factor": factor(fake["sigma"])}, real)}

    def from_rows() -> Numbers:
        return {"fid": metric.compare(fake, real)}

    ours = {"ganzoo": whole, "ganzoo, real factor kept": kept} if n > width else {"ganzoo, rows kept": from_rows}
    runs: dict[str, Callable[[], Numbers]] = dict(ours)
    absent = {}
    try:
        library = imported("torch_fidelity", "torch-fidelity")
        runs[BASE] = lambda: {
            "fid": library.metric_fid.fid_statistics_to_metric(*plain, verbose=False)["frechet_inception_distance"]
        }
    except UnavailableError as error:
        absent[BASE] = str(error)
    try:
        sqrtm = imported("scipy.linalg", "scipy").sqrtm
        runs["scipy sqrtm"] = lambda: {"fid": by_matrix_root(sqrtm, *plain)}
    except UnavailableError as error:
        absent["scipy sqrtm"] = str(error)
    notes = {"scipy sqrtm": "of a singular matrix: inexact"} if n <= width else {}
    with without_tf32():
        return raced(runs, absent, device=chosen.device, threads=chosen.threads, rounds=chosen.rounds, notes=notes)


def by_matrix_root(sqrtm: Callable[[np.ndarray], np.ndarray], *statistics: Mapping[str, np.ndarray]) -> float:
    """Return the distance as FID's authors compute it, through the root of the covariances' product."""
    (mu, sigma), (other_mu, other_sigma) = ((each["mu"], each["sigma"]) for each in statistics)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy's, where the product is singular
        root = sqrtm(sigma @ other_sigma).real
    return float(((mu - other_mu) ** 2).sum() + np.trace(sigma) + np.trace(other_sigma) - 2 * np.trace(root))


# -- the script ----------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write where that was asked for; 1 if numbers that must be equal are not."""
    made = parser(__doc__, rounds=3)
    made.add_argument("--samples", type=int, nargs="*", help="default: 1000, on CUDA 10000 50000; none: no judging")
    made.add_argument("--real", type=int, help="real images (default: 1000, on CUDA 10000)")
    made.add_argument(
        "--frechet", type=int, nargs="*", default=[10_000, 1_000], help="images of the Fréchet step alone"
    )
    made.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="default: all that are installed")
    chosen = parsed(made, arguments)
    cuda = chosen.device.startswith("cuda")
    chosen.samples = ([10_000, 50_000] if cuda else [1_000]) if chosen.samples is None else chosen.samples
    chosen.real = chosen.real or (10_000 if cuda else 1_000)
    tables = judging(chosen) if chosen.samples else {}
    for n in chosen.frechet:
        tell_all(tables, chosen, whole=False)
        tell(f"the Fréchet step, {n:,} images")
        tables[f"Fréchet step, {WIDTH} features of {n:,} and {n:,} images"] = steps(n, WIDTH, chosen)
    tell_all(tables, chosen, whole=True)
    return int(any(row.get("equal") is False for rows in tables.values() for row in rows))


def judging(chosen: Namespace) -> dict[str, list[dict[str, Any]]]:
    """Return a table for each number of samples, of the same generator and network."""
    registry = load_zoo(third_party=False).registry
    G = untrained(registry, chosen.device)
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(
            G=G,
            z_dim=G.z_dim,
            real=real_images(chosen.real),
            registry=registry,
            weights=random_inception(Path(folder) / "random-inception.pth"),
            folder=Path(folder),
            device=chosen.device,
        )
        return end_to_end(setting, chosen)


def tell_all(tables: dict[str, list[dict[str, Any]]], chosen: Namespace, *, whole: bool) -> None:
    """Print and write what was measured so far."""
    judged = [title for title in tables if not title.startswith("Fréchet")]
    report(
        "evaluation",
        chosen,
        protocol={
            "clock": Stopwatch(chosen.device, chosen.threads).kind,
            "generator": f"dcgan, {SIDE}x{SIDE}x{CHANNELS}, not trained",
            "extractor": "Inception v3 of torch-fidelity's layout, random weights, float32 without TF32",
            "samples": chosen.samples,
            "real images": chosen.real,
            "rounds": chosen.rounds,
            "equal means": f"to {SAME:g} of {BASE}'s numbers",
        },
        tables=tables,
        columns={title: COLUMNS if title in judged else STEPS for title in tables},
        versions={name: version_of(name) for name in DISTRIBUTIONS},
        whole=whole,
    )


if __name__ == "__main__":
    sys.exit(main())
