"""Random streams that are counted, not drawn."""

import hashlib
from typing import Literal, get_args

Axis = Literal["init", "data", "noise", "terms", "layers", "evaluation"]
AXES: tuple[str, ...] = get_args(Axis)
LARGEST_SEED = 2**63 - 1  # of a run, and of what is drawn; the least is 0


def stream(seed: int, axis: Axis, counter: int = 0) -> int:
    """Return the seed of one random stream of a run, 63 bits, the same on every machine.

    It is counter-based: any (seed, axis, counter) can be had without drawing the ones before it. So a run
    goes on in the middle by naming a counter, and a draw more on one axis moves nothing on another: all
    recipes of a bench see the same data order whatever noise they draw.

    Args:
        seed: the run's seed.
        axis: what is random: ``init`` weights, ``data`` order, ``noise`` of the latents and fake labels, the
            ``terms``' own draws, those of ``layers`` such as dropout, ``evaluation``.
        counter: which stream of that axis, such as the epoch; of ``layers``, 0 in training, and 1 more than that of the
            evaluation's noise where they are evaluated.

    Raises:
        ValueError: there is no such axis.
    """
    if axis not in AXES:
        raise ValueError(f"no axis of randomness named {axis!r}; there are: {', '.join(AXES)}")
    digest = hashlib.sha256(f"ganzoo:{int(seed)}:{axis}:{int(counter)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
