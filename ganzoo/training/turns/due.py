"""Terms that are due in a turn, and what they ask of it."""

import math
from collections.abc import Hashable, Sequence

from ...interfaces import Regularizer
from ...interfaces.turn import Player
from ...recipes.building.build import Parts


def acts(regularizer: Regularizer, player: Player) -> bool:
    """Return whether a regularizer has a say in what this player descends."""
    moments = {"D": ("d_penalty", "recast"), "G": ("g_penalty", "recast")}[player]
    return any(getattr(type(regularizer), name) is not getattr(Regularizer, name) for name in moments)


class Due:
    """Knows which regularizers are due in a player's turn, by the number of turns that the player had before.

    Args:
        parts: of the game.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def terms(self, turn: int) -> list[Regularizer]:
        """Return the regularizers that are due."""
        return [r for r in self.parts.regularizers if turn % r.every == 0]

    def differentiates(self, player: Player, turn: int) -> bool:
        """Return whether a term that is due takes a derivative of what it differentiates."""
        return any(r.second_order and acts(r, player) for r in self.terms(turn))

    def plainly(self, player: Player, turn: int) -> bool:
        """Return whether the turn takes second derivatives, and so neither low precision nor a compiled network."""
        return (
            self.parts.loss.second_order
            or self.differentiates(player, turn)
            or any(r.through_loss for r in self.terms(turn))
        )


class Kinds:
    """Knows which steps are alike in all that decides on the host what a step does: which lazy terms are due when.

    Args:
        parts: of the game.
        rows: turns in a step, by player.
    """

    def __init__(self, parts: Parts, rows: dict[Player, int]) -> None:
        self.parts, self.rows = parts, rows
        self._known: dict[Hashable, Hashable] = {}
        self._period = 0

    def coming(self, turns: dict[Player, int], *, measured: bool) -> Hashable:
        """Return the kind of the step that begins after so many turns; ``measured``: whether gradients are, too."""
        if not self._period:
            self._period = math.lcm(*(r.every for r in self.parts.regularizers))
        place = (turns["D"] % self._period, turns["G"] % self._period, measured)
        kind = self._known.get(place)
        if kind is None:
            kind = self._known[place] = (*self._due(turns), measured)
        return kind

    def to_come(self, turns: dict[Player, int], measured: Sequence[bool]) -> list[Hashable]:
        """Return the kinds of the steps from now on, until all that is lazy has come round together; it then begins
        anew.

        Args:
            turns: that each player had.
            measured: whether gradients are, for each step of such a round of theirs.
        """
        steps = math.lcm(len(measured), *(r.every for r in self.parts.regularizers))
        return [
            self.coming(
                {player: turns[player] + step * rows for player, rows in self.rows.items()},
                measured=measured[step % len(measured)],
            )
            for step in range(steps)
        ]

    def _due(self, turns: dict[Player, int]) -> tuple[bool, ...]:
        lazy = [r.every for r in self.parts.regularizers if r.every > 1]
        return tuple(
            (turns[player] + k) % every == 0
            for player, rows in self.rows.items()
            for k in range(rows)
            for every in lazy
        )
