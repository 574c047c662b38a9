"""What sees handwritten digits of 28 x 28 pixels."""

from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from ganzoo.errors import SetupError
from ganzoo.interfaces import Extractor


def _convolution(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU()
    )


class MnistClassifier(nn.Module):
    """The network alone: ``(B, 1, 28, 28)`` in [-1, 1] -> features ``(B, 64)`` and logits ``(B, 10)``."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _convolution(1, 16),
            nn.MaxPool2d(2),
            _convolution(16, 32),
            nn.MaxPool2d(2),
            _convolution(32, 48),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(3 * 3 * 48, 64),
            nn.ReLU(),
        )
        self.head = nn.Linear(64, 10)

    def forward(self, grey: Tensor) -> tuple[Tensor, Tensor]:
        """The activations before the last layer, and what it makes of them."""
        features = self.body(grey)
        return features, self.head(features)


class MnistExtractor(Extractor):
    """A small convolutional classifier of the ten digits, trained on the 60,000 training images of MNIST.

    It sees 28 x 28 grey pixels: colour channels are averaged, and images of another size are resized
    bilinearly, with antialiasing when they shrink. ``features`` are the 64 activations before the last
    layer, scaled so that their variances over the training images sum to 100; ``logits`` are the scores of
    the ten classes.

    ``benchmarks/train_extractor.py`` trains it; the metadata of ``extractor.safetensors`` says how often it
    is right on the 10,000 test images.

    Args:
        weights: the weights file; None takes the one that ships.

    Raises:
        SetupError: the file is missing, unreadable or made for another network.
    """

    version = "1"
    size = 28

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        self.network = MnistClassifier()
        path = self.weights_path(weights)
        try:
            self.network.load_state_dict(safetensors.torch.load_file(path))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise SetupError(f"{path} does not hold the weights of the extractor mnist") from error
        self.eval()

    @classmethod
    def weights_path(cls, given: Path | None) -> Path:
        """``given``, or the file that ships beside this module."""
        return given or Path(__file__).with_name("extractor.safetensors")

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, C, H, W)`` uint8 -> ``features (B, 64)`` and ``logits (B, 10)``."""
        grey = images.float().mean(dim=1, keepdim=True)
        if grey.shape[-2:] != (self.size, self.size):
            grey = nn.functional.interpolate(grey, (self.size, self.size), mode="bilinear", antialias=True)
        features, logits = self.network(grey / 127.5 - 1)
        return {"features": features, "logits": logits}
