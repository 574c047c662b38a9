"""Mode coverage on mixtures of Gaussians and on stacked MNIST: the tables of VEEGAN, PacGAN and R3GAN, played again.

    python benchmarks/modes.py ring --out                                          # shortened, on this machine's CPU
    python benchmarks/modes.py grid --protocol paper --device cuda --out           # as published, with ten seeds
    python benchmarks/modes.py stacked-mnist --protocol paper --device cuda --data-dir mnist --out
    python benchmarks/modes.py ring benchmarks/mixtures/ns-gan.yaml my.yaml        # these recipes alone
    python benchmarks/modes.py ring --bench runs/ring --out                        # of runs that are kept, and go on

Without recipes, all of benchmarks/mixtures/ are played on points: one method each, on the networks, optimizer and
schedule of PacGAN's experiments (arXiv:1712.04086, and its code). On stacked MNIST those are bundled recipes and
variants of them. The protocols are fixed below. The shortened ones change what they say of every recipe alike.

A run lasts as many turns of the discriminator whatever the recipe, as in the paper, and so a recipe of packs of m
samples sees m times as many: budgets differ, and each is told in its cell, as that of a published number is. The table
gives the mean over the seeds and its standard error, as the published ones do; one seed has none.
"""

import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import BESIDE, ROOT, device_folder, mean_with_error, parsed, parser, report, standard_error, tell

from ganzoo.recipes import safeyaml
from ganzoo.recipes.differences.stale import TEXTS
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry

MIXTURES = ROOT / "benchmarks" / "mixtures"
STACKED = (  # batches of pacgan are 64 packs, as in the paper's code
    "dcgan",
    "wgan-gp",
    "pacgan:schedule.batch=128",
    "rpgan-r1r2:loss=non-saturating",
    "rpgan-r1r2:regularizers=[r1]",
    "rpgan-r1r2",
    "r3gan",
)
MODES = {"ring": 8, "grid": 25, "stacked-mnist": 1000}
SAMPLES = {"ring": 2500, "grid": 2500, "stacked-mnist": 26_000}
METRICS = {"modes": "{:.1f}", "high-quality": "{:.1f}", "reverse-kl": "{:.2f}"}
LABELS = {"modes": "modes", "high-quality": "high quality %", "reverse-kl": "reverse KL"}


@dataclass(frozen=True)
class Protocol:
    """The fixed terms of a protocol.

    Attributes:
        turns: of the discriminator in a run.
        seeds: as many, from 0.
        evaluations: spread evenly over a run; the last one counts.
        overrides: of every recipe.
    """

    turns: int
    seeds: int
    evaluations: int
    overrides: tuple[str, ...] = ()


POINTS = {
    "paper": Protocol(turns=400_000, seeds=10, evaluations=20),
    "short": Protocol(
        turns=8_000,
        seeds=3,
        evaluations=5,
        overrides=(
            "generator.width=128",
            "generator.init_std=null",
            "discriminator.width=32",
            "discriminator.init_std=null",
            "g_optimizer.lr=1.0e-3",
            "d_optimizer.lr=5.0e-3",
            "schedule.ema=0.999",
        ),
    ),
    "glance": Protocol(turns=20, seeds=2, evaluations=1, overrides=("generator.width=8", "discriminator.width=8")),
}
IMAGES = {
    "paper": Protocol(turns=100_000, seeds=3, evaluations=10),
    "short": Protocol(turns=2_000, seeds=3, evaluations=2, overrides=("generator.width=16", "discriminator.width=16")),
    "glance": Protocol(turns=4, seeds=2, evaluations=1, overrides=("generator.width=4", "discriminator.width=4")),
}
PROTOCOLS = {"ring": POINTS, "grid": POINTS, "stacked-mnist": IMAGES}


@dataclass(frozen=True)
class Published:
    """A row of a paper.

    Attributes:
        source: whose table it is.
        kimg: thousand samples that its discriminator was shown; None where that is not known.
        values: by data and metric, as printed.
    """

    source: str
    kimg: float | None
    values: Mapping[str, Mapping[str, str]]

    def cell(self, data: str, key: str) -> str | None:
        """Return a number with its budget and its source, or None where none was published."""
        value = self.values.get(data, {}).get(key)
        budget = "budget not known" if self.kimg is None else f"{self.kimg:,.0f} kimg"
        return None if value is None else f"{value} ({budget}, {self.source})"


