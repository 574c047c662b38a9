"""Arrays of an ``.npz`` that are the images and the labels to train on, by their names and shapes."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import DataError
from ...text import shown, some_of
from .splits import names_train, words_of

_IMAGES = ("images", "x", "arr_0", "image", "imgs", "img", "data")
_LABELS = ("labels", "y", "label", "targets", "target")
_UNNAMED = ("arr_0", "arr_1")
_MOST_TOLD = 6


@dataclass(frozen=True)
class Header:
    """Array as the file announces it.

    Attributes:
        shape: its shape.
        kind: of its dtype, such as ``u``.
    """

    shape: tuple[int, ...]
    kind: str


@dataclass(frozen=True)
class Keys:
    """Names of the arrays that are read.

    Attributes:
        images: that of the images.
        labels: that of the labels, or None.
        notes: sentences on the choice.
        left_out: sentences on the other arrays.
    """

    images: str
    labels: str | None
    notes: tuple[str, ...]
    left_out: tuple[str, ...]


def choose(headers: Mapping[str, Header], where: str, part: str | None = None) -> Keys:
    """Choose the arrays.

    Source: MedMNIST (``train_images``, ``train_labels``, ``val_images``, ...), Keras's ``mnist.npz`` (``x_train``,
        ``y_train``, ``x_test``, ``y_test``), and openai/guided-diffusion, whose ``np.savez(images, labels)`` calls them
        ``arr_0`` and ``arr_1``.

    Args:
        headers: of all arrays, by name.
        where: the file, for messages.
        part: the split to take, such as ``test``; None for the one to train on.

    Raises:
        DataError: no array is of images, or of the part there is none.
    """
    parts = _parts(headers)
    if part is None:
        part = "" if "" in parts else next((name for name in parts if names_train(name)), None)
    if part is None or part.lower() not in parts:
        there = ", ".join(shown(name) for name in list(headers)[:5]) or "nothing"
        ways = [f"--data {where[1:-1]}/{name}" for name in parts if name][:3]
        named = f"; {' or '.join(ways)} takes one part" if ways else "; save the images under the name 'images'"
        of_part = f" of the part {shown(part)}" if part else ""
        raise DataError(f"{where} has no array 'images', 'x', 'arr_0' or 'train_images'{of_part}, only {there}{named}")
    images, labels = parts[part.lower()]
    used = {images, labels}
    others = [key for key in headers if key not in used]
    told = some_of([f"{shown(key)[1:-1]} {_size(headers[key].shape)}" for key in others], _MOST_TOLD)
    read = f"{images} and {labels} are" if labels else f"{images} is"
    left_out = (f"the array{'s' * (len(others) != 1)} {told} (only {read} used)",) if others else ()
    notes = (f"the labels are those of {labels}",) if labels in _UNNAMED else ()
    return Keys(images, labels, notes, left_out)


def _parts(headers: Mapping[str, Header]) -> dict[str, tuple[str, str | None]]:
    """Return the images and labels of each split, by the word for it; of what is not split by the empty one."""
    images: dict[str, str] = {}
    labels: dict[str, str] = {}
    ranked = sorted(headers, key=lambda key: (_rank(key, _IMAGES), _rank(key, _LABELS)))
    for key in ranked:
        words = words_of(key)
        splits = [word for word in words if names_train(word) is not None]
        rest = [word for word in words if word not in splits]
        if len(splits) > 1 or key in _UNNAMED:
            continue
        split = splits[0] if splits else ""
        if len(rest) == 1 and rest[0] in _IMAGES:
            images.setdefault(split, key)
        elif len(rest) == 1 and rest[0] in _LABELS:
            labels.setdefault(split, key)
    found = {split: (key, labels.get(split)) for split, key in images.items()}
    if "" not in found and (unnamed := _unnamed(headers)) is not None:
        found[""] = (unnamed[0], labels.get("") or unnamed[1])
    return found


def _rank(key: str, known: tuple[str, ...]) -> int:
    return known.index(key) if key in known else len(known)


def _unnamed(headers: Mapping[str, Header]) -> tuple[str, str | None] | None:
    """Return the arrays of ``np.savez(images, labels)``, in whichever order their shapes say."""
    there = [key for key in _UNNAMED if key in headers]
    images = next((key for key in there if len(headers[key].shape) in (3, 4)), there[0] if there else None)
    if images is None:
        return None
    n = headers[images].shape[:1]
    other = next((key for key in there if key != images), None)
    fits = other is not None and headers[other].kind in "iu" and headers[other].shape in (n, (*n, 1))
    return images, other if fits else None


def _size(shape: tuple[int, ...]) -> str:
    return f"({', '.join(f'{side:,}' for side in shape)})"
