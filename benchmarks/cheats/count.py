"""Count how many of 50 planted cheats the verdicts find, and how many of 20 honest runs they accuse.

    python -m benchmarks.cheats.count --runs runs/cheats
    python -m benchmarks.cheats.count --runs runs/cheats --out benchmarks/results/cpu/cheats/count.json

The honest runs are of ten recipes: each once on all digits, and once with a fifth of them held out. The planted
generators begin with samples of those about which there is no alarm, which could be theirs. No recipe, no seed
and no strength of a cheat was used to fix a threshold; those are in ``benchmarks.cheats.calibrate``. Two are later, and
excepted: ``OVERRATED_WITH`` and ``SQUEEZED``, of runs of the same recipes with other seeds, and of two of its attacks.

That an honest run lacks a class, or repeats a few images, is no false alarm where it is so. It is confirmed by other
eyes than the verdict's: a lack by a linear classifier of the pixels, and few images by the spread of samples within the
classes that it sees.
"""

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganzoo.bench.runs.environment import environment
from ganzoo.selftest import planted as plant
from ganzoo.storage.atomic import write_file
from ganzoo.storage.cache import Cache
from ganzoo.verdicts import Evidence, Verdict, judged, measured

from .runs import evidence_of, judge, planted_on, trained, zoo

RECIPES = (
    "fgan-tv",
    "fgan-pearson",
    "lipschitz-gan",
    "wgan-lp",
    "adcgan",
    "apa",
    "zero-centred-gp",
    "bgan",
    "fisher-gan",
    "dragan",
)
BUDGET, SAMPLES = "20kimg", 900
WHOLE, HELD_OUT = 4, 5  # seeds
DEALT = 200  # added to the place of a cheat, for the seed that deals its rows and draws its samples
TRUE_LACK = 0.25  # of the data's share
TRUE_FEW = 0.75  # of the real spread within classes

PLANTED = (
    # a memoriser
    plant.memoriser(),
    plant.memoriser(share=0.8),
    plant.memoriser(share=0.25),
    plant.memoriser(share=0.13),
    # with noise, or mirrored
    plant.memoriser(noise=2),
    plant.memoriser(noise=7),
    plant.memoriser(noise=12),
    plant.memoriser(noise=18),
    plant.memoriser(noise=22),
    plant.memoriser(mirrored=True),
    plant.memoriser(mirrored=True, noise=4),
    plant.memoriser(mirrored=True, noise=15),
    plant.memoriser(mirrored=True, share=0.4),
    # without some classes
    plant.dropper(1),
    plant.dropper(5),
    plant.dropper(8),
    plant.dropper(2, 6),
    plant.dropper(0, 3, 9),
    # picked by class histogram
    plant.picked_classes(noise=1),
    plant.picked_classes(noise=3),
    plant.weighted_classes(),
    plant.prototypes(noise=7),
    plant.prototypes(noise=18),
    # optimised against the extractor
    plant.adversary(steps=80),
    plant.adversary(steps=60, bound=10),
    plant.adversary(steps=60, bound=14),
    plant.adversary(steps=60, bound=24),
    plant.adversary(steps=60, bound=40),
    # JPEG there and back
    plant.jpeg(25),
    plant.jpeg(45),
    plant.jpeg(70),
    plant.jpeg(85),
    plant.jpeg(94),
    # a wrong resize
    plant.resized(3, "bilinear"),
    plant.resized(5, "bicubic"),
    plant.resized(6, "bilinear"),
    plant.resized(14, "bilinear"),
    plant.resized_by_record("bicubic", "area"),
    # a leak of held-out rows
    plant.leak(),
    plant.leak(noise=3),
    plant.leak(noise=12),
    plant.leak(share=0.15),
    # one image
    plant.one_image(),
    plant.one_image(noise=4),
    plant.one_image(noise=12, generated=True),
    plant.few_images(25, noise=5),
    # the real set, and fewer samples
    plant.real_set(),
    plant.fewer(0.4),
    plant.fewer(0.9),
    plant.filled_up(0.6),
)


