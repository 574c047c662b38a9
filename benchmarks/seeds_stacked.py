"""The cost of several seeds of one recipe by batched matrix products of stacked weights, beside one after the other.

    python benchmarks/seeds_stacked.py
    python benchmarks/seeds_stacked.py mixtures --seeds 10 --rounds 9 --out

The step of dense games is written out by hand, once for one seed, with the recipe's own networks, and once for all
seeds at once, in which every operation has a leading axis of seeds: networks, losses, penalties, Adam and the moving
average. Each seed draws from a stream of its own, the same in both, so that both compute the same numbers up to
rounding; how far weights are apart after a step is told. Nothing of the engine is in either step, and rates and weights
of terms do not change.
"""

import argparse
import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from measuring import Stopwatch, interleaved, parsed, parser, ratios, report, spread, tell
from modes import MIXTURES, POINTS
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganzoo.backend.strides import align_gradients
from ganzoo.recipes.building.build import Parts, build_parts
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry

ROWS = 2048
COLUMNS = ("seeds", "ms_one_after_the_other", "ms_stacked", "times_as_fast", "weights_apart")
RATE, BETAS, DECAY, GAMMA, NOISE = 1e-3, (0.5, 0.99), 0.999, 0.01, 0.5

Mean = Callable[[Tensor], Tensor]


class Played(NamedTuple):
    """A recipe that is played here, and what of it is written out by hand.

    Attributes:
        recipe: its name or file.
        loss: ``pairing``, ``non-saturating`` or ``matching``.
        size: of the images in pixels; 1: points of two numbers.
        slopes: R1 and R2.
        noise: on all that the discriminator sees.
        overrides: of the recipe.
    """

    recipe: str
    loss: str
    size: int = 1
    slopes: bool = False
    noise: bool = False
    overrides: tuple[str, ...] = ()

    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a sample."""
        return (2 if self.size == 1 else 1, self.size, self.size)


SHORT = POINTS["short"].overrides
PLAYED = {
    "mixtures": Played("mixtures", "pairing", slopes=True, noise=True),
    "ns-gan-short": Played(str(MIXTURES / "ns-gan.yaml"), "non-saturating", overrides=SHORT),
    "pacgan4-short": Played(str(MIXTURES / "pacgan4.yaml"), "non-saturating", overrides=SHORT),
    "mlp-lsgan": Played("mlp-lsgan", "matching", size=8),
}


class StackedLinear(nn.Module):
    """Dense layers side by side: ``(seeds, B, inputs)`` -> ``(seeds, B, outputs)``."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.detach().t() for layer in layers]).contiguous())
        biased = layers[0].bias is not None
        self.bias = nn.Parameter(torch.stack([layer.bias.detach()[None] for layer in layers])) if biased else None

    def forward(self, x: Tensor) -> Tensor:
        """One batched product."""
        return torch.bmm(x, self.weight) if self.bias is None else torch.baddbmm(self.bias, x, self.weight)


class StackedBatchNorm(nn.Module):
    """Batch normalisations side by side, as one over the channels of all seeds."""

    def __init__(self, layers: Sequence[nn.BatchNorm1d]) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(sum(layer.num_features for layer in layers))

    def forward(self, x: Tensor) -> Tensor:
        """``(seeds, B, C)`` -> the same."""
        seeds, batch, channels = x.shape
        normed: Tensor = self.norm(x.transpose(0, 1).reshape(batch, -1))
        return normed.view(batch, seeds, channels).transpose(0, 1)


class StackedFourier(nn.Module):
    """Random Fourier features side by side."""

    def __init__(self, layers: Sequence[Any]) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.stack([layer.frequencies for layer in layers]))

    def forward(self, x: Tensor) -> Tensor:
        """The numbers, then sines, then cosines."""
        angles = torch.bmm(x, self.get_buffer("frequencies"))
        return torch.cat([x, angles.sin(), angles.cos()], dim=2)


