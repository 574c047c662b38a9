"""Feeds of real batches: which images each turn is dealt, and their way to the device.

A step that is captured once and replayed on a GPU reads its batches from the same places each time. So a feed sends
the batches of many steps ahead into slots on the device, and a counter on the device, which each step moves on by
one, says which slot is read. In most steps the host has nothing to do.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..backend.streams import copy_stream
from ..interfaces.turn import Player
from ..seeds import stream
from .order import Order

AHEAD = 256  # steps whose indices go to the device in one copy
STREAMED_AHEAD = 16  # steps whose images do, at most
STREAMED_BYTES = 64 * 2**20  # and what they may take, twice: the next ones are sent while these are read


class Feed(ABC):
    """Real batches for both players.

    A turn's batch is a function of the seed, the player and the number of turns that it had: no state to keep.
    Of a step ``load`` is the host's part and ``begin`` the device's, which is captured with the turns.

    Args:
        n: how many images there are.
        labels: ``(N,)`` int64, or None.
        batch: images in a turn.
        rows: turns in a step, by player.
        seed: of the run.
        device: where the batches are wanted.
        ahead: steps that are sent at once.
        sides: as often so many steps have slots; while one side is read others may be filled.
        share: which part of each batch is dealt, and of how many: one rank's, where several play a run.
    """

    def __init__(
        self,
        n: int,
        labels: Tensor | None,
        *,
        batch: int,
        rows: dict[Player, int],
        seed: int,
        device: torch.device,
        ahead: int,
        sides: int,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.whole, self.batch = batch, batch // share[1]
        self._own = slice(share[0] * self.batch, (share[0] + 1) * self.batch)
        self.rows, self.device, self.ahead = rows, device, ahead
        self.lookers: set[Player] = set()  # players that looked at real images so far
        self.labels = labels.to(device) if labels is not None else None
        # a generator that looks at real images must not move the order in which the discriminator sees them
        self.order = {"D": Order(n, seed), "G": Order(n, stream(seed, "data", -3))}
        slots = sides * ahead
        self._picks = {p: torch.zeros(slots, k, self.batch, dtype=torch.int64, device=device) for p, k in rows.items()}
        self._now = {p: torch.zeros(1, k, self.batch, dtype=torch.int64, device=device) for p, k in rows.items()}
        self._at = torch.zeros(1, dtype=torch.int64, device=device)  # the slot of the step that is played
        self._left = 0  # steps that have slots still
        self._next: dict[Player, int] = {}  # the turns before the first of them
        self._step: dict[Player, int] = {}  # the turns before the step that is played
        self._held: set[Player] = set()  # the players whose batches are in the slots
        self._dealt: set[Player] = set()  # the players whose batches of this step were picked from there

    def picks(self, player: Player, turn: int, turns: int) -> Tensor:
        """Give ``(turns, B)`` indices of the images that are dealt in turns from number ``turn`` on; on the CPU."""
        picks = self.order[player].take(turn * self.whole, turns * self.whole).view(turns, self.whole)
        return picks[:, self._own].contiguous()

    def load(self, turns: Mapping[Player, int]) -> None:
        """See to it that the step that begins after so many turns of each player finds its batches.

        Of the players that looked at real images before, which many a generator never does.
        """
        if not self._left or turns != self._next:
            self._at.fill_(self._bring(turns) - 1)
        self._left -= 1
        for player, rows in self.rows.items():
            self._next[player] += rows

    def begin(self, turns: Mapping[Player, int]) -> None:
        """Begin the step that was loaded, on the device."""
        self._step = dict(turns)
        self._dealt.clear()
        self._at.add_(1)

    def deal(self, player: Player, turn: int) -> tuple[Tensor, Tensor | None]:
        """Deal the images at rest ``(B, C, H, W)`` and labels ``(B,)`` of a player's turn.

        Of the step that was begun last; another turn's batch is sent for first.
        """
        row = turn - self._step.get(player, turn + 1)
        if player not in self._held or not 0 <= row < self.rows[player]:
            self.lookers.add(player)
            self._step = dict.fromkeys(self.rows, 0) | self._step | {player: turn}
            self._at.fill_(self._bring(self._step))
            self._left -= 1
            self._next = {p: self._step[p] + rows for p, rows in self.rows.items()}
            self._dealt.clear()
            row = 0
        if player not in self._dealt:
            self._pick(player)
            self._dealt.add(player)
        return self._row(player, row)

    def _bring(self, turns: Mapping[Player, int]) -> int:
        """Fill slots with the steps from these turns on, for all that look; gives the first one's slot."""
        self._next, self._left, self._held = dict(turns), self.ahead, set(self.lookers)
        return self._fill(dict(turns))

    @abstractmethod
    def _fill(self, turns: dict[Player, int]) -> int:
        """See ``_bring``."""

    def _pick(self, player: Player) -> None:
        """Copy the batches of the player's turns in this step from their slot to where ``_row`` finds them."""
        torch.index_select(self._picks[player], 0, self._at, out=self._now[player])

    @abstractmethod
    def _row(self, player: Player, row: int) -> tuple[Tensor, Tensor | None]:
        """Give the images and labels of one of the turns of this step."""

    def _ahead_of(self, player: Player, turn: int) -> Tensor:
        """Give ``(steps, turns, B)`` indices for the slots of one side, on the CPU."""
        rows = self.rows[player]
        return self.picks(player, turn, rows * self.ahead).view(self.ahead, rows, self.batch)


