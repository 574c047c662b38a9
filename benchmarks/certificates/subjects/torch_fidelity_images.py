"""Images and features of torch-fidelity."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from ..clone import imported_from
from ..subject import Subject, Values
from ._images import TOLERANCE, by_size, files_and_weights
from ._images import ours as of_images


def ours() -> Values:
    """Run ours."""
    return of_images("torch-fidelity")


def theirs(clone: Path) -> Values:
    """Run the authors' reading of files and their extractor."""
    with files_and_weights() as (files, path), _without_installed(), imported_from(clone), torch.no_grad():
        images = importlib.import_module("torch_fidelity.datasets").ImagesPathDataset([str(file) for file in files])
        library = importlib.import_module("torch_fidelity.feature_extractor_inceptionv3")
        network = library.FeatureExtractorInceptionV3(
            "inception-v3-compat", ["2048"], feature_extractor_weights_path=str(path)
        )
        return by_size([network(images[i][None])[0] for i in range(len(files))])


@contextmanager
def _without_installed() -> Iterator[None]:
    """Forget the installed library, which ours has imported, until the block ends."""
    held = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "torch_fidelity"}
    try:
        yield
    finally:
        sys.modules.update(held)


SUBJECT = Subject(
    title="torch-fidelity: images and features",
    repository="toshas/torch-fidelity",
    licence="Apache-2.0",
    files=("torch_fidelity/datasets.py", "torch_fidelity/feature_extractor_inceptionv3.py"),
    ran="as it is, on a CPU, from files; its weights by formula instead of a download",
    compared="the features of three image files of several sizes, one with transparency and one grey, through "
    "Inception v3 with weights by formula",
    ours=ours,
    theirs=theirs,
    tolerance=TOLERANCE,
)
