"""Checks of modalities."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...interfaces import Modality
from ...recipes.building.build import load_class
from ...registry.registry import Registry
from ...samples import Sample, leaves, size
from ..findings import Findings, require

N = 6  # rows of an example
_PNG = b"\x89PNG\r\n\x1a\n"
PLAIN = (bool, int, float, str, type(None))


def check_modality(findings: Findings, registry: Registry) -> None:
    """Check a modality by its example: it is of plain values, and gives what it says."""
    cls = load_class(registry, "modality", findings.name)
    made: list[Modality] = []
    with findings.check("values"):
        require(cls.name == findings.name, f"its class's name is {cls.name!r}, and must be {findings.name!r}")
        made.append(cls())
        require(dataclasses.is_dataclass(cls), f"{cls.__name__} is no dataclass: what it is must be plain values")
        for field in dataclasses.fields(made[0]):  # type: ignore[arg-type]  # which it is by now
            held = getattr(made[0], field.name)
            require(_is_plain(held), f"its {field.name} is {type(held).__name__}, and must be plain values")
    for modality in made:
        with findings.check("offers"):
            for conditional in (False, True):
                offered = modality.offers(conditional=conditional).keys()
                extra = ", ".join(sorted(offered - cls.offered))
                require(offered <= cls.offered, f"it offers {extra}, which is not in its offered")
        with findings.check("plays"):
            _check_play(modality)
        with findings.check("deals"):
            _check_deal(modality)
        with findings.check("pictures"):
            _check_pictures(modality)
        with findings.check("files"):
            _check_files(modality)


def _is_plain(value: Any) -> bool:
    return isinstance(value, PLAIN) or (isinstance(value, tuple) and all(map(_is_plain, value)))


def _alike(one: Sample | None, other: Sample | None) -> bool:
    """Say whether samples have the same tensors in shape and type."""
    pairs = zip(leaves(one), leaves(other), strict=False)
    return len(leaves(one)) == len(leaves(other)) and all(a.shape == b.shape and a.dtype == b.dtype for a, b in pairs)


def _check_play(modality: Modality) -> None:
    fields = modality.example(N)
    row = {name: tensor.clone() for name, tensor in fields.items()}
    rng = torch.Generator().manual_seed(0)
    noise = torch.Generator().manual_seed(0) if modality.quantised else None
    real, y = modality.play(row, flips=modality.mirrored, rng=rng, noise=noise)
    require(bool(leaves(real)), "play gives no tensors")
    require(size(real) == N, f"play makes {size(real)} samples of {N} rows")
    require(any(tensor.is_floating_point() for tensor in leaves(real)), "play gives no floating point tensors")
    for name, tensor in fields.items():
        require(torch.equal(row[name], tensor), f"play writes to the field {name!r}, which rests in memory")
    require(_alike(modality.condition(row), y), "condition gives other tensors than play does")
    require(_alike(modality.rest(real), modality.target(row)), "rest gives other tensors than target does")


def _check_pictures(modality: Modality) -> None:
    row = modality.example(N)
    sample, y = modality.target(row), modality.condition(row)
    drawn = {
        "picture": modality.picture(sample, None, y),
        "picture with real samples": modality.picture(sample, sample, y),
        "picture_of_data": modality.picture_of_data(sample, y),
        "ways": modality.ways(sample, N // 2),
    }
    for name, png in drawn.items():
        require(png is None or png.startswith(_PNG), f"{name} gives no bytes of a PNG")
    require(
        (drawn["picture"] is None) == (drawn["picture with real samples"] is None),
        "picture draws samples only with, or only without, real ones beside them",
    )
    require(modality.pictured > 0, f"a picture shows {modality.pictured} samples")
    images = modality.as_images(sample)
    if images is not None:
        shaped = images.ndim == 4 and len(images) == N and images.dtype == torch.uint8
        require(shaped, f"as_images gives {images.dtype} of {tuple(images.shape)}, and not {N} images (C, H, W) uint8")


def _check_files(modality: Modality) -> None:
    sample = modality.target(modality.example(N))
    arrays = modality.arrays(sample)
    require(bool(arrays), "arrays names no array")
    require(all(len(array) == N for array in arrays.values()), f"arrays gives other than {N} rows of {N} samples")
    with tempfile.TemporaryDirectory() as folder:
        for ending in modality.endings:
            path = Path(folder) / f"x{ending}"
            require(ending.startswith(".") and ending == ending.lower(), f"its ending {ending!r} is not like '.csv'")
            require(modality.write(sample, path), f"write does not write {ending}, which is in its endings")
            require(path.is_file(), f"write leaves no file x{ending}")
        require(not modality.write(sample, Path(folder) / "x.not-an-ending"), "write takes an ending that it has not")


def _check_deal(modality: Modality) -> None:
    fields: dict[str, Tensor] = modality.example(N)
    deal, again = modality.deal(fields, 0), modality.deal(fields, 0)
    require(set(deal.by) == set(fields), "its deal does not say by which index each field is picked")
    whole, later = deal.take(0, 2 * N), again.take(N, N)
    for index, picks in whole.items():
        require(picks.dtype == torch.int64 and picks.shape == (2 * N,), f"index {index!r} of its deal is not int64")
        require(torch.equal(picks[N:], later[index]), f"index {index!r} of its deal depends on what was asked before")
    drawn = deal.draw(N, torch.Generator().manual_seed(0))
    for name, index in deal.by.items():
        for picks in (whole[index], drawn[index]):
            inside = int(picks.min()) >= 0 and int(picks.max()) < len(fields[name])
            require(inside, f"its deal picks rows that the field {name!r} does not have")
