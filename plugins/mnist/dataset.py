"""The idx files of MNIST and of its drop-in replacement."""

import gzip
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, File, Images

_IMAGES = "train-images-idx3-ubyte.gz"
_LABELS = "train-labels-idx1-ubyte.gz"
_TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
_TEST_LABELS = "t10k-labels-idx1-ubyte.gz"
_MOST_IMAGES = 1_000_000
# A gzipped file unpacks to this many times its size at most: MNIST's to 5 times it, one colour to 1000 times it.
_MOST_RATIO = 200
_SMALL = 2**24  # bytes that are no danger
# Both datasets use the same names for their files, so a wrong folder is an easy mistake, and would go unnoticed.
_FIRST_LABELS = {
    "MNIST": ((5, 0, 4, 1, 9, 2, 1, 3, 1, 4), (7, 2, 1, 0, 4, 1, 4, 9, 5, 9)),
    "Fashion-MNIST": ((9, 0, 0, 3, 0, 2, 7, 2, 5, 5), (9, 2, 1, 1, 6, 1, 4, 6, 5, 7)),
}


def _published(name: str, root: str, folder: str, sha256: str, size: int) -> File:
    """Give a file that people also keep unpacked, under the name of older copies, or in a folder of another library."""
    plain = name.removesuffix(".gz")
    also = (plain, plain.replace("-idx", ".idx"), f"{folder}/raw/{name}", f"{folder}/raw/{plain}")
    return File(name=name, url=f"{root}/{name}", sha256=sha256, size=size, also=also)


def _mnist(name: str, sha256: str, size: int) -> File:
    return _published(name, "https://storage.googleapis.com/cvdf-datasets/mnist", "MNIST", sha256, size)


def _fashion(name: str, sha256: str, size: int) -> File:
    root = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion"
    return _published(name, root, "FashionMNIST", sha256, size)


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Read an idx file of unsigned bytes, gzipped or not.

    The header is two zeros, the type (8), the number of dimensions, and each dimension as four bytes, high byte first.

    Raises:
        DataError: it is something else, or damaged.
    """
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            head = file.read(4 + 4 * dimensions)
            if len(head) < 4 + 4 * dimensions or head[:4] != bytes((0, 0, 8, dimensions)):
                raise DataError(f"{path.name!r} is no idx file of bytes in {dimensions} dimensions")
            shape = tuple(int(size) for size in np.frombuffer(head, ">u4", offset=4))
            if shape[0] > _MOST_IMAGES or shape[1:] not in ((), (28, 28)):
                raise DataError(f"{path.name!r} claims the shape {shape}, where N images of 28x28 are expected")
            size = math.prod(shape)
            if size > max(_SMALL, _MOST_RATIO * path.stat().st_size):
                raise DataError(f"{path.name!r} announces {size:,} bytes, far more than images of its size hold")
            # One byte more than there should be: an attempt at it also makes gzip check its sum.
            data = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name!r} is truncated or damaged ({error})") from error
    if len(data) != size:
        much = "more" if len(data) > size else "less"
        raise DataError(
            f"{path.name!r} holds {much} than the {size:,} bytes of shape {shape} that its header announces"
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


class Mnist(Dataset):
    """MNIST's training images: 60,000 handwritten digits, 28x28 grey; its 10,000 test images are held out.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86(11), 1998.
    """

    title: ClassVar[str] = "MNIST"
    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")
    extractor: ClassVar[str] = "mnist"
    files: ClassVar[tuple[File, ...]] = (
        _mnist(_IMAGES, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9912422),
        _mnist(_LABELS, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28881),
    )
    held_out_files: ClassVar[tuple[File, ...]] = (
        _mnist(_TEST_IMAGES, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1648877),
        _mnist(_TEST_LABELS, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4542),
    )

    def read(self, paths: Mapping[str, Path]) -> Images:
        """Decode the training images.

        Raises:
            DataError: a file is damaged, or of the other dataset.
        """
        return self._read(paths[_IMAGES], paths[_LABELS])

    def read_held_out(self, paths: Mapping[str, Path]) -> Images:
        """Decode the test images.

        Raises:
            DataError: as for ``read``.
        """
        return self._read(paths[_TEST_IMAGES], paths[_TEST_LABELS])

    def _read(self, of_images: Path, of_labels: Path) -> Images:
        pixels = read_idx(of_images, 3)
        labels = read_idx(of_labels, 1)
        if len(pixels) != len(labels) or not len(pixels):
            raise DataError(
                f"{of_images.name!r} has {len(pixels):,} images and {of_labels.name!r} {len(labels):,} labels"
            )
        if labels.max() > 9:
            raise DataError(f"{of_labels.name!r} has the label {labels.max()}, where 0 to 9 are expected")
        for title, first in _FIRST_LABELS.items():
            if title != self.title and tuple(labels[:10]) in first:
                raise DataError(f"{of_labels.name!r} has the labels of {title}, not of {self.title}")
        return Images(pixels[:, None], labels.astype(np.int64), self.classes)


class FashionMnist(Mnist):
    """Fashion-MNIST's training images: 60,000 pieces of clothing, 28x28 grey; its 10,000 test images are held out.

    Source: arXiv:1708.07747.
    """

    title: ClassVar[str] = "Fashion-MNIST"
    classes: ClassVar[tuple[str, ...]] = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
    extractor: ClassVar[str] = "inception"
    files: ClassVar[tuple[File, ...]] = (
        _fashion(_IMAGES, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26421880),
        _fashion(_LABELS, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29515),
    )
    held_out_files: ClassVar[tuple[File, ...]] = (
        _fashion(_TEST_IMAGES, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4422102),
        _fashion(_TEST_LABELS, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5148),
    )
