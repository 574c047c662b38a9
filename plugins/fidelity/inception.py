"""The canonical extractor."""

import io
from pathlib import Path

import torch
from torch import Tensor, nn

from ganzoo.errors import SetupError
from ganzoo.interfaces import File, PublishedExtractor
from ganzoo.layers import coloured, in_parts, read_tensors

from .library import torch_fidelity
from .preprocessing import PREPROCESSING

_AT_ONCE = 64  # images of that size at a time; torch-fidelity's own default
_AT_ONCE_ON = {8: 125, 24: 250}  # by a GPU's memory in GiB, from which on so many
_LAYERS = (
    *("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "MaxPool_1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "MaxPool_2"),
    *("Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"),
    *("Mixed_7a", "Mixed_7b", "Mixed_7c", "AvgPool"),
)


class _Frozen(nn.Module):
    """A batch norm that no longer learns, in place: a multiplication and an addition for each channel.

    Folding them into the convolution would round its weights anew, and so move every image the same way.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        assert norm.running_mean is not None and norm.running_var is not None  # Inception keeps both
        mean, var = norm.running_mean.double(), norm.running_var.double()
        weight, bias = norm.weight.double(), norm.bias.double()
        scale = weight / (var + norm.eps).sqrt()
        self.register_buffer("scale", scale.float()[:, None, None])
        self.register_buffer("shift", (bias - mean * scale).float()[:, None, None])

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.shift, x, self.scale, out=x)


def _freeze(network: nn.Module) -> None:
    for block in network.modules():
        norm = getattr(block, "bn", None)
        if isinstance(norm, nn.BatchNorm2d):
            block.bn = _Frozen(norm)


def _at_once(device: torch.device) -> int:
    """Images at a time; by the device alone, not by what is free on it, so that numbers repeat to the bit."""
    if device.type != "cuda":
        return _AT_ONCE
    memory = torch.cuda.get_device_properties(device).total_memory / 2**30
    return max((n for least, n in _AT_ONCE_ON.items() if memory >= least), default=_AT_ONCE)


class InceptionExtractor(PublishedExtractor):
    """The Inception v3 of the original FID and IS: torch-fidelity's network and weights, in float32.

    Images of any size are brought to 299 x 299 by TensorFlow 1's bilinear rule, or as another program does it; a single
    grey channel is repeated to three. ``features`` are the 2,048 pooled activations, ``logits`` the 1,008 class scores
    without bias, as torch-fidelity takes them for FID and for IS. They are its numbers but for rounding: the
    convolutions run in channels_last, and the batch norms in place.

    Source: arXiv:1512.00567; arXiv:1706.08500 for the FID's use of it.

    Args:
        weights: the weights file, read as tensors alone so that no code in it can run.
        preprocessing: the program whose resizing is taken: ``torch-fidelity``, ``pytorch-fid`` or ``clean-fid``.

    Raises:
        SetupError: the file is missing, unreadable or made for another network.
    """

    weights = File(
        name="weights-inception-2015-12-05-6726825d.pth",
        url="https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
        "weights-inception-2015-12-05-6726825d.pth",
        sha256="6726825d",  # the release publishes these digits of it, in the file's name
    )
    version = "1"
    substitute = "efficientnet-lite0"

    def __init__(self, weights: Path | None = None, preprocessing: str = "torch-fidelity") -> None:
        super().__init__()
        self._prepared = PREPROCESSING[preprocessing]
        library = torch_fidelity()
        path = self.weights_path(weights)
        # The library's constructor reads its weights file as a pickle that may hold code. It gets one that
        # was made here, from tensors alone.
        harmless = io.BytesIO()
        torch.save(read_tensors(path), harmless)
        harmless.seek(0)
        try:
            network = library.FeatureExtractorInceptionV3(
                "inception-v3-compat", ["2048", "logits_unbiased"], feature_extractor_weights_path=harmless
            )
        except RuntimeError as error:
            raise SetupError(
                f"the tensors in {path} are not those of torch-fidelity's Inception v3, which {self.weights.name} holds"
            ) from error
        _freeze(network)
        self.network = nn.Sequential(*(getattr(network, name) for name in _LAYERS), nn.Flatten())
        self.network.to(memory_format=torch.channels_last)
        self.to_logits = network.fc.weight

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``features (B, 2048)`` and ``logits (B, 1008)``.

        Raises:
            MetricError: the images have neither one channel nor three.
        """
        colour = coloured(images, "inception")
        features = in_parts(colour, _at_once(images.device), lambda part: self.network(self._prepared(part)))
        return {"features": features, "logits": features @ self.to_logits.T}
