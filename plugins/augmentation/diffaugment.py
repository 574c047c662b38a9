"""Differentiable augmentation."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer
from ganzoo.layers import require_choice, require_images

from .diffaugment_colour import brightened, contrasted, saturated
from .diffaugment_place import covered, moved

POLICIES = ("color", "translation", "cutout")


class DiffAugment(Regularizer):
    """Shows the discriminator every image augmented, in both players' turns, so that it learns none by heart.

    Each image has draws of its own. Gradients go through, to the generator too, which is what keeps the
    augmentations out of its images.

    Source: arXiv:2006.10738, sec. 3; the ranges are those of the authors' code.

    Args:
        policy: what is done, in this order: ``color`` is random brightness, saturation and contrast (nothing
            changes the saturation of images with one channel), ``translation`` moves the image and leaves zeros,
            ``cutout`` covers a square with zeros.
        translation: how far an image is moved at most, as a share of its size, along either axis.
        cutout: side of the square, as a share of the image's.

    Raises:
        RecipeError: an unknown or an empty policy, or a share outside [0, 1].
    """

    mirror_symmetric = True

    def __init__(self, policy: Sequence[str] = POLICIES, translation: float = 0.125, cutout: float = 0.5) -> None:
        super().__init__()
        if isinstance(policy, str) or not policy:
            raise RecipeError(f"policy is {policy!r}, and must be a list of one or more of {', '.join(POLICIES)}")
        for name in policy:
            require_choice(POLICIES, policy=name)
        for name, share in (("translation", translation), ("cutout", cutout)):
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
                raise RecipeError(f"{name} is {share!r}, and must be a share of the image between 0 and 1")
        self.policy, self.translation, self.cutout = tuple(policy), translation, cutout

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Refuse samples that are no images.

        Raises:
            RecipeError: they are none.
        """
        require_images(D, "regularizer 'diffaugment'")

    def view(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` images in [-1, 1] -> the same shape; colours may leave the range."""
        for name in self.policy:
            if name == "color":
                x = contrasted(saturated(brightened(x)))
            elif name == "translation":
                x = moved(x, self.translation)
            else:
                x = covered(x, self.cutout)
        return x
