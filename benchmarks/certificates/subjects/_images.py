"""Images of several sizes as files, and Inception v3 with weights by formula, for programs that compute FID."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ganzoo_plugins.fidelity.inception import InceptionExtractor
from PIL import Image
from torch import Tensor
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from ganzoo.data.pictures.picture import decode_stored

from ..formula import spread, uniform
from ..subject import Values

SIZES = ((32, 32), (20, 45), (310, 64))  # smaller than what the network sees, and larger
TOLERANCE = 1e-5  # relative to the largest feature: the network runs in float32


def image_files(folder: Path) -> list[Path]:
    """Write three images as PNG files, soft with some noise; one has transparency, one is grey."""
    found = []
    for i, (height, width) in enumerate(SIZES):
        coarse = torch.from_numpy(np.array(_enlarged(uniform(f"image {i}", (6, 6, 3)), height, width)))
        pixels = (0.8 * coarse.double() / 255 + 0.2 * uniform(f"noise {i}", (height, width, 3))) * 255
        picture = Image.fromarray(pixels.to(torch.uint8).numpy())
        if i == 0:
            picture.putalpha(Image.fromarray((255 * uniform("alpha", (height, width))).to(torch.uint8).numpy()))
        picture = picture.convert("L") if i == 1 else picture
        found.append(folder / f"{i}.png")
        picture.save(found[-1])
    return found


def _enlarged(values: Tensor, height: int, width: int) -> Image.Image:
    small = Image.fromarray((values * 255).to(torch.uint8).numpy())
    return small.resize((width, height), Image.Resampling.NEAREST)


def weights() -> dict[str, Tensor]:
    """Give tensors of the layout of FID's weights, whose activations neither fade nor explode."""
    with torch.device("meta"):
        network = object.__new__(FeatureExtractorInceptionV3)
        layout = _layout(network)
    state = {}
    for name, value in layout.items():
        if value.ndim > 1:
            std = (2 / value.shape[1:].numel()) ** 0.5
            state[name] = spread(name, value.shape, std, torch.float32)
        elif name.endswith(("running_mean", "bias")) or value.dtype == torch.int64:
            state[name] = torch.zeros(value.shape, dtype=value.dtype)
        else:
            state[name] = torch.ones(value.shape)
    return state


def _layout(network: Any) -> dict[str, Tensor]:
    """Give names and shapes, by building the network without reading a file."""
    import torch_fidelity.feature_extractor_inceptionv3 as library

    load = library.load_state_dict_from_url
    library.load_state_dict_from_url = lambda url, progress: {}
    network.load_state_dict = lambda state: None
    try:
        network.__init__("inception-v3-compat", ["2048"])
    finally:
        library.load_state_dict_from_url = load
    found: dict[str, Tensor] = network.state_dict()
    return found


@contextmanager
def files_and_weights() -> Iterator[tuple[list[Path], Path]]:
    """Give the image files and a file of the weights, until the block ends."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = folder / "weights.pth"
        torch.save(weights(), path)
        yield image_files(folder), path


def ours(program: str) -> Values:
    """Run our extractor with a program's preprocessing, an image at a time."""
    with files_and_weights() as (files, path), torch.no_grad():
        extractor = InceptionExtractor(path, preprocessing=program).eval()
        seen = [extractor(torch.from_numpy(np.array(decode_stored(file.read_bytes())))[None]) for file in files]
        return by_size([each["features"] for each in seen])


def by_size(features: Sequence[Tensor]) -> Values:
    """Name the features of each image by its size."""
    return {f"features of {w}x{h}": row.flatten().double() for (h, w), row in zip(SIZES, features, strict=True)}
