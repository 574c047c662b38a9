"""Digits, and other digits inverted."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import numpy as np

from ganzoo.errors import DataError
from ganzoo.interfaces import Dataset, Rows

from .domains import Domains

EACH = 800  # pictures of a domain; the other 197 are held out


class DigitsInverted(Dataset):
    """Two domains whose translation is known: 8x8 grey digits, and other digits with black and white exchanged.

    Digits 1 to 800 of the set ``digits`` are domain ``a``, and 801 to 1,600 inverted are domain ``b``. The other 197
    are held out, each in both domains, so that those rows are pairs.

    Source: see the dataset ``digits``.
    """

    extractor: ClassVar[str] = "digits"
    metrics: ClassVar[tuple[str, ...]] = Domains.metrics

    def read(self, paths: Mapping[str, Path]) -> Rows:
        """Decode the shipped file; ``paths`` is empty.

        Raises:
            DataError: the installation lacks it.
        """
        x = _digits()
        return Rows(Domains(image_size=8, channels=1), {"a": x[:EACH], "b": 255 - x[EACH : 2 * EACH]})

    def read_held_out(self, paths: Mapping[str, Path]) -> Rows:
        """Return the digits that neither domain has, in both.

        Raises:
            DataError: as for ``read``.
        """
        x = _digits()[2 * EACH :]
        return Rows(Domains(image_size=8, channels=1), {"a": x, "b": 255 - x})


def _digits() -> np.ndarray:
    """Read the digits that ship, ``(1797, 1, 8, 8)`` uint8."""
    try:
        with (files("ganzoo_plugins.digits") / "digits.npz").open("rb") as file, np.load(file) as arrays:
            ink = arrays["ink"]
    except (OSError, ValueError, KeyError, ModuleNotFoundError) as error:
        raise DataError("the digits that ship are missing or damaged: install the package again") from error
    pixels: np.ndarray = np.rint(ink * (255 / 16)).astype(np.uint8)[:, None]
    return pixels
