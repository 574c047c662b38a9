"""Plays a recipe: ``d_steps`` turns of the discriminator, one of the generator, step after step."""

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ..interfaces import Modality, Turn
from ..interfaces.turn import Player
from ..layers.whole_batch import Ranks
from ..recipes.building.build import Parts
from ..recipes.building.old_shapes import modality_of
from ..recipes.changing import EMA, weight_keys
from ..recipes.recipe import Recipe
from ..seeds import stream
from .checkpoints.state import load_state, state_of
from .execution.capture import make_replays, play_watched, replay
from .execution.networks import Networks
from .execution.surroundings import surroundings
from .labels import label
from .ranks import SharedGame
from .turns.dealer import make_dealer
from .turns.due import Kinds
from .turns.layout import faster_layout, place
from .turns.terms import Terms
from .updates.descent import Descent
from .updates.ema import ExponentialMovingAverage
from .updates.played_values import PlayedValues, values_by_step


class Trainer:
    """Owns the optimizers, the randomness and the data of one run.

    Every source of randomness is a stream of its own, so that runs with one seed see the same data in the
    same order whatever they train: ``data`` (a function of seed and position, with no state to keep),
    ``noise`` (latents and labels of fakes), ``terms`` (draws of loss and regularizers) and ``layers``
    (torch's global generator, which dropout uses).

    On a CUDA GPU each kind of step is captured and replayed (``Replays``), so that the host has next to nothing to do.

    Args:
        recipe: what is played.
        parts: its parts, built for these data; they are moved to ``device``.
        fields: of the data at rest by name, ``(N, ...)`` each, on the CPU. Of images or points their tensor will do,
            ``(N, C, H, W)`` uint8 or ``(N, C, 1, 1)`` float32.
        labels: ``(N,)`` int64, or None; beside such a tensor alone.
        modality: of the data; None for that which the parts were built for.
        seed: of the run.
        flips: show real samples mirrored at random, where that means something; None leaves it to the recipe.
        precision: one of ``ganzoo.backend.precision.PRECISIONS``.
        compiled: run the networks through ``torch.compile`` in turns without second derivatives.
        autotuned: let cuDNN choose its algorithms by trial; see ``autotune``.
        captured: replay steps where the device can; else every step is played eagerly.
        streamed: keep the data on the host; None decides by the GPU's memory.
        ranks: the processes that play this run together, each its share of every batch; None for this one alone.
        budget: thousand real samples that D is shown in the whole run, of which places in value schedules are shares;
            None where that is not known, for a recipe without such places.

    Attributes:
        steps: steps played.
        turns: turns that each player had; it has ``rows`` of them in a step.
        changing: the values that change over the run.
        modality: of the data.
        average: the averaged generator.
        dealer: of real samples, latents and conditions; it owns the random streams, ``rng``.
        sums: ``(3,)`` of the discriminator's losses, the generator's losses and the steps; whoever reads it
            sets it to zero.
        descent: the optimizers and what they move, ``moves``; ``norms`` of the gradients.
        terms: the loss and the regularizers; ``due``, which of them have a say in a turn.
        shared: what the ranks of a run agree on; None where one process plays it.
        replays: what is replayed; None where every step is played eagerly.
        why_eager: why nothing is replayed on a device that can; else nothing.
        moved_by: makes ``descent``.
    """

    moved_by: type[Descent] = Descent

    def __init__(
        self,
        recipe: Recipe,
        parts: Parts,
        fields: Mapping[str, Tensor] | Tensor,
        labels: Tensor | None = None,
        *,
        modality: Modality | None = None,
        seed: int,
        device: str | torch.device = "cpu",
        flips: bool | None = None,
        precision: str = "fp32",
        compiled: bool = False,
        autotuned: bool = False,
        captured: bool = True,
        streamed: bool | None = None,
        ranks: Ranks | None = None,
        budget: float | None = None,
    ) -> None:
        self.recipe, self.parts, self.device, self.precision = recipe, parts, torch.device(device), precision
        self.autotuned = autotuned
        self.turns: dict[Player, int] = {"D": 0, "G": 0}
        self.rows: dict[Player, int] = {"D": recipe.schedule.d_steps, "G": 1}
        self.steps = 0
        if isinstance(fields, Tensor):
            modality = modality_of(fields, labels)
            fields = {"x": fields} if labels is None else {"x": fields, "y": labels}
        self.modality: Modality = parts.G.modality if modality is None else modality
        layout = faster_layout(parts, self.device)
        for module in parts.modules().values():
            place(module, self.device, layout)
        self.shared = None if ranks is None else SharedGame(ranks, recipe, parts)
        self.changing = PlayedValues(values_by_step(recipe, budget), self.device)
        self.average = ExponentialMovingAverage(parts.G, self.changing.now.get(EMA))
        self.networks = Networks(parts.G, parts.D, precision=precision, compiled=compiled, device=self.device)
        self.terms = Terms(parts, [self.changing.now.get(key) for key in weight_keys(recipe)])
        self.due = self.terms.due
        self.descent = self.moved_by(recipe, parts, precision=precision, device=self.device, changing=self.changing)
        self.moves, self.optimizers, self.norms = self.descent.moves, self.descent.optimizers, self.descent.norms
        self._kinds = Kinds(parts, self.rows)
        self.dealer = make_dealer(self, fields, seed=seed, flips=flips, streamed=streamed, layout=layout)
        self.feed, self.rng = self.dealer.feed, self.dealer.rng
        self.sums = torch.zeros(3, device=self.device)
        self._one = torch.ones((), device=self.device)
        self.replays, self.why_eager = make_replays(self.optimizers, self.device, captured=captured)
        torch.manual_seed(stream(seed, "layers"))

    @property
    def images_seen(self) -> int:
        """Real samples shown to the discriminator so far: what budgets count."""
        return self.turns["D"] * self.recipe.schedule.batch

    def _deal(self, player: Player) -> tuple[Any, Any]:
        return self.dealer.real(player, self.turns[player])

    def _turn(self, player: Player, seen: dict[str, Any] | None = None, **graph: bool) -> Turn:
        """Return what is played: the turn as dealt, recast by each regularizer. ``graph``: what
        becomes of the fakes'.
        """
        turn = Turn(
            player,
            self.parts.G,
            self.parts.D,
            deal=partial(self._deal, player),
            draw_z=self.dealer.z,
            draw_y=self.dealer.y,
            view=self.terms.view,
            loss=self.parts.loss,
            rng=self.rng["terms"],
            joint=self.recipe.schedule.joint,
            paired=self.recipe.conditional and self.recipe.schedule.labels == "paired",
            second_order=player == "D" and self.due.differentiates("D", self.turns["D"]),
            averaged=self.average.averaged,
            seen=seen,
            **graph,
        )
        return self.terms.recast(turn)

    def _total(self, turn: Turn) -> Tensor:
        return self.terms.total(turn, self.turns[turn.player])

    def _move(self, turn: Turn) -> None:
        if self.shared is not None:
            self.shared.agree_on_gradients(turn.player, self.moves[turn.player])
        change = self.terms.before_step(turn, self.moves[turn.player])
        if change is not None and self.shared is not None:
            change = self.shared.alike(change)
        self.descent.move(turn.player, measured=self.norms.due(self.steps), change=change)
        self.turns[turn.player] += 1
        self.terms.after_step(turn)
        if self.shared is not None:
            self.shared.agree_on_buffers()

    def _part(self, total: Tensor) -> Tensor:
        """Return what is differentiated here of a total."""
        return total if self.shared is None else self.shared.part(total)

    def take_turn(
        self, player: Player, seen: dict[str, Any] | None = None, *, keeps_graph: bool = False
    ) -> tuple[Turn, Tensor]:
        """Move one player once; gives the turn and its total loss, a scalar on the device."""
        self.descent.attend(D=player == "D", G=player == "G" or keeps_graph)
        self.networks.play(plainly=self.due.plainly(player, self.turns[player]))
        turn = self._turn(player, seen, keeps_graph=keeps_graph)
        total = self._total(turn)
        self.descent.differentiate(player, self._part(total))
        self._move(turn)
        return turn, total.detach()

    def _alternate(self) -> dict[str, Tensor]:
        schedule, seen = self.recipe.schedule, None
        for k in range(schedule.d_steps):
            keeps_graph = schedule.share_fakes and k == schedule.d_steps - 1
            turn, d = self.take_turn("D", keeps_graph=keeps_graph)
            seen = turn.played_on() if keeps_graph else None
        _, g = self.take_turn("G", seen)
        return {"d_loss": d, "g_loss": g}

    def _move_at_once(self) -> dict[str, Tensor]:
        """Both gradients from one look at both batches, then both optimizers."""
        self.descent.attend(D=True, G=True)
        self.networks.play(plainly=any(self.due.plainly(player, turn) for player, turn in self.turns.items()))
        d_turn = self._turn("D", live=True)
        d_turn.fake  # noqa: B018  drawn before anyone looks, whatever the loss reads first
        d_total = self._total(d_turn)
        g_turn = self._turn("G", d_turn.seen(), live=True)
        totals: dict[Player, Tensor] = {"D": d_total, "G": self._total(g_turn)}
        self.descent.differentiate_both({player: self._part(total) for player, total in totals.items()})
        self._move(d_turn)
        self._move(g_turn)
        return {"d_loss": totals["D"].detach(), "g_loss": totals["G"].detach()}

    def play(self) -> dict[str, Tensor]:
        """All that the device does in a step."""
        with label("data"):
            self.feed.begin(self.turns)
            self.changing.begin()
        with surroundings(self):
            losses = self._move_at_once() if self.recipe.schedule.order == "simultaneous" else self._alternate()
            if self.shared is not None:
                losses = self.shared.means(losses)
            self.sums += torch.stack((losses["d_loss"], losses["g_loss"], self._one))
            with label("optimizer"):
                self.average.follow()
        return losses

    def step(self) -> dict[str, Tensor]:
        """One step of both players; gives ``d_loss`` and ``g_loss``, scalars on the device.

        Where steps are replayed, a later step overwrites them.
        """
        with label("step"):
            self.load()
            return self.play_loaded()

    def load(self) -> None:
        """Get the real samples of the coming step on their way; the first part of a step."""
        with label("data"):
            self.feed.load(self.turns)
            self.changing.load(self.steps)

    def play_loaded(self, *, recorded: bool = True) -> dict[str, Tensor]:
        """Return the rest of a step, and what it gives; ``recorded``: whether the step may be recorded and replayed."""
        play = replay if recorded else play_watched
        losses = self.play() if self.replays is None else play(self, self.replays)
        self.steps += 1
        return losses

    def kind(self) -> Hashable:
        """All that decides on the host what the coming step does."""
        return self._kinds.coming(self.turns, measured=self.norms.due(self.steps))

    def kinds_to_come(self) -> list[Hashable]:
        """Return the kinds of the steps from now on, as long as there is another one to come."""
        measured = [self.norms.due(self.steps + step) for step in range(max(1, self.norms.every))]
        return self._kinds.to_come(self.turns, measured)

    @property
    def settled(self) -> bool:
        """True once no step is played otherwise than the others of its kind: all are replayed, or none is."""
        return self.replays is None or self.replays.holds(self.kinds_to_come())

    def generate(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Images of the generator that is evaluated, ``(B, C, H, W)``, as they play; training is not disturbed."""
        self.networks.play(plainly=True)
        return self.average.generate(z, y)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that the next step depends on: tensors by name, and plain values."""
        return state_of(self)

    def load_state(self, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
        """Go on from ``state()``.

        Raises:
            CheckpointError: it is of other parts, or lacks one; then nothing was loaded.
        """
        load_state(self, tensors, values)
        if self.replays is not None:
            self.replays.forget()
