"""The binary versions of CIFAR: records of label bytes and 3,072 bytes of red, green and blue planes."""

import gzip
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, File, Images

_PIXELS = 3 * 32 * 32
# The largest file of either archive has 50,000 records of 3,074 bytes.
_LARGEST = 50_000 * (_PIXELS + 2)
_MOST_MEMBERS = 1000  # of an archive; both have eight
_MOST_BYTES = 10 * _LARGEST  # that an archive unpacks to; both have some 190 MB


def _from_archive(path: Path, wanted: tuple[str, ...]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        # The gzip layer is ours, so that a truncated archive is an error and not a short one.
        with gzip.open(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for number, info in enumerate(archive):
                if number >= _MOST_MEMBERS or info.offset_data + info.size > _MOST_BYTES:
                    raise DataError(f"{path.name!r} unpacks to far more than CIFAR's archives do")
                name = info.name.rpartition("/")[2]
                if name not in wanted or not info.isreg():
                    continue
                if info.size > _LARGEST:
                    raise DataError(f"{path.name!r}: {name!r} is larger than CIFAR's files are")
                content = archive.extractfile(info)
                assert content is not None
                found[name] = content.read()
            # To the end: gzip's checksum comes last.
            while stream.read(2**20):
                if stream.tell() > _MOST_BYTES:
                    raise DataError(f"{path.name!r} unpacks to far more than CIFAR's archives do")
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name!r} is truncated, damaged or no .tar.gz ({error})") from error
    return found


def _from_folder(folder: Path, wanted: tuple[str, ...]) -> dict[str, bytes]:
    found = {}
    for name in wanted:
        if (folder / name).is_file():
            with (folder / name).open("rb") as file:
                found[name] = file.read(_LARGEST + 1)
    return found


class Cifar10(Dataset):
    """CIFAR-10's training images: 50,000 photographs in 10 classes, 32x32 RGB; its 10,000 test images are held out.

    Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
    """

    parts: ClassVar[tuple[str, ...]] = tuple(f"data_batch_{index}.bin" for index in range(1, 6))
    test: ClassVar[str] = "test_batch.bin"
    names: ClassVar[str] = "batches.meta.txt"
    count: ClassVar[int] = 10
    label_bytes: ClassVar[int] = 1
    pickled: ClassVar[tuple[str, ...]] = ("cifar-10-python.tar.gz", "cifar-10-batches-py")
    files: ClassVar[tuple[File, ...]] = (
        File(
            name="cifar-10-binary.tar.gz",
            url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            size=170052171,
            also=("cifar-10-batches-bin", "data_batch_1.bin", *pickled),
        ),
    )

    def read(self, paths: Mapping[str, Path]) -> Images:
        """Decode the training images, from the archive or from what was unpacked of it.

        Raises:
            DataError: the files are damaged, or the pickled version.
        """
        found = self._found(paths, self.parts)
        for name in self.parts:
            if name not in found:
                raise self._lacks(paths, name)
        return self._decoded(paths, found, self.parts)

    def read_held_out(self, paths: Mapping[str, Path]) -> Images | None:
        """Decode the test images, which lie beside the training images; None where they were taken out.

        Raises:
            DataError: as for ``read``.
        """
        found = self._found(paths, (self.test,))
        return self._decoded(paths, found, (self.test,)) if self.test in found else None

    def _lacks(self, paths: Mapping[str, Path], name: str) -> DataError:
        (file,) = self.files
        return DataError(f"{paths[file.name].name!r} lacks {name!r}, which belongs to {file.name!r}")

    def _found(self, paths: Mapping[str, Path], parts: tuple[str, ...]) -> dict[str, bytes]:
        """Give the contents of those of the parts that are there, and of the file of the classes' names."""
        (file,) = self.files
        path = paths[file.name]
        if path.name in self.pickled:
            raise DataError(
                f"{path.name!r} is the pickled version, which could run code and is not read: "
                f"{file.name!r} is needed, from {file.url} (sha256 {file.sha256})"
            )
        wanted = (*parts, self.names)
        try:
            if path.is_dir():
                return _from_folder(path, wanted)
            if path.name == self.parts[0]:
                return _from_folder(path.parent, wanted)
            return _from_archive(path, wanted)
        except OSError as error:
            raise DataError(f"{path.name!r} cannot be read ({error})") from error

    def _decoded(self, paths: Mapping[str, Path], found: dict[str, bytes], parts: tuple[str, ...]) -> Images:
        (file,) = self.files
        path = paths[file.name]
        if self.names not in found:
            raise self._lacks(paths, self.names)
        classes = tuple(found[self.names].decode("ascii", "replace").split())
        if len(classes) != self.count:
            raise DataError(f"{self.names!r} names {len(classes)} classes, where {self.count} are expected")
        record = self.label_bytes + _PIXELS
        for name in parts:
            size = len(found[name])
            if not size or size % record or size > _LARGEST:
                raise DataError(f"{name!r} has {size:,} bytes, not whole records of {record:,}: truncated or damaged")
        records = np.concatenate([np.frombuffer(found[name], np.uint8).reshape(-1, record) for name in parts])
        # CIFAR-100 has two labels, the coarse one first.
        labels = records[:, self.label_bytes - 1].astype(np.int64)
        if labels.max() >= self.count:
            raise DataError(f"{path.name!r} has the label {labels.max()}, where 0 to {self.count - 1} are expected")
        return Images(records[:, self.label_bytes :].reshape(-1, 3, 32, 32), labels, classes)


class Cifar100(Cifar10):
    """CIFAR-100's training images: 50,000 photographs in 100 (fine) classes, 32x32 RGB; its 10,000 test images are
    held out.

    Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
    """

    parts: ClassVar[tuple[str, ...]] = ("train.bin",)
    test: ClassVar[str] = "test.bin"
    names: ClassVar[str] = "fine_label_names.txt"
    count: ClassVar[int] = 100
    label_bytes: ClassVar[int] = 2
    pickled: ClassVar[tuple[str, ...]] = ("cifar-100-python.tar.gz", "cifar-100-python")
    files: ClassVar[tuple[File, ...]] = (
        File(
            name="cifar-100-binary.tar.gz",
            url="https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
            sha256="58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            size=168513733,
            also=("cifar-100-binary", "train.bin", *pickled),
        ),
    )
