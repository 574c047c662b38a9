"""Splits and classes, read from the folders among images."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DataError
from ..text import shown

_SPLITS = frozenset({"train", "test", "val", "valid", "validation", "dev", "eval"})


@dataclass(frozen=True)
class Layout:
    """Order of the images that are used, with their labels and classes.

    Attributes:
        order: indices into the names that were given.
        labels: class index by position in ``order``, or None.
        classes: the names of the classes, sorted; empty without labels.
        note: what the user should know about the choice, or nothing.
    """

    order: tuple[int, ...]
    labels: tuple[int, ...] | None
    classes: tuple[str, ...]
    note: str = ""


def arrange(names: Sequence[str], where: str) -> Layout:
    """Read the layout off the images' names, relative and with ``/``.

    Folders that everything lies in are passed through. Where the folders are splits (``train`` and nothing but
    ``test``, ``val``, ...), only ``train`` is used. Sub-folders that remain are the classes; images in deeper folders
    belong to the class at the top. A lone folder says nothing about its images, so there are no labels then.
    ``train`` among other names, say ``bus`` and ``car``, is a class like them.

    Raises:
        DataError: images lie beside the sub-folders too.
    """
    entries = sorted((tuple(name.split("/")), index) for index, name in enumerate(names))
    depth, note = 0, ""
    while True:
        tops = {parts[depth] for parts, _ in entries if len(parts) > depth + 1}
        loose = next((parts for parts, _ in entries if len(parts) == depth + 1), None)
        if loose is not None:
            break
        training = [top for top in tops if top.lower() == "train"]
        if len(tops) > 1 and training and all(top.lower() in _SPLITS for top in tops):
            others = ", ".join(f"{shown(top)[1:-1]}/" for top in sorted(tops - {training[0]}))
            note = f"{where}: only {training[0]}/ is used, not {others}"
            entries = [entry for entry in entries if entry[0][depth] == training[0]]
        elif len(tops) > 1:
            break
        depth += 1
    if loose is None:
        classes = tuple(sorted(tops))
        number = {top: index for index, top in enumerate(classes)}
        labels = tuple(number[parts[depth]] for parts, _ in entries)
        return Layout(tuple(index for _, index in entries), labels, classes, note)
    if tops:
        inside = next(parts for parts, _ in entries if len(parts) > depth + 1)
        raise DataError(
            f"{where} has images both beside its sub-folders, such as {shown('/'.join(loose))}, "
            f"and in them, such as {shown('/'.join(inside))}: use one sub-folder per class or none"
        )
    return Layout(tuple(index for _, index in entries), None, (), note)
