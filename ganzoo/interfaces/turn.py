"""One player's move, as loss and regularizers see it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import torch
from torch import Tensor

from .players import Discriminator, Generator

if TYPE_CHECKING:
    from .terms import Loss

Player = Literal["D", "G"]
T = TypeVar("T")

# Values that go out of date, by the thing that is replaced.
_OUTDATED = {
    "D": ("on_real", "on_fake"),
    "real": ("on_real",),
    "y": ("on_real",),
    "z": ("live_fake", "fake", "on_fake"),
    "y_fake": ("live_fake", "fake", "on_fake"),
    "fake": ("live_fake", "on_fake"),
    "on_real": (),
    "on_fake": (),
}


class Turn:
    """One player's move: both networks, a batch of either kind, and what the discriminator says of them.

    ``real``, ``fake``, ``on_real``, ``on_fake`` and what they are made of are computed when first read, once,
    so that the loss and every penalty share one forward pass. In the discriminator's turn ``fake`` carries no
    gradient to the generator, unless both players move from one look (``order: simultaneous``).

    Args:
        player: whose move it is.
        deal: gives the turn's real batch, ``(B, C, H, W)`` in [-1, 1], and its labels ``(B,)`` or None.
        draw_z: gives latents.
        draw_y: gives labels for the fakes, or None.
        view: what the discriminator is shown of a batch of images.
        loss: what both players descend, for a term that has to look ahead.
        rng: randomness for the draws of loss and regularizers, a generator on the device.
        second_order: a penalty of this turn differentiates w.r.t. images, so they require grad.
        keeps_graph: the fakes of this turn are to be played on in the generator's turn.
        live: both players move from this one look, so that the fakes keep their graph to the generator.
        joint: in the discriminator's turn it judges real images and fakes in one forward pass.
        paired: each fake has the label of the real image beside it.
        seen: what another turn has computed already and this one shares.

    Attributes:
        dealt_D: the discriminator that moves, whatever took its place as ``D`` in this turn.
    """

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
        seen: dict[str, Any] | None = None,
    ) -> None:
        self.player, self.G, self.D, self.loss = player, G, D, loss
        self.dealt_D = D
        self.rng = rng
        self.second_order, self.keeps_graph, self.live = second_order, keeps_graph, live
        self.joint, self.paired = joint and player == "D", paired
        self._deal, self._draw_z, self._draw_y, self._view = deal, draw_z, draw_y, view
        self._seen: dict[str, Any] = {} if seen is None else seen

    def _once(self, name: str, make: Callable[[], T]) -> T:
        if name not in self._seen:
            self._seen[name] = make()
        value: T = self._seen[name]
        return value

    def replace(self, **replaced: Any) -> Self:
        """Return this turn with something else in it.

        What was computed already is kept, but for what is made of the things replaced: with other latents there are
        other fakes, with other fakes another verdict. Images that are to be differentiated require grad here, too.

        Args:
            replaced: any of ``D``, ``real``, ``y``, ``z``, ``y_fake``, ``fake``, ``on_real`` and ``on_fake``.
        """
        turn = copy.copy(self)
        outdated = {name for key in replaced for name in _OUTDATED[key]}
        turn._seen = {name: value for name, value in self._seen.items() if name not in outdated}
        turn.D = replaced.pop("D", self.D)
        if self.second_order:
            for name in replaced.keys() & {"real", "fake"}:
                if not replaced[name].requires_grad:
                    replaced[name] = replaced[name].detach().requires_grad_()
        turn._seen |= replaced
        return turn

    def _batch(self) -> tuple[Tensor, Tensor | None]:
        def deal() -> tuple[Tensor, Tensor | None]:
            real, y = self._deal()
            return (real.requires_grad_() if self.second_order else real), y

        return self._once("batch", deal)

    @property
    def real(self) -> Tensor:
        """Real images, ``(B, C, H, W)`` in [-1, 1]."""
        return self._once("real", lambda: self._batch()[0])

    @property
    def y(self) -> Tensor | None:
        """Labels of the real images, ``(B,)`` int64; None where the recipe is not conditional."""
        return self._once("y", lambda: self._batch()[1])

    @property
    def z(self) -> Tensor:
        """Latents of the fakes, ``(B, z_dim)``."""
        return self._once("z", self._draw_z)

    @property
    def y_fake(self) -> Tensor | None:
        """Labels of the fakes, ``(B,)`` int64; None if not conditional.

        They are drawn from the training set's, or are those of the real images as dealt (``schedule.labels: paired``).
        """
        return self._once("y_fake", lambda: self._batch()[1] if self.paired else self._draw_y())

    @property
    def live_fake(self) -> Tensor:
        """The fakes with their graph to the generator."""
        return self._once("live_fake", lambda: self.G(self.z, self.y_fake))

    @property
    def fake(self) -> Tensor:
        """Generated images, ``(B, C, H, W)`` in [-1, 1]."""
        return self._once("fake", self._make_fake)

    def _make_fake(self) -> Tensor:
        if self.player == "G" or self.live:
            return self.live_fake
        if self.keeps_graph:
            fake = self.live_fake.detach()
        else:
            with torch.no_grad():
                fake = self.G(self.z, self.y_fake)
        return fake.requires_grad_() if self.second_order else fake

    def judge(self, x: Tensor, y: Tensor | None) -> dict[str, Tensor]:
        """Return the discriminator's verdict on the regularizers' view of ``x``, ``(B, C, H, W)``."""
        return self.D(self._view(x), y)

    @property
    def on_real(self) -> dict[str, Tensor]:
        """The verdict on the real images."""
        if self.joint:
            self._judge_both()
        return self._once("on_real", lambda: self.judge(self.real, self.y))

    @property
    def on_fake(self) -> dict[str, Tensor]:
        """The verdict on the fakes."""
        if self.joint:
            self._judge_both()
        return self._once("on_fake", lambda: self.judge(self.fake, self.y_fake))

    def _judge_both(self) -> None:
        """Both verdicts from one forward pass, unless one is there, or only one kind of images has labels.

        Each kind has a view of its own, with draws of its own, as in passes of their own.
        """
        if "on_real" in self._seen or "on_fake" in self._seen:
            return
        real, fake = self._view(self.real), self._view(self.fake)
        if (self.y is None) != (self.y_fake is None):
            self._seen["on_real"], self._seen["on_fake"] = self.D(real, self.y), self.D(fake, self.y_fake)
            return
        y = None if self.y is None or self.y_fake is None else torch.cat([self.y, self.y_fake])
        verdict = self.D(torch.cat([real, fake]), y)
        sizes = [len(real), len(fake)]
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

        Pairs stay together: where fakes have the labels of real images, these are played on with as well.
        """
        shared: dict[str, Any] = {name: self._seen[name] for name in ("z", "y_fake", "live_fake") if name in self._seen}
        if self.paired:
            real, y = self._batch()
            shared["batch"] = real.detach(), y
        return shared
