"""Plays a recipe: ``d_steps`` turns of the discriminator, one of the generator, step after step."""

from collections.abc import Callable, Hashable
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ..build import Parts, build_optimizer
from ..data.feed import make_feed
from ..data.pixels import are_points, flip, to_unit
from ..interfaces import Regularizer, Turn
from ..interfaces.turn import Player
from ..precision import products_in
from ..recipe import Recipe
from ..seeds import stream
from .average import Average
from .gradients import GradientNorms
from .host_sync import watched
from .networks import Networks
from .replay import CudaGraphs, Replays
from .state import load_optimizer_state, optimizer_state, under


class Trainer:
    """Owns the optimizers, the randomness and the data of one run.

    Every source of randomness is a stream of its own, so that runs with one seed see the same data in the
    same order whatever they train: ``data`` (a function of seed and position, with no state to keep),
    ``noise`` (latents and labels of fakes), ``terms`` (draws of loss and regularizers) and ``layers``
    (torch's global generator, which dropout uses).

    On a CUDA GPU each kind of step is captured and replayed (``Replays``), so that the host has next to nothing to do.

    Args:
        recipe: what is played.
        parts: its parts, built for these images; they are moved to ``device``.
        images: ``(N, C, H, W)`` uint8; points are ``(N, C, 1, 1)`` float32.
        labels: ``(N,)`` int64, or None.
        seed: of the run.
        flips: show real images mirrored at random; None leaves it to the recipe. Points are never mirrored.
        precision: one of ``ganzoo.precision.PRECISIONS``.
        compiled: run the networks through ``torch.compile`` in turns without second derivatives.
        captured: replay steps where the device can; else every step is played eagerly.
        streamed: keep the images on the host; None decides by the GPU's memory.

    Attributes:
        steps: steps played.
        turns: turns that each player had.
        average: the averaged generator.
        sums: ``(3,)`` of the discriminator's losses, the generator's losses and the steps; whoever reads it
            sets it to zero.
        norms: of both players' gradients.
        replays: what is replayed; None where every step is played eagerly.
        why_eager: why nothing is replayed on a device that can; else nothing.
    """

    def __init__(
        self,
        recipe: Recipe,
        parts: Parts,
        images: Tensor,
        labels: Tensor | None,
        *,
        seed: int,
        device: str | torch.device = "cpu",
        flips: bool | None = None,
        precision: str = "fp32",
        compiled: bool = False,
        captured: bool = True,
        streamed: bool | None = None,
    ) -> None:
        self.recipe, self.parts, self.device, self.precision = recipe, parts, torch.device(device), precision
        self._layout = self._faster_layout()
        for module in parts.modules().values():
            module.to(self.device, memory_format=self._layout)
        self.flips = (recipe.flips if flips is None else flips) and not are_points(images)
        self.steps = 0
        self.turns: dict[Player, int] = {"D": 0, "G": 0}
        self.average = Average(parts.G, recipe.schedule.ema)
        self.networks = Networks(parts.G, parts.D, precision=precision, compiled=compiled, device=self.device)
        # What a part froze on purpose, such as a pretrained network inside D, stays frozen.
        learning = {"D": [parts.D, parts.loss, *parts.regularizers], "G": [parts.G]}
        self.moves: dict[Player, list[Tensor]] = {
            player: [w for module in modules for w in module.parameters() if w.requires_grad]
            for player, modules in learning.items()
        }
        self.optimizers: dict[Player, torch.optim.Optimizer] = {
            "D": build_optimizer(recipe.d_optimizer, self.moves["D"]),
            "G": build_optimizer(recipe.g_optimizer, self.moves["G"]),
        }
        self.scalers: dict[Player, torch.amp.GradScaler] = {
            player: torch.amp.GradScaler(self.device.type, enabled=precision == "fp16") for player in self.moves
        }
        self.feed = make_feed(
            images,
            labels,
            batch=recipe.schedule.batch,
            rows={"D": recipe.schedule.d_steps, "G": 1},
            seed=seed,
            device=self.device,
            streamed=streamed,
        )
        self.rng = {
            "noise": self._generator(stream(seed, "noise")),
            "terms": self._generator(stream(seed, "terms")),
            "flips.D": self._generator(stream(seed, "data", -1)),  # epochs count from 0
            "flips.G": self._generator(stream(seed, "data", -2)),
        }
        self.sums = torch.zeros(3, device=self.device)
        self.norms = GradientNorms(self.device)
        self.replays: Replays | None = None
        self.why_eager = ""
        if captured and self.device.type == "cuda":
            self.why_eager = self._why_eager()
            if not self.why_eager:
                self.replays = Replays(CudaGraphs(self.device, self.rng.values()))
        torch.manual_seed(stream(seed, "layers"))

    def _faster_layout(self) -> torch.memory_format:
        """Channels last; but on a CPU a recipe that takes second derivatives in every turn of D is faster without.

        Dropout draws in the order of memory, and so draws otherwise in another layout.
        """
        always = any(r.second_order and r.every == 1 and _acts(r, "D") for r in self.parts.regularizers)
        slower = self.device.type == "cpu" and (always or self.parts.loss.second_order)
        return torch.contiguous_format if slower else torch.channels_last

    def _generator(self, seed: int) -> torch.Generator:
        return torch.Generator(self.device).manual_seed(seed)

    def _why_eager(self) -> str:
        for player, optimizer in self.optimizers.items():
            # SGD counts no steps; any other counts them on the host unless it is told to be capturable.
            if not isinstance(optimizer, torch.optim.SGD) and not optimizer.defaults.get("capturable"):
                return f"the optimizer {type(optimizer).__name__} of {player} counts its steps on the host"
        return ""

    # -- what a turn is dealt ------------------------------------------------------------------------------

    @property
    def images_seen(self) -> int:
        """Real images shown to the discriminator so far: what budgets count."""
        return self.turns["D"] * self.recipe.schedule.batch

    def _deal(self, player: Player) -> tuple[Tensor, Tensor | None]:
        images, labels = self.feed.deal(player, self.turns[player])
        real = to_unit(images)
        if self.flips:
            real = flip(real, self.rng[f"flips.{player}"])
        real = real.contiguous(memory_format=self._layout)
        return real, labels if self.recipe.conditional else None

    def _draw_z(self) -> Tensor:
        return self.parts.G.sample_z(self.recipe.schedule.batch, device=self.device, rng=self.rng["noise"])

    def draw_labels(self, n: int, rng: torch.Generator) -> Tensor | None:
        """``(n,)`` labels with the frequencies of the training set; None if the recipe is not conditional."""
        labels = self.feed.labels
        if not self.recipe.conditional or labels is None:
            return None
        return labels[torch.randint(len(labels), (n,), device=self.device, generator=rng)]

    def _view(self, x: Tensor) -> Tensor:
        for regularizer in self.parts.regularizers:
            x = regularizer.view(x)
        return x

    # -- playing -------------------------------------------------------------------------------------------

    def _due(self, player: Player) -> list[Regularizer]:
        return [r for r in self.parts.regularizers if self.turns[player] % r.every == 0]

    def _differentiates(self, player: Player) -> bool:
        """Whether a term that is due takes a derivative of what it differentiates, in this player's turn."""
        return any(r.second_order and _acts(r, player) for r in self._due(player))

    def _plainly(self, player: Player) -> bool:
        """Whether this player's turn takes second derivatives, and so neither low precision nor a compiled network."""
        return (
            self.parts.loss.second_order
            or self._differentiates(player)
            or any(r.through_loss for r in self._due(player))
        )

    def _turn(self, player: Player, seen: dict[str, Any] | None = None, **graph: bool) -> Turn:
        """What is played: the turn as dealt, recast by each regularizer. ``graph``: what becomes of the fakes'."""
        turn = Turn(
            player,
            self.parts.G,
            self.parts.D,
            deal=partial(self._deal, player),
            draw_z=self._draw_z,
            draw_y=partial(self.draw_labels, self.recipe.schedule.batch, self.rng["noise"]),
            view=self._view,
            loss=self.parts.loss,
            rng=self.rng["terms"],
            second_order=player == "D" and self._differentiates("D"),
            seen=seen,
            **graph,
        )
        for r in self.parts.regularizers:
            turn = r.recast(turn)
        return turn

    def _total(self, turn: Turn) -> Tensor:
        """What the player of this turn descends: the loss and every penalty that is due."""
        total = self.parts.loss.d_loss(turn) if turn.player == "D" else self.parts.loss.g_loss(turn)
        for r in self._due(turn.player):
            penalty = r.d_penalty(turn) if turn.player == "D" else r.g_penalty(turn)
            if penalty is not None:
                total = total + r.weight * r.every * penalty
        return total

    def _move(self, turn: Turn) -> None:
        optimizer, scaler = self.optimizers[turn.player], self.scalers[turn.player]
        if self.norms.due(self.steps):
            scaler.unscale_(optimizer)
            self.norms.add(turn.player, self.moves[turn.player], scaled=scaler.is_enabled())
        if scaler.is_enabled():
            scaler.step(optimizer)
            scaler.update()
        else:
            optimizer.step()
        self.turns[turn.player] += 1
        for r in self.parts.regularizers:
            r.after_step(turn)

    def _attend(self, **wanted: bool) -> None:
        """Which players' weights gradients are taken for; a frozen player costs no backward pass of its own."""
        for player, weights in self.moves.items():
            for weight in weights:
                weight.requires_grad_(wanted[player])

    def take_turn(
        self, player: Player, seen: dict[str, Any] | None = None, *, keeps_graph: bool = False
    ) -> tuple[Turn, Tensor]:
        """Move one player once; gives the turn and its total loss, a scalar on the device."""
        self._attend(D=player == "D", G=player == "G" or keeps_graph)
        self.networks.play(plainly=self._plainly(player))
        turn = self._turn(player, seen, keeps_graph=keeps_graph)
        total = self._total(turn)
        self.optimizers[player].zero_grad(set_to_none=True)  # a penalty may have left some in the other's turn
        # For these weights alone: images that a penalty differentiates want no gradient of the whole.
        torch.autograd.backward(self.scalers[player].scale(total), inputs=self.moves[player])
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
        self._attend(D=True, G=True)
        self.networks.play(plainly=self._plainly("D") or self._plainly("G"))
        d_turn = self._turn("D", live=True)
        d_turn.fake  # noqa: B018  drawn before anyone looks, whatever the loss reads first
        d_total = self._total(d_turn)
        g_turn = self._turn("G", d_turn.seen(), live=True)
        totals = {"D": d_total, "G": self._total(g_turn)}
        for player, moves in self.moves.items():
            total = self.scalers[player].scale(totals[player])
            gradients = torch.autograd.grad(total, moves, retain_graph=player == "D", allow_unused=True)
            for parameter, gradient in zip(moves, gradients, strict=True):
                parameter.grad = gradient
        self._move(d_turn)
        self._move(g_turn)
        return {"d_loss": totals["D"].detach(), "g_loss": totals["G"].detach()}

    def _play(self, follows: bool) -> dict[str, Tensor]:
        """All that the device does in a step."""
        # On a CPU nothing is rounded unless the process asks for it, and each step would pay for making sure.
        with products_in(self.precision) if self.device.type == "cuda" else nullcontext():
            losses = self._move_at_once() if self.recipe.schedule.order == "simultaneous" else self._alternate()
            self.sums += torch.stack((losses["d_loss"], losses["g_loss"], torch.ones_like(losses["d_loss"])))
            if follows:
                self.average.follow(self.steps)
        return losses

    def step(self) -> dict[str, Tensor]:
        """One step of both players; gives ``d_loss`` and ``g_loss``, scalars on the device.

        Where steps are replayed, a later step overwrites them.
        """
        self.feed.load(self.turns)
        losses = self._play(follows=True) if self.replays is None else self._replay(self.replays)
        self.steps += 1
        return losses

    # -- replaying -----------------------------------------------------------------------------------------

    def _turns_of_a_step(self) -> dict[Player, int]:
        return {"D": self.recipe.schedule.d_steps, "G": 1}

    def _kind(self) -> Hashable:
        """All that decides on the host what the coming step does."""
        lazy = [r.every for r in self.parts.regularizers if r.every > 1]
        due = tuple(
            (self.turns[player] + k) % every == 0
            for player, turns in self._turns_of_a_step().items()
            for k in range(turns)
            for every in lazy
        )
        return (*due, self.norms.due(self.steps)), self.average.steady(self.steps)

    def _replay(self, replays: Replays) -> dict[str, Tensor]:
        kind, follows = self._kind(), self.average.steady(self.steps)
        after = {player: self.turns[player] + turns for player, turns in self._turns_of_a_step().items()}
        play = partial(self._play, follows)
        if not replays.met(kind):
            losses = self._play_watched(partial(replays.play, kind, play))
        elif replays.settled(kind):
            losses = replays.play(kind, play)
        else:
            losses = self._record(partial(replays.play, kind, play), play)
        self.turns = after
        if not follows:
            self.average.follow(self.steps)
        return losses

    def _play_watched(self, play: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """Play the first step of its kind, and look whether it can be captured: a capture that breaks is costly."""
        parts = {f"the {name}": module for name, module in self.parts.modules().items()}
        with watched(parts) as offences:
            losses = play()
        if offences:
            self._give_up(f"a step waits for the device: {offences[0]}")
        return losses

    def _record(
        self, record: Callable[[], dict[str, Tensor]], play: Callable[[], dict[str, Tensor]]
    ) -> dict[str, Tensor]:
        before, states = dict(self.turns), {axis: rng.get_state() for axis, rng in self.rng.items()}
        try:
            return record()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            self._give_up(
                f"a step cannot be captured: {(str(error).strip().splitlines() or [type(error).__name__])[0]}"
            )
        # A generator whose capture broke off cannot draw any more.
        for axis, state in states.items():
            self.rng[axis] = self._generator(0)
            self.rng[axis].set_state(state)
        self.turns = before
        return play()

    def _give_up(self, why: str) -> None:
        self.replays, self.why_eager = None, why

    # -- showing -------------------------------------------------------------------------------------------

    @torch.no_grad()
    def generate(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Images of the generator that is evaluated, ``(B, C, H, W)``, as they play; training is not disturbed."""
        G = self.average.model
        self.networks.play(plainly=True)
        training = [module for module in G.modules() if module.training]
        G.eval()
        try:
            return G(z, y)
        finally:
            for module in training:  # each its own: a part may keep some of its modules in evaluation mode
                module.training = True

    # -- what a checkpoint keeps ---------------------------------------------------------------------------

    def _modules(self) -> dict[str, torch.nn.Module]:
        averaged = self.average.module()
        return self.parts.modules() | ({"G_ema": averaged} if averaged is not None else {})

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that the next step depends on: tensors by name, and plain values."""
        tensors: dict[str, Tensor] = {"sums": self.sums, "norms": self.norms.sums}
        values: dict[str, Any] = {"steps": self.steps, "turns": dict(self.turns), "optimizers": {}, "scalers": {}}
        for name, module in self._modules().items():
            tensors |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        for player, optimizer in self.optimizers.items():
            held, values["optimizers"][player] = optimizer_state(optimizer, f"optimizer.{player}.")
            tensors |= held
            values["scalers"][player] = self.scalers[player].state_dict()
        tensors |= {f"rng.{axis}": rng.get_state() for axis, rng in self.rng.items()}
        tensors["rng.layers"] = torch.get_rng_state()
        if self.device.type == "cuda":
            tensors["rng.layers.cuda"] = torch.cuda.get_rng_state(self.device)
        return tensors, values

    def load_state(self, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
        """Go on from ``state()``.

        Raises:
            KeyError, RuntimeError: the state is of other parts.
        """
        for name, module in self._modules().items():
            module.load_state_dict(under(tensors, f"{name}."))
        for player, optimizer in self.optimizers.items():
            load_optimizer_state(optimizer, under(tensors, f"optimizer.{player}."), values["optimizers"][player])
            self.scalers[player].load_state_dict(values["scalers"][player])
        self.sums.copy_(tensors["sums"])
        if "norms" in tensors:  # checkpoints of before there were norms lack them
            self.norms.sums.copy_(tensors["norms"])
        for axis, rng in self.rng.items():
            rng.set_state(tensors[f"rng.{axis}"])
        torch.set_rng_state(tensors["rng.layers"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["rng.layers.cuda"], self.device)
        self.steps, self.turns = values["steps"], dict(values["turns"])
        if self.replays is not None:
            self.replays.forget()


def _acts(regularizer: Regularizer, player: Player) -> bool:
    """Whether a regularizer has a say in what this player descends."""
    moments = {"D": ("d_penalty", "recast"), "G": ("g_penalty", "recast")}[player]
    return any(getattr(type(regularizer), name) is not getattr(Regularizer, name) for name in moments)
