"""The canonical extractor."""

import io
import pickle
from pathlib import Path

import torch
from torch import Tensor

from ganzoo.errors import MetricError, SetupError
from ganzoo.interfaces import Extractor, File

from .library import torch_fidelity

_AT_ONCE = 64  # images enlarged to 299 x 299 at a time; torch-fidelity's own default


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise SetupError(f"the weights file {path} cannot be read as a file of tensors alone") from error
    if not (isinstance(found, dict) and all(isinstance(value, Tensor) for value in found.values())):
        raise SetupError(f"the weights file {path} holds something else than named tensors")
    return found


class InceptionExtractor(Extractor):
    """The Inception v3 of the original FID and IS: torch-fidelity's network and weights, in float32.

    Images of any size are enlarged to 299 x 299 by TensorFlow 1's bilinear rule, inside torch-fidelity's
    ``forward``; a single grey channel is repeated to three. ``features`` are the 2,048 pooled activations,
    ``logits`` the 1,008 class scores without bias, as torch-fidelity takes them for FID and for IS.

    Source: arXiv:1512.00567; arXiv:1706.08500 for the FID's use of it.

    Args:
        weights: the weights file, read as tensors alone so that no code in it can run.

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

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        library = torch_fidelity()
        path = self.weights_path(weights)
        # The library's constructor reads its weights file as a pickle that may hold code. It gets one that
        # was made here, from tensors alone.
        harmless = io.BytesIO()
        torch.save(_tensors(path), harmless)
        harmless.seek(0)
        try:
            network = library.FeatureExtractorInceptionV3(
                "inception-v3-compat", ["2048", "logits_unbiased"], feature_extractor_weights_path=harmless
            )
        except RuntimeError as error:
            raise SetupError(
                f"the tensors in {path} are not those of torch-fidelity's Inception v3, which {self.weights.name} holds"
            ) from error
        self.network = network.to(memory_format=torch.channels_last)

    @classmethod
    def weights_path(cls, given: Path | None) -> Path:
        """``given``, or the file in torch's hub folder, where torch-fidelity puts it too."""
        return given or Path(torch.hub.get_dir()) / "checkpoints" / cls.weights.name

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``features (B, 2048)`` and ``logits (B, 1008)``.

        Raises:
            MetricError: the images have neither one channel nor three.
        """
        if images.shape[1] not in (1, 3):
            raise MetricError(f"the extractor inception sees images of 1 or 3 channels, not {images.shape[1]}")
        colour = images.expand(-1, 3, -1, -1)
        seen = [self.network(part) for part in colour.split(_AT_ONCE)]
        features, logits = (torch.cat(parts) for parts in zip(*seen, strict=True))
        return {"features": features, "logits": logits}
