"""What the turns of a game are dealt: which images, and how they reach the device.

A step that is captured once and replayed on a GPU reads its batch from the same place each time. So a feed
puts the batches of the coming step where the step looks for them, on the host and outside of what is captured.
"""

from abc import ABC, abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from ..seeds import stream
from .order import Order

AHEAD = 32  # steps whose indices go to the device in one copy


class Feed(ABC):
    """Real batches for both players.

    A turn's batch is a function of the seed, the player and the number of turns that it had: no state to keep.

    Args:
        n: how many images there are.
        labels: ``(N,)`` int64, or None.
        batch: images in a turn.
        rows: turns in a step, by player.
        seed: of the run.
        device: where the batches are wanted.
    """

    def __init__(
        self, n: int, labels: Tensor | None, *, batch: int, rows: dict[str, int], seed: int, device: torch.device
    ) -> None:
        self.batch, self.rows, self.device = batch, rows, device
        self.lookers: set[str] = set()  # players that looked at real images so far
        self.labels = labels.to(device) if labels is not None else None
        # a generator that looks at real images must not move the order in which the discriminator sees them
        self.order = {"D": Order(n, seed), "G": Order(n, stream(seed, "data", -3))}
        self._first: dict[str, int] = {}  # the turn of the first row that is loaded

    def picks(self, player: str, turn: int, turns: int) -> Tensor:
        """``(turns, B)`` indices of the images of so many turns from number ``turn`` on; int64, on the CPU."""
        return self.order[player].take(turn * self.batch, turns * self.batch).view(turns, self.batch)

    def load(self, turns: dict[str, int]) -> None:
        """Put the batches of the step that begins after so many turns of each player where ``deal`` finds them.

        Of the players that looked at real images before, which many a generator never does.
        """
        for player in self.lookers:
            self._load(player, turns[player])

    def deal(self, player: str, turn: int) -> tuple[Tensor, Tensor | None]:
        """The images at rest ``(B, C, H, W)`` and labels ``(B,)`` of a player's turn.

        Of the step that was loaded last; another turn's batch is loaded first.
        """
        self.lookers.add(player)
        row = turn - self._first.get(player, turn + 1)
        if not 0 <= row < self.rows[player]:
            self._load(player, turn)
            row = 0
        return self._row(player, row)

    @abstractmethod
    def _load(self, player: str, turn: int) -> None:
        """Put a player's batches from this turn on where ``_row`` finds them, and note the turn as their first."""

    @abstractmethod
    def _row(self, player: str, row: int) -> tuple[Tensor, Tensor | None]:
        """The images and labels of one of the turns that are loaded."""


class ResidentFeed(Feed):
    """The images live on the device, and a batch is picked there.

    Args:
        images: ``(N, C, H, W)`` at rest.
        labels, given: the other arguments of a ``Feed``.
    """

    def __init__(self, images: Tensor, labels: Tensor | None, **given: Any) -> None:
        super().__init__(len(images), labels, **given)
        device = self.device
        self.images = images.to(device)
        self._now = {p: torch.zeros(k, self.batch, dtype=torch.int64, device=device) for p, k in self.rows.items()}
        # A step on a CPU waits for nothing, and so gains nothing by looking ahead.
        self._ahead = AHEAD if device.type == "cuda" else 1
        self._chunk: dict[str, Tensor] = {}
        self._chunk_first: dict[str, int] = {}

    def _load(self, player: str, turn: int) -> None:
        rows = self.rows[player]
        at = turn - self._chunk_first.get(player, turn + 1)
        if not 0 <= at <= rows * (self._ahead - 1):
            chunk = self.picks(player, turn, rows * self._ahead)
            if self.device.type == "cuda":
                chunk = chunk.pin_memory()
            self._chunk[player], self._chunk_first[player], at = chunk.to(self.device, non_blocking=True), turn, 0
        self._now[player].copy_(self._chunk[player][at : at + rows])
        self._first[player] = turn

    def _row(self, player: str, row: int) -> tuple[Tensor, Tensor | None]:
        pick = self._now[player][row]
        return self.images[pick], self.labels[pick] if self.labels is not None else None


