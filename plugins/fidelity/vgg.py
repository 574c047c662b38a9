"""The network that precision and recall were published with."""

from pathlib import Path

import torch
from torch import Tensor, nn

from ganzoo.errors import SetupError
from ganzoo.interfaces import File, PublishedExtractor
from ganzoo.layers import coloured, in_parts, read_tensors, standardised

from .library import torch_fidelity

SIDE = 224  # pixels, of the images that the network was trained on
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's channels
_AT_ONCE = 64  # images; constant, so that numbers repeat to the bit


class VGG16Extractor(PublishedExtractor):
    """VGG-16 trained on ImageNet: torchvision's weights, seen as torch-fidelity sees through them, in float32.

    Images of any size are brought to 224 x 224 by TensorFlow 1's bilinear rule; a single grey channel is repeated to
    three. ``features`` are the 4,096 activations of the second fully connected layer, after its ReLU; ``logits`` the
    scores of ImageNet's 1,000 classes.

    Source: arXiv:1409.1556; arXiv:1904.06991 for precision and recall through it.

    Departs: torch-fidelity takes its Inception Score of the features, as if they were classes.

    Args:
        weights: the weights file, read as tensors alone so that no code in it can run.

    Raises:
        SetupError: the file is missing, unreadable or made for another network.
    """

    weights = File(
        name="vgg16-397923af.pth",
        url="https://download.pytorch.org/models/vgg16-397923af.pth",
        sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    )
    version = "1"

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        torch_fidelity()  # which says what is wrong where torchvision cannot be imported
        import torchvision

        path = self.weights_path(weights)
        with torch.device("meta"):  # half a gigabyte that would be drawn at random only to be overwritten
            network = torchvision.models.vgg16(init_weights=False)
        try:
            network.load_state_dict(read_tensors(path), assign=True)
        except RuntimeError as error:
            raise SetupError(f"the tensors in {path} are not those of torchvision's VGG-16") from error
        *layers, self.head = network.classifier
        self.body = nn.Sequential(network.features, network.avgpool, nn.Flatten(), *layers[:-1])  # less a dropout
        self.eval()

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``features (B, 4096)`` and ``logits (B, 1000)``.

        Raises:
            MetricError: the images have neither one channel nor three.
        """
        colour = coloured(images, "vgg16")
        features = in_parts(colour, _AT_ONCE, lambda part: self.body(standardised(part, SIDE, MEAN, STD)))
        return {"features": features, "logits": self.head(features)}
