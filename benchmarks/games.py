"""Play the games of pairs and of unpaired domains on the digits that ship, and say what came of them.

    python benchmarks/games.py                            # all of them: some minutes on one core
    python benchmarks/games.py pix2pix --steps 1200 --rounds 1
    python benchmarks/games.py --out

Of pairs the number is PSNR on digits that nothing was trained on, beside what is had without learning: the mean of the
training digits' right halves for ``left-half``, bicubic enlargement for ``low-size``. Of the two domains of
``digits-inverted`` it is the mean distance, in grey levels, of what was translated from the true translation, which is
known, and of what was translated there and back from what it was; beside it stands the distance without translation.
The averaged generator is judged, as in a bench.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from measuring import Stopwatch, parsed, parser, report, spread, tell
from torch import Tensor
from torch.nn.functional import interpolate

from ganzoo.interfaces import Modality, Rows
from ganzoo.interfaces.data import Images
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.samples import Sample, size
from ganzoo.training import Trainer

TRAINED = 1400  # digits of pairs; the other 397 are held out
DOMAINS = ("a", "b")


@dataclass(frozen=True)
class Game:
    """A game on data that ship.

    Attributes:
        modality: of the data.
        fields: what it is trained on, by name.
        held_out: what it is judged on, likewise.
        judged: numbers of samples at rest that belong to the rows held out.
        without: the same numbers of what is had without learning.
    """

    modality: Modality
    fields: Mapping[str, Tensor]
    held_out: Mapping[str, Tensor]
    judged: Callable[[Any], dict[str, float]]
    without: dict[str, float]


def tensors(rows: Rows) -> dict[str, Tensor]:
    """Fields as tensors."""
    return {name: torch.from_numpy(array).clone() for name, array in rows.fields.items()}


def psnr(made: Tensor, true: Tensor) -> float:
    """Mean over pictures of the peak signal-to-noise ratio in decibels; a single grey level off is the least error."""
    squared = (made.double() - true.double()).square().flatten(1)
    return float((10 * (255**2 / squared.mean(1).clamp(min=1 / squared.shape[1])).log10()).mean())


def of_pairs(registry: Registry, name: str) -> Game:
    """Digits of which something is given."""
    images: Images = registry.get("dataset", "digits").load()().read({})
    whole = Rows(registry.get("modality", "images").load()(image_size=8, channels=1), {"x": images.pixels})
    rows = registry.get("modality", name).load().of(whole)
    x = tensors(rows)["x"]
    seen, held_out = x[:TRAINED], x[TRAINED:]
    if name == "left-half":
        plain = held_out.double()
        plain[..., 4:] = seen.double().mean(0)[..., 4:]
    else:
        given = rows.modality.condition({"x": held_out})
        plain = interpolate(given, (8, 8), mode="bicubic").add(1).mul(127.5).clamp(0, 255).round().double()
    return Game(
        rows.modality,
        {"x": seen},
        {"x": held_out},
        lambda made: {"PSNR": psnr(made, held_out)},
        {"PSNR": psnr(plain, held_out)},
    )


def of_domains(registry: Registry) -> Game:
    """Digits, and other digits inverted."""
    data = registry.get("dataset", "digits-inverted").load()()
    rows, held_out = data.read({}), tensors(data.read_held_out({}))

    def apart(one: Tensor, other: Tensor) -> float:
        return float((one.double() - other.double()).abs().mean())

    def judged(made: Mapping[str, Tensor]) -> dict[str, float]:
        found = {f"to {name}, from the true one": apart(made[name], held_out[name]) for name in DOMAINS}
        return found | {f"back to {name}": apart(made[f"back-{name}"], held_out[name]) for name in DOMAINS}

    same = {"a": held_out["b"], "b": held_out["a"], "back-a": held_out["a"], "back-b": held_out["b"]}
    return Game(rows.modality, tensors(rows), held_out, judged, judged(same))


GAMES: dict[str, tuple[Callable[[Registry], Game], int]] = {
    "pix2pix": (lambda registry: of_pairs(registry, "left-half"), 500),
    "srgan": (lambda registry: of_pairs(registry, "low-size"), 500),
    "esrgan": (lambda registry: of_pairs(registry, "low-size"), 500),
    "cyclegan": (of_domains, 500),
}


def samples(trainer: Trainer, y: Sample, seed: int = 1) -> Sample:
    """Let the averaged generator make samples of conditions; they are at rest."""
    z = trainer.parts.G.sample_z(size(y), device=trainer.device, rng=torch.Generator().manual_seed(seed))
    return trainer.modality.rest(trainer.generate(z, y))


def play(
    name: str, registry: Registry, steps: int, seed: int, watch: Stopwatch
) -> tuple[Game, dict[str, float], float]:
    """Play a game; gives it, its numbers, and the seconds of a step."""
    game, recipe = GAMES[name][0](registry), resolve(registry, name)
    parts = build_parts(recipe, registry, modality=game.modality, seed=seed)
    kimg = steps * recipe.schedule.d_steps * recipe.schedule.batch / 1000
    trainer = Trainer(recipe, parts, game.fields, seed=seed, budget=kimg)
    began = watch.now()
    for _ in range(steps):
        trainer.step()
    seconds = (watch.now() - began) / steps
    return game, game.judged(samples(trainer, game.modality.condition(game.held_out))), seconds


def rows_of(name: str, registry: Registry, steps: int, seeds: int, watch: Stopwatch) -> list[dict[str, Any]]:
    """Rows of a game's table: a number each, over the seeds."""
    played = []
    for seed in range(seeds):
        played.append(play(name, registry, steps, seed, watch))
        tell(f"{name}, seed {seed}: " + ", ".join(f"{key} {value:.2f}" for key, value in played[-1][1].items()))
    game, seconds = played[0][0], spread([one[2] for one in played])
    return [
        {
            "recipe": name,
            "data": game.modality.described(game.fields),
            "number": number,
            "trained": spread([one[1][number] for one in played]),
            "without": game.without[number],
            "steps": steps,
            "seconds a step": seconds,
        }
        for number in game.without
    ]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Play what was asked for; gives the record."""
    made = parser(__doc__, rounds=3)
    made.add_argument("games", nargs="*", choices=[[], *GAMES], help="all by default")
    made.add_argument("--steps", type=int, help="of each game")
    chosen = parsed(made, arguments)
    registry, watch = load_zoo(third_party=False).registry, Stopwatch(chosen.device, chosen.threads)
    rows = [
        row
        for name in chosen.games or GAMES
        for row in rows_of(name, registry, chosen.steps or GAMES[name][1], chosen.rounds, watch)
    ]
    title = "Numbers on data held out, with training and without"
    return report(
        "games",
        chosen,
        protocol={"seeds": chosen.rounds, "clock": watch.kind, "judged": "the averaged generator"},
        tables={title: rows},
        columns={title: ["recipe", "data", "number", "trained", "without", "steps", "seconds a step"]},
    )


if __name__ == "__main__":
    main()