def _points(source: str, kimg: float | None, ring: str, grid: str) -> Published:
    """Modes, high quality and reverse KL of both mixtures, in this order and as far as there are any."""
    rows = {"ring": ring, "grid": grid}
    return Published(source, kimg, {data: dict(zip(METRICS, row.split(), strict=False)) for data, row in rows.items()})


def _images(source: str, kimg: float | None, modes: str, divergence: str) -> Published:
    """Modes and reverse KL of stacked MNIST."""
    return Published(source, kimg, {"stacked-mnist": {"modes": modes, "reverse-kl": divergence}})


# arXiv:1712.04086, arXiv:1705.07761 and, quoted by others, arXiv:2501.05441
PACGAN, PACGAN_2, VEEGAN, R3GAN = "PacGAN, table 1", "PacGAN, table 2", "VEEGAN's table", "R3GAN, table 1"
PUBLISHED = {
    "ns-gan": _points(PACGAN, 40_000, "6.3±0.5 98.2±0.2 0.45±0.09", "17.3±0.8 94.8±0.7 0.70±0.07"),
    "pacgan2": _points(PACGAN, 80_000, "7.9±0.1 95.6±2.0 0.07±0.03", "23.8±0.7 91.3±0.8 0.13±0.04"),
    "pacgan3": _points(PACGAN, 120_000, "7.8±0.1 97.7±0.3 0.10±0.02", "24.6±0.4 94.2±0.4 0.06±0.02"),
    "pacgan4": _points(PACGAN, 160_000, "7.8±0.1 95.9±1.4 0.07±0.02", "24.8±0.2 93.6±0.6 0.04±0.01"),
    "unrolled-gan": _points(VEEGAN, None, "7.6 35.6", "23.6 16"),
    "dcgan": _images(PACGAN_2, 6_400, "78.9±6.5", "4.50±0.13"),
    "pacgan:schedule.batch=128": _images(PACGAN_2, 12_800, "1000±0", "0.06±0.003"),
    "rpgan-r1r2:loss=non-saturating": _images(R3GAN, None, "693", "0.927"),
    "rpgan-r1r2:regularizers=[r1]": _images(R3GAN, None, "failed", "failed"),
    "rpgan-r1r2": _images(R3GAN, None, "1000", "0.078"),
    "r3gan": _images(R3GAN, None, "1000", "0.029"),
}
NOT_PLAYED = {
    "ALI": _points(PACGAN, 40_000, "6.6±0.3 97.6±0.4 0.36±0.04", "24.1±0.4 95.7±0.6 0.14±0.03"),
    "VEEGAN": _points(VEEGAN, None, "8 52.9", "24.6 40"),
    "DCGAN (VEEGAN's authors)": _images(VEEGAN, None, "99", "3.40"),
    "VEEGAN, images": _images(VEEGAN, None, "150", "2.95"),
}


# -- what is played -------------------------------------------------------------------------------------------------


def kimg_of(recipe: Recipe, protocol: Protocol) -> float:
    """Thousand samples that the discriminator sees in a run."""
    return protocol.turns * recipe.schedule.batch / 1000


def by_budget(recipes: Mapping[str, Recipe], protocol: Protocol) -> dict[float, list[str]]:
    """Recipes, as they were named, by what a run of theirs sees; the smallest budget first."""
    groups: dict[float, list[str]] = {}
    for spec, recipe in recipes.items():
        groups.setdefault(kimg_of(recipe, protocol), []).append(spec)
    return dict(sorted(groups.items()))


def bench_command(
    recipes: Sequence[str], data: str, kimg: float, protocol: Protocol, out: Path, *more: str
) -> list[str]:
    """Return the words of the bench of one budget."""
    fixed = {
        "--data": data,
        "--seeds": str(protocol.seeds),
        "--budget": f"{kimg:g}kimg",
        "--evaluations": str(protocol.evaluations),
        "--samples": str(SAMPLES[data]),
        "--metrics": ",".join(METRICS),
        "--extractor": data,
        "--out": str(out),
    }
    overrides = [word for override in protocol.overrides for word in ("--override", override)]
    return ["bench", *recipes, *(word for pair in fixed.items() for word in pair), *overrides, *more]


