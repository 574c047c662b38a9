"""The Parquet files of a data set on the hub, by configuration and split."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...errors import DataError
from ...text import shown, some_of
from ..image_sets.splits import names_train
from .address import Address

_NUMBERED = re.compile(r"(?P<split>.+?)-\d+-of-\d+(?:-[0-9a-f]+)?")
_MOST_TOLD = 12


@dataclass(frozen=True)
class Chosen:
    """Files of one split of one configuration, in order.

    Attributes:
        config: empty where the files name none.
        split: its name.
        files: their paths in the repository.
        others: names of the other splits of this configuration.
    """

    config: str
    split: str
    files: tuple[str, ...]
    others: tuple[str, ...]


def place_in(path: str) -> tuple[str, str]:
    """Return the configuration and the split that a path of a Parquet file is of.

    Source: huggingface.co/docs/dataset-viewer/parquet: ``config/split/0000.parquet`` in the branch
        ``refs/convert/parquet``; huggingface.co/docs/datasets/repository_structure: ``data/train-00000-of-00002``
        and ``config/train-00000-of-00002``, with ``.parquet`` behind it, as ``push_to_hub`` writes them.
    """
    *above, file = path.split("/")
    stem = file.removesuffix(".parquet")
    if (numbered := _NUMBERED.fullmatch(stem)) is not None:
        return ("/".join(above) if above not in ([], ["data"]) else ""), numbered["split"]
    if stem.isdigit() and above:
        # A set that is too large is converted in part, to ``partial-train``.
        return "/".join(above[:-1]), above[-1].removeprefix("partial-")
    return ("/".join(above) if above not in ([], ["data"]) else ""), stem


def choose(paths: Iterable[str], address: Address) -> Chosen:
    """Choose the files of the configuration and the split that an address means.

    Raises:
        DataError: there are none, or several configurations or splits and none is named.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for path in sorted(path for path in paths if path.endswith(".parquet")):
        config, split = place_in(path)
        found.setdefault(config, {}).setdefault(split, []).append(path)
    where = shown(address.named())
    if not found:
        raise DataError(
            f"{where} has no Parquet files, from which images are read; download it, and name its folder with --data"
        )
    config = _config(list(found), address, where)
    splits = found[config]
    split = _split(list(splits), address, where, config)
    others = tuple(name for name in splits if name != split)
    return Chosen(config, split, tuple(splits[split]), others)


def _config(configs: Sequence[str], address: Address, where: str) -> str:
    if address.config:
        if address.config in configs:
            return address.config
    elif len(configs) == 1:
        return configs[0]
    elif default := [config for config in ("default", "") if config in configs]:
        return default[0]
    named = some_of([address.named(config) for config in configs if config], _MOST_TOLD)
    what = f"has no configuration {shown(address.config)}" if address.config else "has several configurations"
    raise DataError(f"{where} {what}; name one: {named or address.repo}")


def _split(splits: Sequence[str], address: Address, where: str, config: str) -> str:
    if address.split:
        if address.split in splits:
            return address.split
    elif len(splits) == 1:
        return splits[0]
    elif train := [split for split in splits if names_train(split.lower())]:
        return train[0]
    named = some_of([address.named(config if address.config else "", split) for split in splits], _MOST_TOLD)
    what = f"has no split {shown(address.split)}" if address.split else "has several splits, and none to train on"
    raise DataError(f"{where} {what}; name one: {named}")
