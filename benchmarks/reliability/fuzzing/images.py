"""Files of images: npz, idx, archives, and encoded images."""

import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganzoo import data
from ganzoo.data.pictures.endings import read_endings
from ganzoo.registry.registry import Registry
from ganzoo.storage.cache import Cache

from . import containers
from .format import Format
from .mutations import mutated

SIDE = 8  # pixels


def formats(registry: Registry) -> Iterator[Format]:
    """Give the formats of files of images."""
    arrays = list(_npz())
    yield Format("npz", lambda rng: {"a.npz": _npz_of(rng.choice(arrays), rng)}, _reader(registry, "a.npz"))
    archives = list(_archives())
    yield Format("archives", lambda rng: _archive(*rng.choice(archives), rng), _reader(registry))
    yield Format("idx", lambda rng: _one_changed(rng, _idx()), _reader(registry, "mnist"))
    pictures = list(_pictures())
    yield Format("images", lambda rng: _folder(pictures, rng), _reader(registry, "pictures"))


def _reader(registry: Registry, name: str = "") -> Any:
    """Give what reads these files as a user's data, now and then leaving bad images out."""

    def read(files: Mapping[str, bytes], folder: Path) -> None:
        for file, held in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(held)
        first = next(iter(files))
        named = name or ("cifar10" if first.startswith("cifar-10") else first)
        is_named = named in ("mnist", "cifar10")
        images = data.resolve(
            registry,
            named,
            data_dir=folder if is_named else None,
            cache=Cache(folder / "cache"),
            skip_bad=len(files[first]) % 2 == 0,
        )
        pixels, labels = data.load_images(images)
        assert len(pixels) == images.n and (labels is None or len(labels) == images.n)

    return read


