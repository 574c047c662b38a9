"""LPIPS as an extractor: vectors whose squared distances are the perceptual distances of images."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.errors import MetricError, SetupError
from ganzoo.interfaces import File, PublishedExtractor
from ganzoo.layers import PerceptualDistance, coloured, in_parts, read_tensors

_AT_ONCE = 64  # images; constant, so that numbers repeat to the bit
_SMALLEST = 32  # pixels of a side, below which AlexNet's last layers see nothing
_HEADS = 5
_CONVOLUTION = re.compile(r"(?:net\.slice\d\.|features\.|net\.features\.)(\d+\.(?:weight|bias))")
PUBLISHED_HEADS = {
    "alex": "718a8b40b0d22f96192d34ab93c0db5c7943558ff6c2407f44812dce2f29b5f4",
    "vgg16": "9153a2043dccf3b525d4f13db916e93ef040548ea923b6f2100de5ebac141a78",
}
"""Sha256 over the float32 numbers of the five heads of version 0.1, by trunk.

Source: lpips/weights/v0.1/alex.pth and vgg.pth of richzhang/PerceptualSimilarity@082bb24, whose files have the sha256
df73285e... and a78928a0..., and are the same in the package lpips 0.1.4.
"""
TORCHVISION = {"alex": "alexnet-owt-7be5be79.pth", "vgg16": "vgg16-397923af.pth"}
"""The trunks as torchvision publishes them: the first digits of their sha256 stand in their names."""


class PerceptualExtractor(PublishedExtractor):
    """Vectors of images whose squared Euclidean distance is LPIPS; all images of a set have one size.

    Images are seen at their own size, 32 pixels a side at least; a single grey channel is repeated to three. The file
    of weights is written by the authors' package: ``torch.save(lpips.LPIPS(net="alex").state_dict(),
    "lpips-alex.pth")``, with ``net="vgg"`` and ``lpips-vgg16.pth`` for the other. No digest of that file is published:
    its heads are compared with those of version 0.1 by their sha256, and its trunk with torchvision's file, where that
    lies in torch's folder of checkpoints. With other heads or another trunk it is not called LPIPS.

    Source: arXiv:1801.03924.

    Args:
        weights: the weights file, read as tensors alone so that no code in it can run.

    Raises:
        SetupError: the file is missing, unreadable or made for another network.
    """

    version = "1"
    classifies = False
    resizes = False
    differentiable = True
    trunk: ClassVar[Any] = "alex"

    def __init_subclass__(cls, trunk: str, **more: Any) -> None:
        """Choose the trunk, ``alex`` or ``vgg16``."""
        super().__init_subclass__(**more)
        cls.trunk, cls.weights = trunk, File(name=f"lpips-{trunk}.pth", made=_written_by(trunk))

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        path = self.weights_path(weights)
        try:
            self.network = PerceptualDistance(self.trunk, read_tensors(path))
        except SetupError as error:
            raise SetupError(
                f"the weights file {path} does not hold LPIPS ({error}): {_written_by(self.trunk)}"
            ) from error
        self.eval()

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``features (B, F)``.

        Raises:
            MetricError: the images have neither one channel nor three, or are too small.
        """
        return {"features": in_parts(images, _AT_ONCE, lambda part: self.embedded(part.float().div(127.5).sub(1)))}

    def embedded(self, images: Tensor) -> Tensor:
        """``(B, 1 or 3, H, W)`` in [-1, 1] -> ``(B, F)``, with gradients.

        Raises:
            MetricError: as for ``forward``.
        """
        if min(images.shape[2:]) < _SMALLEST:
            raise MetricError(
                f"LPIPS sees images of {_SMALLEST} pixels a side or more, not {images.shape[3]}x{images.shape[2]}"
            )
        return self.network.embedded(coloured(images, f"lpips-{self.trunk}"))

    @classmethod
    def holds_published(cls, path: Path) -> bool | None:
        """Compare a file's heads with those of version 0.1, and its trunk with torchvision's where that is here."""
        try:
            tensors = read_tensors(path)
        except SetupError:
            return None  # which opening it explains
        trunk = _torchvisions(cls.trunk)
        return heads_digest(tensors) == PUBLISHED_HEADS[cls.trunk] and (trunk is None or _within(trunk, tensors))


def _written_by(trunk: str) -> str:
    net = "vgg" if trunk == "vgg16" else trunk
    return f"write it by torch.save(lpips.LPIPS(net={net!r}).state_dict(), 'lpips-{trunk}.pth') of the package lpips"


def heads_digest(tensors: Mapping[str, Tensor]) -> str | None:
    """Take the sha256 of the linear heads among named tensors; None where one is missing."""
    digest = hashlib.sha256()
    for i in range(_HEADS):
        head = tensors.get(f"lin{i}.model.1.weight")
        if head is None:
            return None
        digest.update(head.float().contiguous().numpy().astype("<f4").tobytes())
    return digest.hexdigest()


def _torchvisions(trunk: str) -> dict[str, Tensor] | None:
    """Read the convolutions that torchvision publishes; None where they are not here, or damaged."""
    path = Path(torch.hub.get_dir()) / "checkpoints" / TORCHVISION[trunk]
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if not digest.startswith(path.stem.rpartition("-")[2]):
            return None
        found = read_tensors(path)
    except (OSError, SetupError):
        return None
    return {name: value for name, value in found.items() if name.startswith("features.")}


def _within(trunk: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> bool:
    """Say whether all convolutions of a trunk are among tensors, which ``lpips`` names by slices."""
    own = {f"features.{m[1]}": value for name, value in tensors.items() if (m := _CONVOLUTION.fullmatch(name))}
    return all(name in own and torch.equal(own[name].float(), value.float()) for name, value in trunk.items())
