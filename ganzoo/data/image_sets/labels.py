"""Labels as a set gives them, made the indices of its classes."""

import numpy as np

from ...text import printable, some_of

_MOST_NAMED = 5


def compact(labels: np.ndarray, classes: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    """Leave out the classes that no image has.

    Args:
        labels: ``(N,)`` class indices.
        classes: the names of the classes, by index.

    Returns:
        ``(N,)`` int64 indices of the classes that occur, their names, and a sentence on what was left out, or none.
    """
    found, indices = np.unique(labels, return_inverse=True)
    used = set(found.tolist())
    empty = [name for index, name in enumerate(classes) if index not in used]
    if not empty:
        return labels.astype(np.int64), classes, []
    told = some_of([printable(name)[:40] for name in empty], _MOST_NAMED)
    note = f"{len(empty):,} class{'es' * (len(empty) != 1)} without an image left out ({told})"
    return indices.astype(np.int64), tuple(classes[index] for index in found), [note]


def of_values(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    """Make each value that occurs a class, called after it: 1, 2 and 3 are three classes, 0 and 99,999 are two.

    Args:
        values: ``(N,)`` whole numbers from 0.

    Returns:
        ``(N,)`` int64 indices, the names of the classes, and a sentence where the values are not 0 to their count.
    """
    found, indices = np.unique(values, return_inverse=True)
    notes = []
    if len(found) and int(found[-1]) >= len(found):
        span = f"{len(found):,} different values from {int(found[0]):,} to {int(found[-1]):,}"
        notes = [f"the labels have {span}, and each is a class, called by its value"]
    return indices.reshape(-1).astype(np.int64), tuple(str(int(value)) for value in found), notes


def from_one_hot(values: np.ndarray) -> np.ndarray | None:
    """Return ``(N,)`` indices of the ones in ``(N, K)``; None where not each row is zeros and a single one."""
    if values.ndim != 2 or values.shape[1] < 2 or values.dtype.kind not in "biuf":
        return None
    if not np.isin(values, (0, 1)).all() or not (values.sum(axis=1) == 1).all():
        return None
    indices: np.ndarray = values.argmax(axis=1)
    return indices
