"""Values that several metrics need of the same two sets, computed by the first that asks."""

from collections.abc import Callable
from typing import Generic, TypeVar

from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

T = TypeVar("T")


class Remembered(Generic[T]):
    """Values of a function of two tensors, kept as long as both live; nobody may write to these.

    The tensors count by identity and not by contents: metrics that are judged together are given the same ones.
    """

    def __init__(self) -> None:
        self._kept = WeakTensorKeyDictionary()

    def of(self, one: Tensor, other: Tensor, setting: object, make: Callable[[], T]) -> T:
        """Give the value for these tensors, in this order, and a setting; made if it is not there."""
        if one not in self._kept:
            self._kept[one] = WeakTensorKeyDictionary()
        if other not in self._kept[one]:
            self._kept[one][other] = {}
        kept = self._kept[one][other]
        if setting not in kept:
            kept[setting] = make()
        value: T = kept[setting]
        return value
