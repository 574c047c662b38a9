"""Plays a recipe: ``d_steps`` turns of the discriminator, one of the generator, step after step."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from ..build import Parts, build_optimizer
from ..data.order import Order
from ..data.pixels import flip, to_unit
from ..interfaces import Turn
from ..interfaces.turn import Player
from ..recipe import Recipe
from ..seeds import stream
from .average import Average


class Trainer:
    """Owns the optimizers, the randomness and the data of one run.

    Every source of randomness is a stream of its own, so that runs with one seed see the same data in the
    same order whatever they train: ``data`` (a function of seed and position, with no state to keep),
    ``noise`` (latents and labels of fakes), ``terms`` (draws of loss and regularizers) and ``layers``
    (torch's global generator, which dropout uses).

    Args:
        recipe: what is played.
        parts: its parts, built for these images; they are moved to ``device``.
        images: ``(N, C, H, W)`` uint8.
        labels: ``(N,)`` int64, or None.
        seed: of the run.
        flips: show real images mirrored at random; None leaves it to the recipe.

    Attributes:
        steps: steps played.
        turns: turns that each player had.
        average: the averaged generator.
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
    ) -> None:
        self.recipe, self.parts, self.device = recipe, parts, torch.device(device)
        for module in parts.modules().values():
            module.to(self.device, memory_format=torch.channels_last)
        self.images = images.to(self.device)
        self.labels = labels.to(self.device) if labels is not None else None
        self.flips = recipe.flips if flips is None else flips
        self.steps = 0
        self.turns: dict[Player, int] = {"D": 0, "G": 0}
        self.average = Average(parts.G, recipe.schedule.ema)
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
        self.order: dict[Player, Order] = {
            "D": Order(len(images), seed),
            "G": Order(
                len(images), stream(seed, "data", -3)
            ),  # so that a G that looks at real images moves no D's order
        }
        self.rng = {
            "noise": self._generator(stream(seed, "noise")),
            "terms": self._generator(stream(seed, "terms")),
            "flips.D": self._generator(stream(seed, "data", -1)),  # epochs count from 0
            "flips.G": self._generator(stream(seed, "data", -2)),
        }
        torch.manual_seed(stream(seed, "layers"))

    def _generator(self, seed: int) -> torch.Generator:
        return torch.Generator(self.device).manual_seed(seed)

    # -- what a turn is dealt ------------------------------------------------------------------------------

    @property
    def images_seen(self) -> int:
        """Real images shown to the discriminator so far: what budgets count."""
        return self.turns["D"] * self.recipe.schedule.batch

    def _deal(self, player: Player) -> tuple[Tensor, Tensor | None]:
        batch = self.recipe.schedule.batch
        pick = self.order[player].take(self.turns[player] * batch, batch).to(self.device, non_blocking=True)
        real = to_unit(self.images[pick])
        if self.flips:
            real = flip(real, self.rng[f"flips.{player}"])
        real = real.contiguous(memory_format=torch.channels_last)
        return real, self.labels[pick] if self.recipe.conditional and self.labels is not None else None

    def _draw_z(self) -> Tensor:
        return self.parts.G.sample_z(self.recipe.schedule.batch, device=self.device, rng=self.rng["noise"])

    def draw_labels(self, n: int, rng: torch.Generator) -> Tensor | None:
        """``(n,)`` labels with the frequencies of the training set; None if the recipe is not conditional."""
        if not self.recipe.conditional or self.labels is None:
            return None
        return self.labels[torch.randint(len(self.labels), (n,), device=self.device, generator=rng)]

    def _view(self, x: Tensor) -> Tensor:
        for regularizer in self.parts.regularizers:
            x = regularizer.view(x)
        return x

    # -- playing -------------------------------------------------------------------------------------------

    def _due(self, player: Player) -> list:
        return [r for r in self.parts.regularizers if self.turns[player] % r.every == 0]

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
            step=self.turns[player],
            rng=self.rng["terms"],
            second_order=player == "D" and any(r.second_order for r in self._due(player)),
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
        self.optimizers[turn.player].step()
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
        turn = self._turn(player, seen, keeps_graph=keeps_graph)
        total = self._total(turn)
        self.optimizers[player].zero_grad(set_to_none=True)  # a penalty may have left some in the other's turn
        total.backward()
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
        d_turn = self._turn("D", live=True)
        d_turn.fake  # noqa: B018  drawn before anyone looks, whatever the loss reads first
        d_total = self._total(d_turn)
        g_turn = self._turn("G", d_turn.seen(), live=True)
        totals = {"D": d_total, "G": self._total(g_turn)}
        for player, moves in self.moves.items():
            gradients = torch.autograd.grad(totals[player], moves, retain_graph=player == "D", allow_unused=True)
            for parameter, gradient in zip(moves, gradients, strict=True):
                parameter.grad = gradient
        self._move(d_turn)
        self._move(g_turn)
        return {"d_loss": totals["D"].detach(), "g_loss": totals["G"].detach()}

    def step(self) -> dict[str, Tensor]:
        """One step of both players; gives ``d_loss`` and ``g_loss``, scalars on the device."""
        losses = self._move_at_once() if self.recipe.schedule.order == "simultaneous" else self._alternate()
        self.average.follow(self.steps)
        self.steps += 1
        return losses

    # -- showing -------------------------------------------------------------------------------------------

    @torch.no_grad()
    def generate(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Images of the generator that is evaluated, ``(B, C, H, W)`` in [-1, 1]; training is not disturbed."""
        G = self.average.model
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
        tensors: dict[str, Tensor] = {}
        values: dict[str, Any] = {"steps": self.steps, "turns": dict(self.turns), "optimizers": {}}
        for name, module in self._modules().items():
            tensors |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        for player, optimizer in self.optimizers.items():
            state = optimizer.state_dict()
            plain: dict[str, dict[str, Any]] = {}
            for index, held in state["state"].items():
                for key, value in held.items():
                    if torch.is_tensor(value):
                        tensors[f"optimizer.{player}.{index}.{key}"] = value
                    else:
                        plain.setdefault(str(index), {})[key] = value
            values["optimizers"][player] = {"groups": state["param_groups"], "plain": plain}
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
            module.load_state_dict(_under(tensors, f"{name}."))
        for player, optimizer in self.optimizers.items():
            kept = values["optimizers"][player]
            held: dict[int, dict[str, Any]] = {int(index): dict(plain) for index, plain in kept["plain"].items()}
            for key, value in _under(tensors, f"optimizer.{player}.").items():
                index, _, what = key.partition(".")
                held.setdefault(int(index), {})[what] = value
            optimizer.load_state_dict({"state": held, "param_groups": kept["groups"]})
            for parameter, state in optimizer.state.items():
                for key, value in state.items():
                    if torch.is_tensor(value) and value.shape == parameter.shape:
                        # a file holds no memory format, and fused kernels need that of the parameter
                        state[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
        for axis, rng in self.rng.items():
            rng.set_state(tensors[f"rng.{axis}"])
        torch.set_rng_state(tensors["rng.layers"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["rng.layers.cuda"], self.device)
        self.steps, self.turns = values["steps"], dict(values["turns"])


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