def main() -> int:
    """Count, tell, and give 1 where a cheat was missed or an honest run accused."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=Path, required=True, help="folder of the honest runs; those there are taken")
    options.add_argument("--out", type=Path, help="file of what was counted")
    given = options.parse_args()
    torch.set_num_threads(1)
    parts = zoo()
    with tempfile.TemporaryDirectory() as place:
        cache = Cache(Path(place))
        extractor = judge(parts, cache)
        runs = trained(given.runs / "third", RECIPES, WHOLE, BUDGET, replicates=0)
        runs += trained(given.runs / "third-held-out", RECIPES, HELD_OUT, BUDGET, replicates=0, hold_out=0.2)
        honest = []
        for run in runs:
            honest.append(_honest(run, evidence_of(run, parts, cache, extractor, 0)))
            print(_line(honest[-1]), flush=True)
        bases = [run for run, told in zip(runs, honest, strict=True) if not told["alarms"]]
        planted = []
        for place_of, cheat in enumerate(PLANTED):
            one = planted_on(bases, place_of, cheat, parts, cache, extractor, n=SAMPLES, seed=DEALT + place_of)
            planted.append(_planted(cheat, one.base, judged(measured(one.known))))
            print(_line(planted[-1]), flush=True)
    caught, accused = sum(one["ok"] for one in planted), sum(not one["ok"] for one in honest)
    print(f"{caught} of {len(planted)} planted ones caught, {accused} of {len(honest)} honest runs accused")
    if given.out:
        written = {
            "schema": 1,
            "command": "python -m benchmarks.cheats.count --runs runs/cheats",
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "caught": caught,
            "planted": planted,
            "accused": accused,
            "honest": honest,
            "environment": environment("cpu", 1, []),
        }
        write_file(given.out, json.dumps(written, indent=1) + "\n")
    return int(caught < len(planted) or accused > 0)


def _planted(cheat: plant.Planted, base: Path, found: list[Verdict]) -> dict[str, Any]:
    alarms = [one for one in found if one.alarm]
    caught = [one for one in alarms if one.kind in cheat.kinds]
    return {
        "name": cheat.name,
        "of": f"{base.parent.name} {base.name}",
        "ok": bool(caught) and all(one.next for one in alarms),
        "said": [one.sentence("it") for one in (*caught, *(one for one in alarms if one not in caught))],
        "next": caught[0].next if caught else "",
    }


def _honest(run: Path, known: Evidence) -> dict[str, Any]:
    found = judged(measured(known))
    alarms = [one for one in found if one.alarm]
    true = [one for one in alarms if _is_true(one, known)]
    return {
        "name": f"{run.parent.name} {run.name}",
        "ok": len(true) == len(alarms),
        "alarms": len(alarms),
        "said": [f"{one.sentence(run.parent.name)} {one.why}" for one in found],
        "confirmed": [one.says for one in true],
    }


def _is_true(verdict: Verdict, known: Evidence) -> bool:
    """Tell whether a lack of an honest run is one by other eyes than those that found it: by pixels alone."""
    assert known.labels is not None
    seen = _linear(known.training_rows, known.labels, known.rows)
    if verdict.kind == "lacks-class":
        names = [name.removeprefix("class ") for name in verdict.numbers]
        return all(_share(seen, known.labels, known.classes.index(name)) < TRUE_LACK for name in names)
    if verdict.kind in ("few-samples", "one-sample"):
        return _within(known.rows, seen) < TRUE_FEW * _within(known.training_rows, known.labels)
    return False


def _linear(rows: Tensor, labels: Tensor, others: Tensor) -> Tensor:
    """Return the classes of other rows by a linear classifier, ridge regression on the rows' labels."""
    mean = rows.mean(dim=0)
    x, targets = (rows - mean).double(), torch.nn.functional.one_hot(labels).double()
    weights = torch.linalg.solve(x.T @ x + torch.eye(x.shape[1]).double(), x.T @ (targets - targets.mean(dim=0)))
    return ((others - mean).double() @ weights + targets.mean(dim=0)).argmax(dim=1)


def _share(seen: Tensor, labels: Tensor, c: int) -> float:
    return float((seen == c).double().mean() / (labels == c).double().mean())


def _within(rows: Tensor, classes: Tensor) -> float:
    """Return the root of the mean squared distance of a row to the mean of its class."""
    off = torch.cat([rows[classes == c] - rows[classes == c].mean(dim=0) for c in classes.unique()])
    return float(off.square().sum(dim=1).mean().sqrt())


def _line(told: dict[str, Any]) -> str:
    return f"{'ok  ' if told['ok'] else 'FELL'} {told['name']}: {' '.join(told['said'])}"


if __name__ == "__main__":
    sys.exit(main())
