"""Extractors of DINOv2's features."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.errors import SetupError
from ganzoo.interfaces import File, PublishedExtractor
from ganzoo.layers import coloured, in_parts, read_tensors, standardised

from .transformer import VisionTransformer

SIDE = 224  # pixels
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's channels
_AT_ONCE = 64  # images; constant, so that numbers repeat to the bit


@dataclass(frozen=True)
class DINOv2Model:
    """One of the published models.

    Attributes:
        width: of a token, and so the number of features.
        depth: number of blocks.
        sha256: of the publisher's file.
        length: of that file in bytes.
    """

    width: int
    depth: int
    sha256: str
    length: int

    def file(self, size: str) -> File:
        """Give the publisher's file; ``size`` is the model's letter."""
        folder = f"dinov2_vit{size}14"
        name = f"{folder}_pretrain.pth"
        url = f"https://dl.fbaipublicfiles.com/dinov2/{folder}/{name}"
        return File(name, url, sha256=self.sha256, size=self.length)


MODELS = {
    "s": DINOv2Model(384, 12, "b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9", 88_283_115),
    "b": DINOv2Model(768, 12, "0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73", 346_378_731),
    "l": DINOv2Model(1024, 24, "d5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428", 1_217_586_395),
}


class DINOv2Extractor(PublishedExtractor):
    """DINOv2 with the publisher's weights, in float32, shown images as torch-fidelity shows them.

    Images of any size are brought to 224 x 224 by TensorFlow 1's bilinear rule; a single grey channel is repeated to
    three. ``features`` are the normalised class token. There are no ``logits``: it was trained without labels, so that
    no Inception Score is taken through it.

    The network is ganzoo's own, since torch-fidelity fetches code along with the weights.

    Source: arXiv:2304.07193; arXiv:2306.04675 for Fréchet distances through it.

    Args:
        weights: the weights file, read as tensors alone so that no code in it can run.

    Raises:
        SetupError: the file is missing, unreadable or made for another network.

    Attributes:
        model: the subclass's, of ``MODELS``; a keyword of the class.
    """

    version = "1"
    classifies = False
    weights: ClassVar[File]
    name: ClassVar[str]
    model: ClassVar[DINOv2Model]

    def __init_subclass__(cls, model: str, **more: Any) -> None:
        """Choose a model by its size: ``s``, ``b`` or ``l``."""
        super().__init_subclass__(**more)
        cls.name, cls.model = f"dinov2-vit-{model}-14", MODELS[model]
        cls.weights = cls.model.file(model)

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        path = self.weights_path(weights)
        tensors = read_tensors(path)
        with torch.device("meta"):  # nothing is drawn at random only to be overwritten
            self.network = VisionTransformer(self.model.width, self.model.depth)
        try:
            self.network.load_state_dict(tensors, assign=True)
        except RuntimeError as error:
            raise SetupError(
                f"the tensors in {path} are not those of the network that {self.weights.name} holds"
            ) from error
        self.eval()

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``features (B, width)``.

        Raises:
            MetricError: the images have neither one channel nor three.
        """
        colour = coloured(images, self.name)
        return {"features": in_parts(colour, _AT_ONCE, lambda part: self.network(standardised(part, SIDE, MEAN, STD)))}
