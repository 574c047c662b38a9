"""The image towers of CLIP."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

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


@dataclass(frozen=True)
class CLIPModel:
    """One of the published models.

    Attributes:
        side: of the images that the network sees, in pixels.
        layout: by which the models are told apart: the length of an embedding, and the number and the side of the
            first convolution's kernels.
        published: its name in the publisher's address.
        sha256: of the publisher's file.
    """

    side: int
    layout: tuple[int, int, int]
    published: str
    sha256: str

    def file(self, name: str) -> File:
        """Give the publisher's file under the name that torch-fidelity keeps it by."""
        url = f"{_PUBLISHED}/{self.sha256}/{self.published}.pt"
        return File(name=f"{name}-{self.sha256}.pt", url=url, sha256=self.sha256)


MODELS = {
    "rn50": CLIPModel(224, (1024, 32, 3), "RN50", "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762"),
    "rn101": CLIPModel(224, (512, 32, 3), "RN101", "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599"),
    "rn50x4": CLIPModel(
        288, (640, 40, 3), "RN50x4", "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd"
    ),
    "rn50x16": CLIPModel(
        384, (768, 48, 3), "RN50x16", "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa"
    ),
    "rn50x64": CLIPModel(
        448, (1024, 64, 3), "RN50x64", "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c"
    ),
    "vit-b-32": CLIPModel(
        224, (512, 768, 32), "ViT-B-32", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af"
    ),
    "vit-b-16": CLIPModel(
        224, (512, 768, 16), "ViT-B-16", "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f"
    ),
    "vit-l-14": CLIPModel(
        224, (768, 1024, 14), "ViT-L-14", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836"
    ),
    "vit-l-14-336px": CLIPModel(
        336, (768, 1024, 14), "ViT-L-14-336px", "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02"
    ),
}


class CLIPExtractor(PublishedExtractor):
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
        model: the subclass's, of ``MODELS``; a keyword of the class.
    """

    version = "1"
    classifies = False
    weights: ClassVar[File]
    name: ClassVar[str]
    model: ClassVar[CLIPModel]

    def __init_subclass__(cls, model: str, **more: Any) -> None:
        """Choose a model by its name in ``MODELS``."""
        super().__init_subclass__(**more)
        cls.name, cls.model = f"clip-{model}", MODELS[model]
        cls.weights = cls.model.file(cls.name)

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
        if (tower.input_resolution, (tower.output_dim, kernels, kernel)) != (self.model.side, self.model.layout):
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
        return standardised(images, self.model.side, MEAN, STD)
