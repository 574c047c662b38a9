"""The tracker ``tensorboard``."""

import importlib.util
import json
import os
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from ganzoo.errors import SetupError
from ganzoo.interfaces import Tracker

FOLDER = "tensorboard"  # in a run's
EVENTS = "*tfevents*"


class TensorBoardTracker(Tracker):
    """Event files below ``tensorboard/`` in the run's folder; ``tensorboard --logdir`` of a bench shows all its runs.

    The horizontal axis counts real images shown to D, as budgets do, so that recipes of any batch and rhythm stand one
    above the other. Relative time is time of training, evaluations and stops left out.

    A run that goes on writes its file anew, from what its record has kept: no row stands in it twice, whatever was
    written before the run was killed, and rows of before there was a tracker are there as well.
    """

    retold: ClassVar[bool] = True

    def __init__(self) -> None:
        if importlib.util.find_spec("tensorboard") is None:
            raise SetupError("the tracker 'tensorboard' needs a package of that name: install ganzoo-core[tensorboard]")

    def begin(self, run: dict[str, Any]) -> None:
        """Start the file, and empty any that there are."""
        from torch.utils.tensorboard import SummaryWriter  # which without the package cannot be had

        folder = run["folder"] / FOLDER
        for path in folder.glob(EVENTS):
            os.truncate(path, 0)  # a TensorBoard that is reading it would wait forever if it went away
        # the file begins with a mark by which such a TensorBoard forgets what it has read, if the last one had it too
        self._writer = SummaryWriter(str(folder), purge_step=0)
        self._began = time.time() - run["seconds"]
        self._seconds = 0.0
        for name in ("recipe", "settings", "environment"):
            self._write(name, run[name])

    def row(self, row: dict[str, Any]) -> None:
        """Its numbers."""
        self._seconds = row.get("seconds", self._seconds)
        for name, value in self.numbers(row).items():
            self._writer.add_scalar(name, value, _images(row), walltime=self._now())
        self._writer.flush()

    def picture(self, name: str, path: Path, row: dict[str, Any]) -> None:
        """Give the picture itself."""
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        self._writer.add_image(name, pixels, _images(row), walltime=self._now(), dataformats="HWC")
        self._writer.flush()

    def end(self, result: dict[str, Any] | None) -> None:
        """Write how the run ended, and close the file."""
        if result is not None:
            self._write("result", {name: result[name] for name in ("status", "reason", "metrics", "alarms")})
        self._writer.close()

    def _write(self, name: str, content: dict[str, Any]) -> None:
        lines = json.dumps(content, indent=2, default=str).splitlines()
        self._writer.add_text(name, "\n".join(f"    {line}" for line in lines), 0, walltime=self._now())  # as code

    def _now(self) -> float:
        value: float = self._began + self._seconds
        return value


def _images(row: dict[str, Any]) -> int:
    """Real images shown to D."""
    value: int = round(row["kimg"] * 1000)
    return value
