"""Networks and augmentations that favour no side."""

import torch

from ..registry.registry import Registry
from ..testing.findings import ConformanceError
from ..testing.kinds.symmetry import keeps_promise
from .answer import Found
from .subject import Subject

_KINDS = {"generator": "networks", "discriminator": "networks", "regularizer": "augmentations"}


def symmetry(subject: Subject) -> Found:
    """Players and augmentations that promise to favour no side, with weights that favour none: all keep it."""
    figures = {"networks": 0, "augmentations": 0, "lean": 0}
    words = []
    with torch.random.fork_rng(devices=[]):
        for kind, plural in _KINDS.items():
            for name in _names(subject.registry, kind):
                try:
                    figures[plural] += keeps_promise(subject.registry, kind, name)
                except ConformanceError as error:
                    figures["lean"] += 1
                    words.append(f"; {kind} {name!r}: {error}")
    kept = figures["networks"] + figures["augmentations"]
    text = (
        f"{figures['networks']} networks and {figures['augmentations']} augmentations favour no side, as they promise"
    )
    return Found(f"{text}; {figures['lean']} do not (0){''.join(words)}", dict(figures), bool(kept) and not words)


def _names(registry: Registry, kind: str) -> list[str]:
    return [entry.name for entry in registry.all(kind)]
