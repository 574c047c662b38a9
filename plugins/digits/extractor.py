"""The extractor of handwritten digits of 8 x 8 pixels."""

from pathlib import Path

from torch import nn

from ganzoo.layers import ClassifierExtractor, SmallClassifier, normalised_convolution


class DigitsClassifier(SmallClassifier):
    """The network alone: ``(B, 1, 8, 8)`` in [-1, 1] -> features ``(B, 64)`` and logits ``(B, 10)``."""

    def __init__(self) -> None:
        super().__init__(
            normalised_convolution(1, 24),
            normalised_convolution(24, 48),
            nn.MaxPool2d(2),
            normalised_convolution(48, 48),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2 * 2 * 48, 64),
            nn.ReLU(),
            features=64,
            classes=10,
        )


class DigitsExtractor(ClassifierExtractor):
    """A small convolutional classifier of the ten digits, trained on four fifths of the set ``digits``.

    It sees 8 x 8 grey pixels: colour channels are averaged, and images of another size are resized
    bilinearly, with antialiasing when they shrink. ``features`` are the 64 activations before the last
    layer, scaled so that their variances over the training images sum to 100; ``logits`` are the scores of
    the ten classes.

    ``benchmarks/train_extractor.py`` trains it; the metadata of ``extractor.safetensors`` says how often it
    is right on the fifth that it was not trained on.

    Args:
        weights: the weights file; None takes the one that ships.

    Raises:
        SetupError: the file is missing, unreadable or made for another network.
    """

    version = "1"
    size = 8
    name = "digits"
    classifier = DigitsClassifier
    shipped = Path(__file__).with_name("extractor.safetensors")
