"""Images and features of clean-fid."""

import importlib
from pathlib import Path

import torch
from torch import Tensor

from ..clone import imported_from
from ..subject import Subject, Values
from ._images import TOLERANCE, by_size, files_and_weights
from ._images import ours as of_images


def ours() -> Values:
    """Run ours."""
    return of_images("clean-fid")


def theirs(clone: Path) -> Values:
    """Run the authors' reading and resizing of files, and their wrapper of the network around its layers."""
    with imported_from(clone, {"requests": {}}), files_and_weights() as (files, path), torch.no_grad():
        fid = importlib.import_module("cleanfid.fid")
        wrapper = importlib.import_module("cleanfid.inception_torchscript").InceptionV3W
        model = torch.nn.Module.__new__(wrapper)
        torch.nn.Module.__init__(model)
        model.layers, model.resize_inside = _layers(path), False
        seen = [
            torch.from_numpy(
                fid.get_files_features(
                    [str(file)], model, num_workers=0, batch_size=1, device=torch.device("cpu"), verbose=False
                )
            )
            for file in files
        ]
    return by_size(seen)


def _layers(path: Path) -> torch.nn.Module:
    """The layers that its TorchScript file holds, as torch-fidelity has them, around weights by formula."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=str(path))
    names = (
        "Conv2d_1a_3x3 Conv2d_2a_3x3 Conv2d_2b_3x3 MaxPool_1 Conv2d_3b_1x1 Conv2d_4a_3x3 MaxPool_2 Mixed_5b Mixed_5c"
    )
    deeper = "Mixed_5d Mixed_6a Mixed_6b Mixed_6c Mixed_6d Mixed_6e Mixed_7a Mixed_7b Mixed_7c AvgPool"
    return _Layers(*(getattr(network, name) for name in f"{names} {deeper}".split()))


class _Layers(torch.nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        """Call it as theirs calls ``layers.forward``."""
        found: Tensor = super().forward(x)
        return found


SUBJECT = Subject(
    title="clean-fid: images and features",
    repository="GaParmar/clean-fid",
    licence="MIT",
    files=("cleanfid/fid.py", "cleanfid/resize.py", "cleanfid/utils.py", "cleanfid/inception_torchscript.py"),
    ran="as it is, on a CPU, from files, in the mode clean; the layers that its TorchScript file would hold are "
    "torch-fidelity's, with weights by formula",
    compared="the features of three image files of several sizes, one with transparency and one grey, through "
    "Inception v3 with weights by formula",
    ours=ours,
    theirs=theirs,
    tolerance=TOLERANCE,
)
