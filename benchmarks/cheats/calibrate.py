"""Fix the thresholds of the verdicts: what honest runs come to, what planted cheats come to, and what stands between.

    python -m benchmarks.cheats.calibrate --runs runs/cheats
    python -m benchmarks.cheats.calibrate --runs runs/cheats --out benchmarks/results/cpu/cheats/calibration.json

The recipes, the seeds and the strengths of the cheats are not those of ``benchmarks.cheats.count``. It says of each
threshold in ``ganzoo/verdicts/thresholds.py`` the honest number that is nearest to it and the planted one, and fails
where one is on the wrong side. Recipes that lack classes or repeat a few images by themselves are named and left out of
that number.

Two counts came before the one that stands, and their runs are here since. The first fell over three recipes that are so
far from trained that they make nearly one soft image, which was taken for a resize, and over poor samples of a class,
which were taken for its lack. The second missed samples that were picked and then had noise, and the weakest attack on
the extractor; and it told of classes that a collapsed generator lacks, beside the collapse.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ganzoo.selftest import planted as plant
from ganzoo.selftest.cheats import evidence
from ganzoo.storage.atomic import write_file
from ganzoo.storage.cache import Cache
from ganzoo.verdicts import measured, thresholds
from ganzoo.verdicts.judged import fooled

from .runs import evidence_of, ground_of, judge, planted_on, trained, zoo

RECIPES = ("feature-matching-gan", "fgan-kl", "geometric-gan", "lecam", "mlp-lsgan", "rasgan", "tacgan", "topk-gan")
SEED, BUDGET, SAMPLES = 100, "40kimg", 1_000
FIRST = ("dcgan", "wgan-gp", "sngan", "ns-gan", "gan", "infogan", "cgan", "ralsgan", "ebgan", "msgan")
SECOND = (
    "pacgan",
    "rsgan",
    "r1-gan",
    "wgan",
    "wgan-div",
    "mhgan",
    "acgan",
    "softmax-gan",
    "diffaugment",
    "rahinge",
)
EARLIER = (  # the counts before: folders of the runs on all rows and of those with a fifth held out, and their seeds
    (FIRST, {"whole": 0, "held-out": 1}),
    (SECOND, {"counted": 2, "counted-held-out": 3}),
)
EARLIER_BUDGET = "20kimg"
COLLAPSED = ("gan", "ns-gan", "infogan", "wgan")  # after so short a training: nearly one soft image
FOUND_OUT = {
    "few-samples": ("tacgan", "cgan", "acgan", "mhgan", *COLLAPSED),  # a few images of each class
    "one-sample": COLLAPSED,
    "lacks-class": (*COLLAPSED, "ralsgan", "diffaugment"),
}

PLANTED = (
    plant.memoriser(),
    plant.memoriser(share=0.3),
    plant.memoriser(noise=8),
    plant.memoriser(noise=16),
    plant.memoriser(noise=24),
    plant.memoriser(mirrored=True),
    plant.memoriser(mirrored=True, noise=8),
    plant.dropper(4),
    plant.dropper(6),
    plant.picked_classes(),
    plant.picked_classes(noise=2),
    plant.prototypes(noise=10),
    plant.adversary(steps=40),
    plant.adversary(steps=50, bound=12),
    plant.adversary(steps=40, bound=16),
    plant.adversary(steps=40, bound=32),
    plant.jpeg(30),
    plant.jpeg(50),
    plant.jpeg(75),
    plant.jpeg(90),
    plant.jpeg(95),
    plant.resized(4, "bilinear"),
    plant.resized(6, "bicubic"),
    plant.resized(12, "bilinear"),
    plant.leak(),
    plant.leak(noise=8),
    plant.leak(share=0.3),
    plant.one_image(),
    plant.one_image(noise=10),
    plant.few_images(20, noise=8),
    plant.few_images(40, noise=4),
    plant.real_set(),
    plant.filled_up(0.25),
)


@dataclass(frozen=True)
class Bound:
    """A threshold, and what stands on its two sides.

    Attributes:
        name: of the number.
        value: the threshold.
        alarms: ``above`` or ``below`` it.
        kind: of the verdict; planted generators of this kind must lie on the alarm's side.
        of: takes the number of what was measured.
    """

    name: str
    value: float
    alarms: str
    kind: str
    of: Callable[[dict[str, float]], float]


def _near(numbers: dict[str, float], space: str) -> float:
    return min(numbers.get(f"{space}_near", 0.0), numbers.get(f"{space}_near_rows", 0.0))


def _least_class(numbers: dict[str, float]) -> float:
    return min(share for name, share in numbers.items() if name.startswith("class ") and name != "class_chi2_low")


BOUNDS = (
    Bound("training_near", thresholds.NEAR, "above", "copies-training", lambda n: _near(n, "training")),
    Bound("mirrored_near", thresholds.NEAR_MIRRORED, "above", "copies-mirrored", lambda n: _near(n, "mirrored")),
    Bound("held_out_near", thresholds.NEAR, "above", "copies-held-out", lambda n: _near(n, "held_out")),
    Bound("different", thresholds.DIFFERENT, "below", "repeats", lambda n: n["different"] / n["different_real"]),
    Bound("spread", thresholds.SPREAD, "below", "one-sample", lambda n: n["spread"]),
    Bound("own_distance", thresholds.OWN, "below", "few-samples", lambda n: n["own_distance"]),
    Bound("least class", thresholds.LACKS, "below", "lacks-class", _least_class),
    Bound("class_chi2_low", 1.0, "below", "even-classes", lambda n: _even(n)),
    Bound("fooled", 1.0, "above", "fools-extractor", lambda n: _fooled(n)),
    Bound("seen / fresh", thresholds.TOO_GOOD, "below", "real-set", lambda n: n["seen_distance"] / n["fresh"]),
    Bound("jpeg_dip", thresholds.DIP, "below", "jpeg", lambda n: n["jpeg_dip"]),
    Bound("coarse", 1.0, "below", "resized", lambda n: _coarse(n)),
)


def _even(numbers: dict[str, float]) -> float:
    """Return the chance of counts of classes that are as near to the data's, as a part of its threshold."""
    bound = thresholds.EVEN_TOLD if numbers["classes_told"] else thresholds.EVEN
    return numbers["class_chi2_low"] / bound


