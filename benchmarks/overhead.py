"""The cost of the engine: ``Trainer.step`` against the same step written by hand, to the last bit the same weights.

    python benchmarks/overhead.py                      # DCGAN on 8x8 and 32x32 images, fresh and shared fakes
    python benchmarks/overhead.py --rounds 100 --out

The step by hand does all that the engine's does and in the same way: channels_last, fakes of D's turn without a graph
unless G plays on with them, D frozen in G's turn, fused optimizers, the averaged generator, the same order of the data.
What remains is the engine's own: turns that are dealt, terms that are asked, state that can be saved.

Both play by turns, in short blocks of ``--block`` seconds or one step; a round gives one difference, and the median
over the rounds is told, with the interval that holds the true one at 95 %. Target: at most 2 % on a CPU. Where a GPU
replays our step nothing is left of this cost, and what is shown is what replaying gains.
"""

import copy
import sys
import time
from argparse import Namespace
from typing import Any

import torch
from loops import Game, Step
from measuring import Stopwatch, interleaved, median_interval, parsed, parser, report, settle, spread, tell
from peers import synthetic, trainer
from torch import Tensor

from ganzoo.backend.precision import products_in
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry

SIZES = {8: 1, 32: 3}  # and their channels: those of digits, and of CIFAR-10


class Averaged:
    """The averaged generator, written out: weights and running statistics drift, counters are copied."""

    def __init__(self, live: torch.nn.Module, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.model = copy.deepcopy(live).requires_grad_(False).eval()
        mine, theirs = (list(m.parameters()) + list(m.buffers()) for m in (self.model, live))
        pairs = list(zip(mine, theirs, strict=True))
        self.drifting = [a for a, _ in pairs if a.is_floating_point()]
        self.towards = [b.detach() for a, b in pairs if a.is_floating_point()]
        self.copied = [(a, b) for a, b in pairs if not a.is_floating_point()]

    @torch.no_grad()
    def follow(self) -> None:
        """Move towards the live one."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self.drifting, self.towards, 1 - decay)
        for a, b in self.copied:
            a.copy_(b)
        self.steps += 1


def by_hand(game: Game) -> tuple[Step, Averaged]:
    """Return the step written out for a recipe without penalties, and the averaged generator that it moves."""
    G, D, shared = game.G, game.D, game.recipe.schedule.share_fakes
    g_optimizer, d_optimizer = game.adam(G, fused=True), game.adam(D, fused=True)
    average = Averaged(G, game.recipe.schedule.ema)
    g_weights, d_weights = list(G.parameters()), list(D.parameters())
    sums = torch.zeros(2, device=game.device)

    def attend(weights: list[torch.nn.Parameter], wanted: bool) -> None:
        for weight in weights:
            weight.requires_grad_(wanted)

    def d_turn() -> tuple[Tensor, Tensor]:
        attend(d_weights, True)
        on_real = D(game.real().contiguous(memory_format=torch.channels_last))["logits"]
        if shared:
            fake = G(game.z())
        else:
            with torch.no_grad():
                fake = G(game.z())
        loss = game.d_loss(on_real, D(fake.detach())["logits"])
        d_optimizer.zero_grad()
        loss.backward()
        d_optimizer.step()
        return fake, loss.detach()

    def step() -> None:
        fake, d_loss = d_turn()
        attend(d_weights, False)
        attend(g_weights, True)
        loss = game.g_loss(D(fake if shared else G(game.z()))["logits"])
        g_optimizer.zero_grad()
        loss.backward()
        g_optimizer.step()
        sums.add_(torch.stack((d_loss, loss.detach())))
        average.follow()

    return step, average


def measure(size: int, shared: bool, registry: Registry, chosen: Namespace) -> dict[str, Any]:
    """One row: what a step takes either way, and how much more ours does."""
    images = synthetic(size, channels=SIZES.get(size, 3))
    overrides = [f"schedule.share_fakes={str(shared).lower()}", f"schedule.batch={chosen.batch}", *chosen.override]
    recipe = resolve(registry, "dcgan", overrides)
    with products_in("fp32"):
        game = Game.begin(recipe, registry, images, device=chosen.device, memory_format=torch.channels_last)
        hand, _ = by_hand(game)
        made = trainer(recipe, registry, images, chosen.device, "fp32")
        settle(made.step, lambda: made.settled)
        ours = made.step
        watch = Stopwatch(chosen.device, chosen.threads)
        for step in (hand, ours, hand, ours):
            step()
        began = time.perf_counter()
        hand()
        steps = max(1, round(chosen.block / max(time.perf_counter() - began, 1e-6)))
        seconds = interleaved(
            {"hand": hand, "ours": ours},
            watch,
            rounds=chosen.rounds,
            steps=steps,
            say=lambda line: tell(f"{size}x{size}, {'shared' if shared else 'fresh'} fakes: {line}"),
        )
    pairs = list(zip(seconds["hand"], seconds["ours"], strict=True))
    more = [100 * (o / h - 1) for h, o in pairs]
    interval = median_interval(more)
    return {
        "images": f"{size}x{size}x{images.shape[1]}",
        "fakes": "shared" if shared else "fresh",
        "by hand, us a step": spread([1e6 * h for h, _ in pairs]),
        "Trainer.step, us": spread([1e6 * o for _, o in pairs]),
        "more, us": spread([1e6 * (o - h) for h, o in pairs]),
        "more, %": spread(more),
        "95 % interval of that median": interval and f"{interval[0]:.2f} to {interval[1]:.2f}",
        "more between the fastest, %": 100 * (min(seconds["ours"]) / min(seconds["hand"]) - 1),
        "steps a round": steps,
    }


COLUMNS = ("images", "fakes", "by hand, us a step", "Trainer.step, us", "more, us", "more, %")
COLUMNS += ("95 % interval of that median", "more between the fastest, %", "steps a round")


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=40)
    made.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="of the images (default: 8 32)")
    made.add_argument("--batch", type=int, default=64)
    made.add_argument("--block", type=float, default=0.1, help="seconds of one contestant in a round (default: 0.1)")
    made.add_argument("-o", "--override", action="append", default=[], help="key=value of the recipe")
    chosen = parsed(made, arguments)
    registry = load_zoo(third_party=False).registry
    rows = [measure(size, shared, registry, chosen) for size in chosen.sizes for shared in (False, True)]
    report(
        "overhead",
        chosen,
        protocol={
            "clock": Stopwatch(chosen.device, chosen.threads).kind,
            "recipe": "dcgan",
            "precision": "fp32",
            "batch": chosen.batch,
            "rounds": chosen.rounds,
            "overrides": chosen.override,
        },
        tables={"Engine overhead": rows},
        columns={"Engine overhead": COLUMNS},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
