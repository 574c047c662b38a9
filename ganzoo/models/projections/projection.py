"""A projection: the latent whose sample is nearest to a given one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ...errors import GanzooError
from ...samples import join, leaves
from ...storage.atomic import write_file
from ...text import shown
from ..sample_sets.samples import Samples


def require_ending(path: str | Path) -> None:
    """Check that a projection can be written to a path, before it is made.

    Raises:
        GanzooError: the path ends in something else.
    """
    if Path(path).suffix.lower() not in (".png", ".npz"):
        raise GanzooError(f"a projection is written as x.png or x.npz, and not as {shown(Path(path).name)}")


@dataclass(frozen=True, repr=False, eq=False)
class Projection:
    """Result of one target.

    Attributes:
        target: the sample that was to be reached, ``(1, C, H, W)`` at rest.
        samples: the one that was reached, with its label, its latent ``z`` or its style ``w``.
        distance: of both, by the loss.
        distances: ``(restarts, steps + 1)`` float32, of every restart before its first step and after each.
        loss: name of the distance: ``pixels``, see ``ganzoo.models.projections.distances``, or the title of an
            extractor.
    """

    target: Tensor
    samples: Samples
    distance: float
    distances: Tensor
    loss: str = "pixels"

    @property
    def latent(self) -> Tensor:
        """The latent ``(z_dim,)``; of a generator with styles, the style ``(L, W)``. ``Model.interpolate`` takes it."""
        found = self.samples.z if self.samples.w is None else self.samples.w
        assert found is not None
        return found[0]

    @property
    def image(self) -> Tensor:
        """The sample that was reached, ``(C, H, W)`` at rest."""
        return leaves(self.samples.data)[0][0]

    def __repr__(self) -> str:
        restarts, steps = self.distances.shape
        return (
            f"Projection({self.loss} distance {self.distance:.3g} after {steps - 1:,} steps from {restarts} beginnings)"
        )

    def png(self) -> bytes:
        """Draw the target and beside it what was reached, as the bytes of a PNG; points over their target."""
        modality = self.samples.modality
        both = modality.as_images(join(self.target, self.samples.data))
        if both is None:
            return Samples(self.samples.data, real=self.target, modality=modality).png()
        return Samples(both, columns=2, modality=modality).png()

    def _repr_png_(self) -> bytes:
        return self.png()

    def save(self, path: str | Path) -> Path:
        """Write ``x.png``, target and result side by side, or ``x.npz``, all that was found.

        The arrays are ``target``, ``image``, ``latent``, ``distances``, ``loss`` and, with classes, ``label``.

        Raises:
            GanzooError: the path ends in something else.
            SetupError: the disk is full, or the folder cannot be written.
        """
        require_ending(path)
        to = Path(path)
        write_file(to, self.png() if to.suffix.lower() == ".png" else self._arrays())
        return to

    def _arrays(self) -> bytes:
        import io

        import numpy as np

        arrays: dict[str, Any] = {
            "target": self.target[0].numpy(),
            "image": self.image.numpy(),
            "latent": self.latent.numpy(),
            "distances": self.distances.numpy(),
            "loss": np.array(self.loss),
        }
        if self.samples.y is not None:
            arrays["label"] = leaves(self.samples.y)[0][0].numpy()
        file = io.BytesIO()
        np.savez(file, **arrays)
        return file.getvalue()