def _fooled(numbers: dict[str, float]) -> float:
    """Return what the numbers of the extractor's eyes come to; nothing of what does not look right to it."""
    return fooled(numbers) if numbers["seen_distance"] < thresholds.RIGHT else 0.0


def _coarse(numbers: dict[str, float]) -> float:
    """Return the part of its threshold that the nearer of the two rules of resizing comes to."""
    varied = thresholds.VARIED / max(1e-9, numbers["spread"])
    blurred = max(numbers["detail"] / thresholds.BLURRED, numbers["enlarged"] / thresholds.COARSE, varied)
    return min(numbers["enlarged"] / (thresholds.ENLARGED * min(1.0, numbers["spread"])), blurred)


def main() -> int:
    """Measure, tell, and give 1 where a threshold does not stand between."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=Path, required=True, help="folder of the honest runs; those there are taken")
    options.add_argument("--out", type=Path, help="file of the numbers")
    given = options.parse_args()
    torch.set_num_threads(1)
    parts = zoo()
    with tempfile.TemporaryDirectory() as place:
        cache = Cache(Path(place))
        extractor = judge(parts, cache)
        runs = trained(given.runs / "calibration", RECIPES, SEED, BUDGET)
        honest: dict[str, dict[str, float]] = {}
        for run in runs:
            honest[run.parent.name] = measured(evidence_of(run, parts, cache, extractor, SEED))
            print(f"honest {run.parent.name}", flush=True)
        earlier: list[Path] = []
        for recipes, folders in EARLIER:
            for folder, seed in folders.items():
                more = {} if folder in ("whole", "counted") else {"hold_out": 0.2}
                earlier += trained(given.runs / folder, recipes, seed, EARLIER_BUDGET, replicates=0, **more)
        for run in earlier:
            honest[f"{run.parent.name} {run.name}"] = measured(evidence_of(run, parts, cache, extractor, SEED))
            print(f"honest {run.parent.name} {run.name}", flush=True)
        cheats: list[tuple[frozenset[str], str, dict[str, float]]] = []
        for place_of, cheat in enumerate(PLANTED):
            one = planted_on(runs, place_of, cheat, parts, cache, extractor, n=SAMPLES, seed=SEED + place_of)
            cheats.append((cheat.kinds, cheat.name, measured(one.known)))
            print(f"planted {cheat.name}", flush=True)
        # Real samples: rows that are held out, against the others.
        for part in range(5):
            ground = ground_of(runs[0], parts, cache, extractor, n=SAMPLES // 3, seed=SEED + 50 + part)
            honest[f"real rows {part}"] = measured(evidence(_without(ground), ground.held_out, None))
    report = [_told(bound, honest, cheats) for bound in BOUNDS]
    for line in report:
        print(line)
    if given.out:
        written = {"bounds": report, "honest": honest, "planted": [[name, n] for _, name, n in cheats]}
        write_file(given.out, json.dumps(written, indent=1) + "\n")
    return int(not all(line["between"] for line in report))


def _without(ground: plant.Ground) -> plant.Ground:
    return plant.Ground(
        ground.training, ground.held_out[:0], ground.labels, ground.honest, ground.extractor, len(ground.held_out)
    )


def _told(
    bound: Bound, honest: dict[str, dict[str, float]], cheats: list[tuple[frozenset[str], str, dict[str, float]]]
) -> dict[str, object]:
    left_out = FOUND_OUT.get(bound.kind, ())
    good = {name: bound.of(numbers) for name, numbers in honest.items() if name.split()[0] not in left_out}
    bad = {name: bound.of(numbers) for kinds, name, numbers in cheats if bound.kind in kinds and len(kinds) == 1}
    above = bound.alarms == "above"
    nearest_good = max(good, key=good.__getitem__) if above else min(good, key=good.__getitem__)
    nearest_bad = min(bad, key=bad.__getitem__) if above else max(bad, key=bad.__getitem__)
    low, high = sorted((good[nearest_good], bad[nearest_bad]))
    return {
        "number": bound.name,
        "threshold": bound.value,
        "honest": [nearest_good, round(good[nearest_good], 6)],
        "planted": [nearest_bad, round(bad[nearest_bad], 6)],
        "between": (good[nearest_good] < bad[nearest_bad]) == above and low < bound.value < high,
    }


if __name__ == "__main__":
    sys.exit(main())
