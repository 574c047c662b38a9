"""Time to quality: seconds of training until a recipe's images first come within fixed distances of the real ones.

    python benchmarks/time_to_quality.py dcgan wgan-gp                              # on digits, on this machine
    python benchmarks/time_to_quality.py dcgan r3gan --data cifar10-jpeg.tar.xz --device cuda --out
    python benchmarks/time_to_quality.py dcgan --bench runs/OLD                     # of a bench that was played before

Any recipe enters: a bundled one, a variant, a file, or that of a plugin that is installed. The protocol of a data set
is fixed below, and was written before anything was run: the targets of the Fréchet distance, what sees the images, how
many of them, how long a run may take, and when it is evaluated. The runs are those of ``ganzoo bench``, one at a time,
with three seeds. Its clock counts training alone; warm-up and evaluations are in no time. A run reaches a target at its
first evaluation below it, so times are coarse by one interval between evaluations, which is told.

The table gives the median over the seeds; a run that never reaches a target counts as longer than any other.
"""

import json
import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measuring import parsed, parser, report, tell

METRIC = "fid"
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Protocol:
    """The fixed terms of a data set.

    Attributes:
        targets: of the Fréchet distance, the easiest first.
        extractor: what sees the images.
        samples: images that an evaluation generates.
        kimg: of a run, in thousand real images shown to D.
        evaluations: spread evenly over the run.
    """

    targets: tuple[float, ...]
    extractor: str
    samples: int
    kimg: int
    evaluations: int


PROTOCOLS = {
    "digits": Protocol((20.0, 10.0, 5.0), "digits", samples=1797, kimg=400, evaluations=40),
    "mnist": Protocol((20.0, 10.0, 5.0), "mnist", samples=10_000, kimg=2000, evaluations=50),
    "cifar10-jpeg": Protocol((100.0, 50.0, 25.0), "inception", samples=10_000, kimg=20_000, evaluations=100),
}


