"""A mixture of Gaussians in the plane, all equally frequent and equally wide."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Mixture:
    """Centres and standard deviation of its modes.

    Attributes:
        centres: ``(K, 2)`` float64, by mode.
        std: of every mode in each direction.
    """

    centres: np.ndarray
    std: float

    @classmethod
    def read(cls, path: Path) -> "Mixture":
        """From a JSON file of a ``std`` and of ``centres``, a list of pairs.

        Raises:
            OSError: it cannot be read.
            ValueError: it holds something else.
        """
        try:
            held = json.loads(path.read_text())
            centres, std = np.array(held["centres"], np.float64), float(held["std"])
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"{path.name} lacks the std or the centres") from error
        if centres.ndim != 2 or centres.shape[1] != 2 or not np.isfinite(centres).all():
            raise ValueError(f"the centres in {path.name} are no pairs of numbers")
        if not 0 < std < np.inf:
            raise ValueError(f"the std in {path.name} is {std}, and must be more than 0")
        return cls(centres, std)

    @staticmethod
    def path(name: str) -> Path:
        """Of one that ships: ``ring`` or ``grid``."""
        return Path(__file__).with_name(f"{name}.json")

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Points ``(n, 2)`` float64 and their modes ``(n,)`` int64; the same for a seed whatever numpy's version."""
        rng = np.random.RandomState(seed)  # whose stream numpy has promised never to change
        modes = rng.randint(len(self.centres), size=n, dtype=np.int64)
        return self.centres[modes] + self.std * rng.standard_normal((n, 2)), modes
