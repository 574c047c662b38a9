"""Several games whose steps are played at once."""

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from .execution.capture import Before, Playing, branch_of, count_turns, first_cause
from .execution.replay import Recorder, Replays

if TYPE_CHECKING:
    from .trainer import Trainer


class Joint:
    """Plays a step of each of several games by one recording, in which they lie side by side.

    None of them is recorded alone. A step is played jointly where all that comes was met before by each game, of
    whatever kind it is for each; where one meets something new, whoever plays them plays that step of each apart.

    Args:
        recorder: takes several branches.

    Attributes:
        replays: what is recorded for all.
        why_apart: why these games can not be played at once; else nothing.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.replays = Replays(recorder)
        self.why_apart = ""
        self._games: list[tuple[Trainer, Playing]] = []

    def of(self, games: Sequence[tuple["Trainer", Playing]]) -> None:
        """From now on these games are played, each with what is entered around whatever it computes."""
        self._games = list(games)
        self.replays.forget()

    def step(self) -> bool:
        """Play the step of each game that was loaded, at once; gives False, and has played none, where that cannot be.

        Then they are played apart, by ``play_loaded``; steps are recorded there only where ``why_apart`` says so.
        """
        if self.why_apart:
            return False
        kinds = tuple([game.kind() for game, _ in self._games])
        if self.replays.again(kinds) is not None:
            for game, _ in self._games:
                count_turns(game)
        elif not self._recorded(kinds):
            return False
        for game, _ in self._games:
            game.steps += 1
        return True

    @property
    def settled(self) -> bool:
        """As ``Trainer.settled``, of the steps of them all."""
        if self.why_apart:
            return all(game.settled for game, _ in self._games)
        rounds = [game.kinds_to_come() for game, _ in self._games]
        steps = math.lcm(*map(len, rounds))
        return self.replays.holds(tuple([kinds[step % len(kinds)] for kinds in rounds]) for step in range(steps))

    def _recorded(self, kinds: tuple[Hashable, ...]) -> bool:
        for (game, _), kind in zip(self._games, kinds, strict=True):
            if game.replays is None:
                self.why_apart = game.why_eager or "one of them is played eagerly"
                return False
            if not game.replays.met(kind):
                return False
        before = [Before(game, playing) for game, playing in self._games]
        try:
            self.replays.record(kinds, [branch_of(game, playing) for game, playing in self._games])
        except Exception as error:  # a lack of memory among them: each by itself may have enough
            self.why_apart = f"their steps cannot be captured together: {first_cause(error)}"
        if not self.why_apart:
            return True
        self.replays.forget()
        for earlier in before:
            earlier.restore()
        return False
