"""Precision, recall, density and coverage."""

import contextlib
import importlib
import io
from pathlib import Path

from ganzoo_plugins.fidelity.coverage import Coverage
from ganzoo_plugins.fidelity.manifold import Density, Precision, Recall

from ..clone import imported_from
from ..subject import Subject, Values
from ._features import compared, doubled, features, scalar

NEIGHBOURS = (1, 3, 5, 10)
METRICS = {"precision": Precision, "recall": Recall, "density": Density, "coverage": Coverage}
WITHOUT_RIM = ("density", "coverage")


def ours() -> Values:
    """Run ours."""
    real, fake = features()
    found = {}
    for k in NEIGHBOURS:
        for name, kind in METRICS.items():
            metric = kind()
            metric.neighborhood = k
            found[f"{name}, k = {k}"] = compared(metric, fake, real)
    real, fake = doubled()
    return found | {f"{name}, with duplicates": compared(METRICS[name](), fake, real) for name in WITHOUT_RIM}


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    real, fake = (it.numpy() for it in features())
    with imported_from(clone), contextlib.redirect_stdout(io.StringIO()):
        compute = importlib.import_module("prdc.prdc").compute_prdc
        found = {k: compute(real, fake, k) for k in NEIGHBOURS}
        copies = compute(*(it.numpy() for it in doubled()), 5)
    return {f"{name}, k = {k}": scalar(found[k][name]) for k in NEIGHBOURS for name in METRICS} | {
        f"{name}, with duplicates": scalar(copies[name]) for name in WITHOUT_RIM
    }


SUBJECT = Subject(
    title="Precision, recall, density and coverage",
    repository="clovaai/generative-evaluation-prdc",
    licence="MIT",
    files=("prdc/prdc.py",),
    ran="as it is, with scikit-learn",
    compared="all four of 300 real and 260 generated features of 12 numbers, with 1, 3, 5 and 10 neighbours; density "
    "and coverage with duplicates in and across the sets",
    departs="precision and recall count the rim of a ball, where duplicates lie, as arXiv:1904.06991 writes",
    ours=ours,
    theirs=theirs,
)
