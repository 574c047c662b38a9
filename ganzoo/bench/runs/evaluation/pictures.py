"""Pictures of a generator's samples as PNGs, which the modality of its data draws."""

import numpy as np
import torch
from torch import Tensor

from ....interfaces import Modality, Row
from ....samples import each
from ....seeds import stream
from ..generating.session import GeneratingSession

ROWS, STEPS = 6, 9  # of interpolations
BETWEEN = 3  # the stream of evaluation noise that their ends are drawn from


def picture_of(session: GeneratingSession, n: int | None = None, seed: int = 0) -> bytes | None:
    """Draw ``n`` samples of a generator as it stands as a PNG; None where their modality has no picture.

    Args:
        session: the run.
        n: None for as many as the pictures of runs show.
        seed: of the noise.

    Raises:
        DivergedError: the samples are no longer numbers.
    """
    modality = session.modality
    n = n or modality.pictured
    y = each(lambda tensor: tensor.cpu(), session.conditions_shown(n))
    return modality.picture(session.pictures(n, seed), session.real(n) if modality.beside_real else None, y)


def interpolations_of(session: GeneratingSession) -> bytes | None:
    """Draw interpolations between pairs of latents as a PNG, a pair on each way.

    The latents are the same for every run with this length of z. The way is along the great circle between both, with
    a length that goes from the one's to the other's: in many dimensions the straight way leads through latents far
    shorter than any that is drawn. A conditional recipe keeps a way's condition. None where the modality draws no ways,
    or the generator has no latents.

    Source: arXiv:1609.04468, sec. 2.1.

    Raises:
        DivergedError: the samples are no longer numbers.
    """
    G, device, modality = session.G, session.device, session.modality
    if not G.z_dim or type(modality).ways is Modality.ways:
        return None
    rng = torch.Generator().manual_seed(stream(0, "evaluation", BETWEEN))
    one, other = G.sample_z(2 * ROWS, device="cpu", rng=rng).chunk(2)
    z = torch.stack([between(one, other, step / (STEPS - 1)) for step in range(STEPS)], dim=1).flatten(0, 1)
    y = each(lambda tensor: tensor.repeat_interleave(STEPS, dim=0), session.conditions_shown(ROWS))
    return modality.ways(session.samples_of(z.to(device), y), STEPS)


def between(one: Tensor, other: Tensor, share: float) -> Tensor:
    """Latents ``(n, d)`` at ``share`` of the way from ``one`` to ``other``, in [0, 1], along the great circle."""
    lengths = one.norm(dim=1, keepdim=True), other.norm(dim=1, keepdim=True)
    a, b = (latents / length.clamp(min=1e-12) for latents, length in zip((one, other), lengths, strict=True))
    angle = (a * b).sum(1, keepdim=True).clamp(-1, 1).acos()
    sine = angle.sin()
    straight = sine < 1e-6  # the same direction, or just the opposite one: there is no one great circle
    safe = torch.where(straight, torch.ones_like(sine), sine)
    along = (((1 - share) * angle).sin() * a + (share * angle).sin() * b) / safe
    direction = torch.where(straight, (1 - share) * a + share * b, along)
    latents: Tensor = direction * ((1 - share) * lengths[0] + share * lengths[1])
    return latents


def picture_of_data(modality: Modality, fields: Row) -> bytes | None:
    """Draw some rows of data at rest as a PNG, chosen at random but the same each time; None for no picture."""
    rows = {}
    for name, tensor in fields.items():
        rows[name] = tensor[np.random.default_rng(0).permutation(len(tensor))[: modality.pictured]]
    return modality.picture_of_data(modality.target(rows), modality.condition(rows))