def protocol_of(name: str) -> Protocol:
    """Return that of a data set.

    Raises:
        SystemExit: there is none.
    """
    if name not in PROTOCOLS:
        sys.exit(f"there is no protocol for the data {name!r}; there are: {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def reached(evaluations: Iterable[Mapping[str, Any]], target: float) -> Mapping[str, Any] | None:
    """Return the first evaluation with a distance below the target."""
    return next((look for look in evaluations if look["metrics"][METRIC] < target), None)


def row_of(recipe: str, runs: Sequence[Mapping[str, Any]], targets: Sequence[float]) -> dict[str, Any]:
    """One recipe's row: for each target the median of its seeds, and every seed's time."""
    row: dict[str, Any] = {"recipe": recipe, "targets": []}
    for target in targets:
        looks = [reached(run["evaluations"], target) for run in runs]
        seconds = statistics.median([look["seconds"] if look else math.inf for look in looks])
        kimg = statistics.median([look["kimg"] if look else math.inf for look in looks])
        got = math.isfinite(seconds)
        of_all = f" ({sum(look is not None for look in looks)} of {len(looks)} seeds)" if None in looks else ""
        row[f"s to {target:g}"] = f"{seconds:.4g}{of_all}" if got else f"never{of_all}"
        row["targets"].append(
            {
                "target": target,
                "seconds": seconds if got else None,
                "kimg": kimg if got else None,
                "seeds": [{"seconds": look["seconds"], "kimg": look["kimg"]} if look else None for look in looks],
            }
        )
    best = [min(look["metrics"][METRIC] for look in run["evaluations"]) for run in runs if run["evaluations"]]
    row["best distance"] = statistics.median(best) if best else None
    rates = [run["images_per_second"] for run in runs if run["images_per_second"]]
    row["real images/s"] = statistics.median(rates) if rates else None
    row["not done"] = [f"seed {run['seed']} {run['status']}" for run in runs if run["status"] != "done"] or None
    return row


def fastest_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows by the time to the hardest target, then to the one before it."""

    def rank(row: Mapping[str, Any]) -> list[float]:
        return [math.inf if at["seconds"] is None else at["seconds"] for at in reversed(row["targets"])]

    return sorted(rows, key=rank)


def departs(results: Mapping[str, Any], protocol: Protocol) -> list[str]:
    """In what a bench is not what the protocol says."""
    wanted = {
        "seeds": (results["seeds"], list(SEEDS)),
        "budget": (results["budget"], {"kimg": float(protocol.kimg)}),
        "samples": (results["samples"], protocol.samples),
        "extractor": (results["extractor"].get("extractor"), protocol.extractor),
        "evaluations": (
            sorted({len(run["evaluations"]) for run in results["runs"] if run["status"] == "done"}),
            [protocol.evaluations],
        ),
    }
    return [f"its {key} are {is_!r} and not {should!r}" for key, (is_, should) in wanted.items() if is_ != should]


def rows_of(results: Mapping[str, Any], recipes: Sequence[str], protocol: Protocol) -> list[dict[str, Any]]:
    """Return the table's rows for some recipes of a bench.

    Raises:
        SystemExit: the bench does not keep to the protocol, or lacks a recipe.
    """
    if wrong := departs(results, protocol):
        sys.exit(f"this bench does not keep to the protocol: {'; '.join(wrong)}")
    runs: dict[str, list[Mapping[str, Any]]] = {name: [] for name in recipes}
    for run in results["runs"]:
        if run["recipe"] in runs:
            runs[run["recipe"]].append(run)
    if lacking := [name for name, found in runs.items() if not found]:
        sys.exit(f"this bench has no recipe {lacking[0]!r}")
    return fastest_first(row_of(name, found, protocol.targets) for name, found in runs.items())


def bench_command(recipes: Sequence[str], data: str, protocol: Protocol, out: Path, *more: str) -> list[str]:
    """Return the words of the bench that is played."""
    fixed = {
        "--data": data,
        "--seeds": ",".join(map(str, SEEDS)),
        "--budget": f"{protocol.kimg}kimg",
        "--evaluations": str(protocol.evaluations),
        "--samples": str(protocol.samples),
        "--extractor": protocol.extractor,
        "--metrics": METRIC,
        "--parallel": "1",
        "--out": str(out),
    }
    return ["bench", *recipes, *(word for pair in fixed.items() for word in pair), *more]


def named(data: str) -> str:
    """Return the name of a protocol: a data set's own, or what a file is called before its first dot."""
    return Path(data).name.partition(".")[0].lower()


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=1)
    made.add_argument("recipes", nargs="+", metavar="RECIPE")
    made.add_argument("--data", default="digits", help="a data set's name, or its file (default: digits)")
    made.add_argument("--data-dir", type=Path, help="where the files of a named data set lie")
    made.add_argument("--bench", type=Path, help="a bench's folder: played there or, where it ended before, only read")
    made.add_argument("--precision", help="of the runs, as ganzoo bench takes it")
    made.add_argument("--extractor-weights", type=Path, help="the extractor's weights")
    chosen = parsed(made, arguments)
    protocol = protocol_of(named(chosen.data))
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.bench or Path(scratch) / "bench"
        if not (folder / "results.json").is_file():
            more = ["--device", chosen.device, "--threads", str(chosen.threads)]
            more += ["--data-dir", str(chosen.data_dir)] if chosen.data_dir else []
            more += ["--precision", chosen.precision] if chosen.precision else []
            more += ["--extractor-weights", str(chosen.extractor_weights)] if chosen.extractor_weights else []
            words = bench_command(chosen.recipes, chosen.data, protocol, folder, *more)
            tell("ganzoo " + " ".join(words))
            ran = subprocess.run([sys.executable, "-P", "-m", "ganzoo", *words])
            if not (folder / "results.json").is_file():  # with some, a run that failed or diverged is a result
                return ran.returncode or 1
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    rows = rows_of(results, chosen.recipes, protocol)
    label = next(column["label"] for column in results["columns"] if column["key"] == METRIC)
    title = f"Seconds of training to reach a {label} on {results['dataset']['name']}, median of {len(SEEDS)} seeds"
    report(
        "time_to_quality",
        chosen,
        protocol={
            "data": {key: results["dataset"][key] for key in ("name", "hash", "n", "channels", "height", "width")},
            **asdict(protocol),
            "metric": label,
            "seeds": list(SEEDS),
            "kimg between evaluations": protocol.kimg / protocol.evaluations,
            "bench": {key: results[key] for key in ("started", "finished", "environment", "extractor")},
        },
        tables={title: rows},
        columns={
            title: (
                "recipe",
                *(f"s to {target:g}" for target in protocol.targets),
                "best distance",
                "real images/s",
                "not done",
            )
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
