"""The one door to the formats that a generator is exported in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ...api.arguments import path_text
from ...errors import GanzooError, suggest
from ..browser import write_html
from ..trained import Trained
from ..version1 import require_images
from .folder import require_absent, write_hub
from .programs import write_onnx, write_pt2

Format = Literal["hub", "pt2", "onnx", "html"]
FORMATS: tuple[str, ...] = get_args(Format)
_ENDINGS = {"pt2": ".pt2", "onnx": ".onnx", "html": ".html"}
_WRITERS: dict[str, Callable[[Trained, Path], float | None]] = {
    "pt2": write_pt2,
    "onnx": write_onnx,
    "html": write_html,
}


@dataclass(frozen=True)
class Exported:
    """An export that was written.

    Attributes:
        path: of the folder or file.
        format: that it has.
        deviation: the largest difference of its samples from the generator's own, in [-1, 1], by a comparison at the
            end; None where none was made: a folder holds the generator itself, and ONNX needs onnxruntime for it.
    """

    path: Path
    format: str
    deviation: float | None = None


def export(trained: Trained, path: str | Path, format: str | None = None, *, license: str = "") -> Exported:
    """Write a generator, whole or not at all; see ``Model.export``.

    Raises:
        GanzooError: there is something at the path, it has an ending of another format, or the generator cannot be
            written so.
        SetupError: a package is missing, the disk is full or the folder cannot be written.
    """
    to = Path(path_text(path))
    if format is None:
        format = next((name for name, ending in _ENDINGS.items() if ending == to.suffix.lower()), "hub")
    if format not in FORMATS:
        raise GanzooError(f"no format {format!r}; {suggest(format, FORMATS)}")
    ending = _ENDINGS.get(format)
    if ending is not None and to.suffix.lower() != ending:
        raise GanzooError(f"{format} is written as a file that ends in {ending}, and not as {to.name}")
    if ending is None and to.suffix.lower() in _ENDINGS.values():
        raise GanzooError(f"{to.name} is the name of a file, and hub writes a folder: give --format {to.suffix[1:]}")
    if license and format != "hub":
        raise GanzooError("a license is written on the card of a folder: --format hub")
    if format != "hub":
        require_images(trained, f"an export as {format}")
    require_absent(to)
    if ending is None:
        write_hub(trained, to, license=license)
        return Exported(to, format)
    return Exported(to, format, _WRITERS[format](trained, to))
