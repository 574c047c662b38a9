"""The distances and scores of torch-fidelity."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.inception_score import InceptionScore
from ganzoo_plugins.fidelity.kernel import KernelDistance
from ganzoo_plugins.fidelity.manifold import Precision, Recall
from torch import Tensor

from ..clone import imported_from
from ..formula import spread
from ..subject import Subject, Values
from ._features import FAKE, compared, features, scalar

SUBSETS, SUBSET = 7, 100
METRICS = {"Fréchet distance": FrechetDistance, "precision": Precision, "recall": Recall}


def logits() -> Tensor:
    """Give the logits of 260 images and 10 classes."""
    return spread("logits", (FAKE, 10), std=2.0)


def ours() -> Values:
    """Run ours."""
    real, fake = features()
    kernel, score = KernelDistance(), InceptionScore()
    kernel.subsets, kernel.max_subset_size = SUBSETS, SUBSET
    found = {name: compared(kind(), fake, real) for name, kind in METRICS.items()}
    inception = scalar(score.compare(score.summarise({"logits": logits()}), {}))
    return found | {"kernel distance of 7 subsets": compared(kernel, fake, real), "Inception Score": inception}


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    real, fake = features()
    with _from_clone(clone):
        fid, kid, isc, prc = (
            importlib.import_module(f"torch_fidelity.metric_{it}") for it in ("fid", "kid", "isc", "prc")
        )
        statistics = [fid.fid_features_to_statistics(it) for it in (fake, real)]
        how = {"kid_subsets": SUBSETS, "kid_subset_size": SUBSET, "rng_seed": 2020, "verbose": False}
        around = prc.prc_features_to_metric(fake, real, verbose=False)
        return {
            "Fréchet distance": scalar(fid.fid_statistics_to_metric(*statistics, False)[fid.KEY_METRIC_FID]),
            "kernel distance of 7 subsets": scalar(
                kid.kid_features_to_metric(fake, real, **how)[kid.KEY_METRIC_KID_MEAN]
            ),
            "Inception Score": scalar(isc.isc_features_to_metric(logits())[isc.KEY_METRIC_ISC_MEAN]),
            "precision": scalar(around[prc.KEY_METRIC_PRECISION]),
            "recall": scalar(around[prc.KEY_METRIC_RECALL]),
        }


@contextmanager
def _from_clone(clone: Path) -> Iterator[None]:
    """Let imports find the clone's library in place of the installed one."""
    installed = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "torch_fidelity"}
    try:
        with imported_from(clone):
            yield
    finally:
        sys.modules.update(installed)


SUBJECT = Subject(
    title="torch-fidelity: Fréchet distance, kernel distance, Inception Score, precision and recall",
    repository="toshas/torch-fidelity",
    licence="Apache-2.0",
    files=tuple(f"torch_fidelity/metric_{name}.py" for name in ("fid", "kid", "isc", "prc")),
    ran="as it is, on a CPU in float64; the kernel distance of ours is that of an installed torch-fidelity",
    compared="all of 260 generated and 300 real features of 12 numbers, and of 260 logits; the kernel distance over 7 "
    "subsets of 100, with the same seed",
    ours=ours,
    theirs=theirs,
    tolerance=1e-7,  # precision and recall are means in float32
)
