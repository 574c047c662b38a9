"""Coverage."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .halved import masks, standard_error
from .manifold import Neighbourhoods
from .neighbours import balls


class Coverage(Neighbourhoods):
    """Share of the real images that have a generated one within reach: nearer than their fifth nearest real neighbour.

    Other than recall, it has no use for the neighbourhoods of generated images, which outliers among them blow up. For
    as many real images again as there are it is 1 - 1 / 2^k or so, 0.97.

    Source: arXiv:2002.09797, eq. 5, with the five neighbours of sec. 4; without the rim, as in the authors' code.

    Attributes:
        neighborhood: which neighbour sets an image's reach.
    """

    _name = "coverage"
    _k = 5
    _rims = False

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and 1.

        Raises:
            MetricError: one of the sets is too small to have such neighbours.
        """
        features = fake["features"]
        return float(self._balls(real["features"], features, features.device).filled.double().mean())

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float:
        """Of all halves at once: the distances are the same for all of them."""
        features, n = fake["features"], len(fake["features"])
        device = features.device
        radii = self._radii(real["features"], device)
        found = balls(real["features"].to(device), radii, features, masks(halves, n, torch.float32, device), rims=False)
        return standard_error(found.filled_by_part.double().mean(1), len(halves[0]), n)
