"""Splits of a data set, told by the names of the folders beside each other."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from ...errors import DataError
from ...text import shown, some_of

_MOST_TOLD = 4
_TRAIN = frozenset(("train", "training", "trainset", "trn"))
_NOT_TRAIN = """
test testing testset tests tst val valid valset validation validate vali dev devset eval evaluation
"""
_TEST = frozenset(_NOT_TRAIN.split())
# Words that add nothing to a split's word, as in train_images and test-set.
_SAYS_NOTHING = "set sets data dataset image images img imgs file files folder dir split"
_FILLER = frozenset(_SAYS_NOTHING.split())
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def words_of(name: str) -> list[str]:
    """Return the words of a name, in lower case: ``trainA`` has two."""
    return [word.lower() for word in _WORDS.findall(_CAMEL.sub(" ", name))]


def names_train(word: str) -> bool | None:
    """Say whether a word names the training part, or another one; None for neither."""
    return True if word in _TRAIN else False if word in _TEST else None


@dataclass(frozen=True)
class Chosen:
    """Folders of the training part among folders beside each other.

    Attributes:
        used: their names, sorted; where there are several, they are classes.
        left: the names of the others, sorted.
    """

    used: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class _Name:
    """Name of a split.

    Attributes:
        train: it is the training part.
        rest: the other words of the name: what is split, or a domain such as ``A``.
    """

    train: bool
    rest: tuple[str, ...]


def split_of(name: str) -> _Name | None:
    """Read a folder's name; None where it does not name a split: one word of it has to, and no more."""
    words = words_of(name)
    splits = [word for word in words if names_train(word) is not None]
    if len(splits) != 1:
        return None
    rest = tuple(word for word in words if word not in (splits[0], *_FILLER) and not _YEAR.fullmatch(word))
    return _Name(splits[0] in _TRAIN, rest)


def choose(folders: Collection[str], where: str) -> Chosen | None:
    """Choose the training part among folders beside each other.

    They are splits where one is named for training and one for testing or validating, whatever they are called besides
    (``Training`` and ``Testing``, ``seg_train``, ``seg_test`` and ``seg_pred``, ``train2017`` and ``val2017``), as long
    as the rest of their names is the same. ``train`` among other names, say ``bus`` and ``car``, is a class like them.
    Of two unpaired domains, ``trainA``, ``trainB``, ``testA`` and ``testB``, the training parts are two classes; but of
    ``train``, ``train_masks`` and ``test`` it is the first alone.

    Returns:
        The choice; None where the folders are no splits.

    Raises:
        DataError: there are several training parts, or test parts alone.
    """
    names = {folder: split_of(folder) for folder in sorted(folders)}
    known = {folder: name for folder, name in names.items() if name is not None}
    trains = {folder: name for folder, name in known.items() if name.train}
    tests = {folder: name for folder, name in known.items() if not name.train}
    if not tests or len(names) == 1:
        return None
    if not trains:
        if len(tests) == len(names):
            raise DataError(f"{where} has {_and(names)} and no training part: name the one to train on ({_way(names)})")
        return None
    if any(name.rest == () for name in trains.values()):
        trains = {folder: name for folder, name in trains.items() if name.rest == ()}  # train, not train_masks
    rests = {name.rest for name in trains.values()}
    of_tests = {name.rest for name in tests.values()}
    # Beside folders of other names the two have to agree; among nothing but splits their words are enough.
    if not (of_tests & rests or () in of_tests or len(known) == len(names)):
        return None
    if len(rests) < len(trains) or (len(trains) > 1 and any(word.isdigit() for rest in rests for word in rest)):
        raise DataError(f"{where} has several training parts, {_and(trains)}: name the one to use ({_way(trains)})")
    if len(trains) > 1 and not of_tests <= rests | {()}:
        return None
    return Chosen(tuple(trains), tuple(folder for folder in names if folder not in trains))


def taken_for_classes(folders: Collection[str]) -> list[str]:
    """Return the folders that are taken for classes though their names are those of splits.

    One that is called for training alone, among folders of other names, may well be a vehicle.
    """
    named = {folder: split for folder in sorted(folders) if (split := split_of(folder)) is not None}
    return [] if len(named) == 1 and all(split.train for split in named.values()) else list(named)


def _and(folders: Collection[str]) -> str:
    told = [f"{shown(folder)[1:-1]}/" for folder in folders]
    if len(told) > _MOST_TOLD:
        return some_of(told, _MOST_TOLD)
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))


def _way(folders: Collection[str]) -> str:
    return f"such as --data .../{shown(next(iter(folders)))[1:-1]}"