def departs(results: Mapping[str, Any], data: str, kimg: float, protocol: Protocol) -> list[str]:
    """In what a bench is not what the protocol says."""
    wanted = {
        "data": (results["dataset"]["name"], data),
        "seeds": (results["seeds"], list(range(protocol.seeds))),
        "budget": (results["budget"], {"kimg": kimg}),
        "samples": (results["samples"], SAMPLES[data]),
        "extractor": (results["extractor"].get("extractor"), data),
    }
    return [f"its {key} are {found!r} and not {should!r}" for key, (found, should) in wanted.items() if found != should]


def runs_of(
    results: Mapping[str, Any], recipes: Iterable[Recipe], data: str, kimg: float, protocol: Protocol
) -> dict[str, list[Mapping[str, Any]]]:
    """Return the runs of each recipe in a bench of one budget.

    Raises:
        SystemExit: the bench does not keep to the protocol, or lacks a recipe, or played another of its name.
    """
    if wrong := departs(results, data, kimg, protocol):
        sys.exit(f"the bench of {kimg:g} kimg does not keep to the protocol: {'; '.join(wrong)}")
    found: dict[str, list[Mapping[str, Any]]] = {}
    for recipe in recipes:
        played = results["recipes"].get(recipe.name)
        if played is None:
            sys.exit(f"the bench of {kimg:g} kimg has no recipe {recipe.name!r}")
        if moves(safeyaml.load(played["text"])) != moves(recipe.to_dict()):
            sys.exit(f"the bench of {kimg:g} kimg played another recipe {recipe.name!r} than this one")
        found[recipe.name] = [run for run in results["runs"] if run["recipe"] == recipe.name]
    return found


def moves(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a recipe plays, without texts, ranges of a search and what was published."""
    return {key: value for key, value in recipe.items() if key not in TEXTS}


# -- the table ------------------------------------------------------------------------------------------------------


def row_of(recipe: str, runs: Sequence[Mapping[str, Any]], data: str, kimg: float) -> dict[str, Any]:
    """One recipe's row: of each metric the mean and its standard error, beside what was published."""
    done = [run for run in runs if run["status"] == "done"]
    row: dict[str, Any] = {"recipe": recipe, "kimg": kimg, "values": {}}
    of_all = f" of {len(done)} seeds" if len(done) < len(runs) else ""
    for key, form in METRICS.items():
        values = [run["metrics"][key] for run in done]
        mean, error = (statistics.fmean(values), standard_error(values)) if values else (None, None)
        row["values"][key] = {"mean": mean, "standard error": error, "seeds": values}
        if mean is not None:
            row[LABELS[key]] = f"{mean_with_error(values, form)}{of_all} ({kimg:,g} kimg)"
    whole = sum(value == MODES[data] for value in row["values"]["modes"]["seeds"])
    row[f"all {MODES[data]}"] = f"{whole} of {len(runs)} seeds"
    row["not done"] = [f"seed {run['seed']} {run['status']}" for run in runs if run["status"] != "done"] or None
    return row | published_cells(PUBLISHED.get(recipe), data)


def published_cells(row: Published | None, data: str) -> dict[str, str | None]:
    """Return the cells of a published row, each with its budget and its source."""
    return {f"published {label}": row.cell(data, key) if row else None for key, label in LABELS.items()}


def best_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows by their modes, the most first, then by the share of points of high quality; without numbers last."""

    def rank(row: Mapping[str, Any]) -> tuple[float, ...]:
        means = [row["values"][key]["mean"] for key in ("modes", "high-quality")]
        return tuple(math.inf if mean is None else -mean for mean in means)

    return sorted(rows, key=rank)


# -- the script -----------------------------------------------------------------------------------------------------


def play(words: Sequence[str], folder: Path) -> None:
    """Let ``ganzoo bench`` do it, whose results go into ``folder``.

    Raises:
        SystemExit: it ended without results; a run that failed or diverged is a result.
    """
    tell("ganzoo " + " ".join(words))
    code = subprocess.run([sys.executable, "-P", "-m", "ganzoo", *words]).returncode
    if not (folder / "results.json").is_file():
        sys.exit(code or 1)


def bench_of(results: Mapping[str, Any]) -> str:
    """Return what a record tells of a bench that its rows are from."""
    ran = results["environment"]
    made = f"on {ran.get('device')}, torch {ran.get('torch')}, {ran.get('precision')}"
    commit = (ran.get("commit") or "unknown")[:12]
    return f"{results['budget']['kimg']:g} kimg {made}, finished {results['finished']}, commit {commit}"


def keep_pictures(folder: Path, bench: Path, runs: Iterable[Mapping[str, Any]]) -> None:
    """Copy what each recipe's first seed drew last, where it drew anything."""
    for run in runs:
        if run["seed"] == 0 and run.get("evaluations"):
            place = Path(run["folder"])
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bench / place / run["evaluations"][-1]["grid"], folder / f"{place.parent.name}.png")


