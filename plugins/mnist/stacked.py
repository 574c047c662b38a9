"""Three MNIST digits as the colours of one image."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from ganzoo.interfaces.data import Dataset, File, Images

from .dataset import Mnist

SEED = 0
HELD_OUT_SEED = 1


class StackedMnist(Dataset):
    """128,000 images of 28x28 whose red, green and blue are three random digits of MNIST: 1,000 modes.

    A label is the number that the three digits write, red first. 26,000 generated images are judged.

    Source: arXiv:1611.02163 (unrolled GANs), sec. 3.3.1; sizes as in arXiv:1712.04086 (PacGAN), sec. 4.2.

    Departs: PacGAN's code draws its digits from MNIST's training and test images together, this from the 60,000
    training images. 10,000 stacks of the test images, if those are at hand, are held out.
    """

    extractor: ClassVar[str] = "stacked-mnist"
    metrics: ClassVar[tuple[str, ...]] = ("modes", "high-quality", "reverse-kl")
    samples: ClassVar[int | None] = 26_000
    files: ClassVar[tuple[File, ...]] = Mnist.files
    held_out_files: ClassVar[tuple[File, ...]] = Mnist.held_out_files
    count: ClassVar[int] = 128_000
    held_out_count: ClassVar[int] = 10_000
    margin: ClassVar[int] = 0

    def read(self, paths: Mapping[str, Path]) -> Images:
        """Stack the training images, always the same ones.

        Raises:
            DataError: a file is damaged, or of the other dataset.
        """
        return self._stack(Mnist().read(paths), self.count, SEED)

    def read_held_out(self, paths: Mapping[str, Path]) -> Images:
        """Stack the test images, always the same ones.

        Raises:
            DataError: as for ``read``.
        """
        return self._stack(Mnist().read_held_out(paths), self.held_out_count, HELD_OUT_SEED)

    def _stack(self, digits: Images, count: int, seed: int) -> Images:
        assert digits.labels is not None
        rng = np.random.RandomState(seed)  # whose stream numpy has promised never to change
        picks = rng.randint(len(digits.pixels), size=(count, 3), dtype=np.int64)
        framed = np.pad(digits.pixels[:, 0], ((0, 0), *[(self.margin, self.margin)] * 2))
        classes = tuple(f"{number:03}" for number in range(1000))
        return Images(framed[picks], digits.labels[picks] @ np.array((100, 10, 1)), classes)


class StackedMnist32(StackedMnist):
    """The same images with 2 pixels of black on each side: 32x32, for networks that want a power of two.

    Source: as ``StackedMnist``.
    """

    margin: ClassVar[int] = 2