def _pixels(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def _npz() -> Iterator[bytes]:
    labels = np.array([0, 1, 2, 1])
    for arrays in (
        {"images": _pixels(0, 4, SIDE, SIDE), "labels": labels},
        {"x": _pixels(1, 4, 3, SIDE, SIDE), "y": labels.astype(np.uint8)[:, None]},
        {"arr_0": _pixels(2, 4, SIDE, SIDE, 3)},
        {"arr_0": _pixels(2, 4, SIDE, SIDE, 3), "arr_1": labels * 1000},
        {
            "train_images": _pixels(0, 4, SIDE, SIDE),
            "train_labels": np.eye(3)[labels],
            "test_images": _pixels(1, 2, 8, 8),
        },
        {"x_train": _pixels(9, 4, SIDE, SIDE), "y_train": labels[:, None]},
    ):
        for save in (np.savez, np.savez_compressed):
            out = io.BytesIO()
            save(out, **arrays)
            yield out.getvalue()


def _npz_of(held: bytes, rng: Random) -> bytes:
    return containers.zipped(held, rng, containers.npy) if rng.random() < 0.7 else mutated(held, rng)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Encode an image."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _pictures() -> Iterator[tuple[str, bytes]]:
    """Give an image of each kind that is read: its ending and its bytes."""
    colour = Image.fromarray(_pixels(3, SIDE, SIDE, 3))
    for mode in ("RGB", "L", "P", "1", "RGBA", "LA", "I;16"):
        image = Image.fromarray(_pixels(4, SIDE, SIDE).astype(np.uint16)) if mode == "I;16" else colour.convert(mode)
        yield ".png", encoded(image, "PNG")
    yield ".png", encoded(colour.convert("P"), "PNG", transparency=1)
    yield ".jpg", encoded(colour, "JPEG")
    turn, text = Image.Exif(), PngInfo()
    turn[0x0112] = 6
    text.add_text("workflow", "x" * 2**20, zip=True)  # more than Pillow unpacks
    yield ".png", encoded(colour, "PNG", pnginfo=text, exif=turn)
    yield ".jpg", encoded(colour, "JPEG", progressive=True, exif=turn)
    yield ".jpg", encoded(colour.convert("CMYK"), "JPEG")
    yield ".bmp", encoded(colour, "BMP")
    yield ".bmp", encoded(colour.convert("P"), "BMP")
    yield ".gif", encoded(colour.convert("P"), "GIF", save_all=True, append_images=[colour.convert("P").rotate(90)])
    yield ".webp", encoded(colour, "WEBP")
    yield ".webp", encoded(colour.convert("RGBA"), "WEBP", lossless=True)
    for ending, kind in ((".avif", "AVIF"), (".jp2", "JPEG2000")):
        if ending in read_endings():
            yield ending, encoded(colour, kind)
    yield ".ppm", encoded(colour, "PPM")
    yield ".pgm", b"P2 8 8 255\n" + b" ".join(b"%d" % value for value in range(64))
    for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield ".tif", encoded(colour, "TIFF", compression=compression)
    yield ".tif", encoded(colour.convert("1"), "TIFF", compression="group4")


def _folder(pictures: list[tuple[str, bytes]], rng: Random) -> dict[str, bytes]:
    """Give a folder of a changed image and a good one."""
    ending, held = rng.choice(pictures)
    good = next(one for kind, one in pictures if kind == ".bmp")
    others = [one for kind, one in pictures if kind == ending]
    changed = containers.png(held, rng) if ending == ".png" and rng.random() < 0.6 else mutated(held, rng, others)
    return {f"pictures/a{ending}": changed, "pictures/b.bmp": good}


def _archives() -> Iterator[tuple[str, bytes]]:
    """Give archives of a few images in folders of classes, and of CIFAR-10's files: name and bytes."""
    image = {f"{kind}/{number}.png": _png(number) for kind in ("cat", "dog") for number in range(2)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in image.items():
            archive.writestr(name, held)
    yield "a.zip", out.getvalue()
    yield from _labelled(image)
    yield "windows.zip", out.getvalue().replace(b"cat/", b"cat\\").replace(b"dog/", b"dog\\")
    image["dataset.json"] = json.dumps({"labels": [[name, number % 2] for number, name in enumerate(image)]}).encode()
    tar = _tar(image)
    yield "a.tar", tar
    yield "a.tar.gz", gzip.compress(tar)
    yield "a.tar.xz", lzma.compress(tar)
    record = b"\3" + _pixels(5, 3072).tobytes()
    names = "\n".join(f"class{number}" for number in range(10)).encode()
    batches = {f"b/data_batch_{number}.bin": record for number in range(1, 6)}
    cifar = _tar({**batches, "b/test_batch.bin": record, "b/batches.meta.txt": names})
    yield "cifar-10-binary.tar.gz", gzip.compress(cifar)


def _labelled(image: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Give StyleGAN's way to label images, once with whole numbers and once with vectors."""
    for labels in ((0, 1, 1, 2), ([1, 0], [0, 1], [0, 1], [1, 0])):
        out = io.BytesIO()
        table = {"labels": [[name, label] for name, label in zip(image, labels, strict=True)]}
        with zipfile.ZipFile(out, "w") as archive:
            for name, held in {**image, "dataset.json": json.dumps(table).encode()}.items():
                archive.writestr(name, held)
        yield "a.zip", out.getvalue()


def _inside(held: bytes, rng: Random) -> bytes:
    """Change a member of an archive: JSON by its values, all else by its bytes."""
    if held[:1] == b"{" and rng.random() < 0.8:
        return json.dumps(containers.value(json.loads(held), rng)).encode("utf-8", "backslashreplace")
    return containers.plain(held, rng)


def _png(seed: int) -> bytes:
    return encoded(Image.fromarray(_pixels(seed, SIDE, SIDE, 3)), "PNG")


def _tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, held in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(held)
            archive.addfile(info, io.BytesIO(held))
    return out.getvalue()


def _archive(name: str, held: bytes, rng: Random) -> dict[str, bytes]:
    if rng.random() < 0.35:
        return {name: mutated(held, rng)}
    if name.endswith(".zip"):
        return {name: containers.zipped(held, rng, _inside)}
    if name.endswith(".tar"):
        return {name: containers.tarred(held, rng)}
    return {name: containers.squeezed(held, rng, containers.tarred, name)}


def _idx() -> dict[str, bytes]:
    """Give MNIST's four files with three images each; two of them are gzipped."""
    pixels, labels = _pixels(6, 3, 28, 28), bytes((1, 2, 3))
    images = bytes((0, 0, 8, 3)) + struct.pack(">III", *pixels.shape) + pixels.tobytes()
    of_labels = bytes((0, 0, 8, 1)) + struct.pack(">I", 3) + labels
    return {
        "train-images-idx3-ubyte": images,
        "train-labels-idx1-ubyte.gz": gzip.compress(of_labels, mtime=0),
        "t10k-images-idx3-ubyte.gz": gzip.compress(images, mtime=0),
        "t10k-labels-idx1-ubyte": of_labels,
    }


def _one_changed(rng: Random, files: dict[str, bytes]) -> dict[str, bytes]:
    name = rng.choice(sorted(files))
    held, inside = files[name], name.endswith(".gz") and rng.random() < 0.6
    files[name] = containers.squeezed(held, rng, containers.plain, ".gz") if inside else mutated(held, rng)
    return files
