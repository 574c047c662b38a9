"""A recipe's parts and how they connect, as lines of comments below its YAML."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..text import printable

if TYPE_CHECKING:
    from ..recipes.connecting import Connections, Player, Say
    from ..recipes.recipe import Optimizer, Recipe
    from ..registry.registry import Registry

NO_GRAPH = "a part has no graph; it is recipes that --graph and the shape of images are for"
_WIDTH = 110
_WORDS = {
    "y": "labels of real",
    "y_fake": "labels of fake",
    "z": "latents",
    "on_real": "D(real)",
    "on_fake": "D(fake)",
    "loss": "the loss itself",
}
_OTHERS = (("D(others)", "D(its own images)"), ("G(others)", "G(its own latents)"))


@dataclass(frozen=True)
class Connected:
    """A recipe's parts as they were built.

    Attributes:
        found: their sizes, and what each does in a step.
        classes: labels of the data; 0 where the players see none.
        data: the name of the data whose shape was taken; empty where a shape was given.
    """

    found: Connections
    classes: int
    data: str


def connected(
    recipe: Recipe,
    registry: Registry,
    *,
    image_size: int | tuple[int, int] | None,
    channels: int | None,
    num_classes: int | None,
) -> Connected:
    """Build a recipe's parts, and find how they connect.

    Args:
        recipe: what is built.
        registry: knows its parts, and the data whose shape is taken where none is given.
        image_size: of the images; None for that of the data which a bench takes by default.
        channels: likewise.
        num_classes: likewise.

    Raises:
        GanzooError: the parts do not fit these images, or one fails.
    """
    from ..recipes.build import build_parts
    from ..recipes.connecting import connections

    data = ""
    if image_size is None or channels is None or num_classes is None:
        name, usual = _usual(registry)
        data = name if image_size is channels is num_classes is None else ""
        image_size = usual[1:3] if image_size is None else image_size
        channels = usual[0] if channels is None else channels
        num_classes = usual[3] if num_classes is None else num_classes
    parts = build_parts(recipe, registry, image_size=image_size, channels=channels, num_classes=num_classes, seed=0)
    return Connected(connections(recipe, parts), num_classes if recipe.conditional else 0, data)


def connected_lines(recipe: Recipe, made: Connected) -> list[str]:
    """Tell how a recipe's parts connect, as comments."""
    found = made.found
    labels = f" with labels of {made.classes} classes" if made.classes else ""
    of = f", as in {made.data}" if made.data else ""
    lines = [f"built for images of {_shape(found.players['D'].takes)}{labels}{of}", *_sizes(found, recipe)]
    lines += [_rhythm(recipe), *_turn(found, recipe, "D"), *_turn(found, recipe, "G"), _evaluated(recipe)]
    return [row for line in lines for row in _comment(line)]


def _usual(registry: Registry) -> tuple[str, tuple[int, int, int, int]]:
    """Return the name of the data that a bench takes by default; their channels, height, width and classes."""
    from ..bench.results.settings import RunSettings
    from ..data import resolve
    from ..storage.cache import Cache

    images = resolve(registry, str(RunSettings.model_fields["dataset"].default), cache=Cache.open())
    return images.name, (images.channels, images.height, images.width, len(images.classes))


