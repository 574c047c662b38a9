"""Labels that samples are asked for with."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from ...api.arguments import plain, whole
from ...errors import GanzooError, suggest
from ...samples import Sample, each, leaves, size
from ...seeds import stream
from ...text import shown
from ..trained import Trained
from .at_hand import conditions_at

Labels = int | str | Sequence[int | str] | Tensor | Mapping[str, Tensor] | None
"""One class for all samples, by index or by name, or one for each; None for all classes in turn. Conditions that are no
classes are a sample, one for each."""

Conditions = Callable[[int, int], Sample | None]
"""Gives the conditions, on the CPU, of so many samples from a place on; None without any."""

_FREQUENT = 11  # the stream of evaluation noise that labels with the training set's frequencies are drawn from


def conditions_for(trained: Trained, y: Labels, n: int) -> Conditions:
    """Return what ``n`` samples are drawn with: labels, or, of a generator that is told something else, its data's.

    Args:
        trained: the generator.
        y: a class, or one for each sample; None for class after class, or for the data's conditions row after row. Of a
            generator that is told something else than classes, conditions as it plays, one for each sample.
        n: how many samples.

    Raises:
        GanzooError: see ``labels_for``; or the data's conditions are wanted, and they are not at hand.
    """
    if not trained.conditional or trained.classes:
        labels = labels_for(trained, y, n)
        return lambda at, k: None if labels is None else labels[at : at + k]
    if isinstance(y, Tensor | Mapping):
        given: Sample = y
        if not leaves(given) or any(len(tensor) != n for tensor in leaves(given)):
            told = size(given) if leaves(given) else 0
            raise GanzooError(f"{n:,} samples need as many conditions, and {told:,} were given")
        return lambda at, k: each(lambda tensor: tensor[at : at + k].cpu(), given)
    if y is not None:
        raise GanzooError(f"{trained.name} knows no classes: it is told conditions of its data; give no class")
    conditions_at(trained, 0, 1)
    return lambda at, k: conditions_at(trained, at, k)


def labels_for(trained: Trained, y: Labels, n: int) -> Tensor | None:
    """Return the labels of ``n`` samples, ``(n,)`` int64 on the CPU; None for a generator that is told none.

    Args:
        trained: the generator.
        y: a class, or one for each sample; None for class after class.
        n: how many samples.

    Raises:
        GanzooError: the generator is told no labels, there is no such class, or there are not ``n`` labels.
    """
    if not trained.conditional:
        if y is not None:
            raise GanzooError(f"{trained.name} draws without classes: its recipe is not conditional; give no class")
        return None
    if y is None:
        return torch.arange(n) % len(trained.classes)
    if isinstance(y, Tensor):
        y = y.tolist()
    y = plain(y)
    if isinstance(y, int | str):
        return torch.full((n,), class_index(trained, y), dtype=torch.int64)
    if not isinstance(y, Iterable):
        raise GanzooError(f"y is a class, or one for each sample, and not {y!r:.60}")
    found = torch.tensor([class_index(trained, one) for one in y], dtype=torch.int64)
    if len(found) != n:
        raise GanzooError(f"{n:,} samples need one class, or one for each: {len(found):,} were given")
    return found


def class_index(trained: Trained, wanted: int | str) -> int:
    """Return the index of a class that is given by its index or by its name; a name wins.

    Raises:
        GanzooError: there is no such class.
    """
    classes = trained.classes
    if wanted in classes:
        return classes.index(str(wanted))
    wanted = plain(wanted)
    try:
        index = int(wanted) if isinstance(wanted, str) else operator.index(wanted)
    except (TypeError, ValueError):
        known = classes if len(classes) <= 20 else [*classes[:20], "..."]
        raise GanzooError(f"{trained.name} knows no class {shown(wanted)}; {suggest(str(wanted), known)}") from None
    if not 0 <= index < len(classes):
        raise GanzooError(f"{trained.name} has the classes 0 to {len(classes) - 1}, and no class {index}")
    return index


def frequent_labels(trained: Trained, n: int, seed: int) -> Tensor | None:
    """Draw ``n`` labels with the frequencies of the training set, ``(n,)`` int64; None for a generator told none.

    Where these are not known, all classes are equally frequent.
    """
    n = whole(n, "n", 1)
    if not trained.conditional or not trained.classes:
        return None
    rng = torch.Generator().manual_seed(stream(seed, "evaluation", _FREQUENT))
    weights = torch.tensor(trained.counts or [1] * len(trained.classes), dtype=torch.float64)
    return torch.multinomial(weights, n, replacement=True, generator=rng)