class StackedMaxout(nn.Module):
    """The largest of five numbers for each unit."""

    def forward(self, x: Tensor) -> Tensor:
        """``(seeds, B, 5 C)`` -> ``(seeds, B, C)``."""
        return x.unflatten(2, (-1, 5)).amax(dim=3)


def stacked(nets: Sequence[Any]) -> nn.Sequential:
    """Return sequences of layers side by side, each layer with those in its place; reshaping is left to the caller."""
    made: list[nn.Module] = []
    for layers in zip(*nets, strict=True):
        kind = type(layers[0]).__name__
        if kind == "Linear":
            made.append(StackedLinear(layers))
        elif kind == "BatchNorm1d":
            made.append(StackedBatchNorm(layers))
        elif kind == "FourierFeatures":
            made.append(StackedFourier(layers))
        elif kind == "Maxout":
            made.append(StackedMaxout())
        elif kind not in ("Flatten", "Unflatten"):
            made.append(copy.deepcopy(layers[0]))  # an activation
    return nn.Sequential(*made)


class StackedG(nn.Module):
    """Dense generators side by side: ``(seeds, B, z_dim)`` -> ``(seeds, B, numbers)``."""

    def __init__(self, players: Sequence[Any]) -> None:
        super().__init__()
        self.net, self.like = stacked([player.net for player in players]), [players[0]]

    def forward(self, z: Tensor) -> Tensor:
        """Samples, flat."""
        x: Tensor = self.net(z)
        return self.like[0].scale * x if self.like[0].output == "linear" else 2 * torch.sigmoid(x) - 1


class StackedD(nn.Module):
    """Dense discriminators side by side: ``(seeds, B, numbers)`` -> ``(seeds, B)``."""

    def __init__(self, players: Sequence[Any]) -> None:
        super().__init__()
        self.body, self.head = stacked([player.body for player in players]), StackedLinear([p.head for p in players])
        self.like = [players[0]]

    def forward(self, x: Tensor) -> Tensor:
        """Logits; a pack's verdict is that of each of its samples."""
        packing = self.like[0].packing
        packed = x.reshape(len(x), -1, packing * x.shape[2])
        logits: Tensor = self.head(self.body(packed)).squeeze(2)
        logits = torch.sigmoid(logits) if self.like[0].squash == "sigmoid" else logits
        return logits if packing == 1 else logits.repeat_interleave(packing, dim=1)


class Alone(nn.Module):
    """A player of the zoo as it stands, that takes and gives flat samples of one seed, ``(1, B, numbers)``."""

    def __init__(self, player: nn.Module, shape: tuple[int, int, int] | None) -> None:
        super().__init__()
        self.player, self.shape = player, shape

    def forward(self, x: Tensor) -> Tensor:
        """Samples of a generator, logits of a discriminator, which has a shape."""
        if self.shape is None:
            made: Tensor = self.player(x[0]).flatten(1)[None]
            return made
        logits: Tensor = self.player(x[0].view(-1, *self.shape))["logits"][None]
        return logits


