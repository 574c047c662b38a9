"""Images, features and the Fréchet distance of pytorch-fid."""

import importlib
import warnings
from pathlib import Path

import numpy as np
import torch
from ganzoo_plugins.fidelity.frechet import FrechetDistance

from ..clone import imported_from
from ..subject import Subject, Values
from ._features import compared, features, scalar
from ._images import TOLERANCE, by_size, files_and_weights, weights
from ._images import ours as of_images


def ours() -> Values:
    """Run ours."""
    real, fake = features()
    return {"Fréchet distance": compared(FrechetDistance(), fake, real), **of_images("pytorch-fid")}


def theirs(clone: Path) -> Values:
    """Run the authors', a file at a time, as they have to for images of several sizes."""
    real, fake = (it.numpy() for it in features())
    with imported_from(clone / "src"), files_and_weights() as (files, _), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy.linalg.sqrtm's disp
        score = importlib.import_module("pytorch_fid.fid_score")
        network = importlib.import_module("pytorch_fid.inception")
        network.load_state_dict_from_url = lambda url, progress: weights()
        model = network.InceptionV3([3])
        seen = [
            torch.from_numpy(score.get_activations([str(file)], model, batch_size=1, num_workers=0)) for file in files
        ]
        moments = [(x.mean(0), np.cov(x, rowvar=False)) for x in (fake, real)]
        distance = score.calculate_frechet_distance(*moments[0], *moments[1])
    return {"Fréchet distance": scalar(distance), **by_size(seen)}


SUBJECT = Subject(
    title="pytorch-fid: images, features and Fréchet distance",
    repository="mseitzer/pytorch-fid",
    licence="Apache-2.0",
    files=("src/pytorch_fid/fid_score.py", "src/pytorch_fid/inception.py"),
    ran="as it is, on a CPU, from files; its weights by formula instead of a download",
    compared="the features of three image files of several sizes, one with transparency and one grey, through "
    "Inception v3 with weights by formula; the Fréchet distance of 260 generated and 300 real features of 12 numbers",
    departs="of fewer images than features theirs takes the root of a singular matrix, which is not compared",
    ours=ours,
    theirs=theirs,
    tolerance=TOLERANCE,
)
