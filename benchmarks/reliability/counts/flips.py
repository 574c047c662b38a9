"""Every flipped bit and every cut in a checkpoint is noticed: the one before is taken, and both are named."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from ganzoo.errors import CheckpointError
from ganzoo.messages import logged_to
from ganzoo.training.checkpoints.checkpoint import checkpoints, newest_that, step_of

from ..frame import Tally, part_of
from ..small_runs import bundled_zoo, play, small_spec

FILES = ("state.safetensors", "state.json", "manifest.json")
FLIPS, CUTS, TAILS = 400, 50, 50

Damage = Callable[[bytes, random.Random], bytes]


def count(share: float, folder: Path) -> Tally:
    """Damage the newer of a run's two checkpoints, one file at a time."""
    tally, zoo, rng = Tally(), bundled_zoo(), random.Random(0)
    spec = small_spec(zoo, "dcgan", turns=12)
    shutil.rmtree(folder / "run", ignore_errors=True)
    play(folder / "run", spec, zoo)
    place = folder / "run" / "checkpoints"
    kinds: dict[str, tuple[int, Damage]] = {
        "a flipped bit": (FLIPS, _flipped),
        "a cut": (CUTS, _cut),
        "a tail of zeros": (TAILS, _zeroed),
    }
    for kind, (full, damage) in kinds.items():
        for number in range(part_of(full, share)):
            # The tensors have most of the bytes, and so the most of the damage; each file has its share.
            name = FILES[0] if number % 2 else rng.choice(FILES)
            why = _attempt(place, name, damage, rng)
            tally.add(kind, not why, f"{name}: {why}")
    return tally


def _attempt(place: Path, name: str, damage: Damage, rng: random.Random) -> str:
    newer, older = checkpoints(place)
    file = newer / name
    good, lines = file.read_bytes(), list[str]()
    file.write_bytes(damage(good, rng))
    try:
        with logged_to(lines.append):
            taken = newest_that(place, lambda found: found.step)
    except CheckpointError as error:
        return f"nothing was taken: {error}"
    finally:
        file.write_bytes(good)
    if taken != step_of(older):
        return "it was believed"
    if len(lines) != 1 or str(newer) not in lines[0] or str(older) not in lines[0]:
        return f"it was told as {lines}"
    return ""


def _flipped(good: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(good))
    return good[:at] + bytes([good[at] ^ (1 << rng.randrange(8))]) + good[at + 1 :]


def _cut(good: bytes, rng: random.Random) -> bytes:
    return good[: rng.randrange(len(good))]


def _zeroed(good: bytes, rng: random.Random) -> bytes:
    """Zero the end of a file, its last byte that is no zero already among it."""
    keep = rng.randrange(len(good.rstrip(b"\0")))
    return good[:keep] + bytes(len(good) - keep)
