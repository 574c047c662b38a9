"""A feed whose batches are sent from the host."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...backend.streams import copy_stream
from ...interfaces.modality import Modality
from ...interfaces.turn import Player
from .feed import Feed

STREAMED_AHEAD = 16  # steps whose samples are sent at once, at most
STREAMED_BYTES = 64 * 2**20  # and what they may take, twice: the next ones are sent while these are read


def wide(fields: Mapping[str, Tensor]) -> frozenset[str]:
    """Return the fields of more than one number a row: those that are worth being streamed."""
    return frozenset(name for name, field in fields.items() if field.ndim > 1)


class StreamedFeed(Feed):
    """Some fields stay on the host, memory-mapped as a rule, and the batches of each step are sent.

    While the steps of one side are played a thread gathers the other side's batches into pinned memory and sends them
    on a stream that nothing else uses.

    Args:
        modality, fields, given: see ``Feed``.
        sent: the fields that stay; None for those of more than one number a row.
        ahead: see ``Feed``; by default as many as the memory for them allows.
    """

    def __init__(
        self,
        modality: Modality,
        fields: Mapping[str, Tensor],
        *,
        sent: frozenset[str] | None = None,
        ahead: int | None = None,
        **given: Any,
    ) -> None:
        batch, rows, device = given["batch"] // given.get("share", (0, 1))[1], given["rows"], given["device"]
        cuda = device.type == "cuda"
        staying = {name: fields[name] for name in fields if name in (wide(fields) if sent is None else sent)}
        size = sum(rows.values()) * batch * sum(field[0].nbytes for field in staying.values())
        if ahead is None:
            ahead = max(1, min(STREAMED_AHEAD, STREAMED_BYTES // size)) if cuda else 1
        super().__init__(modality, fields, ahead=ahead, sides=2, sent=frozenset(staying), **given)

        def stage(steps: int, player: Player, **where: Any) -> dict[str, Tensor]:
            first = (steps, rows[player], batch)
            return {n: torch.zeros(*first, *f.shape[1:], dtype=f.dtype, **where) for n, f in staying.items()}

        # Two of each: one is filled while the other is read.
        self._host = {p: stage(2 * ahead, p, pin_memory=cuda) for p in rows}
        self._sent = {p: stage(2 * ahead, p, device=device) for p in rows}
        self._rows = {p: stage(1, p, device=device) for p in rows}
        self._stream = copy_stream(device) if cuda else None
        self._read = [torch.cuda.Event() for _ in range(2)] if cuda else []  # what a side held was read
        self._arrived: list[torch.cuda.Event | None] = [None, None]
        self._side = 0  # the one that is read
        self._coming: _Coming | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed")

    def _field(self, player: Player, row: int, name: str) -> Tensor:
        return self._rows[player][name][0, row] if name in self.sent else super()._field(player, row, name)

    def _pick(self, player: Player) -> None:
        super()._pick(player)
        for name, sent in self._sent[player].items():
            torch.index_select(_words(sent), 0, self._at, out=_words(self._rows[player][name]))

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
        coming: list[tuple[Tensor, Tensor]] = []  # where something goes on the device, and what
        for player in players:
            picks = self._ahead_of(player, turns[player])
            for name, host in self._host[player].items():
                whole, pick = self.fields[name], picks[self.by[name]]
                torch.index_select(whole, 0, pick.view(-1), out=host[slots].view(-1, *whole.shape[1:]))
                coming.append((self._sent[player][name][slots], host[slots]))
            for index, held in self._picks[player].items():
                pick = picks[index]
                coming.append((held[slots], pick if self._stream is None else pick.pin_memory()))
        if self._stream is None:
            for there, here in coming:
                there.copy_(here)
            return
        with torch.cuda.stream(self._stream):
            self._stream.wait_event(self._read[side])
            for there, here in coming:
                there.copy_(here, non_blocking=True)
            arrived = torch.cuda.Event()
            arrived.record(self._stream)
        self._arrived[side] = arrived


class _Coming(NamedTuple):
    """Batches on their way to the device: those that begin after these turns, of whom, to which side."""

    turns: dict[Player, int]
    players: set[Player]
    side: int
    filled: Future[None]


def _words(slots: Tensor) -> Tensor:
    """``(S, ...)`` as ``(S, words)`` of the same memory, with words as long as they may be: fewer are copied faster."""
    flat = slots.view(len(slots), -1)
    for words in (torch.int64, torch.int32, torch.int16):
        if flat[0].nbytes % words.itemsize == 0:
            return flat.view(words)
    return flat
