"""The Fréchet distance and the kernel distance of clean-fid."""

import importlib
import warnings
from pathlib import Path

import numpy as np
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.kernel import KernelDistance

from ..clone import imported_from
from ..subject import Subject, Values
from ._features import FAKE, compared, features, scalar


def ours() -> Values:
    """Run ours; the kernel distance over one subset, which is all."""
    real, fake = features()
    kernel = KernelDistance()
    kernel.subsets = 1
    return {
        "Fréchet distance": compared(FrechetDistance(), fake, real),
        "kernel distance of all": compared(kernel, fake, real[:FAKE]),
    }


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    real, fake = (it.numpy() for it in features())
    with imported_from(clone), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy.linalg.sqrtm's disp
        fid = importlib.import_module("cleanfid.fid")
        moments = [(x.mean(0), np.cov(x, rowvar=False)) for x in (fake, real)]
        return {
            "Fréchet distance": scalar(fid.frechet_distance(*moments[0], *moments[1])),
            "kernel distance of all": scalar(fid.kernel_distance(fake, real[:FAKE], num_subsets=1)),
        }


SUBJECT = Subject(
    title="clean-fid: Fréchet distance and kernel distance",
    repository="GaParmar/clean-fid",
    licence="MIT",
    files=("cleanfid/fid.py",),
    ran="as it is; moments as its caller takes them, by NumPy's mean and cov",
    compared="the Fréchet distance of 260 generated and 300 real features of 12 numbers; the kernel distance of 260 "
    "of each",
    departs="the kernel distance is a mean over random subsets, which the two draw in other ways: one subset of all "
    "was taken; of fewer images than features theirs takes the root of a singular matrix, which is not compared",
    ours=ours,
    theirs=theirs,
)
