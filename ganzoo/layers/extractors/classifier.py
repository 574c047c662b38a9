"""Small classifiers of grey images as extractors, whose weights ship beside a plugin's module."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from ...errors import SetupError
from ...interfaces import Extractor


def normalised_convolution(channels_in: int, channels_out: int) -> nn.Sequential:
    """Make a 3x3 convolution that keeps the size, with batch normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU()
    )


class SmallClassifier(nn.Module):
    """A body that gives features, and a dense layer that gives logits.

    Args:
        body: the layers that make features of a grey image in [-1, 1], which end in ``(B, features)``.
        features: how many there are.
        classes: how many logits there are.
    """

    def __init__(self, *body: nn.Module, features: int, classes: int) -> None:
        super().__init__()
        self.body, self.head = nn.Sequential(*body), nn.Linear(features, classes)

    def forward(self, grey: Tensor) -> tuple[Tensor, Tensor]:
        """``(B, 1, H, W)`` in [-1, 1] -> features ``(B, F)``, what the dense layer reads, and logits ``(B, K)``."""
        features: Tensor = self.body(grey)
        logits: Tensor = self.head(features)
        return features, logits


class ClassifierExtractor(Extractor):
    """A small classifier of square grey images, with weights in a safetensors file that ships.

    Colour channels are averaged, and images of another size are resized bilinearly, with antialiasing when they
    shrink. ``features`` are what the classifier's last layer reads, and ``logits`` are the scores of its classes.

    Args:
        weights: the weights file; None takes the one that ships.

    Raises:
        SetupError: the file is missing, unreadable or made for another network.

    Attributes:
        name: the extractor's registered name, for errors.
        size: height and width that the classifier sees, in pixels.
        classifier: makes the network.
        shipped: the file of weights that ships.
    """

    differentiable = True
    name: ClassVar[str]
    size: ClassVar[int]
    classifier: ClassVar[type[nn.Module]]
    shipped: ClassVar[Path]

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        self.network = self.classifier()
        path = self.weights_path(weights)
        try:
            self.network.load_state_dict(safetensors.torch.load_file(path))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise SetupError(f"{path} does not hold the weights of the extractor {self.name}") from error
        self.eval()

    @classmethod
    def weights_path(cls, given: Path | None) -> Path:
        """``given``, or the file that ships."""
        return given or cls.shipped

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, C, H, W)`` uint8 -> ``features (B, F)`` and ``logits (B, K)``."""
        features, logits = self.network(self._grey(images.float()) / 127.5 - 1)
        return {"features": features, "logits": logits}

    def embedded(self, images: Tensor) -> Tensor:
        """``(B, C, H, W)`` in [-1, 1] -> ``(B, F)``, with gradients."""
        features: Tensor = self.network(self._grey(images))[0]
        return features

    def _grey(self, images: Tensor) -> Tensor:
        """Average the channels, and bring images to the classifier's size."""
        grey = images.mean(dim=1, keepdim=True)
        if grey.shape[-2:] == (self.size, self.size):
            return grey
        return nn.functional.interpolate(grey, (self.size, self.size), mode="bilinear", antialias=True)
