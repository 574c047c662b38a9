"""Checks of feature extractors."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..build import load_class
from ..errors import MetricError
from ..interfaces import Extractor
from ..registry import Registry
from .datasets import require_file
from .findings import Findings, require
from .partners import noise_images

BATCH = 4
SIZES = (8, 28, 32)
CHANNELS = (1, 3)


def _require_seen(seen: object, where: str) -> None:
    require(isinstance(seen, dict), f"{where} it gives a {type(seen).__name__}, and must give a dict of tensors")
    require(
        seen.keys() == {"features", "logits"},
        f"{where} it gives {', '.join(map(repr, sorted(seen))) or 'nothing'}, and must give 'features' and 'logits'",
    )
    for key, value in seen.items():
        require(isinstance(value, Tensor), f"{where} {key!r} is a {type(value).__name__}, and must be a tensor")
        shape = tuple(value.shape)
        require(
            len(shape) == 2 and shape[0] == BATCH and shape[1] > 0,
            f"{where} {key!r} has the shape {shape}, and must have ({BATCH}, columns)",
        )
        require(value.dtype == torch.float32, f"{where} {key!r} is {value.dtype}, and must be torch.float32")
        require(bool(value.isfinite().all()), f"{where} {key!r} has values that are not finite")


def _check_sight(extractor: Extractor) -> None:
    widths = set()
    for size in SIZES:
        for channels in CHANNELS:
            images = noise_images(BATCH, channels, size)
            kept = images.clone()
            try:
                seen = extractor(images)
            except MetricError as error:
                require(False, f"for images of {channels}x{size}x{size} it refuses, and must see any size: {error}")
            _require_seen(seen, f"for images of {channels}x{size}x{size}")
            require(torch.equal(images, kept), "it changes the images that it is given")
            widths.add(tuple(seen[key].shape[1] for key in sorted(seen)))
    require(len(widths) == 1, "the numbers of features and logits depend on the images' shape")


def _check_frozen(extractor: Extractor) -> None:
    seen = extractor(noise_images(BATCH, 1, SIZES[0]))
    require(
        not any(value.requires_grad for value in seen.values()), "what it gives carries gradients, though it is frozen"
    )


def _check_repeats(cls: type[Extractor], extractor: Extractor, path: Path) -> None:
    images = noise_images(BATCH, 1, SIZES[0])
    first = extractor(images)
    for other, what in ((extractor, "two calls"), (_opened(cls, path), "two of them, loaded from the same weights,")):
        second = other(images)
        require(all(torch.equal(first[key], second[key]) for key in first), f"{what} see the same images differently")


def _opened(cls: type[Extractor], path: Path) -> Extractor:
    """One as the judge opens it."""
    return cls(weights=path).requires_grad_(False).eval()


def check_extractor(findings: Findings, registry: Registry) -> None:
    """What it says of its weights; and what it sees, if they are here."""
    cls: type[Extractor] = load_class(registry, "extractor", findings.name)
    path, extractor = Path(), None
    with findings.check("declaration"):
        require(isinstance(cls.version, str) and bool(cls.version), f"version is {cls.version!r}, and must be text")
        if cls.weights is not None:
            # a publisher may give no more than the first digits, in the file's name
            require_file(cls.weights, digits=tuple(range(8, 65)))
    with findings.check("weights") as seen:
        given = Path("given")
        require(cls.weights_path(given) == given, "weights_path does not give the path that it is given")
        path = cls.weights_path(None)
        require(isinstance(path, Path), f"weights_path gives {path!r}, and must give a pathlib.Path")
        require(
            cls.weights is not None or path.is_file(), f"it names no file to fetch, and {path.name!r} does not ship"
        )
        if not path.is_file():
            seen.append(f"{path.name} is not on this machine, so that nothing more can be checked")
    if not findings.ok or not path.is_file():
        return
    with findings.check("construction"):
        extractor = _opened(cls, path)
    if extractor is None:
        return
    with findings.check("sight"):
        _check_sight(extractor)
    if not findings.ok:
        return
    with findings.check("frozen"):
        _check_frozen(extractor)
    with findings.check("repeats"):
        _check_repeats(cls, extractor, path)
