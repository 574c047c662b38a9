"""Two folders of images compared, end to end: ganzoo beside torch-fidelity, from files to the FID.

    python benchmarks/folders.py                                # 200 generated and 200 real images, on one thread
    python benchmarks/folders.py --images 64 --rounds 2         # a quick look
    python benchmarks/folders.py --out                          # and the record, beside the others

Both read the same PNG files of 32x32 pixels, with an Inception network of the right layout and the same random
weights, so that nothing has to be downloaded. Neither knows anything of the files beforehand: each round begins
with empty caches. Opening the network counts. Both compute in float32 without TF32. ganzoo is timed as
`ganzoo eval` runs (spreads, floors, hashes and nearest pairs), and with the FID alone, which is what torch-fidelity
computes. The numbers must be the same to 1e-5, the exit code is 1 if they are not: ours and torch-fidelity's, the
latter without the eigenvalues that are zero of so few images (see ``distance_of_rank``).
"""

import contextlib
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from judges import BASE, WIDTH, Numbers, imported, random_inception, real_images, version_of
from measuring import Stopwatch, interleaved, parsed, parser, ratios, report, spread, tell
from PIL import Image

from ganzoo.backend.precision import without_tf32
from ganzoo.evaluation import evaluate

SAME = 1e-5  # relative
Moments = Mapping[str, np.ndarray]
OURS, ALONE = "ganzoo eval", "ganzoo, FID alone"
COLUMNS = ("contestant", "seconds", "images/s", f"x {BASE}", "fid", "equal")
DISTRIBUTIONS = ("torch-fidelity", "torchvision", "pillow")


def image_folder(folder: Path, n: int, skip: int) -> Path:
    """Write ``n`` images as PNG files, behind the first ``skip`` that there are."""
    folder.mkdir()
    for i, image in enumerate(real_images(skip + n)[skip:]):
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(folder / f"{i:05}.png")
    return folder


def distance_of_rank(one: Moments, other: Moments, rank: int) -> float:
    """Return the Fréchet distance as torch-fidelity computes it, of the ``rank`` largest eigenvalues alone.

    The covariances of n images have the rank n - 1 at most, and so has their product, whose other eigenvalues are zero.
    A general solver gives them as rounding, up to about eps times the product's norm; torch-fidelity adds their roots,
    of which each is up to sqrt(eps) times the root of the norm, to the trace: for 64 images and 2,048 features 1,985
    roots of 7e-10 on average, which make its distance too small by 4.5e-5 of it. From 2,049 images on nothing is left
    out, and this is its own number.

    Args:
        one: ``mu (F,)`` and ``sigma (F, F)`` of one set.
        other: likewise.
        rank: what the product has at most.
    """
    values = np.linalg.eigvals(one["sigma"].dot(other["sigma"])).astype("complex128")
    largest = values[np.argsort(-abs(values))][:rank]
    gap = one["mu"] - other["mu"]
    return float(gap @ gap + np.trace(one["sigma"]) + np.trace(other["sigma"]) - 2 * np.sqrt(largest).real.sum())


def contestants(folder: Path, n: int, device: str, moments: list[Moments]) -> dict[str, Callable[[], Numbers]]:
    """Return what gives the FID of the two folders, by name.

    Args:
        folder: for the files, the weights and the cache.
        n: images in each folder.
        device: where networks run.
        moments: become those that torch-fidelity's number was computed of.
    """
    fake, real = image_folder(folder / "fake", n, n), image_folder(folder / "real", n, 0)
    weights = random_inception(folder / "random-inception.pth")
    cache = folder / "cache"
    os.environ["GANZOO_CACHE"] = str(cache)

    def ours(**options: Any) -> Numbers:
        shutil.rmtree(cache, ignore_errors=True)
        found = evaluate(fake, real, metrics=("fid",), extractor_weights=weights, device=device, **options)
        return {"fid": found["fid"].value}

    def theirs() -> Numbers:
        formula = imported("torch_fidelity.metric_fid", BASE)
        own = formula.fid_statistics_to_metric
        with (
            without_tf32(),
            contextlib.redirect_stdout(sys.stderr),
            patch.object(formula, "fid_statistics_to_metric", wraps=own) as called,
        ):
            found = imported("torch_fidelity", BASE).calculate_metrics(
                input1=str(fake),
                input2=str(real),
                fid=True,
                cuda=device.startswith("cuda"),
                cache=False,
                verbose=False,
                feature_extractor_weights_path=str(weights),
            )
        moments[:] = called.call_args.args[:2]
        return {"fid": found["frechet_inception_distance"]}

    return {BASE: theirs, OURS: ours, ALONE: lambda: ours(replicates=0, pairs=False)}


def rows_of(
    seconds: Mapping[str, list[float]], found: Mapping[str, Numbers], images: int, expected: float
) -> list[dict[str, Any]]:
    """Return the table's rows: times, ratios within each round, and whether ours are the number that is expected."""
    return [
        {
            "contestant": name,
            "seconds": spread(taken),
            "images/s": images / spread(taken)["median"],
            f"x {BASE}": ratios(seconds[BASE], taken),
            "fid": found[name]["fid"],
            "equal": None if name == BASE else math.isclose(found[name]["fid"], expected, rel_tol=SAME),
        }
        for name, taken in seconds.items()
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write where that was asked for; 1 if numbers that must be equal are not."""
    made = parser(__doc__, rounds=3)
    made.add_argument("--images", type=int, default=200, help="in each folder (default: 200)")
    chosen = parsed(made, arguments)
    with tempfile.TemporaryDirectory() as folder:
        moments: list[Moments] = []
        runs = contestants(Path(folder), chosen.images, chosen.device, moments)
        found: dict[str, Numbers] = {}

        def timed(name: str) -> Callable[[], None]:
            def run() -> None:
                torch.manual_seed(0)
                found[name] = runs[name]()

            return run

        watch = Stopwatch(chosen.device, chosen.threads)
        seconds = interleaved({name: timed(name) for name in runs}, watch, rounds=chosen.rounds, say=tell)
    expected = distance_of_rank(moments[0], moments[1], min(chosen.images - 1, WIDTH))
    rows = rows_of(seconds, found, 2 * chosen.images, expected)
    title = f"{chosen.images:,} generated and {chosen.images:,} real image files"
    report(
        "folders",
        chosen,
        protocol={
            "clock": watch.kind,
            "files": "PNG, 32x32x3",
            "extractor": "Inception v3 of torch-fidelity's layout, random weights, float32 without TF32",
            "rounds": chosen.rounds,
            "equal means": f"to {SAME:g} of {expected:.7g}, {BASE}'s number without eigenvalues that are zero",
        },
        tables={title: rows},
        columns={title: COLUMNS},
        versions={name: version_of(name) for name in DISTRIBUTIONS},
    )
    return int(any(row["equal"] is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
