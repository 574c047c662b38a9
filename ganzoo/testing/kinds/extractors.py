"""Checks of feature extractors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from ...errors import MetricError
from ...interfaces import Extractor, Modality
from ...metrics.offering import offered_to
from ...metrics.pairing import FIRST, sees
from ...recipes.building.build import load_class
from ...registry.registry import Registry
from ..findings import Findings, listed, require, require_is
from ..fixtures.partners import noise_images, noise_points
from .datasets import require_file

BATCH = 4
SIZES = (8, 28, 32)
CHANNELS = (1, 3)
SCALES = (1.0, 1e6)  # of points: an untrained generator's may lie anywhere


def _shown(extractor: Extractor, data: Modality | None) -> Iterator[tuple[str, Tensor]]:
    """Give what an extractor has to see, with its name: images of all shapes, points near and far, or an example."""
    if data is not None:
        for name, samples in data.judged(data.target(data.example(BATCH))).items():
            yield f"the example of {data.name} {name}".rstrip(), samples
        return
    if extractor.point:
        for scale in SCALES:
            points = noise_points(BATCH, extractor.point) * scale
            yield f"points of {extractor.point} numbers about {scale:g}", points
        return
    for size in SIZES:
        for channels in CHANNELS:
            yield f"images of {channels}x{size}x{size}", noise_images(BATCH, channels, size)


def _require_seen(given: object, where: str, kind: type[Extractor]) -> None:
    seen = require_is(given, dict, f"{where} it gives a {type(given).__name__}, and must give a dict of tensors")
    modes, classifies = kind.modes, kind.classifies
    wanted = {"features"} | ({"logits"} if classifies else set()) | ({"mode", "quality"} if modes else set())
    require(
        seen.keys() == wanted,
        f"{where} it gives {listed(seen)}, and must give {listed(wanted)}, since its modes are {modes}"
        f"{'; one that knows no classes says `classifies = False`' if classifies else ' and it does not classify'}",
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
    if modes:
        _require_modes(seen["mode"], seen["quality"], where, modes)


def _require_modes(mode: Tensor, quality: Tensor, where: str, modes: int) -> None:
    for key, value in (("mode", mode), ("quality", quality)):
        require(value.shape[1] == 1, f"{where} {key!r} has {value.shape[1]} columns, and must have one")
    require(
        bool(((mode == mode.round()) & (mode >= -1) & (mode < modes)).all()),
        f"{where} 'mode' has the values {listed(set(mode.flatten().tolist()))}, and must be -1 or the number of one of "
        f"its {modes} modes, from 0",
    )
    require(
        bool(((quality == 0) | (quality == 1)).all()),
        f"{where} 'quality' has the values {listed(set(quality.flatten().tolist()))}, and must be 0 or 1",
    )


def _check_sight(extractor: Extractor, data: Modality | None) -> None:
    widths = set()
    for what, images in _shown(extractor, data):
        kept = images.clone()
        try:
            seen = extractor(images)
        except MetricError as error:
            if not extractor.resizes:
                continue
            require(False, f"for {what} it refuses, and must see any: {error}")
        _require_seen(seen, f"for {what}", type(extractor))
        require(torch.equal(images, kept), "it changes the images that it is given")
        widths.add(
            (*(images.shape[2:] if not extractor.resizes else ()), *(seen[key].shape[1] for key in sorted(seen)))
        )
    shapes = len({width[:2] for width in widths}) if not extractor.resizes else 1
    require(len(widths) == shapes, "the numbers of features and logits depend on the images' shape")


def _some(extractor: Extractor, data: Modality | None) -> Tensor:
    """Give some of what it has to see: the first, or the last, which are the largest, for one that resizes nothing."""
    shown = [images for _, images in _shown(extractor, data)]
    return shown[0] if extractor.resizes else shown[-1]


def _check_frozen(extractor: Extractor, data: Modality | None) -> None:
    seen = extractor(_some(extractor, data))
    require(
        not any(value.requires_grad for value in seen.values()), "what it gives carries gradients, though it is frozen"
    )


def _check_repeats(cls: type[Extractor], extractor: Extractor, path: Path | None, data: Modality | None) -> None:
    images = _some(extractor, data)
    first = extractor(images)
    again = _opened(cls, path, data)
    for other, what in ((extractor, "two calls"), (again, "two of them, loaded from the same weights,")):
        second = other(images)
        require(all(torch.equal(first[key], second[key]) for key in first), f"{what} see the same images differently")


def _opened(cls: type[Extractor], path: Path | None, data: Modality | None) -> Extractor:
    """Open one as the evaluator does."""
    return cls(weights=path, **offered_to("extractor", cls, data, "weights")).requires_grad_(False).eval()


def _data_of(cls: type[Extractor], registry: Registry) -> Modality | None:
    """Return data of the modality that it sees; None for images and points, of which there are many."""
    if sees(cls) in FIRST:
        return None
    made: Modality = registry.get("modality", cls.modality).load()()
    return made


def _check_weights(cls: type[Extractor], seen: list[str]) -> Path | None:
    """Check where it says that its weights are; gives that, and None where it has none."""
    given = Path("given")
    path = cls.weights_path(None)
    if path is None:
        require(cls.weights is None, "it names a file of weights, and weights_path gives no path")
        seen.append("it has none")
        return None
    require(isinstance(path, Path), f"weights_path gives {path!r}, and must give a pathlib.Path, or None")
    require(cls.weights_path(given) == given, "weights_path does not give the path that it is given")
    require(cls.weights is not None or path.is_file(), f"it names no file to fetch, and {path.name!r} does not ship")
    if not path.is_file():
        seen.append(f"{path.name} is not on this machine, so that nothing more can be checked")
    return path


def check_extractor(findings: Findings, registry: Registry) -> None:
    """Check what an extractor says of its weights; and its features, if they are here."""
    cls: type[Extractor] = load_class(registry, "extractor", findings.name)
    path: Path | None = None
    extractor, data = None, None
    with findings.check("declaration"):
        require(isinstance(cls.version, str) and bool(cls.version), f"version is {cls.version!r}, and must be text")
        for name, value in (("point", cls.point), ("modes", cls.modes)):
            require(type(value) is int and value >= 0, f"{name} is {value!r}, and must be a whole number from 0")
        for name, value in (("classifies", cls.classifies), ("differentiable", cls.differentiable)):
            require(type(value) is bool, f"{name} is {value!r}, and must be True or False")
        if cls.weights is not None:
            # a publisher may give no more than the first digits, in the file's name
            require_file(cls.weights, digits=tuple(range(8, 65)))
    with findings.check("weights") as seen:
        path = _check_weights(cls, seen)
    if not findings.ok or (path is not None and not path.is_file()):
        return
    with findings.check("construction"):
        data = _data_of(cls, registry)
        extractor = _opened(cls, path, data)
    if extractor is None:
        return
    with findings.check("sight"):
        _check_sight(extractor, data)
    if not findings.ok:
        return
    with findings.check("frozen"):
        _check_frozen(extractor, data)
    with findings.check("repeats"):
        _check_repeats(cls, extractor, path, data)
