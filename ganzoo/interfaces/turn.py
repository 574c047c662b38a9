"""One player's move, as loss and regularizers see it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import torch
from torch import Tensor

from ..errors import RecipeError
from ..samples import detached, differentiable, join, size
from .players import Discriminator, Generator

if TYPE_CHECKING:
    from .terms import Loss, Regularizer

Player = Literal["D", "G"]
T = TypeVar("T")

# Values that go out of date, by the thing that is replaced.
_OUTDATED = {
    "D": ("on_real", "on_fake"),
    "real": ("shown_real", "on_real"),
    "y": ("on_real",),
    "z": ("live_fake", "fake", "shown_fake", "on_fake"),
    "y_fake": ("live_fake", "fake", "shown_fake", "on_fake"),
    "fake": ("live_fake", "shown_fake", "on_fake"),
    "on_real": (),
    "on_fake": (),
}


class _Gone:
    """An attribute of an earlier version, whose use says what to write in its place."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __get__(self, turn: object | None, owner: type) -> Self:
        if turn is not None:
            raise AttributeError(self.sentence)
        return self


class Turn:
    """One player's move: both networks, a batch of either kind, and what the discriminator says of them.

    ``real``, ``fake``, ``on_real``, ``on_fake`` and what they are made of are computed when first read, once,
    so that the loss and every penalty share one forward pass. In the discriminator's turn ``fake`` carries no
    gradient to the generator, unless both players move from one look (``order: simultaneous``).

    Args:
        player: whose move it is.
        deal: gives the turn's real batch, samples as the modality plays them, and their conditions or None.
        draw_z: gives latents.
        draw_y: gives conditions for the fakes, or None.
        view: what the discriminator is shown of a batch of samples.
        loss: what both players descend, for a term that has to look ahead.
        rng: randomness for the draws of loss and regularizers, a generator on the device.
        second_order: a penalty of this turn differentiates w.r.t. samples, so they require grad.
        keeps_graph: the fakes of this turn are to be played on in the generator's turn.
        live: both players move from this one look, so that the fakes keep their graph to the generator.
        joint: in the discriminator's turn it judges real samples and fakes in one forward pass.
        paired: each fake has the condition of the real sample beside it.
        averaged: the averaged generator, for a term that learns from it; None where there is none.
        seen: what another turn has computed already and this one shares.

    Attributes:
        dealt_D: the discriminator that moves, whatever took its place as ``D`` in this turn.
    """

    step = _Gone(
        "turn.step is gone since version 0.2, as a number that Python counts stays what it was in a replayed step; "
        "count turns in a buffer: self.register_buffer('turns', torch.zeros(())), then self.turns.add_(1)"
    )

    def __init__(
        self,
        player: Player,
        G: Generator,
        D: Discriminator,
        *,
        deal: Callable[[], tuple[Tensor, Tensor | None]],
        draw_z: Callable[[], Tensor],
        draw_y: Callable[[], Tensor | None],
        view: Callable[[Tensor], Tensor],
        loss: Loss,
        rng: torch.Generator,
        second_order: bool = False,
        keeps_graph: bool = False,
        live: bool = False,
        joint: bool = False,
        paired: bool = False,
        averaged: Generator | None = None,
        seen: dict[str, Any] | None = None,
    ) -> None:
        self.player, self.G, self.D, self.loss = player, G, D, loss
        self.dealt_D = D
        self.rng = rng
        self.second_order, self.keeps_graph, self.live = second_order, keeps_graph, live
        self.joint, self.paired = joint and player == "D", paired
        self._deal, self._draw_z, self._draw_y, self._view = deal, draw_z, draw_y, view
        self._averaged = averaged
        self._seen: dict[str, Any] = {} if seen is None else seen
        self._head: str | None = None

    def _once(self, name: str, make: Callable[[], T]) -> T:
        if name not in self._seen:
            self._seen[name] = make()
        value: T = self._seen[name]
        return value

    def replace(self, **replaced: Any) -> Self:
        """Return this turn with something else in it.

        What was computed already is kept, but for what is made of the things replaced: with other latents there are
        other fakes, with other fakes another verdict. Samples that are to be differentiated require grad here, too.

        Args:
            replaced: any of ``D``, ``real``, ``y``, ``z``, ``y_fake``, ``fake``, ``on_real`` and ``on_fake``.
        """
        turn = copy.copy(self)
        outdated = {name for key in replaced for name in _OUTDATED[key]}
        turn._seen = {name: value for name, value in self._seen.items() if name not in outdated}
        turn.D = replaced.pop("D", self.D)
        if self.second_order:
            replaced |= {name: differentiable(replaced[name]) for name in replaced.keys() & {"real", "fake"}}
        if self._head is not None:  # a verdict that is put into the turn of a head is that head's
            for name in replaced.keys() & {"on_real", "on_fake"}:
                replaced[name] = {**replaced[name], self._head: replaced[name]["logits"]}
        turn._seen |= replaced
        return turn

    def by_head(self) -> list[Self]:
        """Return a turn for each head of the discriminator, in which ``logits`` are that head's.

        They share all that is computed, and all else is in them as it is here. This turn alone where the discriminator
        has no heads.
        """
        if self._head is not None or not self.D.heads:
            return [self]
        turns = []
        for head in self.D.heads:
            turn = copy.copy(self)
            turn._head = head
            turns.append(turn)
        return turns

    def d_loss(self) -> Tensor:
        """Return the discriminator's loss of this turn, a scalar: the mean over the heads, whatever their sizes."""
        return self._over_heads(self.loss.d_loss)

    def g_loss(self) -> Tensor:
        """Return the generator's loss of this turn, likewise."""
        return self._over_heads(self.loss.g_loss)

    def penalty(self, term: Regularizer) -> Tensor | None:
        """Return a term's penalty in this turn, a scalar without its weight; None for nothing.

        One that differentiates verdicts is taken of each head, and their mean is given: each head is a critic with a
        slope of its own, which a mean of them would make less.
        """
        penalty = term.d_penalty if self.player == "D" else term.g_penalty
        turns = self.by_head() if term.second_order and "logits" in term.reads else [self]
        if len(turns) == 1:
            return penalty(self)
        found = [one for one in map(penalty, turns) if one is not None]
        return torch.stack(found).mean() if found else None

    def _over_heads(self, loss: Callable[[Self], Tensor]) -> Tensor:
        turns = self.by_head() if "logits" in self.loss.reads else [self]
        return loss(self) if len(turns) == 1 else torch.stack([loss(turn) for turn in turns]).mean()

    def _batch(self) -> tuple[Tensor, Tensor | None]:
        def deal() -> tuple[Tensor, Tensor | None]:
            real, y = self._deal()
            return (differentiable(real) if self.second_order else real), y

        return self._once("batch", deal)

    @property
    def real(self) -> Tensor:
        """Real samples as they play, of images ``(B, C, H, W)`` in [-1, 1]; by name where the modality has names."""
        return self._once("real", lambda: self._batch()[0])

    @property
    def y(self) -> Tensor | None:
        """Conditions of the real samples, such as labels ``(B,)`` int64; None where the recipe is not conditional."""
        return self._once("y", lambda: self._batch()[1])

    @property
    def z(self) -> Tensor:
        """Latents of the fakes, ``(B, z_dim)``."""
        return self._once("z", self._draw_z)

    @property
    def y_fake(self) -> Tensor | None:
        """Conditions of the fakes, such as labels ``(B,)`` int64; None if not conditional.

        They are drawn from the training set's, or are those of the real samples as dealt (``schedule.labels: paired``).
        """
        return self._once("y_fake", lambda: self._batch()[1] if self.paired else self._draw_y())

    @property
    def averaged(self) -> Generator:
        """The averaged generator, as it was after the last step: in evaluation mode, its weights without gradients.

        A term that reads it says so (``reads_average``).

        Raises:
            RecipeError: the recipe keeps no average.
        """
        if self._averaged is None:
            raise RecipeError("a term reads turn.averaged, and schedule.ema: 0 keeps no averaged generator")
        return self._averaged

    @property
    def live_fake(self) -> Tensor:
        """The fakes with their graph to the generator."""
        return self._once("live_fake", lambda: self.G(self.z, self.y_fake))

    @property
    def fake(self) -> Tensor:
        """Generated samples, like the real ones."""
        return self._once("fake", self._make_fake)

    def _make_fake(self) -> Tensor:
        if self.player == "G" or self.live:
            return self.live_fake
        if self.keeps_graph:
            fake = detached(self.live_fake)
        else:
            with torch.no_grad():
                fake = self.G(self.z, self.y_fake)
        made: Tensor = differentiable(fake) if self.second_order else fake
        return made

    def judge(self, x: Tensor, y: Tensor | None) -> dict[str, Tensor]:
        """Return the discriminator's verdict on the regularizers' view of samples ``x``."""
        return self._of_head(self.D(self._view(x), y))

    def _of_head(self, verdict: dict[str, Tensor]) -> dict[str, Tensor]:
        return verdict if self._head is None else {**verdict, "logits": verdict[self._head]}

    @property
    def shown_real(self) -> Tensor:
        """The regularizers' view of the real samples, with the draws of ``on_real``, which is what ``D`` says of it."""
        return self._once("shown_real", lambda: self._view(self.real))

    @property
    def shown_fake(self) -> Tensor:
        """The regularizers' view of the fakes, likewise."""
        return self._once("shown_fake", lambda: self._view(self.fake))

    @property
    def on_real(self) -> dict[str, Tensor]:
        """The verdict on the real samples."""
        if self.joint:
            self._judge_both()
        return self._of_head(self._once("on_real", lambda: self.D(self.shown_real, self.y)))

    @property
    def on_fake(self) -> dict[str, Tensor]:
        """The verdict on the fakes."""
        if self.joint:
            self._judge_both()
        return self._of_head(self._once("on_fake", lambda: self.D(self.shown_fake, self.y_fake)))

    def _judge_both(self) -> None:
        """Both verdicts from one forward pass, unless one is there, or only real samples or only fakes have conditions.

        Both have a view of their own, with draws of their own, as in passes of their own.
        """
        if "on_real" in self._seen or "on_fake" in self._seen:
            return
        real, fake = self.shown_real, self.shown_fake
        if (self.y is None) != (self.y_fake is None):
            self._seen["on_real"], self._seen["on_fake"] = self.D(real, self.y), self.D(fake, self.y_fake)
            return
        verdict = self.D(join(real, fake), join(self.y, self.y_fake))
        sizes = [size(real), size(fake)]
        both = {name: value.split(sizes) for name, value in verdict.items()}
        self._seen["on_real"], self._seen["on_fake"] = ({name: v[i] for name, v in both.items()} for i in (0, 1))

    def seen(self) -> dict[str, Any]:
        """All that is computed so far, for the other player's turn where both move from one look.

        Without the verdicts of a discriminator that took the place of the dealt one in this turn.
        """
        theirs = () if self.D is self.dealt_D else _OUTDATED["D"]
        return {name: value for name, value in self._seen.items() if name not in theirs}

    def played_on(self) -> dict[str, Any]:
        """Return what the generator's turn shares when it plays on with these fakes (``share_fakes``).

        Pairs stay together: where fakes have the conditions of real samples, these are played on with as well.
        """
        shared: dict[str, Any] = {name: self._seen[name] for name in ("z", "y_fake", "live_fake") if name in self._seen}
        if self.paired:
            real, y = self._batch()
            shared["batch"] = detached(real), y
        return shared
