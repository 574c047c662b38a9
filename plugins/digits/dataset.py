"""The digits as they ship."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, Images

_FILE = Path(__file__).with_name("digits.npz")


class Digits(Dataset):
    """1,797 handwritten digits, 8x8 grey.

    Each value counts the ink in a 4x4 block of a 32x32 bitmap, 0 to 16; here it is spread over 0 to 255, so that the
    ink is white on black.

    All of them ship, and none is held out: where images are needed that nothing was trained on, ``--hold-out SHARE``
    takes them from the training images.

    Source: UCI Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, 1998, CC BY 4.0; its test part,
    as scikit-learn carries it.
    """

    extractor: ClassVar[str] = "digits"

    def read(self, paths: Mapping[str, Path]) -> Images:
        """Decode the shipped file; ``paths`` is empty.

        Raises:
            DataError: the installation lacks it.
        """
        try:
            with np.load(_FILE, allow_pickle=False) as arrays:
                ink, labels = arrays["ink"], arrays["labels"]
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                f"the shipped file {_FILE.name!r} is missing or damaged: install the package again"
            ) from error
        pixels = np.rint(ink * (255 / 16)).astype(np.uint8)
        return Images(pixels[:, None], labels.astype(np.int64), tuple("0123456789"))