def resolved(specs: Sequence[str], protocol: Protocol, registry: Registry) -> dict[str, Recipe]:
    """Recipes by how they are named, as the protocol changes them."""
    return {spec: resolve(registry, spec, protocol.overrides) for spec in specs}


def recipes_of(data: str) -> list[str]:
    """Return the recipes of a table, as they are named."""
    return list(STACKED) if data == "stacked-mnist" else [str(path) for path in sorted(MIXTURES.glob("*.yaml"))]


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=1)
    made.add_argument("data", choices=MODES)
    made.add_argument("recipes", nargs="*", metavar="RECIPE", help="default: those of the table")
    made.add_argument("--data-dir", type=Path, help="where the files of MNIST lie")
    made.add_argument("--protocol", choices=POINTS, default="short", help="default: short; glance: whether it runs")
    made.add_argument("--bench", type=Path, help="where the benches lie, one a budget: played there, or only read")
    made.add_argument("--together", type=int, help="seeds that share a GPU (default: all; on a CPU 1)")
    made.add_argument("--parallel", default="auto", help="as ganzoo bench takes it (default: auto)")
    chosen = parsed(made, arguments)
    protocol = PROTOCOLS[chosen.data][chosen.protocol]
    specs = chosen.recipes or recipes_of(chosen.data)
    recipes = resolved(specs, protocol, load_zoo().registry)
    chosen.together = chosen.together or (protocol.seeds if chosen.device.startswith("cuda") else 1)
    more = ["--device", chosen.device, "--threads", str(chosen.threads)]
    more += ["--together", str(chosen.together), "--parallel", chosen.parallel]
    more += ["--data-dir", str(chosen.data_dir)] if chosen.data_dir else []
    if chosen.out == BESIDE:
        name = f"modes-{chosen.data}-{chosen.protocol}.json"
        chosen.out = str(ROOT / "benchmarks" / "results" / device_folder(chosen.device) / name)
    rows: list[dict[str, Any]] = []
    benches: list[str] = []
    budgets = by_budget(recipes, protocol)
    with tempfile.TemporaryDirectory() as scratch:
        for kimg, named in budgets.items():
            folder = (chosen.bench or Path(scratch)) / f"{kimg:g}kimg"
            if not (folder / "results.json").is_file():
                play(bench_command(named, chosen.data, kimg, protocol, folder, *more), folder)
            results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
            found = runs_of(results, [recipes[spec] for spec in named], chosen.data, kimg, protocol)
            rows += [row_of(name, runs, chosen.data, kimg) for name, runs in found.items()]
            benches.append(bench_of(results))
            if chosen.out:
                keep_pictures(Path(chosen.out).with_suffix(""), folder, results["runs"])
            if len(benches) < len(budgets):
                tell_all(rows, benches, protocol, chosen, whole=False)
    tell_all(rows, benches, protocol, chosen, whole=True)
    return 0


def tell_all(
    rows: list[dict[str, Any]], benches: list[str], protocol: Protocol, chosen: Namespace, *, whole: bool
) -> None:
    """Print and write the rows of the benches that were played so far."""
    title = f"Modes of {chosen.data} ({MODES[chosen.data]}), {chosen.protocol} protocol, mean ± standard error"
    alone = "Published, and not played here"
    others = [
        {"recipe": name, **published_cells(row, chosen.data)}
        for name, row in NOT_PLAYED.items()
        if chosen.data in row.values
    ]
    columns = [word for label in LABELS.values() for word in (label, f"published {label}")]
    report(
        "modes",
        chosen,
        protocol={
            "data": chosen.data,
            "turns of the discriminator": protocol.turns,
            "seeds": protocol.seeds,
            "generated samples": SAMPLES[chosen.data],
            "changed in every recipe": ", ".join(protocol.overrides) or "nothing",
            "seeds together": chosen.together,
            "benches": "; ".join(benches),
        },
        tables={
            title: best_first(rows),
            alone: others,
        },
        columns={
            title: ("recipe", *columns, f"all {MODES[chosen.data]}", "not done"),
            alone: ("recipe", *(f"published {label}" for label in LABELS.values())),
        },
        whole=whole,
    )


if __name__ == "__main__":
    sys.exit(main())
