"""The discriminators of a projected GAN."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import iterate_together, require_choice, require_positive, sides

from .features import FeatureMaps
from .judge import Judge
from .mixing import MIXINGS, Mixing

CONDITIONED = ("projection", "none")


class ProjectedDiscriminator(Discriminator):
    """A small discriminator for each scale of a frozen pretrained network, whose features are randomly mixed.

    The one of the smallest scale halves its map once, and each larger one once more, so that all end in maps of about
    the same size. Each is a head: their losses count alike.

    Source: arXiv:2111.01007, sec. 3.
    Departs: the paper has four scales of an EfficientNet-Lite0, which ``efficientnet-lite0`` gives; here the extractor
        decides how many there are, at the most four. The losses' mean is descended in place of their sum. Images are
        augmented by a term of the recipe.

    Args:
        image_size: height and width of the images.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        extractor: the frozen network, by its registered name: any that has gradients and makes maps.
        scales: how many at the most; the smallest are taken.
        mixing: ``scales``: random convolutions mix the channels of each scale and neighbouring scales; ``channels``:
            channels alone; ``none``: features are judged as they are.
        mixed: channels of the largest scale when they are mixed, and twice as many with each.
        width: channels of the last layer of each discriminator.
        conditioning: how a label counts: ``projection``, see ``Judge``; ``none``, it does not.

    Attributes:
        outputs: ``logits`` ``(B, P)``, all verdicts side by side, and ``scale0``, the largest, to ``scale3``, each
            ``(B, P')``; fewer where the extractor has fewer.
        heads: the scales.

    Raises:
        RecipeError: the extractor cannot be used, or a parameter is out of range.
        SetupError: its weights are missing.
    """

    mirror_symmetric = True

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        extractor: str = "digits",
        scales: int = 4,
        mixing: str = "scales",
        mixed: int = 64,
        width: int = 512,
        conditioning: str = "projection",
    ) -> None:
        super().__init__()
        require_positive(scales=scales, mixed=mixed, width=width)
        require_choice(MIXINGS, mixing=mixing)
        require_choice(CONDITIONED, conditioning=conditioning)
        self.features = FeatureMaps(extractor, (channels, *sides(image_size)), scales)
        self.mixing = Mixing(self.features.shapes, mixed, mixing)
        shapes, classes = self.mixing.shapes, num_classes if conditioning == "projection" else 0
        n = len(shapes)
        self.judges = nn.ModuleList(
            Judge(shape, _halvings(shape, n - i, extractor), width, classes) for i, shape in enumerate(shapes)
        )
        self.heads = tuple(f"scale{i}" for i in range(n))
        self.outputs = frozenset({"logits", *self.heads})  # type: ignore[misc]
        iterate_together(self)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B, P)`` and those of each scale."""
        maps = self.mixing(self.features(x))
        verdicts = [judge(h, y) for judge, h in zip(self.judges, maps, strict=True)]
        return {"logits": torch.cat(verdicts, dim=1), **dict(zip(self.heads, verdicts, strict=True))}


def _halvings(shape: tuple[int, ...], wanted: int, extractor: str) -> int:
    """Return how often a map is halved: as often as wanted, and as its sides allow."""
    if min(shape[1:]) < 2:
        raise RecipeError(f"extractor {extractor!r} makes maps of {shape[1]}x{shape[2]} pixels, and 2x2 are the least")
    return min(wanted, min(shape[1:]).bit_length() - 1)
