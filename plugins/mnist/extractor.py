"""The extractor of handwritten digits of 28 x 28 pixels."""

from pathlib import Path

from torch import nn

from ganzoo.layers import ClassifierExtractor, SmallClassifier, normalised_convolution


class MnistClassifier(SmallClassifier):
    """The network alone: ``(B, 1, 28, 28)`` in [-1, 1] -> features ``(B, 64)`` and logits ``(B, 10)``."""

    def __init__(self) -> None:
        super().__init__(
            normalised_convolution(1, 16),
            nn.MaxPool2d(2),
            normalised_convolution(16, 32),
            nn.MaxPool2d(2),
            normalised_convolution(32, 48),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(3 * 3 * 48, 64),
            nn.ReLU(),
            features=64,
            classes=10,
        )


class MnistExtractor(ClassifierExtractor):
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
    name = "mnist"
    classifier = MnistClassifier
    shipped = Path(__file__).with_name("extractor.safetensors")
