"""Feeds of real batches: which rows of the data each turn is dealt, and their way to the device.

A step that is captured once and replayed on a GPU reads its batches from the same places each time. So a feed sends
the batches of many steps ahead into slots on the device, and a counter on the device, which each step moves on by
one, says which slot is read. In most steps the host has nothing to do.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...errors import RecipeError
from ...interfaces.modality import Deal, Modality, Row
from ...interfaces.turn import Player
from ...seeds import stream
from .picked import Picked

AHEAD = 256  # steps whose indices go to the device in one copy


class Feed(ABC):
    """Real batches for both players.

    A turn's batch is a function of the seed, the player and the number of turns that it had: no state to keep.
    Of a step ``load`` is the host's part and ``begin`` the device's, which is captured with the turns.

    Args:
        modality: says which rows come when.
        fields: of the data at rest by name, ``(N, ...)``, on the CPU; those that are dealt apart from each other may
            have lengths of their own.
        batch: rows in a turn.
        rows: turns in a step, by player.
        seed: of the run.
        device: where the batches are wanted.
        ahead: steps that are sent at once.
        sides: as often so many steps have slots; while one side is read others may be filled.
        sent: the fields that stay on the host, and are sent batch by batch.
        share: which part of each batch is dealt, and of how many: one rank's, where several play a run.

    Attributes:
        fields: by name; on the device, but for those that are sent.
        deals: the order of rows, by player.
    """

    def __init__(
        self,
        modality: Modality,
        fields: Mapping[str, Tensor],
        *,
        batch: int,
        rows: dict[Player, int],
        seed: int,
        device: torch.device,
        ahead: int,
        sides: int,
        sent: frozenset[str] = frozenset(),
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.whole, self.batch = batch, batch // share[1]
        self._own = slice(share[0] * self.batch, (share[0] + 1) * self.batch)
        self.rows, self.device, self.ahead, self.sent = rows, device, ahead, sent
        self.lookers: set[Player] = set()  # players that looked at real samples so far
        # a generator that looks at real samples must not move the order in which the discriminator sees them
        self.deals: dict[Player, Deal] = {
            "D": modality.deal(fields, seed),
            "G": modality.deal(fields, stream(seed, "data", -3)),
        }
        self.fields = {name: field if name in sent else field.to(device) for name, field in fields.items()}
        self.by = self.deals["D"].by
        held = list(dict.fromkeys(self.by[name] for name in fields if name not in sent))  # indices wanted on the device

        def places(slots: int) -> dict[Player, dict[str, Tensor]]:
            made = {p: (slots, turns, self.batch) for p, turns in rows.items()}
            return {p: {i: torch.zeros(s, dtype=torch.int64, device=device) for i in held} for p, s in made.items()}

        self._picks, self._now = places(sides * ahead), places(1)
        self._at = torch.zeros(1, dtype=torch.int64, device=device)  # the slot of the step that is played
        self._left = 0  # steps that have slots still
        self._next: dict[Player, int] = {}  # the turns before the first of them
        self._step: dict[Player, int] = {}  # the turns before the step that is played
        self._held: set[Player] = set()  # the players whose batches are in the slots
        self._dealt: set[Player] = set()  # the players whose batches of this step were picked from there

    def picks(self, player: Player, turn: int, turns: int) -> dict[str, Tensor]:
        """Give ``(turns, B)`` of each index, of the rows dealt in turns from number ``turn`` on; on the CPU."""
        taken = self.deals[player].take(turn * self.whole, turns * self.whole)
        return {i: rows.view(turns, self.whole)[:, self._own].contiguous() for i, rows in taken.items()}

    def drawn(self, n: int, rng: torch.Generator, *, waits: bool) -> Row:
        """Draw ``n`` rows at random, with the frequencies of the data.

        Args:
            n: how many.
            rng: of the draw, on the device.
            waits: pick what stays on the host there, for which the device is waited for; else it cannot be read.
        """
        index = self.deals["D"].draw(n, rng)

        def pick(name: str) -> Tensor:
            rows = index[self.by[name]]
            if name not in self.sent:
                return self.fields[name][rows]
            if not waits:
                raise RecipeError(
                    f"the data's field {name!r} is streamed from the host, where no conditions of fakes can be drawn "
                    "in a step; write schedule.labels=paired, which takes those of the real samples"
                )
            return self.fields[name][rows.cpu()].to(self.device)

        return Picked(self.fields, pick)

    def load(self, turns: Mapping[Player, int]) -> None:
        """See to it that the step that begins after so many turns of each player finds its batches.

        Of the players that looked at real samples before, which many a generator never does.
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

    def deal(self, player: Player, turn: int) -> Row:
        """Deal the rows of a player's turn, ``(B, ...)`` at rest, on the device; each field is picked when it is read.

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
        return Picked(self.fields, lambda name: self._field(player, row, name))

    def _bring(self, turns: Mapping[Player, int]) -> int:
        """Fill slots with the steps from these turns on, for all that look; gives the first one's slot."""
        self._next, self._left, self._held = dict(turns), self.ahead, set(self.lookers)
        return self._fill(dict(turns))

    @abstractmethod
    def _fill(self, turns: dict[Player, int]) -> int:
        """See ``_bring``."""

    def _pick(self, player: Player) -> None:
        """Copy the batches of the player's turns in this step from their slot to where ``_field`` finds them."""
        for index, picks in self._picks[player].items():
            torch.index_select(picks, 0, self._at, out=self._now[player][index])

    def _field(self, player: Player, row: int, name: str) -> Tensor:
        """Give a field of one of the turns of this step."""
        return self.fields[name][self._now[player][self.by[name]][0, row]]

    def _ahead_of(self, player: Player, turn: int) -> dict[str, Tensor]:
        """Give ``(steps, turns, B)`` of each index, for the slots of one side, on the CPU."""
        rows = self.rows[player]
        picks = self.picks(player, turn, rows * self.ahead)
        return {index: chosen.view(self.ahead, rows, self.batch) for index, chosen in picks.items()}


class ResidentFeed(Feed):
    """The data live on the device, and a batch is picked there.

    Args:
        modality, fields, given: see ``Feed``.
        ahead: see ``Feed``; a step on a CPU waits for nothing, and so gains nothing by looking ahead.
    """

    def __init__(
        self, modality: Modality, fields: Mapping[str, Tensor], *, ahead: int | None = None, **given: Any
    ) -> None:
        if ahead is None:
            ahead = AHEAD if given["device"].type == "cuda" else 1
        super().__init__(modality, fields, ahead=ahead, sides=1, **given)

    def _fill(self, turns: dict[Player, int]) -> int:
        for player in self._held:
            for index, picks in self._ahead_of(player, turns[player]).items():
                pinned = picks.pin_memory() if self.device.type == "cuda" else picks
                self._picks[player][index].copy_(pinned, non_blocking=True)
        return 0
