"""The sample that a generator is to reach: from a file, a picture or a tensor to the generator's own shape."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ...api.arguments import path_text
from ...data.pictures.fitting import Fitting
from ...data.pictures.picture import BadImageError, decode
from ...errors import DataError, GanzooError
from ...text import shown
from ..sample_sets.pictures import picture
from ..trained import Trained

if TYPE_CHECKING:
    from PIL.Image import Image

    Target = str | Path | Tensor | np.ndarray | Image

_log = logging.getLogger(__name__)
_GREY = (1, 3)  # channels between which a picture can be turned


def target_of(trained: Trained, image: Target) -> Tensor:
    """Return what a generator is to reach, ``(1, C, H, W)`` at rest.

    An image of another size is cut to the middle of the generator's shape and resized; colour becomes grey, and grey
    colour, as the generator has it. Both are logged.

    Args:
        trained: the generator.
        image: path of an image; a picture of Pillow; an array ``(H, W)`` or ``(H, W, C)`` uint8; a tensor ``(C, H, W)``
            uint8; of points, their numbers as a tensor, an array or a text such as ``0.5,-1``.

    Raises:
        GanzooError: it is none of these, or has channels that the generator has not.
    """
    if trained.points:
        return _point(trained, image)
    pixels = _pixels(image)
    channels, height, width = trained.shape
    if pixels.shape == trained.shape:
        return torch.from_numpy(pixels.copy())[None]
    if len(pixels) != channels and not (len(pixels) in _GREY and channels in _GREY):
        raise GanzooError(f"the image has {len(pixels)} channels, and {trained.name} draws {channels}")
    if len(pixels) not in _GREY:
        raise GanzooError(f"an image of {len(pixels)} channels is not resized: it must be {height}x{width}")
    _log.warning(
        f"the image is {_size(pixels.shape)}, and {trained.name} draws {_size(trained.shape)}: "
        "its middle is taken, resized and recoloured to that"
    )
    fitted = Fitting((height, width)).fitted(picture(pixels), b"").convert("L" if channels == 1 else "RGB")
    array = np.asarray(fitted)
    array = array[None] if channels == 1 else array.transpose(2, 0, 1)
    return torch.from_numpy(array.copy())[None]


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}x{shape[2]}x{shape[0]}"


def _pixels(image: Target) -> np.ndarray:
    """``(C, H, W)`` uint8."""
    if isinstance(image, str | Path):
        return _read(Path(path_text(image, "image")))
    if isinstance(image, Tensor):
        found = image.cpu().numpy()
        found = found[0] if found.ndim == 4 and len(found) == 1 else found
    elif isinstance(image, np.ndarray):
        found = image[:, :, None] if image.ndim == 2 else image
        found = found.transpose(2, 0, 1) if found.ndim == 3 else found
    elif not callable(getattr(image, "convert", None)):
        raise GanzooError(
            f"an image is a path, a picture of Pillow, a tensor or an array, and not {type(image).__name__}"
        )
    else:
        grey = image.mode in ("1", "L", "LA")
        found = np.asarray(image.convert("L" if grey else "RGB"))
        found = found[None] if grey else found.transpose(2, 0, 1)
    if found.ndim != 3 or found.dtype != np.uint8 or 0 in found.shape:
        raise GanzooError(
            f"an image is uint8, as a tensor (C, H, W) or an array (H, W, C), not {found.dtype} of {tuple(found.shape)}"
        )
    return found


def _read(path: Path) -> np.ndarray:
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"{path} is no file: give the path of an image")
        return decode(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except BadImageError as error:
        raise DataError(f"{path} {error}") from error


def _point(trained: Trained, image: Target) -> Tensor:
    try:
        if isinstance(image, str | Path):
            found = torch.tensor([float(number) for number in str(image).split(",")])
        else:
            found = torch.as_tensor(np.asarray(image)).to(torch.float32).flatten()
    except (TypeError, ValueError):
        raise GanzooError(f"{shown(image)} is no point: give its numbers, such as 0.5,-1") from None
    if len(found) != trained.channels or not bool(found.isfinite().all()):
        raise GanzooError(f"a point of {trained.name} has {trained.channels} finite numbers, not {len(found)}")
    return found.view(1, -1, 1, 1)
