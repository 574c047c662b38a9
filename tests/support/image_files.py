"""Small image files and a zoo of datasets for the data tests."""

import io
import os
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ganzoo.errors import UnknownName
from ganzoo.interfaces import Dataset, Modality


def picture(seed: int = 0, side: int = 8, mode: str = "RGB", height: int | None = None) -> Image.Image:
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 256, (height or side, side, channels), dtype=np.uint8)
    return Image.frombytes(mode, (side, height or side), values.tobytes())


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(seed: int = 0, side: int = 8, mode: str = "RGB", height: int | None = None) -> bytes:
    return encoded(picture(seed, side, mode, height))


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def deny(monkeypatch, name: str) -> None:
    """Let no folder of this name be listed, as on a disk of another user."""
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)


def make_tar(path: Path, files: dict[str, bytes], mode: str = "w", extra: tuple[tarfile.TarInfo, ...] = ()) -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in extra:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return path


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@dataclass(frozen=True)
class Entry:
    name: str
    target: type
    plugin: str = "a-plugin"
    version: str = "1.0"
    params: dict[str, object] = field(default_factory=dict)
    foreign: bool = False
    origin: str = "plugin 'a-plugin'"

    def load(self) -> type:
        return self.target


class Registry:
    """Knows datasets, and modalities."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = entries

    def all(self, kind: str) -> list[Entry]:
        wanted = {"dataset": Dataset, "modality": Modality}.get(kind, ())
        return [entry for entry in self.entries if issubclass(entry.target, wanted)]

    def get(self, kind: str, name: str) -> Entry:
        for entry in self.all(kind):
            if entry.name == name:
                return entry
        raise UnknownName(f"no {kind} named {name!r}")
