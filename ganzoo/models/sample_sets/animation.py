"""Samples one after another, as an animated GIF or an MP4."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...errors import GanzooError, SetupError
from ...storage.atomic import in_place, write_file
from ...text import shown
from .pictures import picture
from .samples import Samples

ENDINGS = (".png", ".gif", ".mp4")
_READABLE = 256  # pixels; small images are enlarged by a whole factor until they come near


def require_ending(path: Path) -> None:
    """Check that an interpolation can be written to a path, before anything is drawn.

    Raises:
        GanzooError: the path ends in something else.
        SetupError: it ends in ``.mp4``, and the program ffmpeg is not there.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise GanzooError(
            f"an interpolation is written as x.png (a way in each row), x.gif or x.mp4, and not as {shown(path.name)}"
        )
    if ending == ".mp4":
        _ffmpeg()


def save_ways(path: Path, samples: Samples, steps: int, seconds: float = 2.0) -> None:
    """Write samples along ways: a picture with a way in each row, or a film that goes one way after another.

    Args:
        path: ends in ``.png``, ``.gif`` or ``.mp4``.
        samples: images, ``steps`` on each way.
        steps: how many.
        seconds: that a film stays on one way.

    Raises:
        GanzooError: the path ends in something else, or the samples are points or have neither 1 nor 3 channels.
        SetupError: ffmpeg is not there or fails, the disk is full, or the folder cannot be written.
    """
    require_ending(path)
    if path.suffix.lower() == ".png":
        write_file(path, samples.png(steps))
    elif path.suffix.lower() == ".gif":
        write_file(path, _gif(samples, steps, seconds))
    else:
        _write_film(path, samples, steps, seconds)


def frames(samples: Samples, steps: int) -> Iterator[np.ndarray]:
    """Give the images ``(C, H, W)`` of a film: where a way begins at the end of the one before, that shows once."""
    images = samples.images("films").numpy()
    factor = max(1, _READABLE // max(images.shape[2:]))
    last = None
    for i, image in enumerate(images):
        if i % steps == 0 and last is not None and np.array_equal(image, last):
            continue
        last = image
        yield image.repeat(factor, axis=1).repeat(factor, axis=2)


def _gif(samples: Samples, steps: int, seconds: float) -> bytes:
    first, *others = [picture(frame) for frame in frames(samples, steps)]
    file = io.BytesIO()
    each = max(20, round(1000 * seconds / steps))  # shorter ones are slowed down by browsers
    first.save(file, format="GIF", save_all=True, append_images=others, duration=each, loop=0)
    return file.getvalue()


def _ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        raise SetupError("x.mp4 is written by the program ffmpeg, which is not on the PATH: install it, or write x.gif")
    return found


def _write_film(path: Path, samples: Samples, steps: int, seconds: float) -> None:
    """Let ffmpeg encode frames; the file is whole or not there."""
    program, shots = _ffmpeg(), [np.asarray(picture(f).convert("RGB")) for f in frames(samples, steps)]
    height, width = shots[0].shape[:2]
    raw = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {steps / seconds:.6g} -i -"
    even = "-vf pad=ceil(iw/2)*2:ceil(ih/2)*2 -pix_fmt yuv420p -f mp4"  # a size that every player takes
    with in_place(path) as part:
        done = subprocess.run(
            [program, "-v", "error", "-y", *raw.split(), *even.split(), str(part.absolute())],
            input=b"".join(shot.tobytes() for shot in shots),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
            raise SetupError(f"ffmpeg could not write {path}: {said[-1]}")
