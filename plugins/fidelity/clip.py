"""The image towers of CLIP."""

from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.errors import SetupError
from ganzoo.interfaces import File, PublishedExtractor
from ganzoo.layers import coloured, in_parts, standardised

from .library import torch_fidelity
from .torchscript import read_torchscript

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_AT_ONCE = 64  # images; constant, so that numbers repeat to the bit
_PUBLISHED = "https://openaipublic.azureedge.net/clip/models"


def _file(name: str, published: str, sha256: str) -> File:
    """One of the publisher's files under the name that torch-fidelity keeps it by."""
    return File(name=f"{name}-{sha256}.pt", url=f"{_PUBLISHED}/{sha256}/{published}.pt", sha256=sha256)


class _CLIPExtractor(PublishedExtractor):
    """The image tower of a CLIP model: torch-fidelity's network with the publisher's weights, in float32.

    Images of any size are brought to the network's by TensorFlow 1's bilinear rule; a single grey channel is repeated
    to three. ``features`` are the image embeddings, as torch-fidelity takes them. There are no ``logits``: CLIP knows
    no classes of its own, so that no Inception Score is taken through it.

    The published files are TorchScript archives; their tensors are read, and their code is not run.

    Source: arXiv:2103.00020; arXiv:2203.06026 for Fréchet distances through it.

    Args:
        weights: the weights file.

    Raises:
        SetupError: the file is missing, unreadable or made for another network.

    Attributes:
        side: of the images that the network sees, in pixels.
        layout: by which the models are told apart: the length of an embedding, and the number and the side of the
            first convolution's kernels.
    """

    version = "1"
    classifies = False
    name: ClassVar[str]
    side: ClassVar[int]
    layout: ClassVar[tuple[int, int, int]]

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        build = torch_fidelity().feature_extractor_clip.build_model
        path = self.weights_path(weights)
        wrong = f"the tensors in {path} are not those of the CLIP model that {self.weights.name} holds"
        # The text tower is left out; the library reads the embedding's width off the text's projection.
        tensors = {
            key: values
            for key, values in read_torchscript(path).items()
            if key.startswith("visual.") or key == "text_projection"
        }
        try:
            kernels, _, kernel, _ = tensors["visual.conv1.weight"].shape
            tower = build(tensors, torch.float32).visual
        except (KeyError, ValueError, IndexError, RuntimeError, AssertionError, ZeroDivisionError) as error:
            raise SetupError(wrong) from error
        if (tower.input_resolution, (tower.output_dim, kernels, kernel)) != (self.side, self.layout):
            raise SetupError(wrong)
        self.tower = tower
        self.eval()

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``features (B, F)``.

        Raises:
            MetricError: the images have neither one channel nor three.
        """
        colour = coloured(images, self.name)
        return {"features": in_parts(colour, _AT_ONCE, lambda part: self.tower(self._prepared(part)))}

    def _prepared(self, images: Tensor) -> Tensor:
        return standardised(images, self.side, MEAN, STD)


class CLIPRN50Extractor(_CLIPExtractor):
    """CLIP's ResNet-50, which sees 224 x 224 pixels."""

    name = "clip-rn50"
    side = 224
    layout = (1024, 32, 3)
    weights = _file(name, "RN50", "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762")


class CLIPRN101Extractor(_CLIPExtractor):
    """CLIP's ResNet-101, which sees 224 x 224 pixels."""

    name = "clip-rn101"
    side = 224
    layout = (512, 32, 3)
    weights = _file(name, "RN101", "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599")


class CLIPRN50x4Extractor(_CLIPExtractor):
    """CLIP's ResNet-50 of four times the compute, which sees 288 x 288 pixels."""

    name = "clip-rn50x4"
    side = 288
    layout = (640, 40, 3)
    weights = _file(name, "RN50x4", "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd")


class CLIPRN50x16Extractor(_CLIPExtractor):
    """CLIP's ResNet-50 of sixteen times the compute, which sees 384 x 384 pixels."""

    name = "clip-rn50x16"
    side = 384
    layout = (768, 48, 3)
    weights = _file(name, "RN50x16", "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa")


class CLIPRN50x64Extractor(_CLIPExtractor):
    """CLIP's ResNet-50 of sixty-four times the compute, which sees 448 x 448 pixels."""

    name = "clip-rn50x64"
    side = 448
    layout = (1024, 64, 3)
    weights = _file(name, "RN50x64", "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c")


class CLIPViTB32Extractor(_CLIPExtractor):
    """CLIP's ViT-B/32, which sees 224 x 224 pixels."""

    name = "clip-vit-b-32"
    side = 224
    layout = (512, 768, 32)
    weights = _file(name, "ViT-B-32", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af")


class CLIPViTB16Extractor(_CLIPExtractor):
    """CLIP's ViT-B/16, which sees 224 x 224 pixels."""

    name = "clip-vit-b-16"
    side = 224
    layout = (512, 768, 16)
    weights = _file(name, "ViT-B-16", "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f")


class CLIPViTL14Extractor(_CLIPExtractor):
    """CLIP's ViT-L/14, which sees 224 x 224 pixels."""

    name = "clip-vit-l-14"
    side = 224
    layout = (768, 1024, 14)
    weights = _file(name, "ViT-L-14", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836")


class CLIPViTL14At336Extractor(_CLIPExtractor):
    """CLIP's ViT-L/14 at 336 pixels, which sees 336 x 336 pixels."""

    name = "clip-vit-l-14-336px"
    side = 336
    layout = (768, 1024, 14)
    weights = _file(name, "ViT-L-14-336px", "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02")