def _comment(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    told = indent + printable(line)
    return textwrap.wrap(told, _WIDTH, initial_indent="# ", subsequent_indent=f"# {indent}    ", break_on_hyphens=False)


def _sizes(found: Connections, recipe: Recipe) -> list[str]:
    takes = {"G": f"latents {_shape(found.players['G'].takes)}", "D": f"images {_shape(found.players['D'].takes)}"}
    label = " and a label" if recipe.conditional else ""
    lines = [_player(name, player, f"{takes[name]}{label}") for name, player in found.players.items()]
    lines += [f"{name} learns {count:,} parameters, which D's optimizer moves" for name, count in found.learned.items()]
    return lines + [f"{name} acts when the parts are built, and in no turn" for name in found.silent]


def _player(name: str, player: Player, takes: str) -> str:
    gives = ", ".join(f"{key} {_shape(shape)}" for key, shape in player.gives.items())
    changed = f"; its layers are changed by {', '.join(player.changed_by)}" if player.changed_by else ""
    return f"{name} is {player.name}, {player.parameters:,} parameters: {takes} -> {gives}{changed}"


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "(a number)"


def _rhythm(recipe: Recipe) -> str:
    schedule = recipe.schedule
    turns = f"{schedule.d_steps} turns of D, then one of G" if schedule.d_steps > 1 else "one turn of D, then one of G"
    if schedule.order == "simultaneous":
        turns = "both turns from one look at both batches, and both players move at once"
    each = f"{schedule.batch} real images and {schedule.batch} fakes in each"
    if schedule.share_fakes:
        each += ", and G's turn plays on with the fakes of D's last"
    if schedule.joint:
        each += "; in D's turn one forward pass for both"
    lines = [f"a step is {turns}; {each}"]
    if recipe.conditional:
        of = "those of the real images beside them" if schedule.labels == "paired" else "drawn as often as in the data"
        lines.append(f"labels of fakes are {of}")
    real = ["are mirrored at random"] * recipe.flips + ["get noise of one grey level"] * recipe.dequantize
    if real:
        lines.append(f"real images {' and '.join(real)}")
    return "; ".join(lines)


def _turn(found: Connections, recipe: Recipe, player: str) -> list[str]:
    says = found.turns[player]
    optimizer = recipe.d_optimizer if player == "D" else recipe.g_optimizer
    lines = [f"{player}'s turn"]
    if shows := [say.term for say in says if say.does == "shows"]:
        seen = "images"
        for term in shows:
            seen = f"{term.partition(' ')[2]}({seen})"
        lines.append(f"  D is shown {seen}")
    lines += [
        f"  {_name(say)} replaces {_names(say.replaces)},{_reading(say)}" for say in says if say.does == "recasts"
    ]
    lines += [f"  {_descent(say)}" for say in says if say.does == "descends"]
    learned = "" if player == "G" else "".join(f", {name}" for name in found.learned)
    lines.append(f"  then {_optimizer(optimizer)} moves {player}{learned}")
    lines += [f"  then {_name(say)} {_followed(say)}" for say in says if say.does == "follows"]
    return lines


def _descent(say: Say) -> str:
    times = ""
    if not say.term.startswith("loss "):
        times = " times a weight that changes over the run" if say.factor is None else f" times {say.factor:g}"
    if say.every > 1:
        times += f" (in one turn of {say.every}, {say.every} times as strong)"
    plus = "" if say.term.startswith("loss ") else "+ "
    derivative = ", and differentiates twice" if say.derivative else ""
    remembers = "; it takes note for later turns" if say.remembers else ""
    return f"{plus}{_name(say)}{times}{_reading(say)}{derivative}{remembers}"


def _name(say: Say) -> str:
    return say.term.removeprefix("regularizer ")


def _reading(say: Say) -> str:
    return f" reads {_names(say.reads)}" if say.reads else ""


def _names(names: tuple[str, ...]) -> str:
    told = []
    for name in names:
        word = _WORDS.get(name, name)
        for written, meant in _OTHERS:
            word = word.replace(written, meant)
        told.append(word)
    return ", ".join(told)


def _followed(say: Say) -> str:
    does = [f"changes the weights of {' and '.join(say.moves)}"] if say.moves else []
    does += ["takes note for later turns"] if say.remembers else []
    return f"{' and '.join(does)}{',' * bool(say.reads)}{_reading(say)}"


def _optimizer(optimizer: Optimizer) -> str:
    written = {"lr": optimizer.lr, **optimizer.params}
    told = [f"{key} {_value(value)}" for key, value in written.items()]
    return f"{optimizer.name} ({', '.join(told)})"


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _evaluated(recipe: Recipe) -> str:
    from ..recipes.averaging import Averaging, values_of

    ema = recipe.schedule.ema
    if not ema:
        return "evaluated: G as it is, no average"
    if not isinstance(ema, Averaging):
        return f"evaluated: the average of G over the steps, decay {ema:g}, less in the first steps"
    given, unit = (ema.decay, "decay") if ema.decay is not None else (ema.halflife, "half-life in kimg")
    value = " to ".join(f"{one:g}" for one in dict.fromkeys(values_of(given))) if given is not None else ""
    return f"evaluated: the average of G over the steps, {unit} {value}{', less in the first steps' * ema.warmup}"
