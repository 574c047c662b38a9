"""Rows of which a field is picked when it is read."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from torch import Tensor


class Picked(Mapping[str, Tensor]):
    """Fields of some rows, each picked when it is read: who asks for conditions alone moves no samples.

    Args:
        names: of the fields.
        pick: gives the field of a name.
    """

    def __init__(self, names: Iterable[str], pick: Callable[[str], Tensor]) -> None:
        self._names, self._pick = dict.fromkeys(names), pick

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        return self._pick(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names  # a mapping's own would pick the field to see

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
