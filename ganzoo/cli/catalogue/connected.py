"""A recipe's parts and how they connect, as lines of comments below its YAML."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...text import printable, uncounted

if TYPE_CHECKING:
    from ...recipes.connecting import Connections, Player, Say
    from ...recipes.recipe import Optimizer, Recipe
    from ...registry.registry import Registry

NO_GRAPH = "a part has no graph; it is recipes that --graph and the shape of images are for"
_WIDTH = 110
_USUAL = "images"
_SHAPE = ("image_size", "channels", "num_classes")
_WORDS = {
    "y": "labels of real",
    "y_fake": "labels of fake",
    "z": "latents",
    "on_real": "D(real)",
    "on_fake": "D(fake)",
    "loss": "the loss itself",
    "averaged": "the averaged G",
}
_OTHERS = (("D(others)", "D(its own images)"), ("G(others)", "G(its own latents)"))


@dataclass(frozen=True)
class Connected:
    """A recipe's parts as they were built.

    Attributes:
        found: their sizes, and what each does in a step.
        classes: labels of the data; 0 where the players see none.
        data: the name of the data whose shape was taken; empty where a shape was given.
        example: of other data than images, what they are, such as ``rows of 1 number and 1 choice``; else empty.
        plural: the word for their samples.
    """

    found: Connections
    classes: int
    data: str
    example: str = ""
    plural: str = _USUAL


def connected(recipe: Recipe, registry: Registry, shape: Mapping[str, Any], modality: str | None = None) -> Connected:
    """Build a recipe's parts, and find how they connect.

    A recipe that no shape is given for, and that takes no images, is built for an example of what it takes.

    Args:
        recipe: what is built.
        registry: knows its parts, and the data whose shape is taken where none is given.
        shape: of images, as ``build_parts`` takes it; None for a value of the data which a bench takes by default.
        modality: the name of the one whose example is taken in the place of images.

    Raises:
        GanzooError: the parts do not fit these data, or one fails.
    """
    from ...recipes.building.build import build_parts
    from ...recipes.building.example_data import on_an_example
    from ...recipes.connecting import connections

    told = {key: value for key, value in shape.items() if value is not None}
    if not told and (made := on_an_example(recipe, registry, modality)) is not None:
        parts, of = made
        example = uncounted(of.described(of.example()))
        return Connected(connections(recipe, parts), 0, of.name, example, of.plural)
    name, usual = ("", {}) if told.keys() >= {*_SHAPE} else _usual(registry)
    whole = {**usual, **told}
    parts = build_parts(recipe, registry, **whole, seed=0)
    return Connected(
        connections(recipe, parts), whole["num_classes"] if recipe.conditional else 0, "" if told else name
    )


def connected_lines(recipe: Recipe, made: Connected) -> list[str]:
    """Tell how a recipe's parts connect, as comments."""
    found = made.found
    labels = f" with labels of {made.classes} classes" if made.classes else ""
    of = f", as in {made.data}" if made.data else ""
    built = f"images of {_shape(found.players['D'].takes)}{labels}{of}"
    if made.example:
        built = f"{made.example}, an example of the modality {made.data}"
    lines = [f"built for {built}", *_sizes(found, recipe, made.plural)]
    lines += [_rhythm(recipe, made.plural), *_turn(found, recipe, "D"), *_turn(found, recipe, "G"), _evaluated(recipe)]
    return [row for line in lines for row in _comment(line)]


def _usual(registry: Registry) -> tuple[str, dict[str, Any]]:
    """Return the name of the data that a bench takes by default, and their shape, as ``build_parts`` takes it."""
    from ...bench.results.terms.settings import RunSettings
    from ...data import resolve
    from ...storage.cache import Cache

    kept = resolve(registry, str(RunSettings.model_fields["dataset"].default), cache=Cache.open())
    offered = kept.modality(registry).offers(conditional=True)
    return kept.name, {key: offered[key] for key in _SHAPE}


def _comment(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    told = indent + printable(line)
    return textwrap.wrap(told, _WIDTH, initial_indent="# ", subsequent_indent=f"# {indent}    ", break_on_hyphens=False)


def _sizes(found: Connections, recipe: Recipe, plural: str) -> list[str]:
    D = found.players["D"]
    seen = ", ".join(f"{name} {_shape(shape)}" for name, shape in D.named.items()) or _shape(D.takes)
    takes = {"G": f"latents {_shape(found.players['G'].takes)}", "D": f"{plural} {seen}"}
    label = f" and a {'label' if plural == _USUAL else 'condition'}" if recipe.conditional else ""
    lines = [_player(name, player, f"{takes[name]}{label}") for name, player in found.players.items()]
    lines += [f"{name} learns {count:,} parameters, which D's optimizer moves" for name, count in found.learned.items()]
    return lines + [f"{name} acts when the parts are built, and in no turn" for name in found.silent]


def _player(name: str, player: Player, takes: str) -> str:
    gives = ", ".join(f"{key} {_shape(shape)}" for key, shape in player.gives.items())
    changed = f"; its layers are changed by {', '.join(player.changed_by)}" if player.changed_by else ""
    return f"{name} is {player.name}, {player.parameters:,} parameters: {takes} -> {gives}{changed}"


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "(a number)"


def _rhythm(recipe: Recipe, plural: str) -> str:
    schedule = recipe.schedule
    turns = f"{schedule.d_steps} turns of D, then one of G" if schedule.d_steps > 1 else "one turn of D, then one of G"
    if schedule.order == "simultaneous":
        turns = "both turns from one look at both batches, and both players move at once"
    each = f"{schedule.batch} real {plural} and {schedule.batch} fakes in each"
    if schedule.share_fakes:
        each += ", and G's turn plays on with the fakes of D's last"
    if schedule.joint:
        each += "; in D's turn one forward pass for both"
    lines = [f"a step is {turns}; {each}"]
    if recipe.conditional:
        of = (
            f"those of the real {plural} beside them"
            if schedule.labels == "paired"
            else "drawn as often as in the data"
        )
        lines.append(f"{'labels' if plural == _USUAL else 'conditions'} of fakes are {of}")
    real = ["are mirrored at random"] * recipe.flips + ["get noise of one grey level"] * recipe.dequantize
    if real:
        lines.append(f"real {plural} {' and '.join(real)}")
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
    lines += [f"  then {_name(say)} may change the gradients" for say in says if say.does == "alters"]
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
    told += [f"{name} at {_value(factor)} of the rate" for name, factor in optimizer.scale.items()]
    return f"{optimizer.name} ({', '.join(told)})"


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _evaluated(recipe: Recipe) -> str:
    from ...recipes.schedules.averaging import Averaging, values_of

    ema = recipe.schedule.ema
    if not ema:
        return "evaluated: G as it is, no average"
    if not isinstance(ema, Averaging):
        return f"evaluated: the average of G over the steps, decay {ema:g}, less in the first steps"
    given, unit = (ema.decay, "decay") if ema.decay is not None else (ema.halflife, "half-life in kimg")
    value = " to ".join(f"{one:g}" for one in dict.fromkeys(values_of(given))) if given is not None else ""
    return f"evaluated: the average of G over the steps, {unit} {value}{', less in the first steps' * ema.warmup}"