class StreamedFeed(Feed):
    """The images stay on the host, memory-mapped as a rule, and the batches of each step are sent.

    While a step is played a thread gathers the next one's batches into pinned memory and sends them on a
    stream of its own, into one of two buffers on the device; the step then begins with a copy on the device.

    Args:
        images: ``(N, C, H, W)`` at rest, on the CPU.
        labels, given: the other arguments of a ``Feed``.
    """

    def __init__(self, images: Tensor, labels: Tensor | None, **given: Any) -> None:
        super().__init__(len(images), labels, **given)
        self.images = images
        batch, rows, device = self.batch, self.rows, self.device
        cuda = device.type == "cuda"

        def stage(player: str, **where: object) -> Tensor:
            return torch.empty(rows[player], batch, *images.shape[1:], dtype=images.dtype, **where)

        # Two of each: one is filled while the other is read.
        self._host = {p: [stage(p, pin_memory=cuda) for _ in range(2)] for p in rows}
        self._sent = {p: [stage(p, device=device) for _ in range(2)] for p in rows}
        self._now = {p: stage(p, device=device) for p in rows}
        self._labels = {p: torch.zeros(k, batch, dtype=torch.int64, device=device) for p, k in rows.items()}
        self._coming: dict[str, tuple[int, int, Future]] = {}  # the turn, the buffer, its being filled
        self._stream = torch.cuda.Stream(device) if cuda else None
        self._read = {p: [torch.cuda.Event() for _ in range(2)] for p in rows} if cuda else {}
        self._side = dict.fromkeys(rows, 0)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed")

    def _row(self, player: str, row: int) -> tuple[Tensor, Tensor | None]:
        return self._now[player][row], self._labels[player][row] if self.labels is not None else None

    def _load(self, player: str, turn: int) -> None:
        coming = self._coming.pop(player, None)
        if coming is None or coming[0] != turn:
            if coming is not None:
                coming[2].result()  # its buffer is free once it is filled
            coming = self._fetch(player, turn)
        _, side, filled = coming
        labels, arrived = filled.result()
        if self._stream is not None:
            torch.cuda.current_stream(self.device).wait_event(arrived)
        self._now[player].copy_(self._sent[player][side], non_blocking=True)
        if labels is not None:
            self._labels[player].copy_(labels, non_blocking=True)
        if self._stream is not None:
            self._read[player][side].record(torch.cuda.current_stream(self.device))
        self._first[player] = turn
        self._coming[player] = self._fetch(player, turn + self.rows[player])

    def _fetch(self, player: str, turn: int) -> tuple[int, int, Future]:
        side = self._side[player] = 1 - self._side[player]
        return turn, side, self._thread.submit(self._fill, player, turn, side)

    def _fill(self, player: str, turn: int, side: int) -> tuple[Tensor | None, object]:
        pick = self.picks(player, turn, self.rows[player])
        host, sent = self._host[player][side], self._sent[player][side]
        if self._stream is None:
            torch.index_select(self.images, 0, pick.view(-1), out=host.view(-1, *self.images.shape[1:]))
            sent.copy_(host)
            return (self.labels[pick] if self.labels is not None else None), None
        self._read[player][side].synchronize()  # what lay there was sent and read
        torch.index_select(self.images, 0, pick.view(-1), out=host.view(-1, *self.images.shape[1:]))
        with torch.cuda.stream(self._stream):
            sent.copy_(host, non_blocking=True)
            where = pick.pin_memory().to(self.device, non_blocking=True)
            labels = self.labels[where] if self.labels is not None else None
            arrived = torch.cuda.Event()
            arrived.record(self._stream)
        return labels, arrived


def make_feed(images: Tensor, labels: Tensor | None, *, streamed: bool | None = None, **given: Any) -> Feed:
    """A resident feed, or a streamed one where the images would take more than half of the GPU's free memory.

    Args:
        images: ``(N, C, H, W)`` at rest, on the CPU.
        labels: ``(N,)`` int64, or None.
        streamed: decides it; None leaves it to the memory.
        given: the other arguments of a ``Feed``.
    """
    if streamed is None:
        device = given["device"]
        size = images.numel() * images.element_size()
        streamed = device.type == "cuda" and size > torch.cuda.mem_get_info(device)[0] // 2
    return (StreamedFeed if streamed else ResidentFeed)(images, labels, **given)
