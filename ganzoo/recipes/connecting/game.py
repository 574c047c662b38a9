"""A game as plain facts: its players, and the say that each term has in each turn. Does not import torch."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Player:
    """A network as it was built.

    Attributes:
        name: of the part.
        parameters: how many numbers training moves.
        takes: shape of one sample that it takes, without the batch; empty where that is several tensors.
        gives: shape of each thing that it gives for one sample, by its name; a generator's is ``images`` or
            ``samples``, or has the names of its tensors.
        changed_by: the terms that changed its layers when they were prepared.
        named: shapes of the tensors of a sample that it takes, by name, where there are several.
    """

    name: str
    parameters: int
    takes: tuple[int, ...]
    gives: dict[str, tuple[int, ...]]
    changed_by: tuple[str, ...] = ()
    named: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Say:
    """Something that a term does in a player's turn.

    Attributes:
        term: as in ``loss hinge`` or ``regularizer r1``.
        does: ``descends``, what is added to the player's loss; ``recasts``, other values in the turn; ``shows``, other
            images to D; ``alters``, other gradients before the optimizer's step; ``follows``, an act after it.
        reads: what of the turn it looks at, in the order of its first look, such as ``real``, ``D(fake).logits`` or
            ``D(others).logits``, a verdict on images of its own making.
        replaces: what of the turn is another afterwards, where it recasts.
        moves: the players whose weights are others afterwards, ``D`` or ``G``.
        remembers: its own buffers are others afterwards.
        factor: of a penalty; None where it changes over the run, and of all that is no penalty.
        every: a penalty is taken once in so many turns of its player, so many times as strong.
        derivative: it differentiates what a network gives.
    """

    term: str
    does: str
    reads: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    remembers: bool = False
    factor: float | None = None
    every: int = 1
    derivative: bool = False


@dataclass(frozen=True)
class Connections:
    """A recipe's parts, built for some data.

    Attributes:
        players: by ``G`` and ``D``.
        learned: numbers that terms learn and D's optimizer moves, by term; those that learn nothing are left out.
        turns: the says of each player's turn, by ``D`` and ``G``, in the order in which they come.
        silent: the terms that no turn shows anything of, such as those that act once, when the parts are built.
    """

    players: dict[str, Player]
    learned: dict[str, int]
    turns: dict[str, tuple[Say, ...]]
    silent: tuple[str, ...]
