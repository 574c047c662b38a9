"""Splits and classes, read from the folders among images."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import DataError
from ...text import shown, some_of
from .splits import Chosen, choose, taken_for_classes

_Entry = tuple[tuple[str, ...], int]  # the parts of a name, and its index
_MOST_TOLD = 6


@dataclass(frozen=True)
class Layout:
    """Order of the images that are used, with their labels and classes.

    Attributes:
        order: indices into the names that were given.
        labels: class index by position in ``order``, or None.
        classes: the names of the classes, sorted; empty without labels.
        notes: sentences on what the folders were taken for.
        left_out: sentences on the images that are not used, with counts.
        table: the file that has the labels instead of the folders; empty where there is none.
    """

    order: tuple[int, ...]
    labels: tuple[int, ...] | None
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    table: str = ""


def arrange(names: Sequence[str], where: str, table_at: Callable[[str], str] = lambda folder: "") -> Layout:
    """Read the layout off the images' names, relative and with ``/``.

    Folders that everything lies in are passed through. Where the folders are splits, only the training part is used,
    see ``splits.choose``, also where a class has splits of its own. Sub-folders that remain are the classes; images in
    deeper folders belong to the class at the top. A lone folder says nothing about its images, so there are no labels
    then.

    Args:
        names: of the images.
        where: what they lie in, for messages.
        table_at: gives the name of the file of labels in a folder, or nothing. The top is ``""``, other folders end in
            ``/``. Folders beside such a file are no classes.

    Raises:
        DataError: images lie beside the sub-folders too, or it is open which part is to be trained on.
    """
    entries: list[_Entry] = sorted((tuple(name.split("/")), index) for index, name in enumerate(names))
    depth, left_out = 0, _LeftOut()
    while True:
        if table := table_at(_folder(entries[0][0][:depth])):
            return Layout(_indices(entries), None, (), (), left_out.told(), table)
        tops = Counter(parts[depth] for parts, _ in entries if len(parts) > depth + 1)
        loose = next((parts for parts, _ in entries if len(parts) == depth + 1), None)
        if loose is not None:
            break
        chosen = choose(tops, where)
        if chosen is not None:
            left_out.add(chosen, tops, _folder(entries[0][0][:depth]))
            entries = [entry for entry in entries if entry[0][depth] in chosen.used]
        if len(chosen.used if chosen else tops) > 1:
            break
        depth += 1
    if loose is None:
        return _classes(entries, depth, where, left_out)
    if tops:
        inside = next(parts for parts, _ in entries if len(parts) > depth + 1)
        raise DataError(
            f"{where} has images both beside its sub-folders, such as {shown('/'.join(loose))}, "
            f"and in them, such as {shown('/'.join(inside))}: use one sub-folder per class or none, or name one folder "
            f"alone: --data .../{shown(inside[depth])[1:-1]}"
        )
    return Layout(_indices(entries), None, (), (), left_out.told())


def _classes(entries: list[_Entry], depth: int, where: str, left_out: "_LeftOut") -> Layout:
    """Make the folders at this depth the classes."""
    classes = tuple(sorted({parts[depth] for parts, _ in entries}))
    notes: tuple[str, ...] = ()
    if misnamed := taken_for_classes(classes):
        one, several = (
            "is taken for a class, as are the folders beside it",
            "are taken for classes, as are those beside them",
        )
        if len(misnamed) == len(classes):
            several = f"are the classes; --data .../{shown(misnamed[0])[1:-1]} takes one alone"
        notes = (f"{_listed(misnamed)} {one if len(misnamed) == 1 else several}",)
    entries = _inner_splits(entries, depth, where, left_out)
    number = {top: index for index, top in enumerate(classes)}
    labels = tuple(number[parts[depth]] for parts, _ in entries)
    return Layout(_indices(entries), labels, classes, notes, left_out.told())


def _inner_splits(entries: list[_Entry], depth: int, where: str, left_out: "_LeftOut") -> list[_Entry]:
    """Keep the training part of each class that is divided into splits."""
    by_class: dict[str, list[_Entry]] = {}
    for entry in entries:
        by_class.setdefault(entry[0][depth], []).append(entry)
    kept = []
    for name, own in by_class.items():
        inner = Counter(parts[depth + 1] for parts, _ in own if len(parts) > depth + 2)
        divided = inner.total() == len(own) and len(inner) > 1
        chosen = choose(inner, f"{where}: the class {shown(name)}") if divided else None
        if chosen is None:
            kept += own
            continue
        left_out.add(chosen, inner, _folder(own[0][0][: depth + 1]))
        kept += [entry for entry in own if entry[0][depth + 1] in chosen.used]
    return kept


class _LeftOut:
    """Counts images in folders that are not used, by what is used instead."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, chosen: Chosen, sizes: Counter[str], above: str) -> None:
        """Add the folders that are left, below ``above``."""
        used = " and ".join(f"{shown(one)[1:-1]}/" for one in chosen.used[:_MOST_TOLD])
        counts = self._counts.setdefault(used, Counter())
        for folder in chosen.left:
            counts[f"{shown(above + folder)[1:-1]}/"] += sizes[folder]

    def told(self) -> tuple[str, ...]:
        """Return sentences."""
        found = []
        for used, counts in self._counts.items():
            told = [f"{n:,} image{'s' * (n != 1)} in {folder}" for folder, n in list(counts.items())[:_MOST_TOLD]]
            more = len(counts) - len(told)
            be = "is" if used.count("/") == 1 else "are"
            rest = f" and {sum(list(counts.values())[_MOST_TOLD:]):,} in {more:,} more folders" if more else ""
            found.append(f"{', '.join(told)}{rest} (only {used} {be} used)")
        return tuple(found)


def _folder(parts: Sequence[str]) -> str:
    return "".join(f"{part}/" for part in parts)


def _indices(entries: Sequence[_Entry]) -> tuple[int, ...]:
    return tuple(index for _, index in entries)


def _listed(folders: Sequence[str]) -> str:
    return some_of([f"{shown(folder)[1:-1]}/" for folder in folders], _MOST_TOLD)
