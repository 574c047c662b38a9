"""A turn that notes what is read of it, and by whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from ...interfaces import Turn

_CALLED = {"live_fake": "fake", "shown_real": "real", "shown_fake": "fake"}  # what is noted in place of a name
_TOLD = frozenset({"real", "fake", "y", "y_fake", "z", "G", "D", "loss", "averaged", *_CALLED})
_VERDICTS = {"on_real": "real", "on_fake": "fake"}


class Log:
    """Notes of what one term reads.

    Attributes:
        reads: what was read, in the order of the first look.
        replaces: what was replaced in the turn.
    """

    def __init__(self) -> None:
        self.reads: dict[str, None] = {}
        self.replaces: dict[str, None] = {}
        self._open = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Begin anew, and take notes."""
        self.reads, self.replaces, self._open = {}, {}, True
        try:
            yield
        finally:
            self._open = False

    @contextmanager
    def closed(self) -> Iterator[bool]:
        """Take no notes for a while; gives whether they were taken before."""
        before, self._open = self._open, False
        try:
            yield before
        finally:
            self._open = before

    def note(self, what: str) -> None:
        """Note something that is read, where notes are taken."""
        if self._open:
            self.reads[what] = None

    def watch(self, network: nn.Module, name: str) -> None:
        """Note what a player is asked by a term itself, and not by the turn.

        Args:
            network: the player.
            name: ``G`` or ``D``.
        """

        def asked(module: nn.Module, args: Any, given: Any) -> Any:
            if not self._open:
                return None
            self.reads.pop(name, None)  # it was taken out of the turn to be asked
            if isinstance(given, dict) and name == "D":
                return Verdict(given, f"{name}(others)", self)
            self.note(f"{name}(others)")
            return None

        network.register_forward_hook(asked)


class Verdict(dict[str, Tensor]):
    """D's outputs, which note the names under which they are read.

    Args:
        outputs: what D gave.
        origin: as ``D(fake)``.
        log: takes the notes.
    """

    def __init__(self, outputs: dict[str, Tensor], origin: str, log: Log) -> None:
        super().__init__(outputs)
        self._origin, self._log = origin, log

    def __getitem__(self, key: str) -> Tensor:
        self._log.note(f"{self._origin}.{key}")
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Give an output, and note it."""
        self._log.note(f"{self._origin}.{key}")
        return super().get(key, default)

    def values(self) -> Any:
        """Give all outputs, and note each."""
        return [self[key] for key in self]

    def items(self) -> Any:
        """Give all outputs with their names, and note each."""
        return [(key, self[key]) for key in self]


class ObservedTurn(Turn):
    """A turn that notes what is read of it from outside.

    Args:
        player: whose turn it is.
        log: takes the notes.
        given: as ``Turn`` takes it.
    """

    def __init__(self, player: Any, *players: Any, log: Log, **given: Any) -> None:
        self._log = log
        super().__init__(player, *players, **given)

    def __getattribute__(self, name: str) -> Any:
        look = super().__getattribute__
        if name not in _TOLD and name not in _VERDICTS:
            return look(name)
        log: Log = look("_log")
        with log.closed() as noted:
            value = look(name)
        if name in _VERDICTS:
            return Verdict(value, f"D({_VERDICTS[name]})", log) if noted else value
        if name not in ("y", "y_fake") or value is not None:
            log.note(_CALLED.get(name, name))
        return value

    def judge(self, x: Tensor, y: Tensor | None) -> dict[str, Tensor]:
        """Return D's verdict on a view of images, as ``Turn`` does."""
        with self._log.closed() as noted:
            verdict = super().judge(x, y)
        return Verdict(verdict, "D(others)", self._log) if noted else verdict

    def by_head(self) -> Any:
        """Return the turns of the heads, as ``Turn`` does; the engine asks, and no part."""
        with self._log.closed():
            return super().by_head()

    def replace(self, **replaced: Any) -> Any:
        """Return this turn with something else in it, as ``Turn`` does, and note what."""
        with self._log.closed() as noted:
            turn = super().replace(**replaced)
        if noted:
            self._log.replaces |= dict.fromkeys(replaced)
        return turn
