"""Ranks that are threads of one process and play in turns, to compare their game with that of one process."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor

from ...layers.whole_batch import Ranks

T = TypeVar("T")


class _Circle:
    """Lets one thread run at a time, from one exchange to the next, with torch's global generator of its own."""

    def __init__(self, count: int) -> None:
        self.count, self.turn = count, 0
        self.changed = threading.Condition()
        self.met = [0] * count
        self.held: dict[int, list[Any]] = {}
        self.random = [torch.get_rng_state()] * count
        self.broken = False

    def enter(self, number: int) -> None:
        """Wait for one's turn."""
        with self.changed:
            self.changed.wait_for(lambda: self.turn == number or self.broken)
            if self.broken:
                raise threading.BrokenBarrierError
        torch.set_rng_state(self.random[number])

    def leave(self, number: int) -> None:
        """Let the next one run."""
        self.random[number] = torch.get_rng_state()
        with self.changed:
            self.turn = (number + 1) % self.count
            self.changed.notify_all()

    def exchange(self, number: int, tensor: Tensor) -> list[Tensor]:
        """Return what every rank brings to this exchange."""
        k = self.met[number]
        self.met[number] += 1
        brought = self.held.setdefault(k, [None] * self.count)
        brought[number] = tensor.clone()
        self.leave(number)
        self.enter(number)  # after the last one has brought its own
        if number == self.count - 1:
            del self.held[k]
        return brought

    def give_up(self) -> None:
        """Let nobody wait any longer."""
        with self.changed:
            self.broken = True
            self.changed.notify_all()


class PretendedRanks(Ranks):
    """One of the threads."""

    def __init__(self, number: int, circle: _Circle) -> None:
        super().__init__(number, circle.count)
        self._circle = circle

    def stacked(self, tensor: Tensor) -> Tensor:
        """See ``Ranks.stacked``."""
        return torch.stack(self._circle.exchange(self.number, tensor))

    def add_(self, tensor: Tensor) -> Tensor:
        """See ``Ranks.add_``."""
        return tensor.copy_(self.stacked(tensor).sum(dim=0))


def played_by(count: int, play: Callable[[Ranks], T]) -> list[T]:
    """Return what ``play`` gives on each of so many pretended ranks; an error of one is raised when all have ended."""
    circle = _Circle(count)
    given: list[Any] = [None] * count
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            circle.enter(number)
            given[number] = play(PretendedRanks(number, circle))
            circle.leave(number)
        except threading.BrokenBarrierError:
            return
        except BaseException as error:
            errors.append(error)
            circle.give_up()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return given