class Game:
    """The step of one seed or of several, whose tensors are ``(seeds, B, ...)``.

    Args:
        parts: of each seed.
        played: what is played.
        batch: samples of a seed in a turn.
        at_once: whether both players move from one look.
        first: number of the first seed.
        side_by_side: whether weights are stacked; else there is one seed, on the networks of the zoo.
    """

    def __init__(
        self, parts: Sequence[Parts], played: Played, batch: int, *, at_once: bool, first: int, side_by_side: bool
    ) -> None:
        self.played, self.batch, self.at_once = played, batch, at_once
        self.z_dim = parts[0].G.z_dim
        self.G: nn.Module = StackedG([p.G for p in parts]) if side_by_side else Alone(parts[0].G, None)
        self.D: nn.Module = StackedD([p.D for p in parts]) if side_by_side else Alone(parts[0].D, played.shape())
        self.weights = {"G": list(self.G.parameters()), "D": list(self.D.parameters())}
        self.optimizers = {
            player: torch.optim.Adam(held, lr=RATE, betas=BETAS, fused=True) for player, held in self.weights.items()
        }
        self.average = [weight.detach().clone() for weight in self.weights["G"]]
        self.streams = [torch.Generator().manual_seed(first + i) for i in range(len(parts))]
        channels, height, width = played.shape()
        self.data = torch.rand(ROWS, channels * height * width, generator=torch.Generator().manual_seed(0)) * 2 - 1

    def _drawn(self, draw: Callable[[torch.Generator], Tensor]) -> Tensor:
        return torch.stack([draw(stream) for stream in self.streams])

    def _real(self) -> Tensor:
        return self._drawn(lambda rng: self.data[torch.randint(ROWS, (self.batch,), generator=rng)])

    def _fake(self) -> Tensor:
        made: Tensor = self.G(self._drawn(lambda rng: torch.randn(self.batch, self.z_dim, generator=rng)))
        return made

    def _judged(self, x: Tensor) -> Tensor:
        if self.played.noise:
            x = x + NOISE * self._drawn(lambda rng: torch.randn(x.shape[1:], generator=rng))
        logits: Tensor = self.D(x)
        return logits

    def _d_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        if self.played.loss == "pairing":
            return total(softplus(fake - real))
        if self.played.loss == "non-saturating":
            return total(softplus(-real)) + total(softplus(fake))
        return 0.5 * (total((real - 1).square()) + total(fake.square()))

    def _g_loss(self, real: Callable[[], Tensor], fake: Tensor) -> Tensor:
        if self.played.loss == "pairing":
            return total(softplus(real() - fake))
        if self.played.loss == "non-saturating":
            return total(softplus(-fake))
        return total((fake - real().detach()).square())

    def _slopes(self, *pairs: tuple[Tensor, Tensor]) -> Tensor:
        found = []
        for logits, x in pairs:
            (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
            found.append(0.5 * GAMMA * total(slope.square().sum(2)))
        return torch.stack(found).sum()

    def _move(self, player: str, loss: Tensor, *, again: bool = False) -> None:
        found = torch.autograd.grad(loss, self.weights[player], retain_graph=again)
        for weight, gradient in zip(self.weights[player], found, strict=True):
            weight.grad = gradient
        align_gradients(self.weights[player])  # a penalty's may be transposed, which fused Adam would not see

    def _attend(self, *players: str) -> None:
        for player, weights in self.weights.items():
            for weight in weights:
                weight.requires_grad_(player in players)

    def step(self) -> None:
        """A turn of each player, and of the average."""
        if self.at_once:
            self._attend("D", "G")
            x, made = self._real(), self._fake()
            real, fake = self._judged(x), self._judged(made)
            self._move("D", self._d_loss(real, fake), again=True)
            self._move("G", self._g_loss(lambda: real, fake))
            self.optimizers["D"].step()
        else:
            self._turn_of_d()
            self._attend("G")
            fake = self._judged(self._fake())
            self._move("G", self._g_loss(lambda: self._judged(self._real()), fake))
        self.optimizers["G"].step()
        torch._foreach_lerp_(self.average, [weight.detach() for weight in self.weights["G"]], 1 - DECAY)

    def _turn_of_d(self) -> None:
        self._attend("D")
        x, made = self._real(), self._fake().detach()
        for samples in (x, made):
            samples.requires_grad_(self.played.slopes)
        real, fake = self._judged(x), self._judged(made)
        loss = self._d_loss(real, fake)
        self._move("D", loss + self._slopes((real, x), (fake, made)) if self.played.slopes else loss)
        self.optimizers["D"].step()


def total(values: Tensor) -> Tensor:
    """``(seeds, B)`` -> the sum over the seeds of the means over their batches, which has each seed's gradients."""
    return values.mean(1).sum()


class Seeds:
    """Some seeds of a recipe, to be stepped one after the other, or stacked."""

    def __init__(self, played: Played, recipe: Recipe, registry: Registry, seeds: int) -> None:
        channels, size, _ = played.shape()
        shape = {"image_size": size, "channels": channels, "num_classes": 0}

        def parts(seed: int) -> Parts:
            return build_parts(recipe, registry, **shape, seed=seed)

        def game(numbers: range, *, side_by_side: bool) -> Game:
            return Game(
                [parts(seed) for seed in numbers],
                played,
                recipe.schedule.batch,
                at_once=recipe.schedule.order == "simultaneous",
                first=numbers[0],
                side_by_side=side_by_side,
            )

        self.each = [game(range(seed, seed + 1), side_by_side=False) for seed in range(seeds)]
        self.all = game(range(seeds), side_by_side=True)

    def apart(self) -> None:
        """A step of each, one after the other."""
        for game in self.each:
            game.step()

    def distance(self) -> float:
        """Return how far the weights of any seed are from those that it has when stacked, at most."""
        far = 0.0
        for player, stacks in self.all.weights.items():
            for i, stack in enumerate(stacks):
                own = [game.weights[player][i].detach() for game in self.each]
                rows = stack.detach().reshape(len(own), -1)
                whole = torch.stack([(w.t() if w.ndim == 2 else w).reshape(-1) for w in own])
                far = max(far, float((rows - whole).abs().max()))
        return far


def measure(name: str, registry: Registry, chosen: argparse.Namespace) -> list[dict[str, Any]]:
    """Return a row for each number of seeds."""
    played = PLAYED[name]
    recipe = resolve(registry, played.recipe, played.overrides)
    made = {k: Seeds(played, recipe, registry, k) for k in chosen.seeds}
    far: dict[int, float] = {}
    for k, seeds in made.items():
        seeds.apart()
        seeds.all.step()
        far[k] = seeds.distance()
    steps = {f"{k} apart": seeds.apart for k, seeds in made.items()}
    steps |= {f"{k} stacked": seeds.all.step for k, seeds in made.items()}
    watch = Stopwatch(chosen.device, chosen.threads)
    took = interleaved(steps, watch, rounds=chosen.rounds, steps=chosen.steps, say=lambda line: tell(f"{name}: {line}"))
    return [
        {
            "seeds": k,
            "ms_one_after_the_other": spread([1000 * seconds for seconds in took[f"{k} apart"]]),
            "ms_stacked": spread([1000 * seconds for seconds in took[f"{k} stacked"]]),
            "times_as_fast": ratios(took[f"{k} apart"], took[f"{k} stacked"]),
            "weights_apart": far[k],
        }
        for k in chosen.seeds
    ]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure, print, and write where asked."""
    made = parser(__doc__, rounds=5)
    made.add_argument("games", nargs="*", metavar="GAME", help=f"of {', '.join(PLAYED)} (default: all)")
    made.add_argument("--seeds", type=int, nargs="+", default=[1, 5, 10])
    made.add_argument("--steps", type=int, default=3, help="of all seeds in one round (default: 3)")
    chosen = parsed(made, arguments)
    if chosen.device != "cpu":
        made.error("it is of a CPU: give --device cpu")
    if unknown := [name for name in chosen.games if name not in PLAYED]:
        made.error(f"there is no game {unknown[0]!r}; there are {', '.join(PLAYED)}")
    games = dict.fromkeys(chosen.games or PLAYED)
    registry = load_zoo(third_party=False).registry
    tables: dict[str, list[dict[str, Any]]] = {}
    protocol = {
        "clock": Stopwatch(chosen.device, chosen.threads).kind,
        "rounds": chosen.rounds,
        "steps": chosen.steps,
    }
    record: dict[str, Any] = {}
    for name in games:
        tables[name] = measure(name, registry, chosen)
        columns, whole = dict.fromkeys(tables, COLUMNS), len(tables) == len(games)
        record = report("seeds_stacked", chosen, protocol=protocol, tables=tables, columns=columns, whole=whole)
    return record


if __name__ == "__main__":
    main()