class ResidentFeed(Feed):
    """The images live on the device, and a batch is picked there.

    Args:
        images: ``(N, C, H, W)`` at rest.
        labels, given: the other arguments of a ``Feed``.
        ahead: see ``Feed``; a step on a CPU waits for nothing, and so gains nothing by looking ahead.
    """

    def __init__(self, images: Tensor, labels: Tensor | None, *, ahead: int | None = None, **given: Any) -> None:
        if ahead is None:
            ahead = AHEAD if given["device"].type == "cuda" else 1
        super().__init__(len(images), labels, ahead=ahead, sides=1, **given)
        self.images = images.to(self.device)

    def _fill(self, turns: dict[Player, int]) -> int:
        for player in self._held:
            picks = self._ahead_of(player, turns[player])
            if self.device.type == "cuda":
                picks = picks.pin_memory()
            self._picks[player].copy_(picks, non_blocking=True)
        return 0

    def _row(self, player: Player, row: int) -> tuple[Tensor, Tensor | None]:
        pick = self._now[player][0, row]
        return self.images[pick], self.labels[pick] if self.labels is not None else None


class StreamedFeed(Feed):
    """The images stay on the host, memory-mapped as a rule, and the batches of each step are sent.

    While the steps of one side are played a thread gathers the other side's batches into pinned memory and sends them
    on a stream that nothing else uses.

    Args:
        images: ``(N, C, H, W)`` at rest, on the CPU.
        labels, given: the other arguments of a ``Feed``.
        ahead: see ``Feed``; by default as many as the memory for them allows.
    """

    def __init__(self, images: Tensor, labels: Tensor | None, *, ahead: int | None = None, **given: Any) -> None:
        batch, rows, device = given["batch"] // given.get("share", (0, 1))[1], given["rows"], given["device"]
        cuda = device.type == "cuda"
        size = sum(rows.values()) * batch * images[0].numel() * images.element_size()
        if ahead is None:
            ahead = max(1, min(STREAMED_AHEAD, STREAMED_BYTES // size)) if cuda else 1
        super().__init__(len(images), labels, ahead=ahead, sides=2, **given)
        self.images = images

        def stage(steps: int, player: Player, **where: Any) -> Tensor:
            return torch.zeros(steps, rows[player], batch, *images.shape[1:], dtype=images.dtype, **where)

        # Two of each: one is filled while the other is read.
        self._host = {p: stage(2 * ahead, p, pin_memory=cuda) for p in rows}
        self._sent = {p: stage(2 * ahead, p, device=device) for p in rows}
        self._images = {p: stage(1, p, device=device) for p in rows}
        self._stream = copy_stream(device) if cuda else None
        self._read = [torch.cuda.Event() for _ in range(2)] if cuda else []  # what a side held was read
        self._arrived: list[torch.cuda.Event | None] = [None, None]
        self._side = 0  # the one that is read
        self._coming: _Coming | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed")

    def _row(self, player: Player, row: int) -> tuple[Tensor, Tensor | None]:
        labels = self.labels[self._now[player][0, row]] if self.labels is not None else None
        return self._images[player][0, row], labels

    def _pick(self, player: Player) -> None:
        if self.labels is not None:
            super()._pick(player)
        torch.index_select(_wide(self._sent[player]), 0, self._at, out=_wide(self._images[player]))

    def _fill(self, turns: dict[Player, int]) -> int:
        coming = self._coming
        if coming is None or (coming.turns, coming.players) != (turns, self._held):
            if coming is not None:
                coming.filled.result()  # its side is free once it is filled
            coming = self._send(turns)
        coming.filled.result()
        self._side = coming.side
        if (arrived := self._arrived[self._side]) is not None:
            playing = torch.cuda.current_stream(self.device)
            playing.wait_event(arrived)
            self._read[1 - self._side].record(playing)
        self._coming = self._send({player: turns[player] + rows * self.ahead for player, rows in self.rows.items()})
        return self._side * self.ahead

    def _send(self, turns: dict[Player, int]) -> "_Coming":
        players, side = set(self._held), 1 - self._side
        return _Coming(turns, players, side, self._thread.submit(self._gather, turns, players, side))

    def _gather(self, turns: dict[Player, int], players: set[Player], side: int) -> None:
        slots = slice(side * self.ahead, (side + 1) * self.ahead)
        if (arrived := self._arrived[side]) is not None:
            arrived.synchronize()  # what lay on the host was sent
        picks = {player: self._ahead_of(player, turns[player]) for player in players}
        for player, pick in picks.items():
            host = self._host[player][slots]
            torch.index_select(self.images, 0, pick.view(-1), out=host.view(-1, *self.images.shape[1:]))
        if self._stream is None:
            for player, pick in picks.items():
                self._sent[player][slots] = self._host[player][slots]
                self._picks[player][slots] = pick
            return
        with torch.cuda.stream(self._stream):
            self._stream.wait_event(self._read[side])
            for player, pick in picks.items():
                self._sent[player][slots].copy_(self._host[player][slots], non_blocking=True)
                self._picks[player][slots].copy_(pick.pin_memory(), non_blocking=True)
            arrived = torch.cuda.Event()
            arrived.record(self._stream)
        self._arrived[side] = arrived


class _Coming(NamedTuple):
    """Batches on their way to the device: those that begin after these turns, of whom, to which side."""

    turns: dict[Player, int]
    players: set[Player]
    side: int
    filled: Future[None]


def _wide(slots: Tensor) -> Tensor:
    """``(S, ...)`` as ``(S, words)`` of the same memory, with words as long as they may be: fewer are copied faster."""
    flat = slots.view(len(slots), -1)
    for words in (torch.int64, torch.int32, torch.int16):
        if flat[0].nbytes % words.itemsize == 0:
            return flat.view(words)
    return flat


def make_feed(images: Tensor, labels: Tensor | None, *, streamed: bool | None = None, **given: Any) -> Feed:
    """Make a resident feed, or a streamed one where the images would take more than half of the GPU's free memory.

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
