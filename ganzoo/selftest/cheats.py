"""Plants cheats and mistakes, and sees that the verdicts find each of them and no honest generator guilty."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import torch
from torch import Tensor

from ..errors import GanzooError
from ..interfaces.metrics import Extractor
from ..registry.registry import Registry, describe
from ..storage.cache import Cache
from ..verdicts import Evidence, Recorded, Verdict, judged, measured
from . import planted as plant
from .answer import Answer, Found
from .planted import Ground, Planted
from .subject import Subject

SAMPLES = 600  # that each is judged on
POOL = 3_000  # honest ones that cheats pick from
_HELD_OUT = 300
_STEPS = 40

CHEATS: tuple[Planted, ...] = (
    plant.memoriser(),
    plant.memoriser(noise=8),
    plant.memoriser(mirrored=True),
    plant.memoriser(share=0.3),
    plant.dropper(4),
    plant.picked_classes(),
    plant.prototypes(noise=10),
    plant.adversary(steps=_STEPS),
    plant.jpeg(75),
    plant.resized(4, "bilinear"),
    plant.resized_by_record("bilinear", "lanczos"),
    plant.leak(noise=4),
    plant.one_image(),
    plant.one_image(noise=10, generated=True),
    plant.real_set(),
    plant.fewer(0.5),
    plant.filled_up(0.5),
)


def evidence(ground: Ground, samples: Tensor, recorded: Recorded | None) -> Evidence:
    """Return what is known of samples on a ground."""
    return Evidence(
        generated=samples,
        training=ground.training,
        held_out=ground.held_out if len(ground.held_out) else None,
        seen=seen(ground.extractor, samples),
        seen_training=seen(ground.extractor, ground.training),
        labels=ground.labels,
        classes=tuple(str(c) for c in range(int(ground.labels.max()) + 1)),
        told=ground.told,
        recorded=recorded,
        look=partial(seen, ground.extractor),
    )


@torch.no_grad()
def seen(extractor: Extractor, images: Tensor) -> dict[str, Tensor]:
    """Return what an extractor on the CPU gives of images ``(N, C, H, W)`` uint8."""
    parts = [extractor(few) for few in images.split(500)]
    return {name: torch.cat([part[name] for part in parts]).float() for name in parts[0]}


def alarms(ground: Ground, samples: Tensor, recorded: Recorded | None) -> list[Verdict]:
    """Return the alarms about samples on a ground."""
    return [verdict for verdict in judged(measured(evidence(ground, samples, recorded))) if verdict.alarm]


def run_cheats(registry: Registry, cache: Cache, honest: Mapping[str, Callable[[int], Tensor]]) -> Iterator[Answer]:
    """Each planted generator's answer as soon as there is one, and then that of the honest ones.

    The data are the shipped digits, of which ``_HELD_OUT`` are held out of what the verdicts call training rows. Cheats
    begin with samples of the first honest generator. Everything is computed on the CPU.

    Args:
        registry: where the data and the extractor are looked up.
        cache: an empty one.
        honest: draws so many samples of honest generators of the digits, ``(n, 1, 8, 8)`` uint8, by their names.
    """
    subject = Subject(registry, cache, torch.device("cpu"))
    real, labels = subject.digits
    order = subject.order(5)
    training, held_out = order[_HELD_OUT:], order[:_HELD_OUT]
    extractor = subject.extractor("digits")
    pools = {name: draw(POOL) for name, draw in honest.items()}
    ground = Ground(real[training], real[held_out], labels[training], next(iter(pools.values())), extractor, SAMPLES)
    for place, cheat in enumerate(CHEATS):
        rng = torch.Generator().manual_seed(place)
        yield _timed(cheat.name, lambda cheat=cheat, rng=rng: _caught(ground, cheat, rng))  # type: ignore[misc]
    for name, pool in pools.items():
        yield _timed(f"honest {name}", lambda pool=pool: _acquitted(ground, pool))  # type: ignore[misc]


def _timed(name: str, look: Callable[[], Found]) -> Answer:
    start = time.perf_counter()
    try:
        found = look()
    except Exception as error:  # whatever goes wrong here is what the user wants to know
        said = str(error) if isinstance(error, GanzooError) else describe(error)
        found = Found(f"it could not be made: {said}", {}, ok=False)
    return Answer(name, found.ok, found.text, time.perf_counter() - start, found.figures)


def _caught(ground: Ground, cheat: Planted, rng: torch.Generator) -> Found:
    """See that a planted generator is found out."""
    made, recorded = cheat.make(ground, rng)
    found = alarms(ground, made, recorded)
    caught = [verdict for verdict in found if verdict.kind in cheat.kinds]
    if caught:
        return Found(f"it {caught[0].says}. Next: {caught[0].next}", dict(caught[0].numbers), ok=True)
    said = "; ".join(verdict.says for verdict in found) or "nothing"
    return Found(f"not found out; what was said: {said}", {}, ok=False)


def _acquitted(ground: Ground, pool: Tensor) -> Found:
    """See that no alarm is raised about an honest generator."""
    found = alarms(ground, pool[: ground.n], plant.recorded(ground, ground.n))
    if found:
        said = "; ".join(f"{verdict.says} ({verdict.why})" for verdict in found)
        return Found(f"a false alarm: it {said}", {}, ok=False)
    return Found("no alarm", {}, ok=True)
